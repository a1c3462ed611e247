#include "common/runtime/event_records.h"

#include <utility>

#include "common/events/topics.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::runtime {

Status complete_event(events::Event& event, const Sighting& sighting) {
    events::v1::Source& source = *event.mutable_source();
    if (source.merchant().empty()) source.set_merchant(sighting.merchant);
    if (source.connection().empty()) source.set_connection(sighting.connection);
    if (source.system().empty()) source.set_system(sighting.system);
    if (source.origin() == events::v1::ORIGIN_UNSPECIFIED) source.set_origin(sighting.origin);
    if (source.observed_at_ms() == 0) source.set_observed_at_ms(sighting.observed_at_ms);
    if (source.read_started_at_ms() == 0) source.set_read_started_at_ms(sighting.read_started_at_ms);
    events::set_content_hash(event);
    return events::check(event);
}

kafka::Record dead_letter(const Failure& failure, std::int64_t now_ms) {
    internal::v1::DeadLetter letter;
    letter.set_stage(std::string(failure.stage));
    letter.set_merchant(failure.merchant);
    letter.set_connection(failure.connection);
    letter.set_topic(failure.record.topic);
    letter.set_partition(failure.record.partition);
    letter.set_offset(failure.record.offset);
    letter.set_key(failure.record.key);
    letter.set_value(failure.record.value.value_or(""));
    letter.set_error(failure.error.with_words());
    letter.set_error_kind(std::string(name_of(failure.error.kind)));
    letter.set_failed_at_ms(now_ms);
    for (const auto& [name, value] : failure.record.headers) (*letter.mutable_headers())[std::string(name)] = value;
    return dead_letter_record(failure.merchant, failure.connection, letter.SerializeAsString());
}

kafka::Record dead_letter_record(const std::string& merchant, const std::string& connection, std::string letter) {
    return {
        .topic = events::dead_letter_topic(),
        .key = events::join_key({merchant, connection}),
        .value = std::move(letter),
        .headers = {{"content-type", "application/protobuf"}},
    };
}

ChangeRecord to_change_record(Change change, const Sighting& sighting, std::string_view stage, std::int64_t now_ms,
                              std::string_view traceparent) {
    Status ok{};
    if (change.event) {
        ok = complete_event(*change.event, sighting);
        if (ok) return {.record = events::to_record(*change.event, now_ms, traceparent)};
        if (change.raw.empty()) change.raw = change.event->SerializeAsString();
    } else {
        ok = std::unexpected(std::move(change.event).error());
    }
    const Failure failure{
        .stage = stage,
        .merchant = sighting.merchant,
        .connection = sighting.connection,
        .record = {.value = std::move(change.raw)},
        .error = std::move(ok).error(),
    };
    return {.record = dead_letter(failure, now_ms), .status = std::unexpected(failure.error)};
}

}  // namespace shopwire::runtime
