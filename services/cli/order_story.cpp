#include "services/cli/order_story.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/cli/record_view.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using events::Command;
using events::CommandResult;
using events::Event;
using internal::v1::DeadLetter;
using internal::v1::Effect;
using internal::v1::LedgerInput;
using internal::v1::LedgerInputs;
using internal::v1::Link;
using internal::v1::LinkTarget;
using internal::v1::Parked;

constexpr std::string_view kLinkPrefix = "l/";

// merchant/connection/key of a command about this order, whichever the connection is.
bool is_command_key(const OrderRef& order, std::string_view key) {
    const std::string end = "/" + events::join_key({order.command_key()});
    return key.starts_with(events::join_key({order.merchant}) + "/") && key.ends_with(end);
}

bool concerns(const OrderRef& order, const LedgerInput& input) {
    if (input.merchant() != order.merchant) return false;
    if (input.has_claim())
        return input.claim().order().connection() == order.connection &&
               input.claim().order().native_id() == order.native_id;
    return input.has_confirmation() && input.confirmation().connection() == order.connection &&
           input.confirmation().native_id() == order.native_id;
}

bool is_about(const OrderRef& order, const google::protobuf::Message& message, const kafka::Record& record) {
    if (dynamic_cast<const Event*>(&message) != nullptr) return record.key == order.record_key();
    if (const auto* command = dynamic_cast<const Command*>(&message))
        return command->merchant() == order.merchant &&
               (command->key() == order.command_key() || command->cause_key() == order.record_key());
    if (const auto* result = dynamic_cast<const CommandResult*>(&message))
        return result->merchant() == order.merchant &&
               (result->key() == order.command_key() || result->cause_key() == order.record_key());
    if (const auto* inputs = dynamic_cast<const LedgerInputs*>(&message))
        return std::ranges::any_of(inputs->inputs(), [&](const LedgerInput& input) { return concerns(order, input); });
    if (const auto* letter = dynamic_cast<const DeadLetter*>(&message))
        return letter->key() == order.record_key() || is_command_key(order, letter->key());
    if (dynamic_cast<const Link*>(&message) != nullptr)
        return record.key == std::string(kLinkPrefix) + order.record_key();
    if (const auto* parked = dynamic_cast<const Parked*>(&message)) return is_command_key(order, parked->key());
    if (dynamic_cast<const Effect*>(&message) != nullptr)
        return is_command_key(order, std::string_view(record.key).substr(0, record.key.rfind('/')));
    return false;
}

void add_event(Story& story, const kafka::Record& record, const Event& event, Personal personal) {
    Hop hop = hop_of(record, event.source().observed_at_ms(), "seen", event.source().connection());
    hop.outcome = word_of(event.source().origin());
    if (event.has_order())
        hop.what = fmt::format("order {}, {}, {} {}, {}", event.order().number(), event.order().status(),
                               decimal_text(event.order().total()), event.order().currency(),
                               count_text(event.order().lines_size(), "line"));
    else if (event.has_refund())
        hop.what = "refund " + event.refund().native_id() + " of " + decimal_text(event.refund().amount());
    else if (event.has_document())
        hop.what = fmt::format("{} {}, {}", word_of(event.document().type()), event.document().number(),
                               event.document().status());
    else if (event.has_shipment())
        hop.what = fmt::format("parcel {}, {} {}", event.shipment().tracking_number(), event.shipment().status(),
                               free_text(event.shipment().status_text(), personal));
    else if (event.has_deleted())
        hop.what = event.deleted().entity() + " deleted";
    story.hops.push_back(std::move(hop));
}

void add_inputs(Story& story, const OrderRef& order, const kafka::Record& record, const LedgerInputs& inputs) {
    for (const LedgerInput& input : inputs.inputs()) {
        if (!concerns(order, input)) continue;
        Hop hop = hop_of(record, 0, "stock", input.sku());
        hop.trace = input.traceparent();
        if (input.has_claim()) {
            const Decimal quantity = events::from_proto(input.claim().order().quantity());
            hop.at_ms = input.claim().order().known_at_ms();
            hop.what = quantity.is_zero() ? "takes nothing" : "takes " + count_text(quantity, "piece");
        } else {
            hop.at_ms = input.confirmation().confirmed_at_ms();
            hop.what = "in a document of the owner: " +
                       count_text(events::from_proto(input.confirmation().quantity()), "piece");
        }
        story.hops.push_back(std::move(hop));
    }
}

void add_effect(Story& story, const kafka::Record& record, const Effect& effect) {
    story.facts.push_back(fmt::format("journal {}: {}, sequence {}, written {}, id {}", record.key,
                                      word_of(effect.state()), effect.sequence(), time_text(effect.written_at_ms()),
                                      effect.native_id().empty() ? "-" : effect.native_id()));
}

