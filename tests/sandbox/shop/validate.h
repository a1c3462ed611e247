// The schema check that WordPress makes of single requests and leaves out inside batches (contract woocommerce 0.6, 3).
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "tests/sandbox/shop/error.h"

namespace sandbox::shop {

struct FieldRule {
    const char* name = "";
    const char* types = "string";  // one or more of string integer boolean number object array null, by "|"
    std::vector<const char*> values = {};  // an enum when not empty
};

// 400 rest_invalid_param with every wrong field.
Outcome<void> validate(const std::vector<FieldRule>& rules, const Json& body);
ApiError invalid_param(const std::string& name, const std::string& message, const std::string& code, Json data);
// "a, b, and c"
std::string enumerate(const std::vector<const char*>& values);
ApiError not_in_enum(const std::string& name, const std::string& shown_name, const std::vector<const char*>& values);
ApiError missing_params(const std::vector<std::string>& names);

const std::vector<FieldRule>& product_rules();
const std::vector<FieldRule>& variation_rules();
const std::vector<FieldRule>& order_rules();
const std::vector<FieldRule>& customer_rules();
const std::vector<FieldRule>& webhook_rules();
// The rules above, and the amounts of an order's lines, which must be strings.
Outcome<void> validate_order(const Json& body);

}  // namespace sandbox::shop
