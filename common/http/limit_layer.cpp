#include "common/http/layers.h"
#include "common/http/retry_after.h"

namespace shopwire::http {
namespace {

class LimitLayer final : public Transport {
 public:
    LimitLayer(const ClientOptions& options, Transport& inner, RateLimiter& limiter, metrics::Registry& metrics,
               Clock& clock)
        : inner_(inner),
          limiter_(limiter),
          clock_(clock),
          waited_(metrics.counter("shopwire_http_rate_limit_wait_seconds_total",
                                  "Time that requests waited for their turn",
                                  {{"system", options.system}, {"connection", options.connection}})) {}

    Result<Response> send(const Request& request, std::stop_token stop) override {
        const Clock::Monotonic asked = clock_.monotonic();
        const Clock::Monotonic latest = latest_departure(request);
        if (asked > latest) return transient(request.operation + ": too late to be sent, nothing was");
        const Status turn = limiter_.acquire(stop, latest);
        waited_.add(std::chrono::duration<double>(clock_.monotonic() - asked).count());
        if (!turn) return within(request.operation, turn.error());
        Result<Response> answer = inner_.send(request, std::move(stop));
        if (!answer) {
            // No answer is what an overloaded remote gives too.
            const ErrorKind kind = answer.error().kind;
            const bool slow_down = kind == ErrorKind::kTransient || kind == ErrorKind::kAmbiguous;
            limiter_.release(slow_down ? RateLimiter::Answer::kSlowDown : RateLimiter::Answer::kOk, std::nullopt);
        } else if (answer->status == 429 || answer->status >= 500) {
            limiter_.release(RateLimiter::Answer::kSlowDown, retry_after(answer->headers));
        } else {
            limiter_.release(RateLimiter::Answer::kOk, std::nullopt);
        }
        return answer;
    }

 private:
    Transport& inner_;
    RateLimiter& limiter_;
    Clock& clock_;
    metrics::Counter& waited_;
};

}  // namespace

std::unique_ptr<Transport> limit_layer(const ClientOptions& options, Transport& inner, RateLimiter& limiter,
                                       metrics::Registry& metrics, Clock& clock) {
    return std::make_unique<LimitLayer>(options, inner, limiter, metrics, clock);
}

}  // namespace shopwire::http
