#include "tests/sandbox/shop/json.h"

#include <charconv>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::shop {

std::string wire_text(const Json& value) {
    const std::string plain = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    std::string out;
    out.reserve(plain.size() + plain.size() / 16);
    for (const char c : plain) {
        if (c == '/') out += '\\';
        out += c;
    }
    return out;
}

bool has(const Json& object, const char* key) { return object.is_object() && object.contains(key); }

bool has_value(const Json& object, const char* key) { return has(object, key) && !object.at(key).is_null(); }

std::string to_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "1" : "";
    if (value.is_number_float() && value.get<double>() == static_cast<double>(to_integer(value))) {
        return std::to_string(to_integer(value));
    }
    return value.is_number() ? value.dump() : "";
}

std::int64_t to_integer(const Json& value) {
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_number_float()) return static_cast<std::int64_t>(value.get<double>());
    if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
    if (!value.is_string()) return 0;
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

bool to_bool(const Json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return to_integer(value) != 0;
    if (!value.is_string()) return false;
    const auto text = kit::lower(value.get_ref<const std::string&>());
    return text == "yes" || text == "true" || text == "1";
}

std::string text_or(const Json& object, const char* key, const std::string& fallback) {
    return has_value(object, key) ? to_text(object.at(key)) : fallback;
}

std::int64_t integer_or(const Json& object, const char* key, std::int64_t fallback) {
    return has_value(object, key) ? to_integer(object.at(key)) : fallback;
}

std::string stored_price(const Json& value) {
    const std::string text = to_text(value);
    std::string out;
    for (const char c : text) {
        if ((c >= '0' && c <= '9') || c == '.' || c == '-') out += c;
    }
    return kit::Decimal::parse(out) ? out : "";
}

kit::Decimal decimal_of(std::string_view text) { return kit::Decimal::parse(text).value_or(kit::Decimal{}); }

std::string html_escaped_name(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] == '&' && !text.substr(i).starts_with("&amp;")) out += "amp;";
    }
    return out;
}

Json only_fields(const Json& value, std::string_view fields, bool keep_links) {
    if (!value.is_object()) return value;
    Json out = Json::object();
    const auto wanted = kit::split(fields, ',');
    for (const auto& [key, part] : value.items()) {
        Json inner;
        for (const auto& field : wanted) {
            if (field == key || (keep_links && key == "_links")) {
                inner = part;
                break;
            }
            if (!field.starts_with(key + ".") || !part.is_object()) continue;
            const auto rest = only_fields(part, std::string_view(field).substr(key.size() + 1), false);
            if (inner.is_null()) inner = Json::object();
            inner.update(rest);
        }
        const bool wanted_null = part.is_null() && std::ranges::find(wanted, key) != wanted.end();
        if (!inner.is_null() || wanted_null) out[key] = std::move(inner);
    }
    return out;
}

Json fields_as_asked(const Json& value, std::string_view fields, bool keep_links) {
    const Json trimmed = only_fields(value, fields, keep_links);
    Json out = Json::object();
    for (const auto& field : kit::split(fields, ',')) {
        const auto key = field.substr(0, field.find('.'));
        if (trimmed.contains(key)) out[key] = trimmed.at(key);
    }
    for (const auto& [key, part] : trimmed.items()) {
        if (!out.contains(key)) out[key] = part;
    }
    return out;
}

}  // namespace sandbox::shop
