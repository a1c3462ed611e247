// Contracts to Kafka records and back: keys, CloudEvents headers, hashes, decimals.  Pure functions, thread-safe.
//
// Record keys hold no personal data.  '/' inside a part is written as "%2F" and '%' as "%25", so that parts never run
// together.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/decimal.h"
#include "common/core/error.h"
#include "common/events/entity.h"
#include "common/kafka/record.h"
#include "shopwire/commands/v1/command.pb.h"
#include "shopwire/events/v1/event.pb.h"

namespace shopwire::events {

using commands::v1::Command;
using commands::v1::CommandResult;
using v1::Event;

std::string join_key(std::initializer_list<std::string_view> parts);
// Trimmed and case-folded (ASCII and Latin/Cyrillic capitals): the form in which SKUs are compared.
std::string fold_sku(std::string_view sku);

// Which topic an event belongs to; nullopt for a body that is not set.  A marker belongs to the stock topic.
std::optional<Entity> entity_of(const Event& event);
// merchant/sku for product, stock, price; merchant/connection/native id for order, customer; the order's for refund,
// document, shipment.
std::string key_of(const Event& event);
// Fills source.content_hash with that of the body.
void set_content_hash(Event& event);
// SHA-256 of the serialized message, first 16 bytes.
std::string content_hash_of(const google::protobuf::Message& message);

// Validation that protobuf lacks: source complete, body set, key not empty, quantities within bounds.  kRejected names
// the field.
Status check(const Event& event);

struct Envelope {
    std::string id{};           // ce_id
    std::string type{};         // ce_type: shopwire.events.v1.order ...
    std::string source{};       // ce_source: /merchant/connection
    std::string subject{};      // ce_subject: the record key
    std::int64_t time_ms = 0;   // ce_time
    std::string traceparent{};  // of the cause; empty makes a new one
};

// A marker is for every partition: the caller sets record.partition.
kafka::Record to_record(const Event& event, std::int64_t now_ms, std::string_view traceparent = {});
// Partition = partition_of(budget, partitions): the slot.
kafka::Record to_record(const Command& command, std::string_view system, std::int32_t slot, std::int64_t now_ms,
                        std::string_view traceparent);
kafka::Record to_record(const CommandResult& result, std::int64_t now_ms, std::string_view traceparent);

// The envelope of a record that was read; what a record lacks stays empty.
Envelope envelope_of(const kafka::Record& record);

Result<Event> parse_event(const kafka::Record& record);
Result<Event*> parse_event(const kafka::Record& record, google::protobuf::Arena& arena);  // which owns the event
Result<Command> parse_command(const kafka::Record& record);
Result<CommandResult> parse_result(const kafka::Record& record);
std::string traceparent_of(const kafka::Record& record);  // empty when there is none

// The lane of a command: orders never wait behind goods.
Lane lane_of(const Command& command);

Decimal from_proto(const v1::Decimal& value);
v1::Decimal to_proto(Decimal value);
}  // namespace shopwire::events
