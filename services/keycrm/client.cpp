#include "services/keycrm/client.h"

#include <utility>

namespace shopwire::keycrm {
namespace {

constexpr std::string_view kOrderIncludes = "buyer,products.offer,shipping.deliveryService";

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
    return out;
}

// Where a request leaves the chain, after all waiting: past `not_after` it does not.
class Gate final : public http::Transport {
 public:
    Gate(http::Transport& inner, Clock& clock, Clock::Monotonic not_after)
        : inner_(inner), clock_(clock), not_after_(not_after) {}
    Result<http::Response> send(const http::Request& request, std::stop_token stop) override {
        if (clock_.monotonic() > not_after_)
            return rate_limited("waited too long for a turn, nothing was sent", std::chrono::milliseconds(0));
        return inner_.send(request, std::move(stop));
    }

 private:
    http::Transport& inner_;
    Clock& clock_;
    const Clock::Monotonic not_after_;
};

// KeyCRM's own refusals are JSON with a message; a firewall's or a proxy's are not.
bool speaks_keycrm(const Result<json::Document>& body) { return body && body->root().is_object(); }

Error error_of(const http::Request& request, const http::Response& response, bool own) {
    Status verdict = http::classify(request, response);
    Error error = std::move(verdict).error();
    const bool blocked = response.status == 403 || response.status == 404 || response.status == 405;
    // Such an answer of somebody in between is about the way to KeyCRM, not about the record.
    if (blocked && !own) error = Error{.kind = ErrorKind::kTransient, .message = std::move(error.message)};
    if (!own) error.message += " without KeyCRM's own error";
    return error;
}

std::unexpected<Error> unreadable(const http::Request& request, const std::string& what) {
    const std::string message = request.operation + ": " + what;
    if (request.idempotent) return transient(message);
    return ambiguous(message);
}

Result<Answer> send(const http::Request& request, http::Transport& chain, std::stop_token stop) {
    Result<http::Response> response = chain.send(request, std::move(stop));
    if (!response) return within(request.operation, std::move(response).error());
    Result<json::Document> body = json::Document::parse(response->body);
    const int status = response->status;
    if (status >= 200 && status < 300) {
        // A maintenance page with status 200: what KeyCRM did is not known.
        if (!body) return unreadable(request, "HTTP " + std::to_string(status) + " with a body that is not JSON");
        const json::Value done = body->root().member("status");
        const bool no = done.type() == json::Type::kBoolean && !done.boolean();
        return Answer{.status = status, .body = *std::move(body), .declined = no && !request.idempotent};
    }
    const bool own = speaks_keycrm(body);
    if (own && (status == 404 || status == 422)) return Answer{.status = status, .body = *std::move(body)};
    return std::unexpected(error_of(request, *response, own));
}

std::unexpected<Error> shows_nothing(std::string_view operation) {
    return ambiguous(std::string(operation) + ": the answer does not show it");
}

// KeyCRM answers with the thing that it wrote; a 200 of something in between names nothing.  An empty `id`: a new one.
Result<Answer> shown(std::string_view operation, std::string_view id, Result<Answer> written) {
    if (!written || !written->ok()) return written;
    const std::string_view named = written->body.root().member("id").text();
    if (named.empty() || (!id.empty() && named != id)) return shows_nothing(operation);
    return written;
}

}  // namespace

std::vector<std::string> Answer::fields() const {
    std::vector<std::string> out;
    // The names are keys: read them out of the text of the object, since a Value lists none.
    const json::Value errors = body.root().member("errors");
    const std::string text = errors.is_object() ? errors.dump() : std::string();
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '{' || text[at] == '[') ++depth;
        if (text[at] == '}' || text[at] == ']') --depth;
        if (text[at] != '"') continue;
        const std::size_t from = at + 1;
        for (++at; at < text.size() && text[at] != '"'; ++at)
            if (text[at] == '\\') ++at;
        if (depth == 1 && at + 1 < text.size() && text[at + 1] == ':') out.push_back(text.substr(from, at - from));
    }
    return out;
}

