#include "tests/sandbox/keycrm/control_api.h"

#include <array>

#include "tests/sandbox/keycrm/render.h"
#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

using kit::PathValues;
using kit::Request;
using kit::Response;

template <class T>
struct Switch {
    const char* name;
    T Switches::* member;
};
constexpr std::array<Switch<bool>, 8> kFlags{{{"iso_times", &Switches::iso_times},
                                              {"numbers_as_strings", &Switches::numbers_as_strings},
                                              {"in_reserve_missing", &Switches::in_reserve_missing},
                                              {"limit_over_is_422", &Switches::limit_over_is_422},
                                              {"strict_filters", &Switches::strict_filters},
                                              {"status_on_create", &Switches::status_on_create},
                                              {"discount_per_line", &Switches::discount_per_line},
                                              {"named_sources", &Switches::named_sources}}};
constexpr std::array<Switch<int>, 4> kNumbers{{{"rate_per_minute", &Switches::rate_per_minute},
                                               {"stock_lag_ms", &Switches::stock_lag_ms},
                                               {"webhook_retry_ms", &Switches::webhook_retry_ms},
                                               {"clock_offset_s", &Switches::clock_offset_s}}};

Response done(const std::string& wrong) {
    if (wrong.empty()) return kit::json_response(200, R"({"done":true})");
    return kit::json_response(400, Json{{"error", wrong}}.dump());
}

std::set<Id> ids_of(const Json& object, const char* name) {
    std::set<Id> out;
    for (const Json& id : object.value(name, Json::array())) out.insert(id.get<Id>());
    return out;
}

// {"stock":[{"url":..,"warehouses":[1]}],"triggers":[{"event":..,"url":..,"status_ids":[..]}]}
void configure(Webhooks& webhooks, const Json& body) {
    std::vector<StockHook> stock;
    for (const Json& hook : body.value("stock", Json::array()))
        stock.push_back({.url = hook.at("url"), .warehouses = ids_of(hook, "warehouses")});
    std::vector<Trigger> triggers;
    for (const Json& one : body.value("triggers", Json::array()))
        triggers.push_back({.event = one.at("event"),
                            .url = one.at("url"),
                            .method = one.value("method", "POST"),
                            .status_ids = ids_of(one, "status_ids")});
    webhooks.configure(std::move(stock), std::move(triggers));
}

// {"offer_id":9001,"warehouse_id":1,"quantity":"7"}: a document of the warehouse.
std::string set_stock(Crm& crm, const Json& body) {
    Offer* offer = crm.offer(body.at("offer_id").get<Id>());
    if (offer == nullptr) return "no such offer";
    crm.set_quantity(*offer, body.value("warehouse_id", Id{1}), decimal_of(body, "quantity"));
    return {};
}

// {"id":7001,"status_id":11,"tracking_code":"59000","shipping_status":"sent","manager_comment":"..","quantity":3}
std::string edit_order(Crm& crm, const Json& body) {
    Order* order = crm.order(body.at("id").get<Id>());
    if (order == nullptr) return "no such order";
    for (const char* name : {"tracking_code", "shipping_status"})
        if (body.contains(name)) order->shipping[name] = body[name];
    if (body.contains("manager_comment")) order->fields["manager_comment"] = body["manager_comment"];
    if (body.contains("quantity") && !order->lines.empty()) {
        crm.release(*order);
        order->lines.front().quantity = decimal_of(body, "quantity");
        crm.settle_stock(*order);
    }
    crm.touch(*order);
    if (!body.contains("status_id")) return {};
    if (crm.status(body["status_id"].get<Id>()) == nullptr) return "no such status";
    crm.set_status(*order, body["status_id"].get<Id>());
    return {};
}

