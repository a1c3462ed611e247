// Records to librdkafka's messages and back.  Internal to common/kafka; thread-safe.
#pragma once

#include <memory>

#include "common/kafka/record.h"

struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_message_s;
struct rd_kafka_consumer_group_metadata_s;

namespace shopwire::kafka {

struct DestroyMessage {
    void operator()(rd_kafka_message_s* message) const;
};
using Message = std::unique_ptr<rd_kafka_message_s, DestroyMessage>;

// Queues a copy of the record; returns librdkafka's error code, 0 when queued.  `opaque` comes back with the delivery
// report.  `topic` is the record's; null: by its name.
int produce(rd_kafka_s* client, rd_kafka_topic_s* topic, const Record& record, void* opaque);

// REQUIRES: the message has no error.
Record record_of(const rd_kafka_message_s& message);

Partition partition_of(const rd_kafka_message_s& message);

// What Consumer::group_metadata hands to Transaction::commit.
struct GroupMetadata {
    explicit GroupMetadata(rd_kafka_consumer_group_metadata_s* metadata) : handle(metadata) {}
    ~GroupMetadata();
    GroupMetadata(const GroupMetadata&) = delete;
    GroupMetadata& operator=(const GroupMetadata&) = delete;
    rd_kafka_consumer_group_metadata_s* handle;
};

}  // namespace shopwire::kafka
