// Changes of a connector as Kafka records: events completed with who saw them and when, or dead letters.  Pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/codec.h"
#include "common/kafka/record.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

// Who saw a change, and how.
struct Sighting {
    std::string merchant{};
    std::string connection{};
    std::string system{};
    events::v1::Origin origin = events::v1::ORIGIN_POLL;
    std::int64_t observed_at_ms = 0;
    std::int64_t read_started_at_ms = 0;  // 0: it was pushed to us
};

// Fills what the connector left empty, and the hash; checks the result.
Status complete_event(events::Event& event, const Sighting& sighting);

// Where a dead letter failed, and the bytes to replay.
struct Failure {
    std::string_view stage{};
    std::string merchant{};
    std::string connection{};
    kafka::Record record{};  // topic empty: it never was one
    Error error{};
};
kafka::Record dead_letter(const Failure& failure, std::int64_t now_ms);
// The record of a DeadLetter message that was kept.
kafka::Record dead_letter_record(const std::string& merchant, const std::string& connection, std::string letter);

// The record of one change: an event, or its dead letter with this stage.
struct ChangeRecord {
    kafka::Record record{};
    Status status{};  // why it is a dead letter
};
ChangeRecord to_change_record(Change change, const Sighting& sighting, std::string_view stage, std::int64_t now_ms,
                              std::string_view traceparent = {});

}  // namespace shopwire::runtime
