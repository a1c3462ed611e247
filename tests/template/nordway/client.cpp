#include "tests/template/nordway/client.h"

#include <utility>

namespace shopwire::nordway {
namespace {

constexpr std::string_view kNotThere = "NOT_FOUND";

// A success that cannot be read says nothing about a write, and may be read again.
std::unexpected<Error> unreadable(const http::Request& request, const std::string& why) {
    const std::string message = request.operation + ": " + why;
    return request.idempotent ? transient(message) : ambiguous(message);
}

// The system's own word for what is wrong; empty when the answer is somebody else's, as a gateway's page.
std::string code_of(const http::Response& response) {
    const Result<json::Document> body = json::Document::parse(response.body);
    return body ? std::string(body->root().member("error").member("code").text()) : std::string();
}

// A 404 without the system's own code comes from something in between: the system is away, and no record is at fault.
Error error_of(const http::Request& request, const http::Response& response) {
    Error error = http::classify(request, response).error();
    if (response.status == 404) error.kind = request.idempotent ? ErrorKind::kTransient : ErrorKind::kAmbiguous;
    return error;
}

HeldOrder order_of(json::Reader& reader) {
    return {.id = reader.id("id"),
            .number = reader.string("number"),
            .status = reader.string("status"),
            .total = reader.decimal("total")};
}

}  // namespace

Client::Client(Settings settings, const runtime::ConnectionContext& context)
    : settings_(std::move(settings)),
      chain_(http::client({.system = "nordway",
                           .connection = context.merchant + "/" + context.connection,
                           .base_url = settings_.base_url,
                           .sign = http::header_auth("Authorization", Secret("Bearer " + settings_.api_key.reveal()))},
                          context.transport, context.limiter, context.metrics, context.clock)) {}

http::Request Client::request(std::string_view method, const std::string& path, std::string_view operation) const {
    return {.method = std::string(method),
            .url = settings_.base_url + "/v1" + path,
            .headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}},
            .idempotent = method != "POST",
            .timeout = settings_.timeout,
            .operation = std::string(operation)};
}

Result<json::Document> Client::send(const http::Request& request, std::stop_token stop) {
    const Result<http::Response> response = chain_->send(request, std::move(stop));
    if (!response) return std::unexpected(response.error());
    if (!http::classify(request, *response)) {
        if (response->status == 404 && code_of(*response) == kNotThere) return json::Document::parse("null");
        return std::unexpected(error_of(request, *response));
    }
    Result<json::Document> body = json::Document::parse(response->body);
    if (!body || !body->root().is_object()) return unreadable(request, "the answer is not a JSON object");
    return body;
}

Status Client::probe(std::stop_token stop) {
    const Result<json::Document> company = send(request("GET", "/company", "get_company"), std::move(stop));
    if (!company) return within("probing", company.error());
    const std::string_view currency = company->root().member("currency").text();
    if (currency != settings_.currency)
        return rejected("probing: the company's currency is \"" + std::string(currency) + "\"");
    return {};
}

Result<ArticlePage> Client::articles(std::int64_t after, std::stop_token stop) {
    http::Request request = this->request("GET", "/articles", "list_articles");
    request.query = {{"after", std::to_string(after)}, {"limit", std::to_string(settings_.page_size)}};
    Result<json::Document> body = send(request, std::move(stop));
    if (!body) return std::unexpected(std::move(body.error()));
    ArticlePage page{.body = *std::move(body)};
    json::Reader reader(page.body.root());
    page.last = reader.boolean("last");
    if (!page.rows().is_array()) reader.fail("articles", "an array");
    if (const Status ok = reader.status(); !ok) return unreadable(request, ok.error().message);
    return page;
}

Result<std::vector<HeldOrder>> Client::orders(const std::string& external_number, std::stop_token stop) {
    http::Request request = this->request("GET", "/orders", "find_orders");
    request.query = {{"externalNumber", external_number}};
    const Result<json::Document> body = send(request, std::move(stop));
    if (!body) return std::unexpected(body.error());
    json::Reader reader(body->root());
    std::vector<HeldOrder> orders;
    for (json::Reader& row : reader.array("orders")) orders.push_back(order_of(row));
    if (const Status ok = reader.status(); !ok) return unreadable(request, ok.error().message);
    return orders;
}

Result<HeldOrder> Client::create_order(std::string body, std::stop_token stop) {
    http::Request request = this->request("POST", "/orders", "create_order");
    request.body = std::move(body);
    const Result<json::Document> answer = send(request, std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    json::Reader reader(answer->root());
    HeldOrder order = order_of(reader);
    if (const Status ok = reader.status(); !ok) return unreadable(request, ok.error().message);
    return order;
}

Result<bool> Client::cancel_order(const std::string& id, std::stop_token stop) {
    http::Request request = this->request("PUT", "/orders/" + http::percent_encode(id) + "/status", "cancel_order");
    request.body = R"({"status":"cancelled"})";
    const Result<json::Document> answer = send(request, std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    if (answer->root().is_null()) return false;
    if (answer->root().member("status").text() != "cancelled")
        return unreadable(request, "the answer does not say that it is cancelled");
    return true;
}

Status Client::set_stock(const std::string& sku, Decimal quantity, std::stop_token stop) {
    http::Request request = this->request("PUT", "/articles/" + http::percent_encode(sku) + "/stock", "set_stock");
    request.body = json::Writer().begin_object().key("onHand").number(quantity).end_object().take();
    const Result<json::Document> answer = send(request, std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    if (answer->root().is_null()) return rejected("set_stock: there is no article " + sku);
    json::Reader reader(answer->root());
    if (reader.decimal("onHand") != quantity || !reader.status())
        return unreadable(request, "the answer does not show the number that was sent");
    return {};
}

}  // namespace shopwire::nordway
