// What the handlers of one record share: routing, stores, and the records to send.  One thread.
#pragma once

#include <google/protobuf/arena.h>

#include <cstdint>
#include <functional>
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
#include "shopwire/internal/v1/entity.pb.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::router {

// Immutable; replaced as a whole when a file changes.
struct Routing {
    std::map<std::string, std::shared_ptr<const MerchantRouting>, std::less<>>
        merchants{};  // shared with older Routings

    const MerchantRouting* find(std::string_view merchant) const;
};

// An input of the ledger and the partition of its article.
struct Told {
    std::int32_t partition = 0;
    internal::v1::LedgerInput* input = nullptr;
};

// An input of the index of names, and its partition.
struct ToldNative {
    std::int32_t partition = 0;
    internal::v1::NativeInput* input = nullptr;
};

// An input of an entity, and its partition.
struct ToldEntity {
    std::int32_t partition = 0;
    internal::v1::EntityInput* input = nullptr;
};

// A part of a record that is at fault by itself: it becomes a dead letter, and the rest of the record goes on.
struct Failed {
    std::string key{};
    Error error{};
};

struct Context {
    const config::Installation& installation;
    const Routing& routing;
    state::Store& links;
    state::Store& ledgers;
    Metrics& metrics;
    std::vector<kafka::Record>& out;
    std::vector<Told>& told;
    std::vector<ToldNative>& told_native;
    std::vector<ToldEntity>& told_entities;
    google::protobuf::Arena* arena = nullptr;  // holds what is made until the record is mapped
    const std::function<bool()>& files_changed;
    std::int64_t now_ms = 0;
    std::int32_t partition = 0;  // of the record, and so of its state
    std::string record_key{};
    std::string traceparent{};
    std::vector<Failed> failed{};

    template <class Message>
    Message& make() {
        return *google::protobuf::Arena::CreateMessage<Message>(arena);
    }
};

// Completes a command (id, merchant, cause, generation) and queues it, serialized, for its connection.  kRejected when
// the connection is unknown.
Status send_command(Context& context, const MerchantRouting& routing, commands::v1::Command& command,
                    std::string_view cause_connection, std::int64_t cause_observed_at_ms);

// No routing of this merchant is in force, perhaps for a mistake in its file: the record is set aside, not lost.
// kTransient: files have changed since they were read, and its own may be among them.
Status unknown_merchant(Context& context, const std::string& merchant);
Status unknown_connection(Context& context, const events::v1::Source& source);  // the same, of one connection

// An input for the ledger of this article.  It stays as it is until the record is mapped.
internal::v1::LedgerInput& make_input(Context& context, const std::string& merchant, const std::string& sku,
                                      std::int64_t cause_observed_at_ms);
// To every partition.
void send_marker(Context& context, const std::string& merchant, const internal::v1::LedgerMarker& marker);

// An input for the entity of this key: merchant, and what follows it.  It stays as it is until the record is mapped.
internal::v1::EntityInput& make_entity_input(Context& context, std::string_view merchant, std::string_view entity,
                                             std::int64_t cause_observed_at_ms);

// Reads a stored message of the record's partition; a default one when there is none.
template <class Message>
Result<Message*> load(Context& context, const state::Store& store, const std::string& key) {
    const Result<std::optional<std::string>> bytes = store.get(context.partition, key);
    if (!bytes) return std::unexpected(bytes.error());
    Message& message = context.make<Message>();
    if (*bytes && !message.ParseFromString(**bytes)) return rejected("reading state " + key + ": not a record of ours");
    return &message;
}

template <class Message>
void save(Context& context, state::Store& store, std::string key, const Message& message) {
    store.put(context.partition, std::move(key), message.SerializeAsString());
}

// Its order or a change of it is refused, of an unknown status, or open again after its document was cancelled.
bool waits_for_a_person(const internal::v1::LinkTarget& target);
bool waits_for_a_person(const internal::v1::LinkRefund& refund);  // the target refused it

// One handler per kind of record.  kRejected: the record itself is at fault and goes to the dead letters.
Status handle_order_event(Context& context, events::v1::Event& event);
Status handle_stock_event(Context& context, const events::v1::Event& event);
Status handle_price_event(Context& context, const events::v1::Event& event);
Status handle_ledger_input(Context& context, const internal::v1::LedgerInput& input);
Status handle_refund_event(Context& context, events::v1::Event& event);
Status handle_back_event(Context& context, const events::v1::Event& event);  // a document or a shipment
Status handle_native_input(Context& context, const internal::v1::NativeInput& input);
Status handle_told(Context& context, const events::v1::Event& event);  // the same, where the order's link is
Status handle_refund_result(Context& context, const commands::v1::CommandResult& result);
Status handle_product_event(Context& context, const events::v1::Event& event);
Status handle_customer_event(Context& context, const events::v1::Event& event);
Status handle_product_input(Context& context, const MerchantRouting& routing, const internal::v1::EntityInput& input);
Status handle_product_made(Context& context, const MerchantRouting& routing, const internal::v1::EntityInput& input);
Status handle_customer_input(Context& context, const MerchantRouting& routing, const internal::v1::EntityInput& input);
Status handle_product_result(Context& context, const commands::v1::CommandResult& result);
Status handle_customer_result(Context& context, const commands::v1::CommandResult& result);
Status handle_document_result(Context& context, const commands::v1::CommandResult& result);
Status handle_stock_result(Context& context, const commands::v1::CommandResult& result);
Status handle_price_result(Context& context, const commands::v1::CommandResult& result);

// State keys, and the prefixes of those that list others.
constexpr std::string_view kWaitingPrefix = "w/";  // orders that wait for a person; beside their links
constexpr std::string_view kRefusedPrefix = "r/";  // products that a target refuses; beside their entities
constexpr std::string_view kOpenPrefix = "o/";  // articles that wait for the owner's next pass; beside their ledgers
std::string link_key(std::string_view record_key);
std::string price_key(std::string_view record_key);
std::string entity_key(std::string_view record_key);
std::string identity_key(std::string_view record_key);
std::string ledger_key(std::string_view article);  // merchant/canonical SKU, as a key
std::string ledger_key(const std::string& merchant, const std::string& sku);

}  // namespace shopwire::router
