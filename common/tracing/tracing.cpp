#include "common/tracing/tracing.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "common/core/ids.h"
#include "common/log/log.h"
#include "common/tracing/otlp.h"

namespace shopwire::tracing {
namespace {

constexpr std::chrono::milliseconds kRequestMax{2'000};  // also a stop waits for one
constexpr std::chrono::milliseconds kLastMax{2'000};

class HttpExporter final : public Exporter {
 public:
    HttpExporter(Options options, std::unique_ptr<http::Transport> transport, Metrics& metrics, Clock& clock)
        : options_(std::move(options)), transport_(std::move(transport)), metrics_(metrics), clock_(clock) {}
    ~HttpExporter() override;
    HttpExporter(const HttpExporter&) = delete;
    HttpExporter& operator=(const HttpExporter&) = delete;
    HttpExporter(HttpExporter&&) = delete;
    HttpExporter& operator=(HttpExporter&&) = delete;

    void begin();
    bool wants(std::string_view traceparent) const;
    void add(Span span);

 private:
    void run(std::stop_token stop);
    std::vector<Span> take();
    void send(const std::vector<Span>& spans, std::chrono::milliseconds timeout);

    const Options options_;
    const std::unique_ptr<http::Transport> transport_;
    Metrics& metrics_;
    Clock& clock_;
    bool failing_ = false;  // used by its thread: says so once
    std::mutex mutex_{};
    std::deque<Span> waiting_{};
    std::jthread thread_{};
};

// The one of this process.  Shared by all who record: it may end while they do.
std::shared_mutex& guard() {
    static std::shared_mutex& mutex = *new std::shared_mutex();
    return mutex;
}
std::atomic<HttpExporter*> current{nullptr};  // guarded, but for a first look

void HttpExporter::begin() {
    thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
    const std::lock_guard lock(guard());
    current = this;
}

HttpExporter::~HttpExporter() {
    {
        const std::lock_guard lock(guard());
        current = nullptr;
    }
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    const Clock::Monotonic end = clock_.monotonic() + kLastMax;
    for (std::vector<Span> spans = take(); !spans.empty(); spans = take())
        if (clock_.monotonic() < end)
            send(spans, std::chrono::duration_cast<std::chrono::milliseconds>(end - clock_.monotonic()));
        else
            metrics_.dropped.add(static_cast<double>(spans.size()));
}

bool HttpExporter::wants(std::string_view traceparent) const {
    const Ids ids = ids_of(traceparent);
    if (ids.trace.empty()) return false;
    if (options_.one_in <= 1) return true;
    std::uint32_t number = 0;  // the last digits are as random as the others
    std::from_chars(ids.trace.data() + ids.trace.size() - 8, ids.trace.data() + ids.trace.size(), number, 16);
    return number % static_cast<std::uint32_t>(options_.one_in) == 0;
}

void HttpExporter::add(Span span) {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= options_.waiting_max) return metrics_.dropped.add();
    waiting_.push_back(std::move(span));
}

void HttpExporter::run(std::stop_token stop) {
    while (clock_.sleep_for(options_.interval, stop)) {
        while (!stop.stop_requested()) {
            const std::vector<Span> spans = take();
            if (spans.empty()) break;
            send(spans, kRequestMax);
        }
    }
}

std::vector<Span> HttpExporter::take() {
    const std::scoped_lock lock(mutex_);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.batch_max));
    std::vector<Span> spans(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return spans;
}

void HttpExporter::send(const std::vector<Span>& spans, std::chrono::milliseconds timeout) {
    if (spans.empty()) return;
    http::Request request{.method = "POST",
                          .url = options_.endpoint,
                          .headers = {{"Content-Type", "application/json"}},
                          .body = otlp_body(options_, spans, new_span_id),
                          .timeout = timeout,
                          .operation = "export_spans"};
    if (!options_.authorization.empty()) request.headers.emplace_back("Authorization", options_.authorization.reveal());
    const Result<http::Response> answer = transport_->send(request, {});
    const Status done = answer ? http::classify(request, *answer) : Status(std::unexpected(answer.error()));
    (done ? metrics_.sent : metrics_.dropped).add(static_cast<double>(spans.size()));
    if (!done && !failing_) log::warning("the collector takes no spans", {{"error", done.error()}});
    failing_ = !done;
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : sent(registry.counter("shopwire_trace_spans_total", "Spans, by what became of them", {{"outcome", "sent"}})),
      dropped(
          registry.counter("shopwire_trace_spans_total", "Spans, by what became of them", {{"outcome", "dropped"}})) {}

std::unique_ptr<Exporter> Exporter::start(Options options, std::unique_ptr<http::Transport> transport, Metrics& metrics,
                                          Clock& clock) {
    auto exporter = std::make_unique<HttpExporter>(std::move(options), std::move(transport), metrics, clock);
    exporter->begin();
    return exporter;
}

bool is_on() { return current.load(std::memory_order_relaxed) != nullptr; }

bool wants(std::string_view traceparent) {
    if (!is_on()) return false;
    const std::shared_lock lock(guard());
    const HttpExporter* exporter = current;
    return exporter != nullptr && exporter->wants(traceparent);
}

void record(Span span) {
    if (!is_on()) return;
    const std::shared_lock lock(guard());
    HttpExporter* exporter = current;
    if (exporter != nullptr && exporter->wants(span.traceparent)) exporter->add(std::move(span));
}

}  // namespace shopwire::tracing
