#include "tests/sandbox/solteq/control_api.h"

#include "tests/sandbox/kit/encoding.h"

#include <array>
#include <charconv>

namespace sandbox::solteq {
namespace {

constexpr std::array<std::pair<const char*, bool Settings::*>, 4> kSwitches{
    {{"one_scope_per_token", &Settings::one_scope_per_token},
     {"refund_positive", &Settings::refund_positive},
     {"duplicate_check", &Settings::duplicate_check},
     {"replacement_in_each_store", &Settings::replacement_in_each_store}}};
constexpr std::array<std::pair<const char*, int Settings::*>, 7> kNumbers{
    {{"token_seconds", &Settings::token_seconds},
     {"bearer_uses", &Settings::bearer_uses},
     {"page_token_bytes", &Settings::page_token_bytes},
     {"empty_page_every", &Settings::empty_page_every},
     {"requests_max", &Settings::requests_max},
     {"window_seconds", &Settings::window_seconds},
     {"lookup_lag_ms", &Settings::lookup_lag_ms}}};

Json settings_json(const Settings& settings) {
    Json json = Json::object();
    for (const auto& [name, member] : kSwitches) json[name] = settings.*member;
    for (const auto& [name, member] : kNumbers) json[name] = settings.*member;
    return json;
}

std::string change_settings(World& world, const Json& wanted) {
    Settings changed = world.settings;
    for (const auto& [name, value] : wanted.items()) {
        bool known = false;
        for (const auto& [text, member] : kSwitches) {
            if (name != text || !value.is_boolean()) continue;
            changed.*member = value.get<bool>();
            known = true;
        }
        for (const auto& [text, member] : kNumbers) {
            if (name != text || !value.is_number_unsigned() || value.get<std::uint64_t>() > 1'000'000) continue;
            changed.*member = value.get<int>();
            known = true;
        }
        if (!known) return "setting " + name + ": unknown name or wrong value";
    }
    world.settings = changed;
    return {};
}

std::map<std::string, Json>* table_of(World& world, const std::string& name) {
    if (name == "stores") return &world.stores;
    if (name == "categories") return &world.categories;
    if (name == "products") return &world.products;
    if (name == "customers") return &world.customers;
    if (name == "discounts") return &world.discounts;
    return nullptr;
}

// Rows with an id are patched, or made; balances go by SKU and stock.
std::string seed(World& world, const Json& wanted) {
    for (const auto& [name, rows] : wanted.items()) {
        if (name == "balances") {
            for (const Json& row : rows) {
                Quantity& held = world.balances[{text_of(row, "sku"), text_of(row, "stockId")}];
                if (row.contains("freeBalance")) held.free = decimal_of(row["freeBalance"]).value_or(kit::Decimal{});
                if (row.contains("reservedBalance"))
                    held.reserved = decimal_of(row["reservedBalance"]).value_or(kit::Decimal{});
                held.modified_at = utc_now();
            }
            continue;
        }
        auto* table = table_of(world, name);
        if (table == nullptr) return "seed: no table is called " + name;
        for (const Json& row : rows) {
            if (text_of(row, "id").empty()) return "seed: a row of " + name + " has no id";
            Json& kept = (*table)[text_of(row, "id")];
            if (kept.is_null()) kept = Json::object();
            kept.update(row);
            if (!row.contains("modifiedAt") && name != "stores" && name != "categories") kept["modifiedAt"] = utc_now();
        }
    }
    return {};
}

std::string remove(World& world, const Json& wanted) {
    for (const auto& [name, ids] : wanted.items()) {
        auto* table = table_of(world, name);
        if (table == nullptr) return "remove: no table is called " + name;
        for (const Json& id : ids) table->erase(id.get<std::string>());
    }
    return {};
}

// The description of the credential was edited: old bearers end; with "secret" the client has a new one.
std::string reissue(World& world, const Json& wanted) {
    ++world.credential;
    if (wanted.contains("secret")) world.client_secret = text_of(wanted, "secret");
    return {};
}

std::string grant(World& world, const Json& wanted) {
    world.scopes.clear();
    for (const Json& scope : wanted.value("scopes", Json::array())) world.scopes.insert(scope.get<std::string>());
    ++world.credential;
    return {};
}

kit::RouteHandler changing(World& world, std::string (*change)(World&, const Json&)) {
    return [&world, change](const kit::Request& request, const kit::PathValues&) {
        const Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
        if (!body.is_object()) return kit::json_response(400, R"({"error":"expected a JSON object"})");
        const std::scoped_lock lock{world.mutex};
        std::string problem;
        try {
            problem = change(world, body);
        } catch (const Json::exception& error) {
            problem = error.what();
        }
        if (problem.empty()) return kit::json_response(200, R"({"done":true})");
        return kit::json_response(400, Json{{"error", problem}}.dump());
    };
}

}  // namespace

std::string state_text(World& world) {
    const std::scoped_lock lock{world.mutex};
    Json state{{"orders", world.orders}, {"balances", world.balance_rows()}, {"pages_served", world.pages_served}};
    for (const char* name : {"products", "customers", "discounts"}) {
        state[name] = Json::array();
        for (const auto& [id, row] : *table_of(world, name)) state[name].push_back(row);
    }
    return state.dump();
}

void add_solteq_control_routes(kit::Router& router, World& world) {
    router.add("GET", "/__sandbox/settings", [&world](const kit::Request&, const kit::PathValues&) {
        const std::scoped_lock lock{world.mutex};
        return kit::json_response(200, settings_json(world.settings).dump());
    });
    router.add("GET", "/__sandbox/log", [&world](const kit::Request& request, const kit::PathValues&) {
        std::size_t after = 0;
        if (const std::string* text = request.query_value("after"))
            std::from_chars(text->data(), text->data() + text->size(), after);
        const std::scoped_lock lock{world.mutex};
        Json entries = Json::array();
        for (std::size_t i = after; i < world.log.size(); ++i) entries.push_back(world.log[i]);
        return kit::json_response(200, Json{{"entries", entries}}.dump());
    });
    router.add("POST", "/__sandbox/settings", changing(world, change_settings));
    router.add("POST", "/__sandbox/seed", changing(world, seed));
    router.add("POST", "/__sandbox/remove", changing(world, remove));
    router.add("POST", "/__sandbox/reissue", changing(world, reissue));
    router.add("POST", "/__sandbox/scopes", changing(world, grant));
    router.add("POST", "/__sandbox/expire-page-tokens", changing(world, [](World& into, const Json&) {
                   ++into.page_tokens;
                   return std::string{};
               }));
}

}  // namespace sandbox::solteq
