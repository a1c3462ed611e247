#include "tests/sandbox/logistos/integration_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/sandbox/logistos/order_reader.h"

namespace sandbox::logistos {
namespace {

kit::Response json(int status, const Json& body) { return kit::json_response(status, body.dump()); }

kit::Response page_not_found() {
    return {.status = 404,
            .content_type = "text/html; charset=utf-8",
            .headers = {},
            .body = "<!doctype html><html><body><h1>Not Found</h1></body></html>"};
}

kit::Response moved_to(const std::string& path) {
    return {.status = 301, .content_type = "text/html", .headers = {{"Location", path}}, .body = ""};
}

Json nested_error(const std::string& code, const std::string& text) {
    return {{"ok", false}, {"error", {{"code", code}, {"text", text}}}};
}

kit::Response missing(const Settings& settings, bool nested, const std::string& member) {
    if (nested) return json(400, nested_error("BAD_REQUEST", member + " is required"));
    if (settings.error_form == "drf") return json(400, {{member, {"This field is required."}}});
    return json(400, {{"success", false}, {"message", member + " is required"}});
}

kit::Response unknown_store(const Settings& settings, bool nested) {
    if (nested) return json(settings.unknown_store, nested_error("UNKNOWN_SHOP", "no seller has connected this shop"));
    return json(settings.unknown_store, {{"success", false}, {"message", "store is not registered"}});
}

kit::Response conflict(bool nested) {
    if (nested) return json(409, nested_error("ORDER_EXISTS", "the order is known already"));
    return json(409, {{"success", false}, {"message", "order exists"}});
}

Json flat_row(const TakenOrder& taken) {
    return {{"success", true}, {"order_id", taken.order->reference}, {"logistos_order_id", taken.order->id}};
}

Json nested_row(const AskedOrder& asked, const TakenOrder& taken) {
    Json row{{"reference", asked.reference}, {"ok", taken.order != nullptr && taken.what != Taken::kConflict}};
    if (taken.order == nullptr)
        row["error"] = {{"code", "BAD_ORDER"}, {"text", taken.problem + " is required"}};
    else
        row["parcel_order"] = taken.order->id;
    row["awb"] = taken.awb.empty() ? Json() : Json(taken.awb);
    return row;
}

Json parsed(const std::string& body) {
    Json document = Json::parse(body, nullptr, false);
    return document.is_object() ? document : Json::object();
}

Json member_object(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_object() ? *found : Json::object();
}

}  // namespace

void IntegrationApi::add(kit::Router& router, const std::string& path, Handler handler) {
    router.add("*", path, [this, handler, path](const kit::Request& request, const kit::PathValues&) {
        const std::scoped_lock lock(world_.mutex);
        const bool slash = request.path.ends_with('/');
        const std::string& form = slash ? world_.settings.slash_form : world_.settings.plain_form;
        if (form == "301") return moved_to(slash ? path : path + "/");
        if (form == "404") return page_not_found();
        return (this->*handler)(request);
    });
}

void IntegrationApi::add_routes(kit::Router& router) {
    add(router, "/integration/integrate_woo_commerce", &IntegrationApi::integrate);
    add(router, "/integration/woo_commerce_orders", &IntegrationApi::take_orders);
    add(router, "/integration/order", &IntegrationApi::show_order);
    add(router, "/integration/cancel_order", &IntegrationApi::cancel_order);
    add(router, "/integration/disconnect_woo_commerce", &IntegrationApi::disconnect);
}

bool IntegrationApi::allowed(const kit::Request& request) const {
    const std::string* token = request.header("X-Integration-Token");
    return token_.empty() || (token != nullptr && *token == token_);
}

kit::Response IntegrationApi::integrate(const kit::Request& request) {
    if (request.method != "POST") return json(405, {{"detail", "Method \"" + request.method + "\" not allowed."}});
    const Json body = parsed(request.body);
    const bool nested = body.contains("shop");
    if (nested && !allowed(request)) return json(401, nested_error("TOKEN", "the token is wrong"));
    const Json shop = member_object(body, "shop");
    const Json key = member_object(body, "key");
    const std::string url = nested ? text_of(shop, "url") : text_of(body, "store_url");
    const std::string id = nested ? text_of(key, "id") : text_of(body, "consumer_key");
    const std::string secret = nested ? text_of(key, "secret") : text_of(body, "consumer_secret");
    if (id.empty()) return missing(world_.settings, nested, nested ? "key.id" : "consumer_key");
    if (secret.empty()) return missing(world_.settings, nested, nested ? "key.secret" : "consumer_secret");
    if (url.empty()) return missing(world_.settings, nested, nested ? "shop.url" : "store_url");
    if (!world_.connect(url, id, secret)) return unknown_store(world_.settings, nested);
    if (nested) return json(200, {{"ok", true}, {"shop_no", 55}});
    return json(200, {{"success", true}, {"message", "Store integrated"}, {"store_id", 55}});
}

kit::Response IntegrationApi::take_orders(const kit::Request& request) {
    if (request.method != "POST") return json(405, {{"detail", "Method \"" + request.method + "\" not allowed."}});
    const auto asked = read_orders(request.body);
    if (!asked) return json(400, {{"success", false}, {"message", "expected an order"}});
    if (asked->nested && !allowed(request)) return json(401, nested_error("TOKEN", "the token is wrong"));
    Json rows = Json::array();
    std::optional<kit::Response> refused;
    for (const AskedOrder& order : asked->orders) {
        const TakenOrder taken = world_.take(order);
        std::optional<kit::Response> answer;
        if (taken.what == Taken::kUnknownStore) answer = unknown_store(world_.settings, asked->nested);
        if (taken.what == Taken::kConflict) answer = conflict(asked->nested);
        if (taken.what == Taken::kBad && !asked->nested) answer = missing(world_.settings, false, taken.problem);
        if (answer && !refused) refused = answer;
        if (!answer) rows.push_back(asked->nested ? nested_row(order, taken) : flat_row(taken));
    }
    if (refused) return *refused;
    if (asked->nested) return json(200, {{"results", rows}});
    return json(200, rows.size() == 1 ? rows.front() : rows);
}

kit::Response IntegrationApi::show_order(const kit::Request& request) {
    const std::string* shop = request.query_value("shop");
    const bool nested = shop != nullptr;
    if (nested && !allowed(request)) return json(401, nested_error("TOKEN", "the token is wrong"));
    const std::string* store = nested ? shop : request.query_value("store_url");
    const std::string* reference = request.query_value(nested ? "reference" : "order_id");
    const Order* order = store && reference ? world_.order(*store, *reference) : nullptr;
    if (order == nullptr) {
        if (nested) return json(404, nested_error("NO_ORDER", "no such order"));
        return json(404, {{"success", false}, {"message", "order not found"}});
    }
    const TakenOrder found{.what = Taken::kSame, .order = order, .awb = world_.awb_of(order->id), .problem = {}};
    if (!nested) return json(200, flat_row(found));
    const AskedOrder asked{.store = *store, .reference = *reference, .number = {}, .missing = {}, .body = {}};
    return json(200, {{"results", Json::array({nested_row(asked, found)})}});
}

kit::Response IntegrationApi::cancel_order(const kit::Request& request) {
    const Json body = parsed(request.body);
    const bool nested = body.contains("shop");
    if (nested && !allowed(request)) return json(401, nested_error("TOKEN", "the token is wrong"));
    Order* order =
        world_.order(text_of(body, nested ? "shop" : "store_url"), text_of(body, nested ? "reference" : "order_id"));
    if (order == nullptr) {
        if (nested) return json(404, nested_error("NO_ORDER", "no such order"));
        return json(404, {{"success", false}, {"message", "order not found"}});
    }
    world_.cancel(*order);
    return json(200, nested ? Json{{"ok", true}} : Json{{"success", true}});
}

kit::Response IntegrationApi::disconnect(const kit::Request& request) {
    const Json body = parsed(request.body);
    const bool nested = body.contains("shop");
    if (nested && !allowed(request)) return json(401, nested_error("TOKEN", "the token is wrong"));
    const std::string url = nested ? text_of(member_object(body, "shop"), "url") : text_of(body, "store_url");
    const auto store = world_.stores.find(normalized_store(url));
    if (store == world_.stores.end()) return unknown_store(world_.settings, nested);
    store->second.connected = false;
    store->second.consumer_key.clear();
    store->second.consumer_secret.clear();
    return json(200, nested ? Json{{"ok", true}} : Json{{"success", true}});
}

}  // namespace sandbox::logistos
