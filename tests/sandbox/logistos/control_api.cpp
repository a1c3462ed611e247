#include "tests/sandbox/logistos/control_api.h"

#include <array>
#include <nlohmann/json.hpp>

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/logistos/back_channel.h"
#include "tests/sandbox/logistos/order_reader.h"

namespace sandbox::logistos {
namespace {

constexpr std::size_t kShownMax = 10'000;

kit::Response json(int status, const Json& body) { return kit::json_response(status, body.dump()); }

template <class T>
struct Named {
    const char* name;
    T Settings::* member;
};
constexpr std::array<Named<bool>, 4> kSwitches{{{"strict", &Settings::strict},
                                                {"book_orders", &Settings::book_orders},
                                                {"require_registered", &Settings::require_registered},
                                                {"track_by_order", &Settings::track_by_order}}};
constexpr std::array<Named<int>, 3> kNumbers{{{"unknown_store", &Settings::unknown_store},
                                              {"token_seconds", &Settings::token_seconds},
                                              {"status_step_seconds", &Settings::status_step_seconds}}};
struct Choice {
    const char* name;
    std::string Settings::* member;
    std::string_view words;
};
constexpr std::array<Choice, 5> kChoices{{{"slash_form", &Settings::slash_form, " 404 301 serve "},
                                          {"plain_form", &Settings::plain_form, " 301 serve "},
                                          {"error_form", &Settings::error_form, " plain drf "},
                                          {"on_repeat", &Settings::on_repeat, " same conflict "},
                                          {"on_change", &Settings::on_change, " update keep conflict "}}};

// Sets one setting; false when it does not exist or the value is wrong.
bool change(Settings& settings, const std::string& name, const Json& value) {
    for (const auto& one : kSwitches) {
        if (name != one.name || !value.is_boolean()) continue;
        settings.*one.member = value.get<bool>();
        return true;
    }
    for (const auto& one : kNumbers) {
        if (name != one.name || !value.is_number_unsigned() || value.get<std::uint64_t>() > 10'000'000) continue;
        settings.*one.member = value.get<int>();
        return true;
    }
    for (const auto& one : kChoices) {
        if (name != one.name || !value.is_string()) continue;
        const std::string word = value.get<std::string>();
        if (word.empty() || !one.words.contains(" " + word + " ")) continue;
        settings.*one.member = word;
        return true;
    }
    return false;
}

using Change = kit::Response (*)(World&, const Json&);

// Runs under the lock with the body as an object.
kit::RouteHandler changing(World& world, Change what) {
    return [&world, what](const kit::Request& request, const kit::PathValues&) {
        const Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
        if (!body.is_object()) return json(400, {{"error", "reading body: expected a JSON object"}});
        const std::scoped_lock lock(world.mutex);
        return what(world, body);
    };
}

kit::Response change_settings(World& world, const Json& body) {
    Settings changed = world.settings;
    for (const auto& [name, value] : body.items())
        if (!change(changed, name, value)) return json(400, {{"error", name + ": unknown name or wrong value"}});
    world.settings = changed;
    return json(200, {{"done", true}});
}

kit::Response book(World& world, const Json& body) {
    Order* order = world.order(text_of(body, "store"), text_of(body, "order_id"));
    if (order == nullptr) return json(404, {{"error", "no such order"}});
    return json(200, {{"awb", world.book(*order, text_of(body, "route"))}});
}

kit::Response set_status(World& world, const Json& body) {
    const auto shipment = world.shipments.find(text_of(body, "awb"));
    if (shipment == world.shipments.end()) return json(404, {{"error", "no such shipment"}});
    world.set_status(shipment->second, text_of(body, "status"));
    return json(200, {{"done", true}});
}

kit::Response move_clock(World& world, const Json& body) {
    const auto seconds = body.find("advance_seconds");
    if (seconds == body.end() || !seconds->is_number_integer())
        return json(400, {{"error", "advance_seconds: expected a number"}});
    world.clock_offset += seconds->get<std::int64_t>();
    world.move_shipments();
    return json(200, {{"now", world.now()}});
}

kit::Response register_store(World& world, const Json& body) {
    const std::string url = text_of(body, "store");
    if (url.empty()) return json(400, {{"error", "store: expected an address"}});
    world.stores[normalized_store(url)].registered = true;
    return json(200, {{"done", true}});
}

kit::Response expire_tokens(World& world, const Json&) {
    world.tokens.clear();
    return json(200, {{"done", true}});
}

kit::Response call_back(World& world, const kit::Request& request) {
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return json(400, {{"error", "reading body: expected a JSON object"}});
    Store store;
    std::string awb;
    {
        const std::scoped_lock lock(world.mutex);
        const auto found = world.stores.find(normalized_store(text_of(body, "store")));
        const Order* order = world.order(text_of(body, "store"), text_of(body, "order_id"));
        if (found == world.stores.end() || order == nullptr) return json(404, {{"error", "no such order"}});
        store = found->second;
        awb = world.awb_of(order->id);
    }
    const BackCall done = write_back(store, text_of(body, "order_id"), body.value("status", "completed"), awb);
    return json(200, {{"order", done.status_of_order}, {"note", done.status_of_note}});
}

Json orders_json(const World& world) {
    Json orders = Json::array();
    for (const auto& [key, order] : world.orders) {
        if (orders.size() >= kShownMax) break;
        orders.push_back({{"id", order.id},
                          {"store", order.store},
                          {"reference", order.reference},
                          {"number", order.number},
                          {"posts", order.posts},
                          {"cancelled", order.cancelled},
                          {"awb", world.awb_of(order.id)},
                          {"body", Json::parse(order.body)}});
    }
    return orders;
}

}  // namespace

std::string state_text(World& world) {
    const std::scoped_lock lock(world.mutex);
    Json stores = Json::array();
    for (const auto& [url, store] : world.stores)
        stores.push_back({{"url", url},
                          {"connected", store.connected},
                          {"connects", store.connects},
                          {"key_md5", kit::md5_hex(store.consumer_key)},
                          {"secret_md5", kit::md5_hex(store.consumer_secret)}});
    return Json{
        {"stores", stores},       {"orders", world.orders.size()},          {"shipments", world.shipments.size()},
        {"logins", world.logins}, {"logins_refused", world.logins_refused}, {"now", world.now()}}
        .dump();
}

void add_logistos_control_routes(kit::Router& router, World& world) {
    router.add("POST", "/__sandbox/settings", changing(world, change_settings));
    router.add("POST", "/__sandbox/book", changing(world, book));
    router.add("POST", "/__sandbox/status", changing(world, set_status));
    router.add("POST", "/__sandbox/clock", changing(world, move_clock));
    router.add("POST", "/__sandbox/register", changing(world, register_store));
    router.add("POST", "/__sandbox/expire-tokens", changing(world, expire_tokens));
    router.add("POST", "/__sandbox/call-back",
               [&world](const kit::Request& request, const kit::PathValues&) { return call_back(world, request); });
    router.add("GET", "/__sandbox/orders", [&world](const kit::Request&, const kit::PathValues&) {
        const std::scoped_lock lock(world.mutex);
        return json(200, orders_json(world));
    });
}

}  // namespace sandbox::logistos
