// The port that takes webhooks: /webhooks/<merchant>/<connection>.  Any pod takes those of every connection.  2xx is
// answered only after all in-sync replicas have what came.  Below a connection's address /media/ gives files.
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "common/core/clock.h"
#include "common/http/server.h"
#include "common/kafka/producer.h"
#include "common/runtime/connections.h"
#include "common/runtime/media.h"
#include "common/runtime/runtime_metrics.h"

namespace shopwire::runtime {

// A dead letter or parked record holds a body once more, with what is known of it: that must still be one record.
constexpr std::size_t kWebhookBytesMax = 4 * 1024 * 1024;
static_assert(2 * kWebhookBytesMax < kafka::kRecordBytesMax);

class IntakeHandler {
 public:
    // The references outlive the handler.
    using Finder = std::function<ConnectionPtr(const std::string& id)>;
    IntakeHandler(std::string system, Finder find, kafka::Producer& producer, Clock& clock, RuntimeMetrics& metrics);

    http::ServerResponse answer(const http::ServerRequest& request);
    void stop() { media_.stop(); }  // answers that wait for a system end soon

 private:
    http::ServerResponse keep(const LiveConnection& connection, Intake::Received received);
    void count(const std::string& id, std::string_view kind);

    const std::string system_;
    const Finder find_;
    kafka::Producer& producer_;
    Clock& clock_;
    RuntimeMetrics& metrics_;
    MediaServer media_{};
};

}  // namespace shopwire::runtime
