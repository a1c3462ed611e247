#include "services/woocommerce/client.h"

#include <charconv>
#include <utility>

#include "common/core/clock.h"

namespace shopwire::woocommerce {
namespace {

std::string_view path_of(List list) {
    switch (list) {
        case List::kOrders: return "orders";
        case List::kProducts: return "products";
        case List::kCustomers: return "customers";
    }
    std::unreachable();
}

std::string_view list_operation(List list) {
    switch (list) {
        case List::kOrders: return "list_orders";
        case List::kProducts: return "list_products";
        case List::kCustomers: return "list_customers";
    }
    std::unreachable();
}

std::string_view get_operation(List list) {
    switch (list) {
        case List::kOrders: return "get_order";
        case List::kProducts: return "get_product";
        case List::kCustomers: return "get_customer";
    }
    std::unreachable();
}

// The `code` of an error body; empty when it is not the shop's own JSON, as when a proxy or a firewall answers.
std::string error_code(const std::string& body) {
    const Result<json::Document> document = json::Document::parse(body);
    if (!document) return {};
    const json::Value code = document->root().member("code");
    return code.type() == json::Type::kString ? std::string(code.text()) : std::string();
}

std::string describe(const http::Request& request, int status, std::string_view code) {
    std::string message = request.operation + ": HTTP " + std::to_string(status);
    message += code.empty() ? " without the shop's own error" : " " + std::string(code);
    return message;
}

std::unexpected<Error> unreadable(const http::Request& request, std::string_view detail) {
    const std::string message = request.operation + ": " + std::string(detail);
    if (request.idempotent) return transient(message);
    return ambiguous(message);
}

}  // namespace

Status classify_answer(const http::Request& request, const http::Response& response) {
    Status ok = http::classify(request, response);
    if (ok) return ok;
    const std::string code = error_code(response.body);
    Error error = std::move(ok).error();
    error.message = describe(request, response.status, code);
    switch (response.status) {
        case 403:
        case 404:
        case 405:
            // HTML with these comes from a firewall or from a host whose rewrite rules are gone, and rest_no_route from
            // a shop whose plugin is off, as during its update: the whole shop is away, no record is at fault (contract
            // woocommerce 11).
            if (code.empty() || code == "rest_no_route") error.kind = ErrorKind::kTransient;
            break;
        case 501:
            error.kind = ErrorKind::kRejected;
            break;  // "trash not supported": the request is wrong, not the shop
        default: break;
    }
    return std::unexpected(std::move(error));
}

Error item_error(json::Value error) {
    // `data` is usually an object with a status, but may be a number or anything else (refund-create-empty-500.json).
    const json::Value data = error.member("data");
    const std::string_view status = data.is_object() ? data.member("status").text() : data.text();
    const std::string code = item_code(error);
    const ErrorKind kind = status == "401" || status == "403"         ? ErrorKind::kAuth
                           : !status.empty() && status.front() == '4' ? ErrorKind::kRejected
                                                                      : ErrorKind::kTransient;
    return Error{.kind = kind, .message = "item refused: " + (code.empty() ? "no error code" : code)};
}

std::string item_code(json::Value error) { return std::string(error.member("code").text()); }

std::string naive_utc(std::int64_t unix_s) {
    constexpr std::size_t kNaiveSize = 19;  // up to the seconds
    return format_utc(unix_s * 1000).substr(0, kNaiveSize);
}

bool is_gone(const Refusal& refusal) { return refusal.status == 404 && refusal.error.kind == ErrorKind::kRejected; }

Client::Client(std::string base_url, http::Transport& transport, ClientTimeouts timeouts)
    : api_(std::move(base_url)), transport_(transport), timeouts_(timeouts) {
    while (api_.ends_with('/')) api_.pop_back();
    api_ += "/wp-json/wc/v3/";
}

http::Request Client::request(std::string_view method, const std::string& path, std::string_view operation) const {
    const bool reads = method == "GET";
    http::Request request{
        .method = std::string(method),
        .url = api_ + path,
        .headers = {{"Accept", "application/json"}},
        .idempotent = reads,
        .timeout = reads ? timeouts_.read : timeouts_.write,
        .operation = std::string(operation),
    };
    return request;
}

Coded Client::send_coded(const http::Request& request, std::stop_token stop, http::Headers* headers) {
    const auto refused = [](Error error) { return std::unexpected(Refusal{.error = std::move(error)}); };
    Result<http::Response> response = transport_.send(request, stop);
    if (!response) return refused(std::move(response).error().within(request.operation));
    Result<json::Document> document = json::Document::parse(response->body);
    if (Status ok = classify_answer(request, *response); !ok) {
        const json::Value body = document ? document->root() : json::Value{};
        return std::unexpected(Refusal{.error = std::move(ok).error(),
                                       .status = response->status,
                                       .code = std::string(body.member("code").text()),
                                       .resource_id = std::string(body.member("data").member("resource_id").text())});
    }
    // A maintenance page or a PHP warning with status 200: what the shop did is not known.
    if (!document) return refused(unreadable(request, "HTTP 200 with a body that is not JSON").error());
    if (headers != nullptr) *headers = std::move(response->headers);
    return *std::move(document);
}

Result<json::Document> Client::send(const http::Request& request, std::stop_token stop) {
    Coded answer = send_coded(request, std::move(stop));
    if (!answer) return std::unexpected(std::move(answer).error().error);
    return *std::move(answer);
}

Coded Client::rows_coded(const http::Request& request, std::stop_token stop) {
    Coded rows = send_coded(request, std::move(stop));
    if (rows && !rows->root().is_array())
        return std::unexpected(Refusal{.error = unreadable(request, "expected an array").error()});
    return rows;
}

Result<json::Document> Client::rows(const http::Request& request, std::stop_token stop) {
    Coded rows = rows_coded(request, std::move(stop));
    if (!rows) return std::unexpected(std::move(rows).error().error);
    return *std::move(rows);
}

http::Request Client::write_request(std::string_view method, const std::string& path, std::string_view operation,
                                    std::string body) const {
    http::Request request = this->request(method, path, operation);
    // Without this header the shop ignores the body and, on POST /products, makes an empty product (contract
    // woocommerce 1).
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    return request;
}

Result<json::Document> Client::write(std::string_view method, const std::string& path, std::string_view operation,
                                     std::string body, std::stop_token stop) {
    return send(write_request(method, path, operation, std::move(body)), std::move(stop));
}

Result<ListRows> Client::list(List list, const ListQuery& query, std::stop_token stop) {
    http::Request request = this->request("GET", std::string(path_of(list)), list_operation(list));
    auto& parameters = request.query;
    parameters = {{"_fields", std::string(query.fields)},
                  {"orderby", std::string(query.orderby)},
                  {"order", query.ascending ? "asc" : "desc"},
                  {"per_page", std::to_string(query.per_page)}};
    if (query.offset > 0) parameters.emplace_back("offset", std::to_string(query.offset));
    const auto time = [&parameters](const char* name, std::optional<std::int64_t> seconds) {
        if (seconds) parameters.emplace_back(name, naive_utc(*seconds));
    };
    time("modified_after", query.modified_after_s);
    time("modified_before", query.modified_before_s);
    time("after", query.created_after_s);
    if (query.modified_after_s || query.modified_before_s || query.created_after_s)
        parameters.emplace_back("dates_are_gmt", "true");
    http::Headers headers;
    Coded answer = send_coded(request, std::move(stop), &headers);
    if (!answer) return std::unexpected(std::move(answer).error().error);
    if (!answer->root().is_array()) return std::unexpected(unreadable(request, "expected an array").error());
    // How a walk goes on is told by whether its page is full.
    if (std::cmp_greater(answer->root().size(), query.per_page))
        return unreadable(request, std::to_string(answer->root().size()) + " rows where " +
                                       std::to_string(query.per_page) + " were asked for");
    ListRows out{.rows = *std::move(answer)};
    if (const std::string* total = http::find_header(headers, "X-WP-Total")) {
        std::int64_t count = 0;
        if (std::from_chars(total->data(), total->data() + total->size(), count).ec == std::errc()) out.total = count;
    }
    return out;
}

Coded Client::get_coded(List list, std::string_view id, std::string_view fields, std::stop_token stop) {
    const std::string path = std::string(path_of(list)) + "/" + std::string(id);
    http::Request request = this->request("GET", path, get_operation(list));
    request.query = {{"_fields", std::string(fields)}};
    return send_coded(request, std::move(stop));
}

Result<json::Document> Client::get(List list, std::string_view id, std::string_view fields, std::stop_token stop) {
    Coded answer = get_coded(list, id, fields, std::move(stop));
    if (!answer) return std::unexpected(std::move(answer).error().error);
    return *std::move(answer);
}

namespace {

std::string comma_list(std::span<const std::string> items) {
    std::string joined;
    for (const std::string& item : items) joined += (joined.empty() ? "" : ",") + item;
    return joined;
}

// The shop answers a write with what it has now; a 200 of something in between names nothing.
// An empty `id`: a new thing.
Result<json::Document> shown(std::string_view id, Result<json::Document> written) {
    if (!written) return written;
    const std::string_view named = written->root().member("id").text();
    if (!named.empty() && (id.empty() || named == id)) return written;
    return ambiguous("the answer does not show it");
}

}  // namespace

Result<json::Document> Client::products_by_sku(std::span<const std::string> skus, const SkuQuery& query,
                                               std::stop_token stop) {
    http::Request request = this->request("GET", "products", "find_products");
    request.query = {{"sku", comma_list(skus)}, {"_fields", std::string(query.fields)},
                     {"orderby", "id"},         {"order", "asc"},
                     {"per_page", "100"},       {"page", std::to_string(query.page)}};
    if (query.status != "any") request.query.emplace_back("status", std::string(query.status));
    return rows(request, stop);
}

Result<json::Document> Client::products_by_id(std::span<const std::string> ids, std::string_view fields,
                                              std::stop_token stop) {
    http::Request request = this->request("GET", "products", "get_products");
    request.query = {{"include", comma_list(ids)}, {"_fields", std::string(fields)}, {"per_page", "100"}};
    return rows(request, stop);
}

Coded Client::variations(std::string_view product_id, std::string_view fields, int page, std::stop_token stop) {
    http::Request request =
        this->request("GET", "products/" + std::string(product_id) + "/variations", "list_variations");
    request.query = {{"_fields", std::string(fields)},
                     {"orderby", "id"},
                     {"order", "asc"},
                     {"per_page", "100"},
                     {"page", std::to_string(page)}};
    return rows_coded(request, std::move(stop));
}

Coded Client::refunds(std::string_view order_id, std::stop_token stop) {
    http::Request request = this->request("GET", "orders/" + std::string(order_id) + "/refunds", "list_refunds");
    request.query = {{"per_page", "100"}};
    return rows_coded(request, std::move(stop));
}

Result<json::Document> Client::update_products(std::string body, std::stop_token stop) {
    return write("POST", "products/batch", "update_products", std::move(body), stop);
}

Result<json::Document> Client::update_variations(std::string_view product_id, std::string body, std::stop_token stop) {
    const std::string path = "products/" + std::string(product_id) + "/variations/batch";
    return write("POST", path, "update_variations", std::move(body), stop);
}

Result<json::Document> Client::update_order(std::string_view id, std::string body, std::stop_token stop) {
    return shown(id, write("PUT", "orders/" + std::string(id), "update_order", std::move(body), stop));
}

Result<json::Document> Client::customers_by_email(const std::string& email, std::stop_token stop) {
    http::Request request = this->request("GET", "customers", "find_customer");
    request.query = {{"email", email}, {"role", "all"}, {"_fields", std::string(kCustomerFields)}};
    return rows(request, stop);
}

Coded Client::create_customer(std::string body, std::stop_token stop) {
    return send_coded(write_request("POST", "customers", "create_customer", std::move(body)), std::move(stop));
}

Result<json::Document> Client::update_customer(std::string_view id, std::string body, std::stop_token stop) {
    return shown(id, write("PUT", "customers/" + std::string(id), "update_customer", std::move(body), stop));
}

Result<json::Document> Client::categories(int page, std::stop_token stop) {
    http::Request request = this->request("GET", "products/categories", "list_categories");
    request.query = {{"_fields", "id,name,parent"},
                     {"per_page", "100"},
                     {"page", std::to_string(page)},
                     {"orderby", "id"},
                     {"order", "asc"}};
    return rows(request, stop);
}

Coded Client::create_category(std::string body, std::stop_token stop) {
    return send_coded(write_request("POST", "products/categories", "create_category", std::move(body)),
                      std::move(stop));
}

Result<json::Document> Client::attributes(std::stop_token stop) {
    return rows(request("GET", "products/attributes", "list_attributes"), stop);
}

Result<json::Document> Client::notes(std::string_view order_id, std::stop_token stop) {
    return rows(request("GET", "orders/" + std::string(order_id) + "/notes", "list_notes"), stop);
}

Result<json::Document> Client::add_note(std::string_view order_id, std::string body, std::stop_token stop) {
    return write("POST", "orders/" + std::string(order_id) + "/notes", "add_note", std::move(body), stop);
}

Result<json::Document> Client::webhooks(int page, std::stop_token stop) {
    http::Request request = this->request("GET", "webhooks", "list_webhooks");
    request.query = {{"per_page", "100"}, {"page", std::to_string(page)}, {"orderby", "id"}, {"order", "asc"}};
    return rows(request, stop);
}

Result<json::Document> Client::create_webhook(std::string body, std::stop_token stop) {
    return shown({}, write("POST", "webhooks", "create_webhook", std::move(body), stop));
}

Result<json::Document> Client::update_webhook(std::string_view id, std::string body, std::stop_token stop) {
    return shown(id, write("PUT", "webhooks/" + std::string(id), "update_webhook", std::move(body), stop));
}

Coded Client::delete_webhook(std::string_view id, std::stop_token stop) {
    http::Request request = this->request("DELETE", "webhooks/" + std::string(id), "delete_webhook");
    request.query = {{"force", "true"}};  // without it: HTTP 501
    return send_coded(request, std::move(stop));
}

Coded Client::look(const std::string& path, Query query, std::stop_token stop) {
    http::Request request = this->request("GET", path, "examine");
    request.query = std::move(query);
    return send_coded(request, std::move(stop));
}

// An answer without it is no answer: the shop is asked again, and nothing is taken for its currency or its units.
Result<std::string> Client::text_of(const http::Request& request, std::string_view member, std::stop_token stop) {
    const Result<json::Document> answer = send(request, std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    json::Reader reader(answer->root());
    std::string text = reader.string(member);
    if (const Status ok = reader.status(); !ok) return unreadable(request, ok.error().message);
    return text;
}

Result<std::string> Client::currency(std::stop_token stop) {
    return text_of(request("GET", "data/currencies/current", "read_currency"), "code", std::move(stop));
}

Result<std::string> Client::setting(const std::string& name, std::stop_token stop) {
    return text_of(request("GET", "settings/" + name, "read_setting"), "value", std::move(stop));
}

Status Client::check_write_permission(std::stop_token stop) {
    http::Request request = this->request("POST", "products/batch", "check_write_permission");
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = "{}";
    request.idempotent = true;
    request.timeout = timeouts_.read;
    if (Result<json::Document> answer = send(request, stop); !answer) return std::unexpected(std::move(answer).error());
    return {};
}

}  // namespace shopwire::woocommerce
