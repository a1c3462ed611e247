#include "services/woocommerce/translator_parts.h"

#include <array>
#include <charconv>
#include <utility>

#include "common/core/clock.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::size_t kEntityMax = 8;  // "&#x10FFFF" without its ends

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&out, code](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

// Appends what "&<name>;" stands for.  False: it is no entity that we know.
bool append_entity(std::string& out, std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNamed{{{"amp", "&"},
                                                                                   {"lt", "<"},
                                                                                   {"gt", ">"},
                                                                                   {"quot", "\""},
                                                                                   {"apos", "'"},
                                                                                   {"nbsp", " "},
                                                                                   {"ndash", "\u2013"},
                                                                                   {"times", "\u00D7"},
                                                                                   {"rarr", "\u2192"}}};
    for (const auto& [known, text] : kNamed) {
        if (known != name) continue;
        out += text;
        return true;
    }
    if (!name.starts_with('#')) return false;
    name.remove_prefix(1);
    const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
    if (hexadecimal) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
    if (name.empty() || read.ec != std::errc{} || read.ptr != name.data() + name.size()) return false;
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    append_utf8(out, code);
    return true;
}

std::string text_of(json::Value value) { return std::string(value.text()); }

}  // namespace

std::int64_t time_or_zero(json::Reader& read, std::string_view name) {
    const std::string text = read.string_or(name);
    if (text.empty()) return 0;
    const Result<std::int64_t> time = parse_utc(text);
    if (!time) read.fail(name, "time");
    return time.value_or(0);
}

std::string unescape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t end = text.front() == '&' ? text.substr(0, kEntityMax + 2).find(';') : std::string_view::npos;
        if (end != std::string_view::npos && append_entity(out, text.substr(1, end - 1))) {
            text.remove_prefix(end + 1);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string id_or_empty(json::Reader& read, std::string_view name) {
    if (read.raw(name).is_null()) return {};
    std::string id = read.id(name);
    return id == "0" ? std::string() : id;
}

void set_decimal(events::v1::Decimal& out, Decimal value) { out = events::to_proto(value); }

void read_address(json::Reader& read, events::v1::Address& out) {
    out.set_first_name(read.string_or("first_name"));
    out.set_last_name(read.string_or("last_name"));
    out.set_company(read.string_or("company"));
    out.set_line_1(read.string_or("address_1"));
    out.set_line_2(read.string_or("address_2"));
    out.set_city(read.string_or("city"));
    out.set_state(read.string_or("state"));
    out.set_postal_code(read.string_or("postcode"));
    out.set_country(read.string_or("country"));
}

std::string first_field(json::Reader& entity, std::span<const std::string> keys) {
    const json::Value billing = entity.raw("billing");
    const json::Value meta = entity.raw("meta_data");
    for (const std::string& key : keys) {
        if (std::string value = text_of(billing.member(key)); !value.empty()) return value;
        for (std::size_t i = 0; i < meta.size(); ++i) {
            if (meta.at(i).member("key").text() != key) continue;
            if (std::string value = text_of(meta.at(i).member("value")); !value.empty()) return value;
        }
    }
    return {};
}

std::string_view meta_value(json::Value entity, std::string_view key) {
    const json::Value meta = entity.member("meta_data");
    for (std::size_t i = 0; i < meta.size(); ++i)
        if (meta.at(i).member("key").text() == key) return meta.at(i).member("value").text();
    return {};
}

bool is_error_object(json::Value body) {
    return body.member("code").type() == json::Type::kString && body.has("message") && !body.has("id");
}

events::Event deleted_event(std::string_view entity, std::string_view native_id, std::string_view sku) {
    events::Event event;
    events::v1::Deleted& deleted = *event.mutable_deleted();
    deleted.set_entity(std::string(entity));
    deleted.set_native_id(std::string(native_id));
    deleted.set_sku(std::string(sku));
    return event;
}

}  // namespace shopwire::woocommerce
