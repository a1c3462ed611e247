// sandbox-nordway: a Nordway company for tests, written apart from the connector.  State is in memory.
//
//   sandbox-nordway [--port N] [--control-port N] [--key K] [--currency C]
//
// Control port: faults, requests, state and reset as of every simulator; POST /__sandbox/article
// {"sku","price","free"}.
#include <exception>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/sandbox/kit/control.h"
#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/kit/program.h"

namespace {

namespace kit = sandbox::kit;
using Json = nlohmann::ordered_json;

constexpr int kArticles = 7;
constexpr std::size_t kOrdersMax = 100'000;

struct World {
    std::mutex mutex{};
    std::string currency{};
    Json articles = Json::array();
    Json orders = Json::array();

    void reset() {
        articles = Json::array();
        orders = Json::array();
        for (int i = 1; i <= kArticles; ++i)
            articles.push_back({{"id", i},
                                {"sku", "N-" + std::to_string(i)},
                                {"name", "Article " + std::to_string(i)},
                                {"status", i == kArticles ? "retired" : "active"},
                                {"price", "10.50"},
                                {"onHand", 9},
                                {"free", 9},
                                {"modifiedAt", "2026-11-20T14:03:11Z"}});
    }
    Json* article(const std::string& sku) {
        for (Json& one : articles)
            if (one["sku"] == sku) return &one;
        return nullptr;
    }
};

kit::Response answer(int status, const Json& body) { return kit::json_response(status, body.dump()); }
kit::Response refuse(int status, const char* code) { return answer(status, {{"error", {{"code", code}}}}); }

Json body_of(const kit::Request& request) { return Json::parse(request.body, nullptr, false); }

int number_of(const kit::Request& request, const char* name, int fallback) {
    const std::string* text = request.query_value(name);
    return text == nullptr ? fallback : std::atoi(text->c_str());
}

kit::Response list_articles(World& world, const kit::Request& request) {
    const int after = number_of(request, "after", 0);
    const int limit = number_of(request, "limit", 500);
    Json rows = Json::array();
    bool last = true;
    for (const Json& one : world.articles) {
        if (one["id"].get<int>() <= after) continue;
        last = static_cast<int>(rows.size()) < limit;
        if (!last) break;
        rows.push_back(one);
    }
    return answer(200, {{"articles", rows}, {"last", last}});
}

kit::Response find_orders(World& world, const kit::Request& request) {
    const std::string* number = request.query_value("externalNumber");
    Json rows = Json::array();
    for (const Json& one : world.orders)
        if (number != nullptr && one["externalNumber"] == *number) rows.push_back(one);
    return answer(200, {{"orders", rows}});
}

// A repeated POST makes a second order, as the real system does.
kit::Response create_order(World& world, const kit::Request& request) {
    Json order = body_of(request);
    if (!order.is_object() || !order["lines"].is_array() || order["lines"].empty()) return refuse(422, "BAD_ORDER");
    if (order["currency"] != world.currency) return refuse(422, "BAD_CURRENCY");
    if (world.orders.size() >= kOrdersMax) return refuse(507, "FULL");
    for (const Json& line : order["lines"])
        if (world.article(line.value("sku", "")) == nullptr) return refuse(422, "NO_SUCH_ARTICLE");
    const std::size_t id = 5001 + world.orders.size();
    order["id"] = id;
    order["number"] = "S-" + std::to_string(id);
    order["status"] = "open";
    world.orders.push_back(order);
    return answer(201, order);
}

kit::Response set_status(World& world, const kit::Request& request, const std::string& id) {
    const Json body = body_of(request);
    for (Json& one : world.orders)
        if (one["id"].dump() == id && body.is_object()) {
            one["status"] = body.value("status", "open");
            return answer(200, one);
        }
    return refuse(404, "NOT_FOUND");
}

kit::Response set_stock(World& world, const kit::Request& request, const std::string& sku) {
    Json* article = world.article(sku);
    const Json body = body_of(request);
    if (article == nullptr) return refuse(404, "NOT_FOUND");
    if (!body.is_object() || !body.contains("onHand")) return refuse(422, "BAD_STOCK");
    (*article)["onHand"] = (*article)["free"] = body["onHand"];
    return answer(200, *article);
}

kit::Response serve(World& world, const std::string& key, const kit::Request& request) {
    const std::string* sent = request.header("Authorization");
    if (sent == nullptr || *sent != "Bearer " + key) return refuse(401, "BAD_KEY");
    const std::scoped_lock lock(world.mutex);
    kit::Router routes;
    routes.add("GET", "/v1/company", [&](const auto&, const auto&) {
        return answer(200, {{"name", "Nordway Oy"}, {"currency", world.currency}});
    });
    routes.add("GET", "/v1/articles", [&](const auto& asked, const auto&) { return list_articles(world, asked); });
    routes.add("GET", "/v1/orders", [&](const auto& asked, const auto&) { return find_orders(world, asked); });
    routes.add("POST", "/v1/orders", [&](const auto& asked, const auto&) { return create_order(world, asked); });
    routes.add("PUT", "/v1/orders/{order}/status",
               [&](const auto& asked, const auto& values) { return set_status(world, asked, values[0]); });
    routes.add("PUT", "/v1/articles/{sku}/stock",
               [&](const auto& asked, const auto& values) { return set_stock(world, asked, values[0]); });
    return routes.route(request);
}

void add_control(kit::Router& control, World& world) {
    control.add("POST", "/__sandbox/article", [&world](const kit::Request& request, const kit::PathValues&) {
        const std::scoped_lock lock(world.mutex);
        const Json body = body_of(request);
        Json* article = body.is_object() ? world.article(body.value("sku", "")) : nullptr;
        if (article == nullptr) return refuse(400, "NO_SUCH_ARTICLE");
        article->update(body);
        return answer(200, *article);
    });
    control.add("POST", "/__sandbox/company", [&world](const kit::Request& request, const kit::PathValues&) {
        const std::scoped_lock lock(world.mutex);
        world.currency = body_of(request).value("currency", "EUR");
        return answer(200, {{"done", true}});
    });
}

int run(int argc, char** argv) {
    kit::hold_signals();
    kit::Flags flags{argc, argv};
    const std::string key = flags.text("--key", "demo-key");
    const int port = static_cast<int>(flags.number("--port", 0));
    const int control_port = static_cast<int>(flags.number("--control-port", 0));
    World world;
    world.currency = flags.text("--currency", "EUR");
    world.reset();
    if (const auto problem = flags.problem()) {
        std::cerr << "sandbox-nordway: " << *problem << '\n';
        return 2;
    }
    kit::FaultEngine faults;
    kit::RequestLog log;
    const auto server = kit::HttpServer::start({.http_port = port, .certificate = {}, .faults = &faults, .log = &log},
                                               [&](const kit::Request& request) { return serve(world, key, request); });
    kit::Router control;
    kit::add_control_routes(control, faults, log,
                            {.state =
                                 [&world] {
                                     const std::scoped_lock lock(world.mutex);
                                     return Json{{"articles", world.articles}, {"orders", world.orders}}.dump();
                                 },
                             .reset =
                                 [&world] {
                                     const std::scoped_lock lock(world.mutex);
                                     world.reset();
                                 }});
    add_control(control, world);
    const auto steering = kit::HttpServer::start({.http_port = control_port, .certificate = {}},
                                                 [&](const kit::Request& request) { return control.route(request); });
    if (!server || !steering) {
        std::cerr << "sandbox-nordway: " << (server ? steering.error() : server.error()) << '\n';
        return 2;
    }
    if (!kit::announce({.http = (*server)->http_port(), .https = -1, .control = (*steering)->http_port()}, ""))
        return 2;
    kit::wait_for_stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "sandbox-nordway: " << error.what() << '\n';
        return 1;
    }
}
