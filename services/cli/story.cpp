#include "services/cli/story.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "services/cli/record_view.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::ordered_json;

// What the action asks for, in a few words.
std::string wish_of(const events::Command& command, Personal personal) {
    switch (command.action_case()) {
        case events::Command::kExportOrder:
            return fmt::format("make {} {}", word_of(command.export_order().document_type()),
                               command.export_order().external_number());
        case events::Command::kUpdateOrder:
            return fmt::format("change {} {}", word_of(command.update_order().document_type()),
                               command.update_order().external_number());
        case events::Command::kCancelDocument:
            return fmt::format("cancel {} {}", word_of(command.cancel_document().document_type()),
                               command.cancel_document().external_number());
        case events::Command::kExportRefund:
            return fmt::format("refund {} of {}", command.export_refund().external_number(),
                               command.export_refund().base_external_number());
        case events::Command::kSetStock:
            return "show " + count_text(events::from_proto(command.set_stock().quantity()), "piece");
        case events::Command::kSetPrice:
            return fmt::format("price {} {}", decimal_text(command.set_price().regular()),
                               command.set_price().currency());
        case events::Command::kSetOrderStatus: return "status " + command.set_order_status().status();
        case events::Command::kAddOrderNote: return "note: " + free_text(command.add_order_note().text(), personal);
        case events::Command::kSetTracking: return "parcel " + command.set_tracking().shipment().tracking_number();
        case events::Command::kUpsertProduct: return "article " + command.upsert_product().product().sku();
        case events::Command::kUpsertCustomer: return "customer " + command.upsert_customer().external_id();
        case events::Command::kRefresh: return "read " + command.refresh().entity() + " again";
        case events::Command::ACTION_NOT_SET: break;
    }
    return "something that this program does not know";
}

std::string answer_of(const events::CommandResult& result, Personal personal) {
    std::string out;
    if (result.has_document()) {
        const commands::v1::DocumentMade& made = result.document();
        out = fmt::format("{} {} ({})", word_of(made.type()), made.number().empty() ? made.native_id() : made.number(),
                          made.external_number());
        if (made.has_total()) out += ", total " + decimal_text(made.total());
        if (made.found()) out += ", it was there already";
    } else if (result.has_stock()) {
        out = "shows " + decimal_text(result.stock().quantity());
    } else if (!result.native_id().empty()) {
        out = "id " + result.native_id();
    }
    if (result.error().empty()) return out;
    return (out.empty() ? "" : out + ": ") + free_text(result.error(), personal);
}

}  // namespace

Hop hop_of(const kafka::Record& record, std::int64_t at_ms, std::string step, std::string at) {
    const events::Envelope envelope = events::envelope_of(record);
    return {.at_ms = at_ms != 0 ? at_ms : time_of(record),
            .step = std::move(step),
            .at = std::move(at),
            .place = place_of(record),
            .id = envelope.id,
            .trace = envelope.traceparent};
}

Hop hop_of(const kafka::Record& record, const events::Command& command, Personal personal) {
    Hop hop = hop_of(record, 0, "asked", command.connection());
    hop.what = wish_of(command, personal);
    hop.outcome = command.field_group();
    hop.sequence = command.sequence();
    hop.id = command.id();
    return hop;
}

Hop hop_of(const kafka::Record& record, const events::CommandResult& result, Personal personal) {
    Hop hop = hop_of(record, result.finished_at_ms(), "answered", result.connection());
    hop.what = answer_of(result, personal);
    hop.outcome = word_of(result.outcome());
    hop.sequence = result.sequence();
    hop.id = result.command_id();
    return hop;
}

Hop hop_of(const kafka::Record& record, const internal::v1::DeadLetter& letter, Personal personal) {
    Hop hop = hop_of(record, letter.failed_at_ms(), "set aside",
                     letter.connection().empty() ? letter.stage() : letter.connection());
    hop.what = fmt::format("{}; shopwire deadletters replay {}:{}", free_text(letter.error(), personal),
                           record.partition, record.offset);
    hop.outcome = letter.error_kind();
    return hop;
}

Hop hop_of(const kafka::Record& record, const internal::v1::Parked& parked, Personal personal) {
    Hop hop = hop_of(record, parked.parked_at_ms(), "waits", parked.connection());
    hop.what = free_text(parked.reason(), personal);
    hop.outcome = parked.error_kind();
    hop.id = parked.key();
    return hop;
}

void sort_by_time(Story& story) { std::ranges::stable_sort(story.hops, {}, &Hop::at_ms); }

void Findings::add(const kafka::Record& record) {
    if (record.topic.starts_with("shopwire.state."))
        stored_.insert_or_assign({record.topic, record.key}, record);
    else
        passing_.push_back(record);
}

void Findings::forget(const kafka::Record& tombstone) { stored_.erase({tombstone.topic, tombstone.key}); }

std::vector<kafka::Record> Findings::all() const {
    std::vector<kafka::Record> out = passing_;
    for (const auto& [key, record] : stored_) out.push_back(record);
    return out;
}

std::string free_text(const std::string& text, Personal personal) {
    return personal == Personal::kShown ? text : without_contacts(text);
}

void print(const Story& story, std::ostream& out) {
    out << one_line(story.title) << '\n';
    if (!story.hops.empty()) {
        out << '\n';
        Table table({"TIME", "STEP", "AT", "WHAT", "OUTCOME", "SEQ", "RECORD", "ID"});
        for (const Hop& hop : story.hops)
            table.add({time_text(hop.at_ms), hop.step, hop.at, hop.what, hop.outcome,
                       hop.sequence == 0 ? "" : std::to_string(hop.sequence), hop.place, hop.id});
        table.print(out);
    }
    if (!story.facts.empty()) out << '\n';
    for (const std::string& fact : story.facts) out << one_line(fact) << '\n';
    out << '\n' << one_line(story.answer) << '\n';
}

void print_json(const Story& story, std::ostream& out) {
    Json hops = Json::array();
    for (const Hop& hop : story.hops) {
        hops.push_back({{"time", time_text(hop.at_ms)},
                        {"step", hop.step},
                        {"at", hop.at},
                        {"what", hop.what},
                        {"outcome", hop.outcome},
                        {"sequence", hop.sequence},
                        {"record", hop.place},
                        {"id", hop.id},
                        {"traceparent", hop.trace}});
    }
    const Json all{{"found", story.found},
                   {"title", story.title},
                   {"hops", hops},
                   {"facts", story.facts},
                   {"answer", story.answer}};
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace shopwire::cli