void add_link(Story& story, const Link& link, Personal personal) {
    for (const LinkTarget& target : link.targets()) {
        if (target.external_number().empty() && target.last_error().empty() && target.held().empty()) continue;
        story.facts.push_back(
            fmt::format("router, {}: {}{}{}{}", target.connection(), word_of(target.state()),
                        target.external_number().empty() ? "" : ", " + target.external_number(),
                        target.native_number().empty() ? "" : ", document " + target.native_number(),
                        target.last_error().empty() ? "" : ", " + free_text(target.last_error(), personal)));
        if (!target.held().empty())
            story.facts.push_back(fmt::format("router, {}: its newest state is held, {}", target.connection(),
                                              free_text(target.held(), personal)));
    }
}

void add(Story& story, const OrderRef& order, const kafka::Record& record, Personal personal) {
    const auto message = message_of(record);
    if (const auto* event = dynamic_cast<const Event*>(message.get())) add_event(story, record, *event, personal);
    if (const auto* command = dynamic_cast<const Command*>(message.get()))
        story.hops.push_back(hop_of(record, *command, personal));
    if (const auto* result = dynamic_cast<const CommandResult*>(message.get()))
        story.hops.push_back(hop_of(record, *result, personal));
    if (const auto* letter = dynamic_cast<const DeadLetter*>(message.get()))
        story.hops.push_back(hop_of(record, *letter, personal));
    if (const auto* inputs = dynamic_cast<const LedgerInputs*>(message.get()))
        add_inputs(story, order, record, *inputs);
    if (const auto* parked = dynamic_cast<const Parked*>(message.get()))
        story.hops.push_back(hop_of(record, *parked, personal));
    if (const auto* effect = dynamic_cast<const Effect*>(message.get())) add_effect(story, record, *effect);
    if (const auto* link = dynamic_cast<const Link*>(message.get())) add_link(story, *link, personal);
}

// Where the order is at one target, as a part of a sentence.
std::string whereabouts_of_sent(const LinkTarget& target, Personal personal, std::int64_t now_ms) {
    const std::string document = target.native_number().empty() ? target.native_id() : target.native_number();
    const std::string error = free_text(target.last_error(), personal);
    switch (target.state()) {
        case internal::v1::LINK_STATE_REQUESTED:
            return fmt::format("{} was asked for {} and has not answered yet", target.connection(),
                               target.external_number());
        case internal::v1::LINK_STATE_LINKED:
            return fmt::format("at {} as {} {} ({}), since {}", target.connection(), word_of(target.document_type()),
                               document, target.external_number(), ago_text(target.confirmed_at_ms(), now_ms));
        case internal::v1::LINK_STATE_PARKED:
            return fmt::format("not at {}: it waits for a person: {}", target.connection(), error);
        case internal::v1::LINK_STATE_CANCELLED:
            return fmt::format("cancelled at {} ({}){}", target.connection(), target.external_number(),
                               error.empty() ? "" : ": " + error);
        case internal::v1::LINK_STATE_UPDATING:
            return fmt::format("at {} as {} {} ({}); a newer state is on its way there", target.connection(),
                               word_of(target.document_type()), document, target.external_number());
        case internal::v1::LINK_STATE_REFUSED:
            return fmt::format("at {} as {} {} ({}), but its newest state was refused there: {}", target.connection(),
                               word_of(target.document_type()), document, target.external_number(), error);
        case internal::v1::LINK_STATE_UNSPECIFIED:
            // The router forgets what was sent when a command was given up, and keeps it when the target took nothing.
            return target.fingerprint().empty()
                       ? fmt::format(
                             "not at {}: what it was asked for ({}) was given up; the next change of the order "
                             "asks again",
                             target.connection(), target.external_number())
                       : fmt::format("not at {}: it was asked for {} and had nothing to do", target.connection(),
                                     target.external_number());
        default:
            return fmt::format("{} at {} as {} ({}){}", word_of(target.state()), target.connection(), document,
                               target.external_number(), error.empty() ? "" : ": " + error);
    }
}

bool is_unsent(const LinkTarget& target) {
    return target.state() == internal::v1::LINK_STATE_UNSPECIFIED && target.external_number().empty();
}

std::string whereabouts(const LinkTarget& target, Personal personal, std::int64_t now_ms) {
    if (target.held().empty()) return whereabouts_of_sent(target, personal, now_ms);
    const std::string held = "it waits for a person: " + free_text(target.held(), personal);
    return is_unsent(target) ? fmt::format("not at {}: {}", target.connection(), held)
                             : whereabouts_of_sent(target, personal, now_ms) + "; as for its newest state, " + held;
}

// Nothing was ever asked of it: then only the routing knows why.
bool is_untouched(const LinkTarget& target) { return is_unsent(target) && target.held().empty(); }

// What a person can do about a record that waits.
std::string way_out(const Parked& parked, Personal personal) {
    if (parked.whole_connection())
        return fmt::format("it goes on when {} does (shopwire resume {})", parked.connection(), parked.connection());
    return fmt::format("a record waits at {}: {} (shopwire parked retry {})", parked.connection(),
                       free_text(parked.reason(), personal), parked.key());
}

