#include "tests/sandbox/solteq/shape.h"

#include "tests/sandbox/kit/encoding.h"

#include <array>

namespace sandbox::solteq {
namespace {

constexpr const char* kZone = "Europe/Helsinki";
constexpr std::array kAmounts{"value",     "vatRate",        "amount",   "total",    "totalVat",
                              "unitPrice", "discountAmount", "rowTotal", "vatAmount"};
constexpr std::array kQuantities{"quantity", "freeBalance", "reservedBalance"};
constexpr std::array kInstants{"modifiedAt", "createdAt", "paidAt"};
constexpr std::array kLocalTimes{"validFrom", "validTo"};
constexpr std::array<std::pair<const char*, const char*>, 3> kPrices{
    {{"salesPrice", "regular"}, {"purchasePrice", "purchase"}, {"discountedPrice", "discounted"}}};

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& names, const std::string& name) {
    return std::ranges::find(names, name, [](const char* known) { return std::string_view(known); }) != names.end();
}

Json milliseconds(const Json& time, bool local) {
    if (!time.is_string()) return time;
    const std::string text = time.get<std::string>();
    if (local) return utc_of_local(kZone, text) * 1000;
    const auto parsed = kit::parse_time(text);
    return parsed ? Json((parsed->seconds - parsed->offset_seconds.value_or(0)) * 1000) : Json(nullptr);
}

Json text(const Json& number, int places) {
    const auto value = decimal_of(number);
    return value ? Json(value->fixed(places)) : number;
}

void add_price(Json& out, const Json& row, const char* name, const char* kind) {
    const auto found = row.find(name);
    if (found == row.end() || found->is_null()) return;
    out["prices"].push_back({{"kind", kind}, {"amount", text(*found, 2)}});
}

}  // namespace

Json to_alt(const Json& row) {
    if (row.is_array()) {
        Json list = Json::array();
        for (const Json& item : row) list.push_back(to_alt(item));
        return list;
    }
    if (!row.is_object()) return row;
    Json out = Json::object();
    for (const auto& [name, value] : row.items()) {
        if (name == "sku") {
            out["stockItem"]["sku"] = value;
        } else if (is_one_of(kAmounts, name)) {
            out[name] = value.is_string() ? value : text(value, 2);
        } else if (is_one_of(kQuantities, name)) {
            out[name] = text(value, 3);
        } else if (is_one_of(kInstants, name) || is_one_of(kLocalTimes, name)) {
            out[name] = milliseconds(value, is_one_of(kLocalTimes, name));
        } else if (name == "salesPrice" || name == "purchasePrice" || name == "discountedPrice") {
            if (!out.contains("prices")) out["prices"] = Json::array();
        } else {
            out[name] = to_alt(value);
        }
    }
    for (const auto& [name, kind] : kPrices) add_price(out, row, name, kind);
    return out;
}

Read from_alt(const Json& row) {
    Read read{.row = row, .problem = {}};
    if (row.is_array()) {
        for (Json& item : read.row) {
            Read inner = from_alt(item);
            if (!inner.problem.empty()) return inner;
            item = std::move(inner.row);
        }
        return read;
    }
    if (!row.is_object()) return read;
    Json out = Json::object();
    for (const auto& [name, value] : row.items()) {
        const bool number = is_one_of(kAmounts, name) || is_one_of(kQuantities, name);
        if (number && !value.is_null()) {
            // Identifiers' "value" is text that need not be a number.
            const auto parsed = value.is_string() ? decimal_of(value) : std::nullopt;
            if (!parsed && name != "value") return {.row = {}, .problem = name};
            out[name] = parsed && name != "value" ? Json(parsed->as_json_number()) : value;
        } else if (is_one_of(kInstants, name) && !value.is_null()) {
            if (!value.is_number_integer()) return {.row = {}, .problem = name};
            out[name] = kit::iso_seconds(value.get<std::int64_t>() / 1000) + "Z";
        } else if (name == "stockItem") {
            out["sku"] = value.value("sku", "");
        } else {
            Read inner = from_alt(value);
            if (!inner.problem.empty()) return inner;
            out[name] = std::move(inner.row);
        }
    }
    read.row = std::move(out);
    return read;
}

}  // namespace sandbox::solteq
