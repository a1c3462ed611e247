// What the handlers of one record share: routing, stores, and the records to send.  One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/installation.h"
#include "common/core/error.h"
#include "common/events/codec.h"
#include "common/kafka/record.h"
#include "common/state/store.h"
#include "services/router/metrics.h"
#include "services/router/routes.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::router {

// Immutable; replaced as a whole when a file changes.
struct Routing {
    std::map<std::string, std::shared_ptr<const MerchantRouting>, std::less<>>
        merchants{};  // shared with older Routings

    const MerchantRouting* find(std::string_view merchant) const;
};

struct Context {
    const config::Installation& installation;
    const Routing& routing;
    state::Store& links;
    state::Store& ledgers;
    Metrics& metrics;
    std::vector<kafka::Record>& out;
    std::int64_t now_ms = 0;
    std::int32_t partition = 0;  // of the record, and so of its state
    std::string record_key{};
    std::string traceparent{};
};

// Completes a command (id, merchant, cause, generation) and queues it, serialized, for its connection.  kRejected when
// the connection is unknown.
Status send_command(Context& context, const MerchantRouting& routing, commands::v1::Command& command,
                    std::string_view cause_connection, std::int64_t cause_observed_at_ms);

// No routing of this merchant is in force, perhaps for a mistake in its file: the record is set aside, not lost.
Status unknown_merchant(Context& context, const std::string& merchant);

void send_ledger_input(Context& context, const internal::v1::LedgerInput& input);
void send_marker(Context& context, const std::string& merchant, const internal::v1::LedgerMarker& marker);

// Reads a stored message; a default one when there is none.
template <class Message>
Result<Message> load(const state::Store& store, std::int32_t partition, const std::string& key) {
    const Result<std::optional<std::string>> bytes = store.get(partition, key);
    if (!bytes) return std::unexpected(bytes.error());
    Message message;
    if (*bytes && !message.ParseFromString(**bytes)) return rejected("reading state " + key + ": not a record of ours");
    return message;
}

template <class Message>
void save(state::Store& store, std::int32_t partition, std::string key, const Message& message) {
    store.put(partition, std::move(key), message.SerializeAsString());
}

// One handler per kind of record.  kRejected: the record itself is at fault and goes to the dead letters.
Status handle_order_event(Context& context, events::v1::Event event);
Status handle_stock_event(Context& context, const events::v1::Event& event);
Status handle_price_event(Context& context, const events::v1::Event& event);
Status handle_ledger_input(Context& context, const internal::v1::LedgerInput& input);
Status handle_document_result(Context& context, const commands::v1::CommandResult& result);
Status handle_stock_result(Context& context, const commands::v1::CommandResult& result);
Status handle_price_result(Context& context, const commands::v1::CommandResult& result);

// State keys.
std::string link_key(std::string_view record_key);
std::string price_key(std::string_view record_key);
std::string ledger_key(const std::string& merchant, const std::string& sku);

}  // namespace shopwire::router