std::string answer_of(const OrderRef& order, const std::vector<kafka::Record>& records, Personal personal,
                      std::int64_t now_ms) {
    const std::string name = "Order " + (order.number.empty() ? order.native_id : order.number);
    std::string out;
    std::string status;
    bool is_read_again = false;
    for (const kafka::Record& record : records) {
        const auto message = message_of(record);
        const auto* link = dynamic_cast<const Link*>(message.get());
        if (link == nullptr) continue;
        status = link->status();
        is_read_again = link->wants_order();
        for (const LinkTarget& target : link->targets()) {
            if (target.connection() == order.connection || is_untouched(target)) continue;
            out += (out.empty() ? "" : "; ") + whereabouts(target, personal, now_ms);
        }
    }
    for (const kafka::Record& record : records) {
        const auto message = message_of(record);
        if (const auto* parked = dynamic_cast<const Parked*>(message.get()))
            out += (out.empty() ? "" : "; ") + way_out(*parked, personal);
    }
    if (!out.empty()) return name + ": " + out + ".";
    if (is_read_again)
        return fmt::format(
            "{}: known (status {}), and no document was asked for yet: {} was asked to tell it again, with "
            "its articles and refunds.",
            name, status, order.connection);
    if (!status.empty())
        return fmt::format(
            "{}: known (status {}), and no document was asked for: by the merchant's routing its status, its date or a "
            "filter excludes it.",
            name, status);
    return name + ": seen, and the router has not decided about it yet.";
}

}  // namespace

std::string OrderRef::record_key() const { return events::join_key({merchant, connection, native_id}); }
std::string OrderRef::command_key() const { return events::join_key({connection, native_id}); }

std::optional<OrderRef> order_in(const kafka::Record& record, const OrderQuestion& question) {
    const auto message = message_of(record);
    OrderRef order{.merchant = question.merchant};
    if (const auto* event = dynamic_cast<const Event*>(message.get()); event != nullptr && event->has_order()) {
        if (event->source().merchant() != question.merchant) return std::nullopt;
        order.connection = event->source().connection();
        order.native_id = event->order().native_id();
        order.number = event->order().number();
    } else if (const auto* link = dynamic_cast<const Link*>(message.get())) {
        const std::string start = std::string(kLinkPrefix) + events::join_key({question.merchant}) + "/";
        if (!record.key.starts_with(start)) return std::nullopt;
        order.connection = record.key.substr(start.size(), record.key.find('/', start.size()) - start.size());
        order.native_id = link->native_id();
        order.number = link->number();
    } else {
        return std::nullopt;
    }
    if (!question.connection.empty() && order.connection != question.connection) return std::nullopt;
    const bool by_number = order.number == question.wanted && !question.by_id;
    return by_number || order.native_id == question.wanted ? std::optional(order) : std::nullopt;
}

std::vector<OrderRef> nearest(const std::map<std::string, OrderRef>& matches, const OrderQuestion& question) {
    std::vector<OrderRef> by_number;
    std::vector<OrderRef> by_id;
    for (const auto& [key, order] : matches)
        (order.number == question.wanted && !question.by_id ? by_number : by_id).push_back(order);
    return by_number.empty() ? by_id : by_number;
}

std::string exact_name(const OrderRef& order) {
    return fmt::format("{}/{}: number {}, id {}: shopwire trace order {} --id --merchant {} --connection {}",
                       order.merchant, order.connection, order.number, order.native_id, order.native_id, order.merchant,
                       order.connection);
}

bool is_about(const OrderRef& order, const kafka::Record& record) {
    const auto message = message_of(record);
    return message && is_about(order, *message, record);
}

std::set<std::string> external_numbers(const OrderRef& order, const std::vector<kafka::Record>& records) {
    std::set<std::string> out;
    for (const kafka::Record& record : records) {
        const auto message = message_of(record);
        if (const auto* command = dynamic_cast<const Command*>(message.get());
            command != nullptr && command->has_export_order())
            out.insert(command->export_order().external_number());
        if (const auto* link = dynamic_cast<const Link*>(message.get()))
            for (const LinkTarget& target : link->targets())
                if (target.connection() != order.connection) out.insert(target.external_number());
    }
    out.erase("");
    return out;
}

bool bears(const std::set<std::string>& numbers, const kafka::Record& record) {
    const auto message = message_of(record);
    const auto* event = dynamic_cast<const Event*>(message.get());
    if (event == nullptr) return false;
    return (event->has_document() && numbers.contains(event->document().external_number())) ||
           (event->has_shipment() && numbers.contains(event->shipment().external_number()));
}

Story order_story(const OrderRef& order, const std::vector<kafka::Record>& records, Personal personal,
                  std::int64_t now_ms) {
    Story story{.title = fmt::format("Order {} of {}/{} (id {})", order.number, order.merchant, order.connection,
                                     order.native_id),
                .found = true};
    for (const kafka::Record& record : records) add(story, order, record, personal);
    sort_by_time(story);
    story.answer = answer_of(order, records, personal, now_ms);
    return story;
}

}  // namespace shopwire::cli
