// The link of one order: its targets, and how it is kept.
#include <algorithm>

#include "services/router/order_step.h"

namespace shopwire::router {

using internal::v1::Link;
using internal::v1::LinkTarget;

LinkTarget& target_of(Link& link, const std::string& connection) {
    for (LinkTarget& target : *link.mutable_targets())
        if (target.connection() == connection) return target;
    LinkTarget& target = *link.add_targets();
    target.set_connection(connection);
    return target;
}

const LinkTarget* find_target(const Link& link, const std::string& connection) {
    const auto found = std::ranges::find(link.targets(), connection, &LinkTarget::connection);
    return found == link.targets().end() ? nullptr : &*found;
}

bool is_linked(const LinkTarget& target) {
    return target.state() == internal::v1::LINK_STATE_LINKED || target.state() == internal::v1::LINK_STATE_UPDATING ||
           target.state() == internal::v1::LINK_STATE_REFUSED;
}

bool is_unsent(const LinkTarget& target) { return target.external_number().empty(); }

events::v1::Source source_of(const Link& link, const commands::v1::CommandResult& result) {
    events::v1::Source source;
    source.set_merchant(result.merchant());
    source.set_connection(result.cause_connection());
    source.set_modified_at_ms(link.seen().modified_at_ms());
    source.set_observed_at_ms(result.cause_observed_at_ms());
    source.set_content_hash(link.seen().content_hash());
    return source;
}

events::v1::Source source_of(const Link& link, const events::v1::Source& seen) {
    events::v1::Source source;
    source.set_merchant(seen.merchant());
    source.set_connection(seen.connection());
    source.set_modified_at_ms(link.seen().modified_at_ms());
    source.set_observed_at_ms(seen.observed_at_ms());
    source.set_content_hash(link.seen().content_hash());
    return source;
}

commands::v1::Command& command_for(Context& context, LinkTarget& target, const std::string& order_key,
                                   std::string_view field_group) {
    target.set_sequence(target.sequence() + 1);
    commands::v1::Command& command = context.make<commands::v1::Command>();
    command.set_connection(target.connection());
    command.set_key(order_key);
    command.set_field_group(std::string(field_group));
    command.set_sequence(target.sequence());
    command.set_native_id(target.native_id());
    return command;
}

Status send(OrderStep& step, commands::v1::Command& command) {
    return send_command(step.context, step.routing, command, step.source.connection(), step.source.observed_at_ms());
}

Status request_refresh(OrderStep& step) {
    step.context.metrics.refreshed.add();
    commands::v1::Command& command =
        command_for(step.context, target_of(step.link, step.source.connection()), step.order_key, "refresh");
    command.mutable_refresh()->set_entity("order");
    command.mutable_refresh()->set_native_id(step.link.native_id().empty() ? step.order.native_id()
                                                                           : step.link.native_id());
    return send(step, command);
}

bool waits_for_a_person(const LinkTarget& target) {
    return !target.held().empty() || target.state() == internal::v1::LINK_STATE_PARKED ||
           target.state() == internal::v1::LINK_STATE_REFUSED ||
           (target.state() == internal::v1::LINK_STATE_CANCELLED && !target.last_error().empty());
}

bool waits_for_a_person(const internal::v1::LinkRefund& refund) {
    return refund.state() == internal::v1::REFUND_STATE_REFUSED;
}

bool waits(const Link& link) {
    return std::ranges::any_of(link.targets(), [](const LinkTarget& target) {
        return waits_for_a_person(target) ||
               std::ranges::any_of(target.refunds(), [](const auto& refund) { return waits_for_a_person(refund); });
    });
}

// A list of the orders that wait for a person, so that nobody has to look through all links.
void keep(Context& context, const std::string& key, const Link& link, bool waited) {
    save(context, context.links, key, link);
    if (waits(link) == waited) return;
    const std::string listed = std::string(kWaitingPrefix) + context.record_key;
    if (waited)
        context.links.remove(context.partition, listed);
    else
        context.links.put(context.partition, listed, context.record_key);
}

// An export that follows a refused one may meet a document that the refused one made after all: then this state becomes
// an update of that.
void keep_waiting(Link& link, const events::v1::Order* newest) {
    const bool needed = std::ranges::any_of(link.targets(), [](const LinkTarget& target) {
        return target.behind() || (target.state() == internal::v1::LINK_STATE_REQUESTED && target.has_asked());
    });
    if (!needed)
        link.clear_waiting();
    else if (newest != nullptr && newest != &link.waiting())
        *link.mutable_waiting() = *newest;
}

}  // namespace shopwire::router
