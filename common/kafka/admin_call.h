// One question to the cluster's admin API: client, options, answer.  Internal to common/kafka.  Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "common/kafka/client.h"

struct rd_kafka_op_s;
struct rd_kafka_AdminOptions_s;

namespace shopwire::kafka {

struct DestroyEvent {
    void operator()(rd_kafka_op_s* event) const;
};
struct DestroyOptions {
    void operator()(rd_kafka_AdminOptions_s* options) const;
};
using Event = std::unique_ptr<rd_kafka_op_s, DestroyEvent>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_s, DestroyOptions>;

// A client that has found a broker.
Result<Client> make_admin(const ClientConfig& config, std::chrono::milliseconds timeout);
// The same for who only looks: it writes no line, and finds what look_for_broker does.
Result<Client> make_looker(const ClientConfig& config, std::chrono::milliseconds timeout, const std::stop_token& stop);
// `operation`: rd_kafka_admin_op_t.
AdminOptions options_for(rd_kafka_s* client, int operation, std::chrono::milliseconds timeout);
// nullopt: none came in time.
Result<std::optional<Event>> answer_within(rd_kafka_queue_s* queue, std::chrono::milliseconds wait,
                                           std::string_view doing, const std::stop_token& stop);
Result<Event> answer(rd_kafka_queue_s* queue, std::chrono::milliseconds timeout, std::string_view doing,
                     const std::stop_token& stop = {});

}  // namespace shopwire::kafka
