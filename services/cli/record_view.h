// A record of one of our topics, read as what the topic holds.  Pure functions.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/events/codec.h"
#include "common/kafka/record.h"
#include "services/cli/message_json.h"

namespace shopwire::cli {

// nullptr: the topic, the key or the bytes are none that this program knows; or a tombstone.
std::unique_ptr<google::protobuf::Message> message_of(const kafka::Record& record);

// "events.order[2]@17".
std::string place_of(const kafka::Record& record);

// Envelope and body; a body that is no message of ours is given by its size.
nlohmann::ordered_json json_of(const kafka::Record& record, Personal personal);

// The same as one line for people: time, place, key, body.
std::string line_of(const kafka::Record& record, Personal personal);

struct RecordFilter {
    std::string merchant{};    // empty: any
    std::string connection{};  // of who saw it or who shall act
    std::string key{};         // a part of the record key
};
bool matches(const kafka::Record& record, const RecordFilter& filter);
// Whose a dead letter is; the filter's `key` is not looked at.  One that could not be read is told by its key alone.
bool is_of(const RecordFilter& filter, const internal::v1::DeadLetter& letter);

// When it happened: the envelope's time, else Kafka's.
std::int64_t time_of(const kafka::Record& record);

}  // namespace shopwire::cli
