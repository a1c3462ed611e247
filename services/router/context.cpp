#include "services/router/context.h"

#include "common/core/ids.h"
#include "common/events/topics.h"

namespace shopwire::router {

const MerchantRouting* Routing::find(std::string_view merchant) const {
    const auto found = merchants.find(merchant);
    return found == merchants.end() ? nullptr : found->second.get();
}

Status send_command(Context& context, const MerchantRouting& routing, commands::v1::Command& command,
                    std::string_view cause_connection, std::int64_t cause_observed_at_ms) {
    const auto connection = routing.merchant.connections.find(command.connection());
    if (connection == routing.merchant.connections.end())
        return rejected("sending a command to " + command.connection() + ": no such connection");
    const config::ConnectionSettings& settings = connection->second;
    command.set_id(uuid7(context.now_ms));
    command.set_merchant(routing.merchant.name);
    command.set_cause_key(context.record_key);
    command.set_cause_connection(std::string(cause_connection));
    command.set_cause_observed_at_ms(cause_observed_at_ms);
    command.set_config_generation(routing.merchant.revision);
    const std::int32_t slot = partition_of(settings.budget, context.installation.partitions_of(settings.system));
    context.out.push_back(events::to_record(command, settings.system, slot, context.now_ms, context.traceparent));
    context.metrics.commands.add();
    return {};
}

namespace {

Status set_aside(Context& context, std::string reason) {
    // Others read the same files, and may take new ones over before we do.
    if (context.files_changed()) return transient("the files of the merchants have changed");
    context.metrics.unrouted.add();
    return rejected(std::move(reason));
}

}  // namespace

Status unknown_merchant(Context& context, const std::string& merchant) {
    return set_aside(context, "no routing is in force for the merchant \"" + merchant.substr(0, 64) + "\"");
}

Status unknown_connection(Context& context, const events::v1::Source& source) {
    return set_aside(context, "the merchant \"" + source.merchant() + "\" has no connection \"" +
                                  source.connection().substr(0, 64) + "\"");
}

internal::v1::LedgerInput& make_input(Context& context, const std::string& merchant, const std::string& sku,
                                      std::int64_t cause_observed_at_ms) {
    internal::v1::LedgerInput& input = context.make<internal::v1::LedgerInput>();
    input.set_merchant(merchant);
    input.set_sku(sku);
    input.set_cause_observed_at_ms(cause_observed_at_ms);
    input.set_traceparent(context.traceparent);
    context.told.push_back(
        {.partition = partition_of(events::join_key({merchant, sku}), context.installation.router_partitions),
         .input = &input});
    return input;
}

internal::v1::EntityInput& make_entity_input(Context& context, std::string_view merchant, std::string_view entity,
                                             std::int64_t cause_observed_at_ms) {
    internal::v1::EntityInput& input = context.make<internal::v1::EntityInput>();
    input.set_merchant(std::string(merchant));
    input.set_entity(std::string(entity));
    input.set_cause_observed_at_ms(cause_observed_at_ms);
    input.set_traceparent(context.traceparent);
    const std::string key = events::join_key({merchant}) + "/" + std::string(entity);
    context.told_entities.push_back(
        {.partition = partition_of(key, context.installation.router_partitions), .input = &input});
    return input;
}

void send_marker(Context& context, const std::string& merchant, const internal::v1::LedgerMarker& marker) {
    internal::v1::LedgerInput& input = context.make<internal::v1::LedgerInput>();
    input.set_merchant(merchant);
    input.set_traceparent(context.traceparent);
    *input.mutable_marker() = marker;
    for (std::int32_t partition = 0; partition < context.installation.router_partitions; ++partition)
        context.told.push_back({.partition = partition, .input = &input});
}

std::string link_key(std::string_view record_key) { return "l/" + std::string(record_key); }
std::string price_key(std::string_view record_key) { return "p/" + std::string(record_key); }
std::string entity_key(std::string_view record_key) { return "g/" + std::string(record_key); }
std::string identity_key(std::string_view record_key) { return "i/" + std::string(record_key); }
std::string ledger_key(std::string_view article) { return "s/" + std::string(article); }
std::string ledger_key(const std::string& merchant, const std::string& sku) {
    return ledger_key(events::join_key({merchant, sku}));
}

}  // namespace shopwire::router
