// An engine without a remote: it renders with the real code and answers from a text.  Private to this room.  One
// thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/dialect/engine.h"
#include "common/dialect_tools/tools.h"

namespace shopwire::dialect_tools {

// Keeps each request and answers all alike.  A token is given at once: there is nobody who could refuse it.
class NoRemote final : public http::Transport {
 public:
    explicit NoRemote(http::Response answer) : answer_(std::move(answer)) {}
    Result<http::Response> send(const http::Request& request, std::stop_token stop) override;
    const std::vector<http::Request>& requests() const { return requests_; }

 private:
    const http::Response answer_;
    std::vector<http::Request> requests_{};
};

// Its secrets are "***".
class Bench {
 public:
    Bench(dialect::Dialect dialect, const Kit& kit, const OfflineOptions& options, http::Response answer);
    const dialect::Engine& engine() const { return *engine_; }
    const NoRemote& remote() const { return remote_; }
    // `input` outlives the call.
    dialect::Call call(const std::string& operation, std::string input) const;
    bool is_list(const std::string& operation) const;

 private:
    NoRemote remote_;
    std::string connection_{};
    std::optional<std::int64_t> since_ms_{};
    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter_;
    std::unique_ptr<dialect::Engine> engine_{};
};

// The room's example of $connection with the settings that were given.
std::string connection_with(std::string_view example, const std::map<std::string, std::string>& settings);
// The members of both objects; those of `over` win.
std::string merged(std::string_view under, std::string_view over);

}  // namespace shopwire::dialect_tools
