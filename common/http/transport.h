// One HTTP exchange.  Implementations are thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.h"
#include "common/core/error.h"

namespace shopwire::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// While it lives, no write that its thread asks for leaves after `end`: by then another process may have the right to
// write.  One inside another can only make it shorter.
class WriteWindow {
 public:
    explicit WriteWindow(Clock::Monotonic end);
    ~WriteWindow();
    WriteWindow(const WriteWindow&) = delete;
    WriteWindow& operator=(const WriteWindow&) = delete;
    static Clock::Monotonic end();  // of this thread

 private:
    const Clock::Monotonic before_;
};

struct Request {
    std::string method = "GET";
    std::string url{};    // scheme, host, path; no query
    std::vector<std::pair<std::string, std::string>> query{};  // not yet percent-encoded
    Headers headers{};
    std::string body{};
    // True: the remote shows the same after one or several such calls, so it may be repeated when no answer came.
    bool idempotent = false;
    std::chrono::milliseconds timeout{60'000};  // of the whole exchange
    std::string operation{};                    // for metrics and messages: "list_stock"; a closed set per system
    // Its address is not the one that the settings name, so it was read somewhere: it is not signed, and reaches
    // addresses of the internet alone.  Set by http::client.
    bool from_data = false;
    // A write that has not left by then fails, and nothing of it was sent.  Made inside a window it has that one's end.
    Clock::Monotonic leave_before = WriteWindow::end();
};

// When it may leave at the latest: `leave_before`, and for a read no limit.
Clock::Monotonic latest_departure(const Request& request);

struct Response {
    int status = 0;
    Headers headers{};
    std::string body{};
};

// nullptr when absent; names compare without case.
const std::string* find_header(const Headers& headers, std::string_view name);

class Transport {
 public:
    virtual ~Transport() = default;
    // Any HTTP status is a Response.  Errors: kTransient (the request never left, or it is idempotent), kRateLimited
    // (it never left: its turn would come too late), kAmbiguous (it may have arrived), kCancelled, kRejected (answer
    // over the bound, bad URL).
    virtual Result<Response> send(const Request& request, std::stop_token stop) = 0;
};

// 2xx ok; 401/403 auth; 408/425 transient; 429 rate limited with Retry-After; other 4xx rejected; 3xx rejected;
// 5xx transient when idempotent, else ambiguous.  The message holds operation and status, never the body.
Status classify(const Request& request, const Response& response);

}  // namespace shopwire::http
