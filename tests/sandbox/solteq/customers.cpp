#include "tests/sandbox/solteq/customers.h"

#include "tests/sandbox/kit/encoding.h"

#include <algorithm>
#include <array>

namespace sandbox::solteq {
namespace {

bool is_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_finnish(std::string_view digits) {
    constexpr std::array kWeights{7, 9, 10, 5, 8, 4, 2};
    if (digits.size() != 8 || !is_digits(digits)) return false;
    int sum = 0;
    for (std::size_t i = 0; i < kWeights.size(); ++i) sum += (digits[i] - '0') * kWeights[i];
    const int rest = sum % 11;
    return rest != 1 && (rest == 0 ? 0 : 11 - rest) == digits[7] - '0';
}

Outcome<void> check(const World& world, const std::string& id, const Json& customer) {
    const std::string type = text_of(customer, "customerType");
    const std::string tax = text_of(customer, "taxCode");
    const std::string email = kit::lower(text_of(customer, "email"));
    if (type != "company" && type != "private") return refuse("customerType", "Must be company or private");
    if (type == "company" && text_of(customer, "companyName").empty()) return refuse("companyName", "Is required");
    if (type == "company" && !is_tax_code(tax)) return refuse("taxCode", "Must be in international form");
    if (type == "private" && email.empty()) return refuse("email", "Is required");
    for (const auto& [other, row] : world.customers) {
        if (other == id || text_of(row, "customerType") != type) continue;
        if (type == "company" && text_of(row, "taxCode") == tax) return refuse("taxCode", "Is in use", 409);
        if (type == "private" && kit::lower(text_of(row, "email")) == email) return refuse("email", "Is in use", 409);
    }
    return {};
}

Json whole(const Json& customer, const std::string& id) {
    Json row{{"id", id}};
    for (const char* name :
         {"customerType", "companyName", "taxCode", "firstName", "lastName", "email", "phone", "addresses",
          "customerGroups", "identifiers", "creditAllowed", "marketingPermissions", "externalId"})
        row[name] = customer.value(name, Json(nullptr));
    for (const char* name : {"addresses", "customerGroups", "identifiers"})
        if (row[name].is_null()) row[name] = Json::array();
    if (!row["creditAllowed"].is_boolean()) row["creditAllowed"] = false;
    row["modifiedAt"] = utc_now();
    return row;
}

}  // namespace

bool is_tax_code(const std::string& text) {
    if (text.size() < 4 || text.size() > 14) return false;
    const std::string country = text.substr(0, 2);
    const std::string rest = text.substr(2);
    if (!std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; })) return false;
    if (country == "FI") return is_finnish(rest);
    if (country == "SE") return rest.size() == 12 && is_digits(rest);
    if (country == "DK") return rest.size() == 8 && is_digits(rest);
    return std::ranges::all_of(rest, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

Outcome<Json> create_customer(World& world, const Json& customer) {
    if (auto ok = check(world, "", customer); !ok) return std::unexpected(ok.error());
    const std::string id = world.next_id("c-");
    world.customers[id] = whole(customer, id);
    world.note("customer_created", {{"id", id}});
    return world.customers[id];
}

Outcome<Json> replace_customer(World& world, const std::string& id, const Json& customer) {
    if (!world.customers.contains(id)) return refuse("id", "Unknown customer", 404);
    if (auto ok = check(world, id, customer); !ok) return std::unexpected(ok.error());
    world.customers[id] = whole(customer, id);
    world.note("customer_updated", {{"id", id}});
    return world.customers[id];
}

}  // namespace sandbox::solteq
