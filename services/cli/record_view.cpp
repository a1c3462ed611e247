#include "services/cli/record_view.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "common/events/topics.h"
#include "services/cli/text.h"
#include "shopwire/internal/v1/entity.pb.h"

namespace shopwire::cli {
namespace {

using google::protobuf::Message;
using Json = nlohmann::ordered_json;

constexpr std::string_view kTopicPrefix = "shopwire.";

// Lists beside the state: a value is the name of what it lists.
struct Listing {
    std::string_view topic{};
    std::string_view key{};
};
constexpr std::array kListings{Listing{"shopwire.state.links", "w/"}, Listing{"shopwire.state.links", "r/"},
                               Listing{"shopwire.state.links", "nw/"}, Listing{"shopwire.state.ledger", "o/"}};

bool is_listing(const kafka::Record& record) {
    return std::ranges::any_of(kListings, [&](const Listing& listing) {
        return record.topic.starts_with(listing.topic) && record.key.starts_with(listing.key);
    });
}

const google::protobuf::Descriptor* type_of(const kafka::Record& record) {
    for (const events::Content& content : events::contents_of(record.topic)) {
        if (record.key.starts_with(content.key_prefix)) return message_type(content.message);
    }
    return nullptr;
}

// The record inside a message, read as what its own topic holds.
Json inner_record(std::string topic, const std::string& key, const std::string& value, Personal personal) {
    const kafka::Record inner{.topic = std::move(topic), .key = key, .value = value};
    if (const auto message = message_of(inner)) return json_of(*message, personal);
    if (personal == Personal::kShown) return one_line(value);
    return fmt::format("<{} bytes>", value.size());
}

Json body_of(const Message& message, Personal personal) {
    Json body = json_of(message, personal);
    if (const auto* letter = dynamic_cast<const internal::v1::DeadLetter*>(&message)) {
        body["key"] = one_line(letter->key());
        body["value"] = inner_record(letter->topic(), letter->key(), letter->value(), personal);
        body.erase("headers");
    } else if (const auto* parked = dynamic_cast<const internal::v1::Parked*>(&message)) {
        body["record_key"] = one_line(parked->record_key());
        body["record_value"] = inner_record(parked->topic(), parked->record_key(), parked->record_value(), personal);
        body.erase("headers");
    }
    return body;
}

Json body_of(const kafka::Record& record, Personal personal) {
    if (!record.value) return nullptr;
    if (const auto message = message_of(record)) return body_of(*message, personal);
    if (is_listing(record)) return one_line(*record.value);
    return fmt::format("<{} bytes>", record.value->size());
}

bool fits(std::string_view wanted, std::string_view value) { return wanted.empty() || wanted == value; }

bool fits(const RecordFilter& filter, const Message& message) {
    if (const auto* event = dynamic_cast<const events::Event*>(&message))
        return fits(filter.merchant, event->source().merchant()) &&
               fits(filter.connection, event->source().connection());
    if (const auto* command = dynamic_cast<const events::Command*>(&message))
        return fits(filter.merchant, command->merchant()) &&
               (fits(filter.connection, command->connection()) || fits(filter.connection, command->cause_connection()));
    if (const auto* result = dynamic_cast<const events::CommandResult*>(&message))
        return fits(filter.merchant, result->merchant()) &&
               (fits(filter.connection, result->connection()) || fits(filter.connection, result->cause_connection()));
    if (const auto* letter = dynamic_cast<const internal::v1::DeadLetter*>(&message)) return is_of(filter, *letter);
    if (const auto* inputs = dynamic_cast<const internal::v1::LedgerInputs*>(&message))
        return filter.connection.empty() && std::ranges::any_of(inputs->inputs(), [&](const auto& input) {
                   return fits(filter.merchant, input.merchant());
               });
    if (const auto* inputs = dynamic_cast<const internal::v1::EntityInputs*>(&message))
        return filter.connection.empty() && std::ranges::any_of(inputs->inputs(), [&](const auto& input) {
                   return fits(filter.merchant, input.merchant());
               });
    return false;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::unique_ptr<Message> message_of(const kafka::Record& record) {
    if (!record.value) return nullptr;
    const google::protobuf::Descriptor* type = type_of(record);
    if (type == nullptr) return nullptr;
    std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    return message->ParseFromString(*record.value) ? std::move(message) : nullptr;
}

bool is_of(const RecordFilter& filter, const internal::v1::DeadLetter& letter) {
    const bool by_key = letter.key().starts_with(events::join_key({filter.merchant}) + "/");
    return (fits(filter.merchant, letter.merchant()) || by_key) && fits(filter.connection, letter.connection());
}

bool matches(const kafka::Record& record, const RecordFilter& filter) {
    if (!record.key.contains(filter.key)) return false;
    if (filter.merchant.empty() && filter.connection.empty()) return true;
    if (const auto message = message_of(record); message && fits(filter, *message)) return true;
    // Keys of state begin with a letter for their kind, then merchant and connection.
    const std::string place = "/" + record.key + "/";
    if (!record.topic.starts_with("shopwire.state.")) return false;
    return filter.connection.empty() ? place.contains("/" + filter.merchant + "/")
                                     : place.contains("/" + filter.merchant + "/" + filter.connection + "/");
}

std::string place_of(const kafka::Record& record) {
    std::string_view topic = record.topic;
    if (topic.starts_with(kTopicPrefix)) topic.remove_prefix(kTopicPrefix.size());
    return fmt::format("{}[{}]@{}", topic, record.partition, record.offset);
}

std::int64_t time_of(const kafka::Record& record) {
    const std::int64_t time_ms = events::envelope_of(record).time_ms;
    return time_ms != 0 ? time_ms : record.timestamp_ms;
}

Json json_of(const kafka::Record& record, Personal personal) {
    const events::Envelope envelope = events::envelope_of(record);
    return {{"topic", record.topic},
            {"partition", record.partition},
            {"offset", record.offset},
            {"time", time_text(time_of(record))},
            {"key", record.key},
            {"id", envelope.id},
            {"type", envelope.type},
            {"source", envelope.source},
            {"traceparent", envelope.traceparent},
            {"body", body_of(record, personal)}};
}

std::string line_of(const kafka::Record& record, Personal personal) {
    const events::Envelope envelope = events::envelope_of(record);
    return fmt::format("{}  {}  {}  {}", time_text(time_of(record)), place_of(record),
                       one_line(record.key.empty() ? "-" : record.key), one_line(text_of(body_of(record, personal))));
}

}  // namespace shopwire::cli
