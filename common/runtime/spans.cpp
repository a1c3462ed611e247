#include "common/runtime/spans.h"

#include <string_view>
#include <utility>
#include <vector>

#include "common/events/codec.h"
#include "common/http/client.h"

namespace shopwire::runtime {
namespace {

constexpr std::string_view kEventTopics = "shopwire.events.";

class TracedProducer final : public kafka::Producer {
 public:
    TracedProducer(std::unique_ptr<kafka::Producer> producer, Clock& clock)
        : producer_(std::move(producer)), clock_(clock) {}

    Status send(kafka::Record record, Delivered delivered) override {
        return producer_->send(std::move(record), std::move(delivered));
    }
    Status send_all(std::vector<kafka::Record> records, std::stop_token stop) override {
        std::vector<tracing::Span> spans = roots_of(records);
        Status sent = producer_->send_all(std::move(records), std::move(stop));
        for (tracing::Span& span : spans) {
            span.end_ms = clock_.now_ms();
            span.failed = !sent;
            tracing::record(std::move(span));
        }
        return sent;
    }
    Status flush(std::chrono::milliseconds timeout) override { return producer_->flush(timeout); }

 private:
    // Several events of one webhook are one chain.
    std::vector<tracing::Span> roots_of(const std::vector<kafka::Record>& records) const {
        std::vector<tracing::Span> spans;
        if (!tracing::is_on()) return spans;
        for (const kafka::Record& record : records) {
            if (!record.topic.starts_with(kEventTopics)) continue;
            std::string traceparent = events::traceparent_of(record);
            if ((!spans.empty() && spans.back().traceparent == traceparent) || !tracing::wants(traceparent)) continue;
            spans.push_back({.traceparent = std::move(traceparent),
                             .begins = true,
                             .name = "publish " + record.topic.substr(kEventTopics.size()),
                             .kind = tracing::Kind::kProducer,
                             .start_ms = clock_.now_ms(),
                             .attributes = {{"messaging.system", "kafka"},
                                            {"messaging.destination.name", record.topic},
                                            {"messaging.kafka.message.key", record.key}}});
        }
        return spans;
    }

    const std::unique_ptr<kafka::Producer> producer_;
    Clock& clock_;
};

}  // namespace

std::unique_ptr<tracing::Exporter> export_spans(const config::Installation& installation, const std::string& service,
                                                const std::string& pod, tracing::Metrics& metrics) {
    const config::TracingSettings& settings = installation.tracing;
    if (settings.endpoint.empty()) return nullptr;
    return tracing::Exporter::start({.endpoint = settings.endpoint,
                                     .authorization = settings.authorization,
                                     .one_in = settings.one_in,
                                     .service = "shopwire-" + service,
                                     .instance = pod},
                                    http::curl_transport({}), metrics, system_clock());
}

std::unique_ptr<kafka::Producer> traced(std::unique_ptr<kafka::Producer> producer, Clock& clock) {
    return std::make_unique<TracedProducer>(std::move(producer), clock);
}

}  // namespace shopwire::runtime