// {"count":120}: plain offers of their own products.
std::string add_offers(Crm& crm, const Json& body) {
    const int count = body.at("count").get<int>();
    if (count < 1 || count > 100'000) return "count: expected 1 to 100000";
    for (int i = 0; i < count; ++i) {
        Product product{.id = crm.next_id(), .created = crm.now(), .updated = crm.now()};
        product.name = "Added " + std::to_string(product.id);
        Offer offer{.id = crm.next_id(), .product_id = product.id, .sku = "X-" + std::to_string(product.id)};
        offer.price = Decimal::whole(10);
        offer.shelves[1].quantity = Decimal::whole(1);
        crm.products[product.id] = product;
        crm.offers[offer.id] = offer;
    }
    return {};
}

// {"source_id":4,"warehouse_id":null} and {"status_id":4,"reserves":true,"writes_off":false}
std::string set_rule(Crm& crm, const Json& body) {
    for (Source& source : crm.sources)
        if (body.value("source_id", Id{0}) == source.id) {
            source.warehouse.reset();
            if (body.contains("warehouse_id") && body["warehouse_id"].is_number())
                source.warehouse = body["warehouse_id"].get<Id>();
            return {};
        }
    for (Status& status : crm.statuses)
        if (body.value("status_id", Id{0}) == status.id) {
            status.reserves = body.value("reserves", status.reserves);
            status.writes_off = body.value("writes_off", status.writes_off);
            return {};
        }
    return "expected a source_id or a status_id of the account";
}

template <class Change>
kit::RouteHandler changing(Crm& crm, Change change) {
    return [&crm, change](const Request& request, const PathValues&) {
        const auto body = body_of(request);
        if (!body) return done("reading body: expected a JSON object");
        const std::scoped_lock lock(crm.mutex);
        try {
            return done(change(crm, *body));
        } catch (const Json::exception& error) {
            return done(std::string("reading body: ") + error.what());
        }
    };
}

}  // namespace

std::string change_switches(Switches& switches, const Json& wanted) {
    Switches changed = switches;
    for (const auto& [name, value] : wanted.items()) {
        bool known = false;
        const auto take = [&](const auto& key, auto member, bool fits) {
            if (name != key || !fits) return;
            changed.*member = value.get<std::remove_reference_t<decltype(changed.*member)>>();
            known = true;
        };
        for (const auto& flag : kFlags) take(flag.name, flag.member, value.is_boolean());
        for (const auto& number : kNumbers) take(number.name, number.member, value.is_number_integer());
        const auto word = [&](const char* key, std::string Switches::* member, const std::set<std::string>& words) {
            take(key, member, value.is_string() && words.contains(value.get<std::string>()));
        };
        word("dedupe", &Switches::dedupe, {"create", "return_existing", "422"});
        word("unknown_sku", &Switches::unknown_sku, {"skip", "422"});
        if (!known) return "switch " + name + ": unknown name or wrong value";
    }
    switches = changed;
    return {};
}

void add_crm_control_routes(kit::Router& router, Crm& crm, Api& api, Webhooks& webhooks) {
    router.add("POST", "/__sandbox/switches",
               changing(crm, [](Crm& account, const Json& body) { return change_switches(account.switches, body); }));
    router.add("POST", "/__sandbox/webhooks", changing(crm, [&webhooks](Crm&, const Json& body) {
                   configure(webhooks, body);
                   return std::string();
               }));
    router.add("POST", "/__sandbox/stock", changing(crm, set_stock));
    router.add("POST", "/__sandbox/order", changing(crm, edit_order));
    router.add("POST", "/__sandbox/offers", changing(crm, add_offers));
    router.add("POST", "/__sandbox/rule", changing(crm, set_rule));
    router.add("DELETE", "/__sandbox/offer/{id}", [&crm](const Request&, const PathValues& values) {
        const std::scoped_lock lock(crm.mutex);
        return done(crm.offers.erase(id_of(values[0])) == 1 ? "" : "no such offer");
    });
    router.add("POST", "/__sandbox/limit-reset", [&api](const Request&, const PathValues&) {
        api.forget_limit();
        return done({});
    });
    router.add("GET", "/__sandbox/deliveries", [&webhooks](const Request&, const PathValues&) {
        return kit::json_response(200, webhooks.deliveries().dump());
    });
    router.add("GET", "/__sandbox/orders", [&crm](const Request&, const PathValues&) {
        const std::scoped_lock lock(crm.mutex);
        Json rows = Json::array();
        for (const auto& [id, order] : crm.orders)
            rows.push_back(render(crm, order, {"products", "payments", "expenses", "shipping", "buyer", "status"}));
        return kit::json_response(200, rows.dump());
    });
    router.add("GET", "/__sandbox/stock/{id}", [&crm](const Request&, const PathValues& values) {
        const std::scoped_lock lock(crm.mutex);
        crm.run_due(kit::now_micros());
        const Offer* offer = crm.offer(id_of(values[0]));
        if (offer == nullptr) return done("no such offer");
        return kit::json_response(200, render_stock(crm, *offer, true).dump());
    });
}

std::string state_text(Crm& crm, const Webhooks& webhooks) {
    const std::scoped_lock lock(crm.mutex);
    return Json{{"offers", crm.offers.size()},
                {"products", crm.products.size()},
                {"orders", crm.orders.size()},
                {"buyers", crm.buyers.size()},
                {"webhooks_idle", webhooks.idle()}}
        .dump();
}

}  // namespace sandbox::keycrm
