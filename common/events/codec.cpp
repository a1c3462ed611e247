#include "common/events/codec.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <charconv>
#include <utility>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/events/topics.h"

namespace shopwire::events {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kContentHashBytes = 16;
constexpr std::string_view kContentType = "application/protobuf";
constexpr std::string_view kSpecVersion = "1.0";
constexpr std::size_t kRecordBytesMax = 8 * 1024 * 1024;
constexpr int kMajor = 1;  // of the contracts that this program reads: the 1 of shopwire.events.v1

std::string_view header(const kafka::Record& record, std::string_view name) {
    for (const auto& [key, value] : record.headers) {
        if (key == name) return value;
    }
    return {};
}

// The N of "shopwire.events.vN.order"; 0: a type that names none.
int major_of(std::string_view type) {
    const std::size_t at = type.starts_with("shopwire.") ? type.find(".v") : std::string_view::npos;
    if (at == std::string_view::npos) return 0;
    int major = 0;
    std::from_chars(type.data() + at + 2, type.data() + type.size(), major);
    return major;
}

// The field of a oneof that is set; nullptr: none.
const FieldDescriptor* body_of(const Event& event) { return Event::descriptor()->FindFieldByNumber(event.body_case()); }
const FieldDescriptor* action_of(const Command& command) {
    return Command::descriptor()->FindFieldByNumber(command.action_case());
}

std::string deterministic(const Message& message) {
    std::string bytes;
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
    coded.Trim();
    return bytes;
}

// CloudEvents 1.0, Kafka binding, binary mode; and W3C trace context.
kafka::Headers headers_of(const Envelope& envelope) {
    return {{"ce_id", envelope.id},
            {"ce_source", envelope.source},
            {"ce_type", envelope.type},
            {"ce_specversion", kSpecVersion},
            {"ce_time", format_utc(envelope.time_ms)},
            {"ce_subject", envelope.subject},
            {"content-type", kContentType},
            {"traceparent", envelope.traceparent.empty() ? new_traceparent() : envelope.traceparent}};
}

kafka::Record record_of(std::string topic, const Message& message, const Envelope& envelope) {
    return {.topic = std::move(topic),
            .key = envelope.subject,
            .value = message.SerializeAsString(),
            .headers = headers_of(envelope)};
}

Status parse_into(Message& message, const kafka::Record& record, std::string_view what) {
    const auto wrong = [&](std::string_view detail) {
        return rejected("decoding " + std::string(what) + " at " + record.topic + "[" +
                        std::to_string(record.partition) + "]@" + std::to_string(record.offset) + ": " +
                        std::string(detail));
    };
    if (!record.value) return wrong("no value");
    if (record.value->size() > kRecordBytesMax) return wrong("more than 8 MiB");
    const std::string_view content = header(record, "content-type");
    if (!content.empty() && content != kContentType) return wrong("content-type is not " + std::string(kContentType));
    // Its fields may mean something else there, so it is not tried.
    if (const std::string_view type = header(record, "ce_type"); major_of(type) > kMajor)
        return wrong(std::string(type) + " is of a newer version than this program reads (v" + std::to_string(kMajor) +
                     "): update the program, then replay the record");
    if (!message.ParseFromString(*record.value)) return wrong("not a message of this type");
    return {};
}

template <class T>
Result<T> parse(const kafka::Record& record, std::string_view what) {
    T message;
    if (Status parsed = parse_into(message, record, what); !parsed) return std::unexpected(std::move(parsed).error());
    return message;
}

Status parse_event_into(Event& event, const kafka::Record& record) {
    if (Status parsed = parse_into(event, record, "event"); !parsed) return parsed;
    if (event.body_case() == Event::BODY_NOT_SET)
        return rejected("decoding event at " + record.topic + ": no body, or one newer than this program");
    return {};
}

bool is_goods(std::string_view entity) { return entity == "product" || entity == "stock" || entity == "price"; }

}  // namespace

std::string content_hash_of(const google::protobuf::Message& message) {
    const std::string bytes = deterministic(message);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    [[maybe_unused]] const int hashed =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    assert(hashed == 1);
    return {digest.begin(), digest.begin() + kContentHashBytes};
}

void set_content_hash(Event& event) {
    const FieldDescriptor* field = body_of(event);
    if (field == nullptr)
        event.mutable_source()->clear_content_hash();
    else
        event.mutable_source()->set_content_hash(content_hash_of(event.GetReflection()->GetMessage(event, field)));
}

