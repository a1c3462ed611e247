#include "tests/sandbox/kit/request_log.h"

#include <nlohmann/json.hpp>

namespace sandbox::kit {

namespace {

std::string masked(const Request& request) {
    if (request.raw_query.find("consumer_") == std::string::npos &&
        request.raw_query.find("oauth_") == std::string::npos) {
        return request.raw_query;
    }
    std::string out;
    for (const auto& [name, value] : request.query) {
        const bool secret = name.starts_with("consumer_") || name.starts_with("oauth_");
        out += (out.empty() ? "" : "&") + url_encode(name) + "=" + (secret ? "***" : url_encode(value));
    }
    return out;
}

std::string header_or_empty(const Request& request, std::string_view name) {
    const auto* value = request.header(name);
    return value == nullptr ? "" : *value;
}

}  // namespace

void RequestLog::add(const Request& request, int status, std::int64_t started_us, std::string_view fault) {
    Entry entry{.time_us = started_us,
                .took_us = now_micros() - started_us,
                .method = request.method,
                .path = request.path,
                .query = masked(request),
                .content_type = header_or_empty(request, "Content-Type"),
                .user_agent = header_or_empty(request, "User-Agent"),
                .body_size = request.body.size(),
                .status = status,
                .fault = std::string(fault)};
    const std::scoped_lock lock(mutex_);
    entry.sequence = ++total_;
    ++counts_[request.method + " " + std::to_string(status)];
    entries_.push_back(std::move(entry));
    if (entries_.size() > kMaxEntries) entries_.pop_front();
}

void RequestLog::clear() {
    const std::scoped_lock lock(mutex_);
    entries_.clear();
    counts_.clear();
    total_ = 0;
}

std::string RequestLog::describe(std::int64_t after, std::size_t limit) const {
    auto list = nlohmann::ordered_json::array();
    const std::scoped_lock lock(mutex_);
    for (const auto& entry : entries_) {
        if (entry.sequence <= after) continue;
        if (list.size() >= limit) break;
        list.push_back({{"seq", entry.sequence},
                        {"time_us", entry.time_us},
                        {"took_us", entry.took_us},
                        {"method", entry.method},
                        {"path", entry.path},
                        {"query", entry.query},
                        {"content_type", entry.content_type},
                        {"user_agent", entry.user_agent},
                        {"body_size", entry.body_size},
                        {"status", entry.status},
                        {"fault", entry.fault}});
    }
    const nlohmann::ordered_json out{{"total", total_},
                                     {"first", entries_.empty() ? 0 : entries_.front().sequence},
                                     {"counts", counts_},
                                     {"requests", std::move(list)}};
    return out.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace sandbox::kit
