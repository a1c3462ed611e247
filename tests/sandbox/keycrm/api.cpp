#include "tests/sandbox/keycrm/api.h"

#include <charconv>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;

}  // namespace

std::optional<Json> body_of(const kit::Request& request) {
    Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return std::nullopt;
    return body;
}

Decimal decimal_of(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return {};
    const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
    return Decimal::parse(text).value_or(Decimal{});
}

std::string text_of(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Id id_of(const std::string& text) {
    Id id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

Api::Api(Crm& crm, std::string key, const std::string& record_file) : crm_(crm), key_(std::move(key)) {
    if (!record_file.empty()) record_.open(record_file, std::ios::app);
    add_catalogue_routes(router_, crm_);
    add_order_routes(router_, crm_);
    add_order_write_routes(router_, crm_);
    add_buyer_routes(router_, crm_);
    router_.set_fallback([](const kit::Request&) { return problem(404, "Not found"); });
}

kit::Response Api::handle(const kit::Request& request) {
    kit::Response response = admit_and_route(request);
    record(request, response);
    return response;
}

kit::Response Api::admit_and_route(const kit::Request& request) {
    const std::string* authorization = request.header("Authorization");
    if (authorization == nullptr || *authorization != "Bearer " + key_) return problem(401, "Unauthenticated.");
    const std::scoped_lock lock(crm_.mutex);
    crm_.run_due(kit::now_micros());
    if (auto full = over_limit()) return *std::move(full);
    kit::Response response = router_.route(request);
    if (crm_.switches.rate_per_minute > 0) {
        const int left = std::max(0, crm_.switches.rate_per_minute - window_count_);
        response.headers.emplace_back("X-RateLimit-Limit", std::to_string(crm_.switches.rate_per_minute));
        response.headers.emplace_back("X-RateLimit-Remaining", std::to_string(left));
    }
    return response;
}

std::optional<kit::Response> Api::over_limit() {
    const int limit = crm_.switches.rate_per_minute;
    if (limit <= 0) return std::nullopt;
    const std::int64_t now = kit::now_micros();
    if (now - window_began_us_ >= kMinuteUs) {
        window_began_us_ = now;
        window_count_ = 0;
    }
    if (++window_count_ <= limit) return std::nullopt;
    kit::Response response = problem(429, "Too Many Attempts.");
    const std::int64_t wait_s = (window_began_us_ + kMinuteUs - now + 999'999) / 1'000'000;
    response.headers.emplace_back("Retry-After", std::to_string(wait_s));
    response.headers.emplace_back("X-RateLimit-Limit", std::to_string(limit));
    response.headers.emplace_back("X-RateLimit-Remaining", "0");
    return response;
}

void Api::forget_limit() {
    const std::scoped_lock lock(crm_.mutex);
    window_count_ = 0;
    window_began_us_ = 0;
}

void Api::record(const kit::Request& request, const kit::Response& response) {
    const std::scoped_lock lock(record_mutex_);
    if (!record_.is_open()) return;
    Json line{{"method", request.method}, {"path", request.path}, {"query", Json::array()}};
    for (const auto& [name, value] : request.query) line["query"].push_back(Json::array({name, value}));
    line["headers"] = Json::object();
    for (const char* name : {"Accept", "Content-Type"})
        if (const std::string* value = request.header(name)) line["headers"][name] = *value;
    line["body"] = request.body;
    line["status"] = response.status;
    line["answer_type"] = response.content_type;
    line["answer"] = response.body;
    record_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
}

}  // namespace sandbox::keycrm
