// Numbers as sors-sr writes and reads them: decimal comma, dot for thousands. Pure functions.
#pragma once

#include "tests/sandbox/erp/amount.h"

#include <optional>
#include <string>
#include <string_view>

namespace sandbox::erp::serbian {

// "1.082,50": at least two places, up to four where the value needs them.
std::string money(Amount amount);
// "24,000".
std::string quantity(Amount amount);
// "1299,00", "1.299,00", "3". A dot must stand before exactly three digits, so "1299.00" is nothing rather than 129900.
std::optional<Amount> parse_number(std::string_view text);

}  // namespace sandbox::erp::serbian
