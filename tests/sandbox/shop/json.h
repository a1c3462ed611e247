// JSON as WordPress reads and writes it: values converted the PHP way, slashes and non-ASCII escaped. Pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/kit/decimal.h"

namespace sandbox::shop {

using Json = nlohmann::ordered_json;

// wp_json_encode: "\/" and "ä", as on the wire and in signed webhook bodies (contract woocommerce 10).
std::string wire_text(const Json& value);

bool has(const Json& object, const char* key);           // present, also when null
bool has_value(const Json& object, const char* key);     // present and not null
std::string to_text(const Json& value);                  // (string) of PHP
std::int64_t to_integer(const Json& value);              // (int) of PHP: "abc" is 0, 3.7 is 3
bool to_bool(const Json& value);                         // wc_string_to_bool
std::string text_or(const Json& object, const char* key, const std::string& fallback);
std::int64_t integer_or(const Json& object, const char* key, std::int64_t fallback);

// wc_format_decimal: "24,90" becomes "2490", "abc" becomes "" (contract woocommerce 6).
std::string stored_price(const Json& value);
kit::Decimal decimal_of(std::string_view text);          // zero when it is none
std::string html_escaped_name(std::string_view text);    // "&" becomes "&amp;", tags stay

// Only the fields of a comma list ("id,billing.email"), as `_fields` does; `keep_links` as on single items.
Json only_fields(const Json& value, std::string_view fields, bool keep_links);
// The same in the order that was asked for, as products answer (capture product-get-fields-200).
Json fields_as_asked(const Json& value, std::string_view fields, bool keep_links);

}  // namespace sandbox::shop
