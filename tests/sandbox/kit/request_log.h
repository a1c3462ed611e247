// What was asked of a simulator: the last requests and counts of all of them. Thread safe. Holds no bodies and no
// secrets: of the headers only content type, user agent and length; keys and signatures in a query are masked.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "tests/sandbox/kit/http_message.h"

namespace sandbox::kit {

class RequestLog {
 public:
    static constexpr std::size_t kMaxEntries = 20'000;

    // `status` 0 = the connection was closed without an answer.
    void add(const Request& request, int status, std::int64_t started_us, std::string_view fault);
    void clear();
    // JSON {"total":..,"first":..,"counts":{"GET 200":..},"requests":[..]} of entries with a sequence above `after`.
    std::string describe(std::int64_t after, std::size_t limit) const;

 private:
    struct Entry {
        std::int64_t sequence = 0;
        std::int64_t time_us = 0;
        std::int64_t took_us = 0;
        std::string method;
        std::string path;
        std::string query;
        std::string content_type;
        std::string user_agent;
        std::size_t body_size = 0;
        int status = 0;
        std::string fault;
    };
    mutable std::mutex mutex_;
    std::deque<Entry> entries_;
    std::map<std::string, std::int64_t> counts_;
    std::int64_t total_ = 0;
};

}  // namespace sandbox::kit