std::unexpected<Error> Answer::refused(std::string_view operation) const {
    std::string message = std::string(operation) + ": HTTP " + std::to_string(status);
    const std::string named = joined(fields());
    if (declined) message += ", status: false";
    if (!named.empty()) message += ", refused: " + named;
    return rejected(message);
}

Client::Client(Options options, http::Transport& transport, http::RateLimiter& limiter, metrics::Registry& metrics,
               Clock& clock)
    : options_(std::move(options)), transport_(transport), limiter_(limiter), metrics_(metrics), clock_(clock) {
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
    chain_ = http::client(chain_options(), transport_, limiter_, metrics_, clock_);
}

http::ClientOptions Client::chain_options() const {
    return {.system = "keycrm",
            .connection = options_.connection,
            .base_url = options_.base_url,
            .sign = http::header_auth("Authorization", Secret("Bearer " + options_.api_key.reveal()))};
}

http::Request Client::request(std::string_view method, const std::string& path, std::string_view operation) const {
    return {.method = std::string(method),
            .url = options_.base_url + path,
            .headers = {{"Accept", "application/json"}},
            .idempotent = method == "GET",
            .timeout = options_.timeout,
            .operation = std::string(operation)};
}

Result<ListPage> Client::list(http::Request request, int page, std::stop_token stop) {
    request.query.emplace_back("limit", std::to_string(kPageMax));
    // Links in an answer may lose the filter, so each page is asked for by its number.
    request.query.emplace_back("page", std::to_string(page));
    Result<Answer> answer = send(request, *chain_, std::move(stop));
    if (!answer) return std::unexpected(std::move(answer).error());
    if (!answer->ok()) return answer->refused(request.operation);
    ListPage out{.body = std::move(answer->body)};
    json::Reader reader(out.body.root());
    out.total = reader.integer("total");
    const std::int64_t current = reader.integer("current_page");
    const std::optional<std::int64_t> last = reader.integer_or_none("last_page");
    if (!out.rows().is_array()) reader.fail("data", "an array");
    if (Status ok = reader.status(); !ok) return unreadable(request, ok.error().message);
    if (current != page) return unreadable(request, "answered page " + std::to_string(current));
    out.more = last ? current < *last : !reader.raw("next_page_url").is_null();
    return out;
}

Result<ListPage> Client::stocks(const OfferFilter& filter, bool by_warehouse, int page, std::stop_token stop) {
    http::Request request = this->request("GET", "/offers/stocks", "list_stocks");
    if (!filter.ids.empty()) request.query.emplace_back("filter[offers_id]", joined(filter.ids));
    if (!filter.skus.empty()) request.query.emplace_back("filter[offers_sku]", joined(filter.skus));
    if (by_warehouse) request.query.emplace_back("filter[details]", "true");
    return list(std::move(request), page, std::move(stop));
}

Result<ListPage> Client::offers(const OfferFilter& filter, int page, std::stop_token stop) {
    http::Request request = this->request("GET", "/offers", "list_offers");
    request.query = {{"include", "product"}, {"sort", "id"}};
    if (!filter.ids.empty()) request.query.emplace_back("filter[id]", joined(filter.ids));
    if (!filter.skus.empty()) request.query.emplace_back("filter[sku]", joined(filter.skus));
    return list(std::move(request), page, std::move(stop));
}

Result<ListPage> Client::orders_changed(std::int64_t from_s, std::int64_t to_s, std::span<const std::int64_t> sources,
                                        int page, std::stop_token stop) {
    http::Request request = this->request("GET", "/order", "list_orders");
    std::vector<std::string> ids;
    for (const std::int64_t id : sources) ids.push_back(std::to_string(id));
    request.query = {
        {"filter[updated_between]", keycrm_time(from_s * 1000) + ", " + keycrm_time(to_s * 1000)},
        {"filter[source_id]", joined(ids)},
        {"include", std::string(kOrderIncludes)},
        {"sort", "id"},
    };
    return list(std::move(request), page, std::move(stop));
}

