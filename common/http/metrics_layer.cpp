#include <array>
#include <atomic>
#include <map>
#include <shared_mutex>
#include <string>

#include "common/http/layers.h"
#include "common/log/log.h"

namespace shopwire::http {
namespace {

// A connector has some dozen operations.  More than this is a name made from data; those share one label.
constexpr std::size_t kOperationsMax = 64;
constexpr std::array<const char*, 5> kClasses = {"none", "2xx", "3xx", "4xx", "5xx"};

struct OperationMetrics {
    std::array<metrics::Counter*, kClasses.size()> requests{};
    metrics::Histogram* duration = nullptr;
};

class MetricsLayer final : public Transport {
 public:
    MetricsLayer(const ClientOptions& options, Transport& inner, metrics::Registry& metrics, Clock& clock)
        : labels_{{"system", options.system}, {"connection", options.connection}},
          inner_(inner),
          registry_(metrics),
          clock_(clock),
          in_flight_(metrics.gauge("shopwire_http_requests_in_flight", "Requests that were begun and are not answered",
                                   labels_)) {}

    Result<Response> send(const Request& request, std::stop_token stop) override {
        const OperationMetrics& counts = metrics_of(request.operation);
        in_flight_.add(1);
        const Clock::Monotonic begin = clock_.monotonic();
        Result<Response> answer = inner_.send(request, std::move(stop));
        counts.duration->observe(std::chrono::duration<double>(clock_.monotonic() - begin).count());
        in_flight_.add(-1);
        const int status_class = answer ? answer->status / 100 : 0;
        counts.requests[status_class >= 2 && status_class <= 5 ? static_cast<std::size_t>(status_class - 1) : 0]->add();
        note(request, answer);
        return answer;
    }

 private:
    const OperationMetrics& metrics_of(const std::string& operation) {
        {
            const std::shared_lock lock(mutex_);
            if (const auto found = operations_.find(operation); found != operations_.end()) return found->second;
        }
        const std::lock_guard lock(mutex_);
        const std::string& name = operations_.size() < kOperationsMax ? operation : kOthers;
        const auto [place, is_new] = operations_.try_emplace(name);
        if (is_new) declare(name, place->second);
        return place->second;
    }

    void declare(const std::string& operation, OperationMetrics& counts) {
        metrics::Labels labels = labels_;
        labels["operation"] = operation;
        counts.duration = &registry_.histogram("shopwire_http_request_duration_seconds",
                                               "From the call to its answer, waits and retries included", labels);
        for (std::size_t i = 0; i < kClasses.size(); ++i) {
            labels["status_class"] = kClasses[i];
            counts.requests[i] =
                &registry_.counter("shopwire_http_requests_total", "Requests by the class of their answer", labels);
        }
    }

    // Whether the remote answers at all is a state, and only its changes are worth a line.
    void note(const Request& request, const Result<Response>& answer) {
        const Status verdict = answer ? classify(request, *answer) : std::unexpected(answer.error());
        const bool failing =
            !verdict && (verdict.error().kind == ErrorKind::kTransient ||
                         verdict.error().kind == ErrorKind::kAmbiguous || verdict.error().kind == ErrorKind::kAuth);
        if (!verdict && !failing) return;
        if (failing_.exchange(failing) == failing) return;
        const std::string& system = labels_.at("system");
        const std::string& connection = labels_.at("connection");
        if (failing)
            log::warning("remote stopped answering",
                         {{"system", system}, {"connection", connection}, {"error", verdict.error()}});
        else
            log::info("remote answers", {{"system", system}, {"connection", connection}});
    }

    inline static const std::string kOthers = "other";
    const metrics::Labels labels_;
    Transport& inner_;
    metrics::Registry& registry_;
    Clock& clock_;
    metrics::Gauge& in_flight_;
    std::atomic<bool> failing_{false};
    std::shared_mutex mutex_;
    std::map<std::string, OperationMetrics> operations_{};  // nodes stay where they are
};

}  // namespace

std::unique_ptr<Transport> metrics_layer(const ClientOptions& options, Transport& inner, metrics::Registry& metrics,
                                         Clock& clock) {
    return std::make_unique<MetricsLayer>(options, inner, metrics, clock);
}

}  // namespace shopwire::http
