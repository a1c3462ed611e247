// The customer register: companies by tax code, private customers by e-mail. Called under the world's lock.
#pragma once

#include "tests/sandbox/solteq/refusal.h"

namespace sandbox::solteq {

// International form without dash or space: FI and 8 digits with their check digit, SE and 12, DK and 8, others two
// letters and 2 to 12 letters or digits.
bool is_tax_code(const std::string& text);

Outcome<Json> create_customer(World& world, const Json& customer);
// Replaces the whole record: what is left out is empty afterwards.
Outcome<Json> replace_customer(World& world, const std::string& id, const Json& customer);

}  // namespace sandbox::solteq