kafka::Record to_record(const Event& event, std::int64_t now_ms, std::string_view traceparent) {
    const std::optional<Entity> entity = entity_of(event);
    assert(entity && "check() comes first");
    const v1::Source& source = event.source();
    return record_of(event_topic(*entity), event,
                     {.id = uuid7(now_ms),
                      .type = "shopwire.events.v1." + body_of(event)->name(),
                      .source = "/" + join_key({source.merchant(), source.connection()}),
                      .subject = key_of(event),
                      .time_ms = now_ms,
                      .traceparent = std::string(traceparent)});
}

kafka::Record to_record(const Command& command, std::string_view system, std::int32_t slot, std::int64_t now_ms,
                        std::string_view traceparent) {
    const FieldDescriptor* action = action_of(command);
    assert(action != nullptr && "a command has an action");
    kafka::Record record = record_of(command_topic(system, lane_of(command)), command,
                                     {.id = command.id().empty() ? uuid7(now_ms) : command.id(),
                                      .type = "shopwire.commands.v1." + action->name(),
                                      .source = "/" + join_key({command.merchant(), command.cause_connection()}),
                                      .subject = join_key({command.merchant(), command.connection(), command.key()}),
                                      .time_ms = now_ms,
                                      .traceparent = std::string(traceparent)});
    record.partition = slot;
    return record;
}

kafka::Record to_record(const CommandResult& result, std::int64_t now_ms, std::string_view traceparent) {
    return record_of(result_topic(), result,
                     {.id = uuid7(now_ms),
                      .type = "shopwire.commands.v1.result",
                      .source = "/" + join_key({result.merchant(), result.connection()}),
                      .subject = result.cause_key(),
                      .time_ms = now_ms,
                      .traceparent = std::string(traceparent)});
}

Envelope envelope_of(const kafka::Record& record) {
    return {.id = std::string(header(record, "ce_id")),
            .type = std::string(header(record, "ce_type")),
            .source = std::string(header(record, "ce_source")),
            .subject = std::string(header(record, "ce_subject")),
            .time_ms = parse_utc(header(record, "ce_time")).value_or(0),
            .traceparent = traceparent_of(record)};
}

Result<Event> parse_event(const kafka::Record& record) {
    Event event;
    if (Status parsed = parse_event_into(event, record); !parsed) return std::unexpected(std::move(parsed).error());
    return event;
}

Result<Event*> parse_event(const kafka::Record& record, google::protobuf::Arena& arena) {
    Event& event = *google::protobuf::Arena::CreateMessage<Event>(&arena);
    if (Status parsed = parse_event_into(event, record); !parsed) return std::unexpected(std::move(parsed).error());
    return &event;
}

Result<Command> parse_command(const kafka::Record& record) {
    auto command = parse<Command>(record, "command");
    if (command && command->action_case() == Command::ACTION_NOT_SET) {
        return rejected("decoding command at " + record.topic + ": no action, or one newer than this program");
    }
    return command;
}

Result<CommandResult> parse_result(const kafka::Record& record) {
    auto result = parse<CommandResult>(record, "result");
    if (result && result->outcome() == commands::v1::OUTCOME_UNSPECIFIED) {
        return rejected("decoding result at " + record.topic + ": no outcome");
    }
    return result;
}

std::string traceparent_of(const kafka::Record& record) { return std::string(header(record, "traceparent")); }

Lane lane_of(const Command& command) {
    switch (command.action_case()) {
        case Command::kSetStock:
        case Command::kSetPrice:
        case Command::kUpsertProduct: return Lane::kGoods;
        case Command::kRefresh: return is_goods(command.refresh().entity()) ? Lane::kGoods : Lane::kOrders;
        case Command::kExportOrder:
        case Command::kCancelDocument:
        case Command::kSetOrderStatus:
        case Command::kAddOrderNote:
        case Command::kUpdateOrder:
        case Command::kExportRefund:
        case Command::kUpsertCustomer:
        case Command::kSetTracking:
        case Command::ACTION_NOT_SET: return Lane::kOrders;
    }
    std::unreachable();
}

Decimal from_proto(const v1::Decimal& value) { return Decimal::from_micros(value.micros()); }

v1::Decimal to_proto(Decimal value) {
    v1::Decimal out;
    out.set_micros(value.micros());
    return out;
}

}  // namespace shopwire::events
