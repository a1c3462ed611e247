#include "common/runtime/sink_item.h"

#include <algorithm>

#include <fmt/format.h>

namespace shopwire::runtime {

namespace pb = internal::v1;

std::string connection_id(std::string_view merchant, std::string_view connection) {
    return events::join_key({merchant, connection});
}

Result<Item> decode_item(kafka::Record record) {
    Result<events::Command> command = events::parse_command(record);
    if (!command) return std::unexpected(std::move(command).error());
    if (command->merchant().empty() || command->connection().empty() || command->key().empty()) {
        return rejected("decoding a command: merchant, connection or key is empty");
    }
    Item item{.record = std::move(record), .command = *std::move(command)};
    item.connection = connection_id(item.command.merchant(), item.command.connection());
    item.unit = events::join_key({item.command.merchant(), item.command.connection(), item.command.key()});
    item.journal_key = events::join_key(
        {item.command.merchant(), item.command.connection(), item.command.key(), item.command.field_group()});
    item.slot = item.record.partition;
    return item;
}

namespace {

constexpr std::string_view kReplayHeader = "shopwire-replay";

bool is_replay(const kafka::Record& record) {
    return std::ranges::any_of(record.headers, [](const auto& header) { return header.first == kReplayHeader; });
}

}  // namespace

Verdict judge(const std::optional<Effect>& journal, const Item& item, ActionRule::Write write) {
    if (!journal) return Verdict::kSend;
    if (journal->sequence() > item.command.sequence()) return Verdict::kDrop;
    const bool same = journal->sequence() == item.command.sequence();
    switch (journal->state()) {
        case pb::EFFECT_STATE_APPLIED: return same ? Verdict::kDrop : Verdict::kSend;
        case pb::EFFECT_STATE_REJECTED:
            // Refused before, so it comes again only on purpose: out of the parked store or replayed by a person.
            return same && item.parked_key.empty() && !is_replay(item.record) ? Verdict::kDrop : Verdict::kSend;
        case pb::EFFECT_STATE_SENDING:
        case pb::EFFECT_STATE_UNKNOWN:
            if (item.cleared) return Verdict::kSend;
            return write == ActionRule::Write::kCreate ? Verdict::kLookUp : Verdict::kSettle;
        default: return Verdict::kSend;
    }
}

bool supersedes(const events::Command& newer, const events::Command& older) {
    return newer.field_group() == older.field_group() && newer.sequence() > older.sequence() &&
           older.action_case() != events::Command::kAddOrderNote && newer.action_case() != events::Command::kRefresh;
}

Effect journal_entry(const std::optional<Effect>& before, const events::Command& command, pb::EffectState state,
                     std::int64_t now_ms) {
    Effect entry = before.value_or(Effect{});
    entry.set_state(state);
    entry.set_sequence(std::max<std::uint64_t>(entry.sequence(), command.sequence()));
    entry.set_command_id(command.id());
    entry.set_written_at_ms(now_ms);
    return entry;
}

events::CommandResult complete_result(events::CommandResult result, const events::Command& command,
                                      std::string_view system, std::int64_t now_ms) {
    if (result.outcome() == commands::v1::OUTCOME_UNSPECIFIED) result.set_outcome(commands::v1::OUTCOME_APPLIED);
    result.set_command_id(command.id());
    result.set_merchant(command.merchant());
    result.set_connection(command.connection());
    result.set_system(std::string(system));
    result.set_key(command.key());
    result.set_field_group(command.field_group());
    result.set_sequence(command.sequence());
    result.set_cause_key(command.cause_key());
    result.set_cause_connection(command.cause_connection());
    result.set_finished_at_ms(now_ms);
    result.set_cause_observed_at_ms(command.cause_observed_at_ms());
    return result;
}

std::string parked_key_of(const Item& item) {
    return fmt::format("{}/{}/{}/{:020}", item.unit, item.record.topic, item.record.partition, item.record.offset);
}

Parked to_parked(const Item& item, const ParkReason& reason, std::int64_t now_ms) {
    Parked parked;
    parked.set_connection(item.connection);
    parked.set_key(item.unit);
    parked.set_topic(item.record.topic);
    parked.set_partition(item.record.partition);
    parked.set_offset(item.record.offset);
    parked.set_record_key(item.record.key);
    parked.set_record_value(item.record.value.value_or(""));
    parked.set_reason(reason.text);
    parked.set_error_kind(reason.kind);
    parked.set_parked_at_ms(now_ms);
    parked.set_attempts(static_cast<std::uint32_t>(std::max(0, item.attempts)));
    parked.set_whole_connection(reason.whole_connection);
    for (const auto& [name, value] : item.record.headers) (*parked.mutable_headers())[std::string(name)] = value;
    return parked;
}

Result<Item> from_parked(std::string_view parked_key, std::string_view value, std::int32_t slot) {
    Parked parked;
    if (!parked.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
        return rejected("decoding a parked record: not a Parked message");
    }
    kafka::Record record{
        .topic = parked.topic(),
        .partition = parked.partition(),
        .offset = parked.offset(),
        .key = parked.record_key(),
        .value = parked.record_value(),
    };
    for (const auto& [name, text] : parked.headers()) record.headers.emplace_back(name, text);
    Result<Item> item = decode_item(std::move(record));
    if (!item) return item;
    item->slot = slot;
    item->parked_key = parked_key;
    item->parked_reason = parked.error_kind();
    item->attempts = static_cast<int>(parked.attempts());
    return item;
}

std::string_view action_name(events::Command::ActionCase action) {
    switch (action) {
        case events::Command::kExportOrder: return "export_order";
        case events::Command::kCancelDocument: return "cancel_document";
        case events::Command::kSetStock: return "set_stock";
        case events::Command::kSetPrice: return "set_price";
        case events::Command::kSetOrderStatus: return "set_order_status";
        case events::Command::kAddOrderNote: return "add_order_note";
        case events::Command::kRefresh: return "refresh";
        case events::Command::kUpdateOrder: return "update_order";
        case events::Command::kExportRefund: return "export_refund";
        case events::Command::kUpsertProduct: return "upsert_product";
        case events::Command::kUpsertCustomer: return "upsert_customer";
        case events::Command::kSetTracking: return "set_tracking";
        case events::Command::ACTION_NOT_SET: return "none";
    }
    return "none";
}

}  // namespace shopwire::runtime
