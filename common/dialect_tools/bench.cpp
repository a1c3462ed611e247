#include "common/dialect_tools/bench.h"

#include <algorithm>

#include "common/json/value.h"

namespace shopwire::dialect_tools {
namespace {

constexpr std::string_view kNoAddress = "https://base-url.invalid";  // the file and the command line name none

}  // namespace

Result<http::Response> NoRemote::send(const http::Request& request, std::stop_token) {
    if (request.operation == dialect::kFetchToken)
        return http::Response{.status = 200, .body = R"({"access_token":"***","expires_in":3600})"};
    requests_.push_back(request);
    return answer_;
}

std::string merged(std::string_view under, std::string_view over) {
    json::Writer writer;
    writer.begin_object();
    const Result<json::Document> below = json::Document::parse(under);
    const Result<json::Document> above = json::Document::parse(over);
    const auto write = [&writer](const json::Value& object, const json::Value& hidden_by) {
        for (std::size_t i = 0; i < object.size(); ++i) {
            const auto [name, value] = object.member_at(i);
            if (!hidden_by.has(name)) writer.key(name).json_text(value.dump());
        }
    };
    if (below) write(below->root(), above ? above->root() : json::Value());
    if (above) write(above->root(), {});
    writer.end_object();
    return writer.take();
}

std::string connection_with(std::string_view example, const std::map<std::string, std::string>& settings) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, value] : settings) writer.key(name).string(value);
    writer.end_object();
    return merged(example, writer.take());
}

Bench::Bench(dialect::Dialect dialect, const Kit& kit, const OfflineOptions& options, http::Response answer)
    : remote_(std::move(answer)),
      connection_(connection_with(kit.connection, options.settings)),
      since_ms_(options.since_ms),
      limiter_(http::RateLimiter::create({.per_second = 1'000, .burst = 1'000}, system_clock())) {
    dialect::EngineOptions engine{
        .base_url = options.base_url,
        .client = {.system = std::string(kit.system), .connection = "bench", .attempts_max = 1}};
    if (engine.base_url.empty() && dialect.base_url.empty()) engine.base_url = kNoAddress;
    for (const std::string& secret : kit.vocabulary.secrets) engine.secrets.emplace(secret, Secret("***"));
    engine_ = std::make_unique<dialect::Engine>(std::move(dialect), std::move(engine), remote_, *limiter_, *metrics_,
                                                system_clock());
}

dialect::Call Bench::call(const std::string& operation, std::string input) const {
    return {.operation = operation, .input = std::move(input), .connection = connection_, .since_ms = since_ms_};
}

bool Bench::is_list(const std::string& operation) const {
    return engine_->dialect().operations.at(operation).records != nullptr;
}

}  // namespace shopwire::dialect_tools
