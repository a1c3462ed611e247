// Sends records durably: idempotent, acks from all in-sync replicas.  Thread-safe; owns its librdkafka handle and poll
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/record.h"

namespace shopwire::kafka {

struct ProducerOptions {
    std::chrono::milliseconds linger{0};             // 0 for intake, 20 to 50 for bulk
    std::chrono::milliseconds delivery_timeout{30'000};
    int queue_messages_max = 100'000;                // past it `send` waits, bounded by delivery_timeout
};

class Producer {
 public:
    static Result<std::unique_ptr<Producer>> create(const ClientConfig& config, ProducerOptions options);
    virtual ~Producer() = default;

    // Called once, from the poll thread; must neither block nor send.  kAmbiguous: the record may stand in the topic or
    // not.
    using Delivered = std::move_only_function<void(Status)>;
    // Queues one record.  An error means it was not queued and `delivered` is not called.
    virtual Status send(Record record, Delivered delivered) = 0;
    // Sends all and returns when every delivery report is there: success only if all are durable.  kCancelled: stop was
    // requested while reports were outstanding.
    virtual Status send_all(std::vector<Record> records, std::stop_token stop) = 0;
    // Waits for everything that was sent before, bounded.
    virtual Status flush(std::chrono::milliseconds timeout) = 0;
};

}  // namespace shopwire::kafka
