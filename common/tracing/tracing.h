// Spans of the chains that records make, sent to a collector as OTLP over HTTP, in JSON.  Off until `start`; then as
// good as free for what is not sampled.  Thread-safe.
//
// A chain has one W3C trace context from the event that began it to its last result (events::traceparent_of).  Whoever
// began it makes the root span, whose id stands in the context; each hop after it makes a child of the root.  Which
// chains are sampled is told by their id alone, so all processes choose the same.
//
// Nothing waits for a collector: what it does not take in time is dropped and counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/http/transport.h"
#include "common/metrics/registry.h"

namespace shopwire::tracing {

enum class Kind : std::uint8_t { kInternal = 1, kServer = 2, kClient = 3, kProducer = 4, kConsumer = 5 };  // OTLP's

struct Span {
    std::string traceparent{};  // of the chain
    bool begins = false;        // the root: it has the id of the context
    std::string name{};         // of a closed set: "receive webhook"
    Kind kind = Kind::kInternal;
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
    bool failed = false;
    // Ids of entities and connections.  Nothing of a person: a collector is not ours.
    std::vector<std::pair<std::string, std::string>> attributes{};
};

struct Options {
    std::string endpoint{};  // http://collector:4318/v1/traces
    Secret authorization{};  // the header's value; empty: none
    int one_in = 1;          // of so many chains one is sampled
    std::string service{};   // "router", or the system
    std::string instance{};  // the pod
    std::chrono::milliseconds interval{1'000};
    std::size_t waiting_max = 8'192;  // spans
    std::size_t batch_max = 512;
};

struct Metrics {
    explicit Metrics(metrics::Registry& registry);
    metrics::Counter& sent;
    metrics::Counter& dropped;
};

// Sends what `record` is given while it lives, and at its end once more what waits, for 2 seconds at most.  One at a
// time in a process.
class Exporter {
 public:
    // `metrics` and `clock` outlive it.
    static std::unique_ptr<Exporter> start(Options options, std::unique_ptr<http::Transport> transport,
                                           Metrics& metrics, Clock& clock);
    virtual ~Exporter() = default;
};

bool is_on();
// Whether a span of this chain would be sent: ask before making one that costs something.
bool wants(std::string_view traceparent);
void record(Span span);

}  // namespace shopwire::tracing
