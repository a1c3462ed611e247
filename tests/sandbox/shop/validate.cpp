#include "tests/sandbox/shop/validate.h"

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::shop {

namespace {

bool is_integer_text(const std::string& text) {
    const auto digits = text.starts_with('-') ? text.substr(1) : text;
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
}

bool is_of(const std::string& type, const Json& value) {
    if (type == "string") return value.is_string();
    if (type == "null") return value.is_null();
    if (type == "object") return value.is_object() || (value.is_array() && value.empty());
    if (type == "array") return value.is_array() || value.is_string();
    if (type == "number")
        return value.is_number() || (value.is_string() && kit::Decimal::parse(value.get<std::string>()));
    if (type == "boolean") {
        if (value.is_boolean()) return true;
        if (value.is_number_integer()) return to_integer(value) == 0 || to_integer(value) == 1;
        const auto text = value.is_string() ? kit::lower(value.get<std::string>()) : "?";
        return text == "true" || text == "false" || text == "0" || text == "1" || text.empty();
    }
    if (value.is_number_integer()) return true;
    if (value.is_number_float()) return value.get<double>() == static_cast<double>(to_integer(value));
    return value.is_string() && is_integer_text(value.get<std::string>());
}

struct Problem {
    std::string message;
    std::string code;
    Json data;
};

std::optional<Problem> problem_of(const FieldRule& rule, const std::string& shown, const Json& value) {
    const auto types = kit::split(rule.types, '|');
    const bool fits = std::ranges::any_of(types, [&](const auto& type) { return is_of(type, value); });
    if (!fits) {
        std::string listed = types.front();
        for (std::size_t i = 1; i < types.size(); ++i) listed += "," + types[i];
        return Problem{shown + " is not of type " + listed + ".", "rest_invalid_type", {{"param", shown}}};
    }
    if (rule.values.empty() || !value.is_string()) return std::nullopt;
    const auto text = value.get<std::string>();
    if (std::ranges::any_of(rule.values, [&](const char* allowed) { return text == allowed; })) return std::nullopt;
    return Problem{shown + " is not one of " + enumerate(rule.values) + ".", "rest_not_in_enum", nullptr};
}

ApiError envelope(const std::vector<std::pair<std::string, Problem>>& problems) {
    std::string names;
    Json params = Json::object();
    Json details = Json::object();
    for (const auto& [name, problem] : problems) {
        names += (names.empty() ? "" : ", ") + name;
        params[name] = problem.message;
        details[name] = {{"code", problem.code}, {"message", problem.message}, {"data", problem.data}};
    }
    return ApiError{400,
                    "rest_invalid_param",
                    "Invalid parameter(s): " + names,
                    {{"status", 400}, {"params", params}, {"details", details}}};
}

std::optional<Problem> line_problem(const Json& body, const char* list) {
    if (!has_value(body, list) || !body.at(list).is_array()) return std::nullopt;
    static const std::vector<FieldRule> rules{
        {"total"}, {"subtotal"}, {"quantity", "integer"}, {"product_id", "integer"}, {"variation_id", "integer"}};
    const auto& lines = body.at(list);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (const auto& rule : rules) {
            // Only product lines declare the last three; null removes a line.
            if (!has_value(lines[i], rule.name)) continue;
            const auto shown = std::string(list) + "[" + std::to_string(i) + "][" + rule.name + "]";
            if (auto problem = problem_of(rule, shown, lines[i].at(rule.name))) return problem;
        }
    }
    return std::nullopt;
}

const std::vector<const char*> kCurrencies{
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTC", "BTN", "BWP", "BYR", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CLP", "CNY", "COP", "CRC", "CUC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB",
    "EUR", "FJD", "FKP", "GBP", "GEL", "GGP", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK",
    "HTG", "HUF", "IDR", "ILS", "IMP", "INR", "IQD", "IRR", "IRT", "ISK", "JEP", "JMD", "JOD", "JPY", "KES",
    "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD",
    "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN",
    "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PRB", "PYG", "QAR", "RON",
    "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLL", "SOS", "SRD", "SSP", "STN",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU",
    "UZS", "VEF", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW"};

}  // namespace

std::string enumerate(const std::vector<const char*>& values) {
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out += values.size() == 2 ? " and " : i + 1 == values.size() ? ", and " : ", ";
        out += values[i];
    }
    return out;
}

ApiError invalid_param(const std::string& name, const std::string& message, const std::string& code, Json data) {
    return envelope({{name, Problem{message, code, std::move(data)}}});
}

ApiError not_in_enum(const std::string& name, const std::string& shown_name, const std::vector<const char*>& values) {
    return invalid_param(name, shown_name + " is not one of " + enumerate(values) + ".", "rest_not_in_enum", nullptr);
}

ApiError missing_params(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return ApiError{
        400, "rest_missing_callback_param", "Missing parameter(s): " + text, {{"status", 400}, {"params", names}}};
}