Result<ListPage> Client::buyers_changed(std::int64_t from_s, std::int64_t to_s, int page, std::stop_token stop) {
    http::Request request = this->request("GET", "/buyer", "list_buyers");
    request.query = {{"filter[updated_between]", keycrm_time(from_s * 1000) + ", " + keycrm_time(to_s * 1000)}};
    return list(std::move(request), page, std::move(stop));
}

Result<ListPage> Client::orders_by_uuid(const std::string& source_uuid, std::int64_t source, std::stop_token stop) {
    http::Request request = this->request("GET", "/order", "find_order");
    request.query = {
        {"filter[source_uuid]", source_uuid}, {"filter[source_id]", std::to_string(source)}, {"sort", "id"}};
    return list(std::move(request), 1, std::move(stop));
}

Result<ListPage> Client::dictionary(Dictionary which, int page, std::stop_token stop) {
    const bool sources = which == Dictionary::kSources;
    return list(request("GET", sources ? "/order/source" : "/order/status", sources ? "list_sources" : "list_statuses"),
                page, std::move(stop));
}

Result<Answer> Client::order(const std::string& id, std::string_view include, std::stop_token stop) {
    http::Request request = this->request("GET", "/order/" + id, "get_order");
    request.query = {{"include", std::string(include.empty() ? kOrderIncludes : include)}};
    return send(request, *chain_, std::move(stop));
}

Result<Answer> Client::buyer(const std::string& id, std::stop_token stop) {
    return send(request("GET", "/buyer/" + id, "get_buyer"), *chain_, std::move(stop));
}

Result<Answer> Client::create(const std::string& path, std::string_view operation, std::string body,
                              Clock::Monotonic not_after, std::stop_token stop) {
    http::Request request = this->request("POST", path, operation);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    Gate gate(transport_, clock_, not_after);
    const std::unique_ptr<http::Transport> chain = http::client(chain_options(), gate, limiter_, metrics_, clock_);
    return shown(operation, {}, send(request, *chain, std::move(stop)));
}

Result<Answer> Client::update(const std::string& path, std::string_view operation, std::string body,
                              std::stop_token stop) {
    http::Request request = this->request("PUT", path, operation);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    return send(request, *chain_, std::move(stop));
}

Result<Answer> Client::create_order(std::string body, Clock::Monotonic not_after, std::stop_token stop) {
    return create("/order", "create_order", std::move(body), not_after, std::move(stop));
}

Result<Answer> Client::create_payment(const std::string& order, std::string body, Clock::Monotonic not_after,
                                      std::stop_token stop) {
    return create("/order/" + order + "/payment", "create_payment", std::move(body), not_after, std::move(stop));
}

Result<Answer> Client::create_expense(const std::string& order, std::string body, Clock::Monotonic not_after,
                                      std::stop_token stop) {
    return create("/order/" + order + "/expense", "create_expense", std::move(body), not_after, std::move(stop));
}

Result<Answer> Client::update_order(const std::string& id, std::string body, std::stop_token stop) {
    return shown("update_order", id, update("/order/" + id, "update_order", std::move(body), std::move(stop)));
}

Result<Answer> Client::update_payment(const std::string& order, const std::string& id, std::string body,
                                      std::stop_token stop) {
    return shown("update_payment", id,
                 update("/order/" + order + "/payment/" + id, "update_payment", std::move(body), std::move(stop)));
}

Result<Answer> Client::update_stocks(std::string body, std::stop_token stop) {
    Result<Answer> taken = update("/offers/stocks", "update_stocks", std::move(body), std::move(stop));
    if (taken && taken->ok() && !taken->body.root().member("status").boolean()) return shows_nothing("update_stocks");
    return taken;
}

std::string keycrm_time(std::int64_t unix_ms) {
    constexpr std::size_t kSize = 19;  // up to the seconds
    std::string text = format_utc(unix_ms).substr(0, kSize);
    text[10] = ' ';
    return text;
}

}  // namespace shopwire::keycrm
