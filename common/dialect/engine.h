// Calls a system through its dialect: renders requests, judges answers, walks pages.  Names no system.
// Immutable after construction but for its token; thread-safe.
#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/dialect/auth.h"
#include "common/dialect/dialect.h"
#include "common/dialect/page_cursor.h"
#include "common/http/client.h"

namespace shopwire::dialect {

// Why a call failed.  `error.kind` says what to do, `reason` what the system meant, `code` is its own word for it.
struct Failure {
    Error error{};
    FailureClass reason = FailureClass::kTransient;
    std::string code{};
    int status = 0;  // of HTTP; 0: there was no answer
};
template <class T>
using Outcome = std::expected<T, Failure>;

struct Call {
    std::string_view operation{};
    std::string input = "{}";       // JSON; `.` of query and body programs, and what path placeholders name
    std::string connection = "{}";  // JSON object: $connection
    std::optional<std::int64_t> since_ms{};
    std::stop_token stop{};
};

struct Record {
    std::string raw{};            // as the system sent it
    Result<std::string> value{};  // in canonical form; an error when the record program refused it
};

struct RecordPage {
    std::vector<Record> records{};
    std::string next{};  // cursor of the page that follows
    bool more = false;
    bool restarted = false;  // the remote refused the page's token: these are the list's first records again
    std::optional<std::int64_t> left{};  // records behind this page, where the remote tells a total
};

struct EngineOptions {
    std::string base_url{};  // empty: the dialect's
    std::map<std::string, Secret> secrets{};
    std::chrono::milliseconds timeout{60'000};
    int page_size = 0;       // 0: the dialect's
    http::ClientOptions client{};
};

class Engine {
 public:
    static constexpr std::size_t kRecordsMax = 1'000'000;  // of all()
    static constexpr std::int64_t kRestartsMax = 3;        // of one list
    static constexpr std::size_t kMessageBytesMax = 300;   // of the system's own words in an error

    // `transport` is bare; it and what else is lent outlive the engine.  REQUIRES: a dialect without problems.
    Engine(Dialect dialect, EngineOptions options, http::Transport& transport, http::RateLimiter& limiter,
           metrics::Registry& metrics, Clock& clock);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    bool can(std::string_view operation) const { return find(operation) != nullptr; }
    const Dialect& dialect() const { return dialect_; }
    const Zone& zone() const { return *dialect_.zone; }  // NOLINT(bugprone-unchecked-optional-access): see REQUIRES

    // The output of the operation's result program; the answer as it came when it has none.  kRejected when it is not
    // in the dialect.
    Outcome<std::string> call(const Call& call) const;
    // One page of records.  `cursor` "" is the first.  A list that is null is empty.  A page token that the remote
    // refuses starts the list anew, kRestartsMax times.
    Outcome<RecordPage> page(const Call& call, std::string_view cursor) const;
    // All pages, or an error.
    Outcome<std::vector<Record>> all(const Call& call) const;

    // The canonical form of a record of a list that came on another way.
    Result<std::string> record(std::string_view operation, const std::string& raw) const;

    // What would be sent, without authentication.
    Result<http::Request> render(const Call& call, const PageCursor& page = {}) const;

 private:
    const Operation* find(std::string_view operation) const;
    std::vector<std::string> variables(const Operation& operation, const Call& call, const PageCursor& page) const;
    Result<http::Request> render(const Operation& operation, const Call& call, const PageCursor& page,
                                 const std::vector<std::string>& variables) const;
    Result<std::string> path_value(const std::string& name, const Call& call) const;
    Outcome<std::string> exchange(const Operation& operation, const Call& call, const PageCursor& page) const;
    std::optional<Failure> judge(const http::Request& request, const http::Response& response,
                                 std::string_view body) const;
    Failure refused(const http::Request& request, const http::Response& response, std::string_view body) const;

    Dialect dialect_;
    EngineOptions options_;
    std::unique_ptr<Authenticator> authenticator_;
    std::unique_ptr<http::Transport> client_;
};

}  // namespace shopwire::dialect
