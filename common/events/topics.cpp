#include "common/events/topics.h"

#include <utility>

#include "common/kafka/record.h"

namespace shopwire::events {
namespace {

constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kHourMs = 3600 * kSecondMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kMebibyte = 1024 * 1024;
constexpr std::int64_t kBatchOverhead = 64 * 1024;  // a broker measures the batch that holds the record
constexpr Entity kEntities[] = {Entity::kProduct,  Entity::kStock,    Entity::kPrice,
                                Entity::kCustomer, Entity::kOrder,    Entity::kRefund,
                                Entity::kDocument, Entity::kShipment, Entity::kBalance};

std::string_view key_text(Entity entity) {
    switch (entity) {
        case Entity::kProduct:
        case Entity::kStock:
        case Entity::kPrice: return "merchant/sku";
        case Entity::kCustomer:
        case Entity::kOrder: return "merchant/connection/native id";
        case Entity::kRefund:
        case Entity::kShipment: return "merchant/connection/native id of the order";
        case Entity::kDocument: return "merchant/connection/native id";
        case Entity::kBalance: return "merchant/connection/native id of the customer";
    }
    std::unreachable();
}

constexpr Parties kRouter{.router = true};
constexpr Parties kConnectors{.connectors = true};
constexpr Parties kNobody{};  // people alone

struct TopicContent {
    std::string_view topic{};  // it begins so
    Content content{};
};
constexpr TopicContent kContents[] = {
    {"shopwire.events.", {"", "shopwire.events.v1.Event"}},
    {"shopwire.commands.", {"", "shopwire.commands.v1.Command"}},
    {"shopwire.results", {"", "shopwire.commands.v1.CommandResult"}},
    {"shopwire.internal.stock", {"", "shopwire.internal.v1.LedgerInputs"}},
    {"shopwire.internal.native", {"", "shopwire.internal.v1.NativeInputs"}},
    {"shopwire.internal.identity", {"", "shopwire.internal.v1.EntityInputs"}},
    {"shopwire.deadletters", {"", "shopwire.internal.v1.DeadLetter"}},
    {"shopwire.state.links", {"l/", "shopwire.internal.v1.Link"}},
    {"shopwire.state.links", {"p/", "shopwire.internal.v1.PriceLink"}},
    {"shopwire.state.links", {"n/", "shopwire.internal.v1.NativeIndex"}},
    {"shopwire.state.links", {"q/", "shopwire.internal.v1.ProductOrigin"}},
    {"shopwire.state.links", {"g/", "shopwire.internal.v1.ProductEntity"}},
    {"shopwire.state.links", {"c/", "shopwire.internal.v1.CustomerOrigin"}},
    {"shopwire.state.links", {"i/", "shopwire.internal.v1.CustomerIdentity"}},
    {"shopwire.state.ledger", {"s/", "shopwire.internal.v1.Ledger"}},
    {"shopwire.state.ledger", {"m/", "shopwire.internal.v1.LedgerPass"}},
    {"shopwire.state.effects.", {"", "shopwire.internal.v1.Effect"}},
    {"shopwire.state.cursors.", {"", "shopwire.internal.v1.CursorState"}},
    {"shopwire.state.snapshots.", {"", "shopwire.internal.v1.SnapshotRow"}},
    {"shopwire.state.parked.", {"", "shopwire.internal.v1.Parked"}},
};

void add_system(std::vector<TopicSpec>& out, const TopicPlan& plan, std::string_view system, std::int32_t partitions) {
    for (const Lane lane : {Lane::kOrders, Lane::kGoods}) {
        out.push_back({.name = command_topic(system, lane),
                       .partitions = partitions,
                       .retention_ms = plan.event_retention_ms,
                       .key = "merchant/connection/business key; partition: slot of the budget",
                       .writers = kRouter,
                       .readers = kConnectors,
                       .has_envelope = true});
    }
    const std::pair<std::string_view, std::string> stores[] = {
        {"effects", "connection/business key/field group"},
        {"cursors", "connection/entity"},
        {"parked", "connection/business key/topic/partition/offset"},
        {"snapshots", "connection/location/entity/key"},
    };
    for (const auto& [store, key] : stores) {
        out.push_back({.name = sink_state_topic(store, system),
                       .partitions = partitions,
                       .cleanup = Cleanup::kCompact,
                       .key = key,
                       .writers = kConnectors,
                       .readers = kConnectors});
    }
}

}  // namespace

std::string_view name_of(Entity entity) {
    switch (entity) {
        case Entity::kProduct: return "product";
        case Entity::kStock: return "stock";
        case Entity::kPrice: return "price";
        case Entity::kCustomer: return "customer";
        case Entity::kOrder: return "order";
        case Entity::kRefund: return "refund";
        case Entity::kDocument: return "document";
        case Entity::kShipment: return "shipment";
        case Entity::kBalance: return "balance";
    }
    std::unreachable();
}

std::string_view name_of(Lane lane) { return lane == Lane::kOrders ? "orders" : "goods"; }

std::string event_topic(Entity entity) { return "shopwire.events." + std::string(name_of(entity)); }
std::string command_topic(std::string_view system, Lane lane) {
    return "shopwire.commands." + std::string(system) + "." + std::string(name_of(lane));
}
std::string result_topic() { return "shopwire.results"; }
std::string stock_topic() { return "shopwire.internal.stock"; }
std::string native_topic() { return "shopwire.internal.native"; }
std::string identity_topic() { return "shopwire.internal.identity"; }
std::string dead_letter_topic() { return "shopwire.deadletters"; }
std::string router_state_topic(std::string_view store) { return "shopwire.state." + std::string(store); }
std::string sink_state_topic(std::string_view store, std::string_view system) {
    return "shopwire.state." + std::string(store) + "." + std::string(system);
}

std::vector<TopicSpec> topics(const TopicPlan& plan) {
    std::vector<TopicSpec> out;
    const auto add = [&](std::string name, Cleanup cleanup, std::int64_t retention_ms, std::string_view key,
                         Parties writers, Parties readers) -> TopicSpec& {
        return out.emplace_back(TopicSpec{.name = std::move(name),
                                          .partitions = plan.router_partitions,
                                          .cleanup = cleanup,
                                          .retention_ms = retention_ms,
                                          .key = std::string(key),
                                          .writers = writers,
                                          .readers = readers});
    };
    for (const Entity entity : kEntities) {
        add(event_topic(entity), Cleanup::kTime, plan.event_retention_ms, key_text(entity), kConnectors,
            entity == Entity::kBalance ? kNobody : kRouter)
            .has_envelope = true;
    }
    add(result_topic(), Cleanup::kTime, plan.event_retention_ms, "key of the event that caused the command",
        kConnectors, kRouter)
        .has_envelope = true;
    add(stock_topic(), Cleanup::kTime, plan.event_retention_ms, "none; partition: that of merchant/canonical sku",
        kRouter, kRouter);
    add(native_topic(), Cleanup::kTime, plan.event_retention_ms,
        "none; partition: that of merchant/connection/kind/name of a document, then that of its order", kRouter,
        kRouter);
    add(identity_topic(), Cleanup::kTime, plan.event_retention_ms,
        "none; partition: that of merchant/model, or merchant/hash of who a customer is", kRouter, kRouter);
    add(router_state_topic("links"), Cleanup::kCompact, 0, "kind/merchant/entity/business key", kRouter, kRouter);
    add(router_state_topic("ledger"), Cleanup::kCompact, 0, "kind/merchant/canonical sku", kRouter, kRouter);
    for (const auto& [system, partitions] : plan.system_partitions) add_system(out, plan, system, partitions);
    add(dead_letter_topic(), Cleanup::kTime, plan.dead_letter_retention_ms, "connection/key",
        {.router = true, .connectors = true}, kNobody);
    for (TopicSpec& topic : out) topic.contents = contents_of(topic.name);
    return out;
}

std::vector<Content> contents_of(std::string_view topic) {
    std::vector<Content> out;
    for (const TopicContent& each : kContents)
        if (topic.starts_with(each.topic)) out.push_back(each.content);
    return out;
}

std::map<std::string, std::string> settings_of(const TopicSpec& topic, int replication) {
    std::map<std::string, std::string> settings;
    settings["max.message.bytes"] = std::to_string(kafka::kRecordBytesMax + kBatchOverhead);
    if (topic.cleanup == Cleanup::kCompact) {
        settings["cleanup.policy"] = "compact";
        // Small, often closed segments: only closed ones are compacted, and a restore reads what is not.
        settings["segment.bytes"] = std::to_string(64 * kMebibyte);
        settings["segment.ms"] = std::to_string(6 * kHourMs);
        settings["min.cleanable.dirty.ratio"] = "0.2";
        // Longer than the age at which a store no longer trusts its local copy (state/store.h).
        settings["delete.retention.ms"] = std::to_string(7 * kDayMs);
    } else {
        settings["cleanup.policy"] = "delete";
        settings["retention.ms"] = std::to_string(topic.retention_ms);
    }
    // Two of three: one broker may be down without stopping writes, and an acknowledged record survives the loss of one
    // more.
    if (replication >= 3) settings["min.insync.replicas"] = "2";
    return settings;
}

}  // namespace shopwire::events
