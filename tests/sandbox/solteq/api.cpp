#include "tests/sandbox/solteq/api.h"

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/solteq/customers.h"
#include "tests/sandbox/solteq/identity.h"
#include "tests/sandbox/solteq/listing.h"
#include "tests/sandbox/solteq/sales.h"
#include "tests/sandbox/solteq/shape.h"

#include <algorithm>
#include <charconv>

namespace sandbox::solteq {
namespace {

constexpr const char* kTokenHeader = "X-Continuation-Token";

// As the gateway in front of the services answers.
kit::Response gateway(int status, const std::string& words) {
    return kit::json_response(status, Json{{"statusCode", status}, {"message", words}}.dump());
}

kit::Response problem(const Refusal& refusal) {
    kit::Response response =
        kit::json_response(refusal.status, Json{{"type", "https://tools.ietf.org/html/rfc7231#section-6.5.1"},
                                                {"title", "One or more validation errors occurred."},
                                                {"status", refusal.status},
                                                {"errors", {{refusal.field, {refusal.words}}}}}
                                               .dump());
    response.content_type = "application/problem+json; charset=utf-8";
    return response;
}

std::string digits_of(const std::string& text) {
    std::string digits;
    for (const char c : text) {
        if (c >= '0' && c <= '9') digits += c;
    }
    return digits;
}

}  // namespace

std::string Api::Visit::query(std::string_view name) const {
    const std::string* value = request.query_value(name);
    return value == nullptr ? std::string{} : *value;
}

Api::Api(World& world, Shape shape) : world_{world}, shape_{shape} {
    router_.add("POST", "/connect/token", [this](const kit::Request& request, const kit::PathValues&) {
        const std::scoped_lock lock{world_.mutex};
        return give_token(world_, request);
    });
    add("GET", "administration", "stores",
        [this](const Visit& visit) { return page(visit, rows_of(visit, world_.stores), false); });
    add("GET", "catalog", "products",
        [this](const Visit& visit) { return page(visit, rows_of(visit, world_.products), false); });
    add("GET", "catalog", "products/{key}", [this](const Visit& visit) -> Outcome<Json> {
        const auto found = world_.products.find(visit.values[0]);
        if (found == world_.products.end()) return refuse("id", "Unknown product", 404);
        return found->second;
    });
    add("GET", "catalog", "categories",
        [this](const Visit& visit) { return page(visit, rows_of(visit, world_.categories), false); });
    add("GET", "catalog", "discounts", [this](const Visit& visit) { return discounts(visit); });
    add("GET", "stock", "balances", [this](const Visit& visit) { return balances(visit); });
    add("GET", "customer", "customers", [this](const Visit& visit) { return customers(visit); });
    add("GET", "customer", "customers/{key}", [this](const Visit& visit) -> Outcome<Json> {
        const auto found = world_.customers.find(visit.values[0]);
        if (found == world_.customers.end()) return refuse("id", "Unknown customer", 404);
        return found->second;
    });
    add("POST", "customer", "customers", [this](const Visit& visit) { return create_customer(world_, visit.body); });
    add("PUT", "customer", "customers/{key}",
        [this](const Visit& visit) { return replace_customer(world_, visit.values[0], visit.body); });
    add("GET", "order", "orders", [this](const Visit& visit) { return orders(visit); });
    add("POST", "order", "orders", [this](const Visit& visit) { return post_order(world_, visit.body); });
    router_.set_fallback([](const kit::Request&) { return gateway(404, "Resource not found"); });
}

void Api::add(const char* method, const std::string& service, const std::string& path, Handler handler) {
    router_.add(
        method, "/" + service + "/v1-ext/" + path,
        [this, service, handler = std::move(handler)](const kit::Request& request, const kit::PathValues& values) {
            return serve(request, values, service, handler);
        });
}

std::optional<kit::Response> Api::gate(const kit::Request& request, const std::string& service) const {
    switch (check_bearer(world_, request, service + "-api")) {
        case Access::kNoBearer: return gateway(401, "Unauthorized. Access token is missing or invalid.");
        case Access::kNoScope: return gateway(403, "Forbidden");
        case Access::kGranted: break;
    }
    if (world_.settings.requests_max == 0) return std::nullopt;
    const std::int64_t now = kit::now_seconds();
    if (now >= world_.window_began + world_.settings.window_seconds) {
        world_.window_began = now;
        world_.window_count = 0;
    }
    if (++world_.window_count <= world_.settings.requests_max) return std::nullopt;
    const std::string wait = std::to_string(world_.window_began + world_.settings.window_seconds - now);
    kit::Response response = gateway(429, "Rate limit is exceeded. Try again in " + wait + " seconds.");
    response.headers.emplace_back("Retry-After", wait);
    return response;
}

kit::Response Api::serve(const kit::Request& request, const kit::PathValues& values, const std::string& service,
                         const Handler& handler) const {
    const std::scoped_lock lock{world_.mutex};
    if (const auto closed = gate(request, service)) return *closed;
    Visit visit{.request = request, .values = values, .body = {}};
    if (!request.body.empty()) {
        visit.body = Json::parse(request.body, nullptr, false);
        if (!visit.body.is_object()) return problem({.status = 400, .field = "$", .words = "Is no JSON object"});
    }
    if (shape_ == Shape::kAlt) {
        Read read = from_alt(visit.body);
        if (!read.problem.empty()) return problem({.status = 400, .field = read.problem, .words = "Wrong JSON type"});
        visit.body = std::move(read.row);
    }
    Outcome<Json> answer = handler(visit);
    if (!answer) return problem(answer.error());
    // The members of a page are no facts of a row: its total is a count.
    Json& facts = answer->contains("items") ? (*answer)["items"] : *answer;
    if (shape_ == Shape::kAlt) facts = to_alt(facts);
    return kit::json_response(request.method == "POST" ? 201 : 200, answer->dump());
}

Outcome<Json> Api::page(const Visit& visit, const std::vector<Json>& rows, bool by_token) const {
    std::optional<std::string> token;
    if (shape_ == Shape::kAlt && !by_token) return number_page(world_, rows, visit.request);
    const std::string* sent =
        shape_ == Shape::kAlt ? visit.request.header(kTokenHeader) : visit.request.query_value("continuationToken");
    if (sent != nullptr && !sent->empty()) token = *sent;
    return token_page(world_, rows, visit.request, token, shape_ == Shape::kAlt ? "items" : "documents");
}

bool Api::changed_since(const Visit& visit, const Json& row) const {
    const std::string since = visit.query("modifiedSince");
    if (since.empty()) return true;
    const auto changed = kit::parse_time(text_of(row, "modifiedAt"));
    if (!changed) return true;
    if (shape_ == Shape::kAlt) {
        std::int64_t from_ms = 0;
        std::from_chars(since.data(), since.data() + since.size(), from_ms);
        return changed->seconds * 1000 >= from_ms;
    }
    const auto from = kit::parse_time(since);
    return !from || changed->seconds >= from->seconds - from->offset_seconds.value_or(0);
}

std::vector<Json> Api::rows_of(const Visit& visit, const std::map<std::string, Json>& table) const {
    std::vector<Json> rows;
    for (const auto& [id, row] : table) {
        if (!row.contains("modifiedAt") || changed_since(visit, row)) rows.push_back(row);
    }
    return rows;
}

// validAt "now" or a local time: campaigns whose period holds it on the wall clock of `timezone`.
Outcome<Json> Api::discounts(const Visit& visit) const {
    std::vector<Json> rows = rows_of(visit, world_.discounts);
    std::string at = visit.query("validAt");
    const std::string zone = visit.query("timezone").empty() ? "Europe/Helsinki" : visit.query("timezone");
    if (at == "now") at = kit::iso_seconds(kit::now_seconds() + offset_seconds(zone, kit::now_seconds()));
    if (!at.empty()) {
        std::erase_if(rows, [&](const Json& row) {
            const std::string from = text_of(row, "validFrom");
            const std::string to = text_of(row, "validTo");
            return (!from.empty() && at < from) || (!to.empty() && at > to);
        });
    }
    return page(visit, rows, true);
}

Outcome<Json> Api::balances(const Visit& visit) const {
    std::vector<Json> rows = world_.balance_rows();
    std::erase_if(rows, [&](const Json& row) {
        const std::string store = visit.query("storeId");
        const std::string stock = visit.query("stockId");
        return (!store.empty() && text_of(row, "storeId") != store) ||
               (!stock.empty() && text_of(row, "stockId") != stock) || !changed_since(visit, row);
    });
    return page(visit, rows, true);
}

Outcome<Json> Api::customers(const Visit& visit) const {
    std::vector<Json> rows = rows_of(visit, world_.customers);
    const std::string email = kit::lower(visit.query("email"));
    const std::string tax = visit.query("taxCode");
    const std::string phone = digits_of(visit.query("phone"));
    std::erase_if(rows, [&](const Json& row) {
        return (!email.empty() && kit::lower(text_of(row, "email")) != email) ||
               (!tax.empty() && text_of(row, "taxCode") != tax) ||
               (!phone.empty() && digits_of(text_of(row, "phone")) != phone);
    });
    return page(visit, rows, false);
}

Outcome<Json> Api::orders(const Visit& visit) const {
    const std::string external_id = visit.query("externalId");
    if (external_id.empty()) return refuse("externalId", "Is required");
    const std::int64_t seen_until = kit::now_micros() - std::int64_t{world_.settings.lookup_lag_ms} * 1000;
    std::vector<Json> rows;
    for (std::size_t i = 0; i < world_.orders.size(); ++i) {
        if (text_of(world_.orders[i], "externalId") == external_id && world_.order_times_us[i] <= seen_until)
            rows.push_back(world_.orders[i]);
    }
    return page(visit, rows, false);
}

}  // namespace sandbox::solteq
