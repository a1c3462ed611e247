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
    command.set_config_generation(routing.merchant.generation);
    const std::int32_t slot = partition_of(settings.budget, context.installation.partitions_of(settings.system));
    context.out.push_back(events::to_record(command, settings.system, slot, context.now_ms, context.traceparent));
    context.metrics.commands.add();
    return {};
}

Status unknown_merchant(Context& context, const std::string& merchant) {
    context.metrics.unrouted.add();
    return rejected("no routing is in force for the merchant \"" + merchant.substr(0, 64) + "\"");
}

void send_ledger_input(Context& context, const internal::v1::LedgerInput& input) {
    kafka::Record record;
    record.topic = events::stock_topic();
    record.key = events::join_key({input.merchant(), input.sku()});
    record.value = input.SerializeAsString();
    record.headers = {{"content-type", "application/protobuf"}, {"traceparent", context.traceparent}};
    context.out.push_back(std::move(record));
}

void send_marker(Context& context, const std::string& merchant, const internal::v1::LedgerMarker& marker) {
    for (std::int32_t partition = 0; partition < context.installation.router_partitions; ++partition) {
        internal::v1::LedgerInput input;
        input.set_merchant(merchant);
        *input.mutable_marker() = marker;
        send_ledger_input(context, input);
        context.out.back().partition = partition;
        context.out.back().key = events::join_key({merchant, marker.connection(), marker.location()});
    }
}

std::string link_key(std::string_view record_key) { return "l/" + std::string(record_key); }
std::string price_key(std::string_view record_key) { return "p/" + std::string(record_key); }
std::string ledger_key(const std::string& merchant, const std::string& sku) {
    return "s/" + events::join_key({merchant, sku});
}

}  // namespace shopwire::router