Outcome<void> validate(const std::vector<FieldRule>& rules, const Json& body) {
    std::vector<std::pair<std::string, Problem>> problems;
    for (const auto& rule : rules) {
        if (!has_value(body, rule.name)) continue;  // WordPress lets null through
        if (auto problem = problem_of(rule, rule.name, body.at(rule.name))) problems.emplace_back(rule.name, *problem);
    }
    if (!problems.empty()) return std::unexpected(envelope(problems));
    return {};
}

Outcome<void> validate_order(const Json& body) {
    if (auto checked = validate(order_rules(), body); !checked) return checked;
    for (const char* list : {"line_items", "shipping_lines", "fee_lines"}) {
        if (auto problem = line_problem(body, list)) return std::unexpected(envelope({{list, *problem}}));
    }
    const auto email = has_value(body, "billing") ? text_or(body.at("billing"), "email", "") : "";
    if (!email.empty() && email.find('@') == std::string::npos) {
        return std::unexpected(invalid_param("billing", "Invalid email address.", "rest_invalid_email", nullptr));
    }
    return {};
}

const std::vector<FieldRule>& product_rules() {
    static const std::vector<FieldRule> rules{
        {"name"},
        {"slug"},
        {"type", "string", {"simple", "grouped", "external", "variable"}},
        {"status", "string", {"draft", "pending", "private", "publish", "future", "auto-draft", "trash"}},
        {"featured", "boolean"},
        {"catalog_visibility", "string", {"visible", "catalog", "search", "hidden"}},
        {"description"},
        {"short_description"},
        {"sku"},
        {"global_unique_id"},
        {"regular_price"},
        {"sale_price"},
        {"date_on_sale_from", "null|string"},
        {"date_on_sale_from_gmt", "null|string"},
        {"date_on_sale_to", "null|string"},
        {"date_on_sale_to_gmt", "null|string"},
        {"virtual", "boolean"},
        {"downloadable", "boolean"},
        {"tax_status", "string", {"taxable", "shipping", "none"}},
        {"tax_class"},
        {"manage_stock", "boolean"},
        {"stock_quantity", "integer"},
        {"stock_status", "string", {"instock", "outofstock", "onbackorder"}},
        {"backorders", "string", {"no", "notify", "yes"}},
        {"low_stock_amount", "integer|null"},
        {"sold_individually", "boolean"},
        {"weight"},
        {"dimensions", "object"},
        {"shipping_class"},
        {"reviews_allowed", "boolean"},
        {"upsell_ids", "array"},
        {"cross_sell_ids", "array"},
        {"parent_id", "integer"},
        {"purchase_note"},
        {"categories", "array"},
        {"brands", "array"},
        {"tags", "array"},
        {"images", "array"},
        {"attributes", "array"},
        {"default_attributes", "array"},
        {"menu_order", "integer"},
        {"meta_data", "array"}};
    return rules;
}

const std::vector<FieldRule>& variation_rules() {
    static const std::vector<FieldRule> rules = [] {
        auto out = product_rules();
        for (auto& rule : out) {
            const std::string_view name = rule.name;
            if (name == "manage_stock") rule.types = "boolean|string";
            if (name == "status") rule.values = {"draft", "pending", "private", "publish"};
        }
        std::erase_if(out, [](const FieldRule& rule) { return std::string_view(rule.name) == "type"; });
        return out;
    }();
    return rules;
}

const std::vector<FieldRule>& order_rules() {
    static const std::vector<FieldRule> rules{{"status",
                                               "string",
                                               {"auto-draft", "pending", "processing", "on-hold", "completed",
                                                "cancelled", "refunded", "failed", "checkout-draft"}},
                                              {"currency", "string", kCurrencies},
                                              {"customer_id", "integer"},
                                              {"customer_note"},
                                              {"billing", "object"},
                                              {"shipping", "object"},
                                              {"payment_method"},
                                              {"payment_method_title"},
                                              {"transaction_id"},
                                              {"meta_data", "array"},
                                              {"line_items", "array"},
                                              {"shipping_lines", "array"},
                                              {"fee_lines", "array"},
                                              {"coupon_lines", "array"},
                                              {"set_paid", "boolean"}};
    return rules;
}

const std::vector<FieldRule>& customer_rules() {
    static const std::vector<FieldRule> rules{
        {"email"},    {"first_name"},        {"last_name"},          {"username"},
        {"password"}, {"billing", "object"}, {"shipping", "object"}, {"meta_data", "array"}};
    return rules;
}

const std::vector<FieldRule>& webhook_rules() {
    static const std::vector<FieldRule> rules{
        {"name"}, {"status", "string", {"active", "paused", "disabled"}}, {"topic"}, {"secret"}, {"delivery_url"}};
    return rules;
}

}  // namespace sandbox::shop
