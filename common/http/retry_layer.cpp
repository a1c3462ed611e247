#include <optional>

#include "common/http/layers.h"

namespace shopwire::http {
namespace {

// Waits for "too many" cost no attempt, so they have bounds of their own; past them the caller decides.
constexpr int kLimitedWaitsMax = 8;
constexpr std::chrono::milliseconds kLimitedWaitMax{60'000};

class RetryLayer final : public Transport {
 public:
    RetryLayer(const ClientOptions& options, Transport& inner, metrics::Registry& metrics, Clock& clock)
        : attempts_max_(options.attempts_max),
          backoff_first_(options.backoff_first),
          backoff_max_(options.backoff_max),
          inner_(inner),
          clock_(clock),
          retries_(metrics.counter("shopwire_http_retries_total", "Requests that were sent once more",
                                   {{"system", options.system}, {"connection", options.connection}})) {}

    Result<Response> send(const Request& request, std::stop_token stop) override {
        int failures = 0;
        int limited = 0;
        while (true) {
            Result<Response> answer = inner_.send(request, stop);
            const Status verdict = answer ? classify(request, *answer) : std::unexpected(answer.error());
            if (verdict) return answer;
            // A write never waits here: it would leave long after the caller made sure that it may, when another owner
            // may write already.  The limiter has waited as long as it may: only an answer of the remote counts.
            const bool too_many = verdict.error().kind == ErrorKind::kRateLimited && answer && request.idempotent;
            const bool again = verdict.error().kind == ErrorKind::kTransient && request.idempotent;
            std::optional<std::chrono::milliseconds> wait;
            if (too_many) wait = wait_limited(limited++, verdict.error());
            if (again) wait = wait_failed(failures++);
            if (!wait) return answer;
            if (!clock_.sleep_for(*wait, stop)) return cancelled(request.operation + ": stopping between attempts");
            retries_.add();
        }
    }

 private:
    std::optional<std::chrono::milliseconds> wait_failed(int failures_before) const {
        if (failures_before + 1 >= attempts_max_) return std::nullopt;
        return backoff(failures_before, backoff_first_, backoff_max_, random_chance());
    }
    std::optional<std::chrono::milliseconds> wait_limited(int waits_before, const Error& error) const {
        if (waits_before >= kLimitedWaitsMax || error.retry_after > kLimitedWaitMax) return std::nullopt;
        if (error.retry_after) return error.retry_after;
        return backoff(waits_before, backoff_first_, backoff_max_, random_chance());
    }

    const int attempts_max_;
    const std::chrono::milliseconds backoff_first_;
    const std::chrono::milliseconds backoff_max_;
    Transport& inner_;
    Clock& clock_;
    metrics::Counter& retries_;
};

}  // namespace

std::unique_ptr<Transport> retry_layer(const ClientOptions& options, Transport& inner, metrics::Registry& metrics,
                                       Clock& clock) {
    return std::make_unique<RetryLayer>(options, inner, metrics, clock);
}

}  // namespace shopwire::http
