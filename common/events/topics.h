// Every topic of an installation is declared here and nowhere else: name, partitions, key, retention.  Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/entity.h"

namespace shopwire::events {

enum class Cleanup : std::uint8_t { kTime, kCompact };

// What the values are: a protobuf message by its full name.  A store holds several kinds, told apart by how their keys
// begin.
struct Content {
    std::string_view key_prefix{};
    std::string_view message{};
};
std::vector<Content> contents_of(std::string_view topic);

struct Parties {
    bool router = false;
    bool connectors = false;
};

struct TopicSpec {
    std::string name{};
    std::int32_t partitions = 0;
    Cleanup cleanup = Cleanup::kTime;
    std::int64_t retention_ms = 0;  // with kTime
    std::string key{};              // for people: what the record key is
    std::vector<Content> contents{};
    Parties writers{};
    Parties readers{};
    bool has_envelope = false;      // its records bear the headers of an Envelope (codec.h)
};

// What the set of topics depends on.  Partition counts are fixed for the life of an installation.
struct TopicPlan {
    std::int32_t router_partitions = 4;
    std::map<std::string, std::int32_t, std::less<>> system_partitions{};  // per system
    std::int64_t event_retention_ms = std::int64_t{7} * 24 * 3600 * 1000;
    std::int64_t dead_letter_retention_ms = std::int64_t{14} * 24 * 3600 * 1000;
};

std::vector<TopicSpec> topics(const TopicPlan& plan);

// Kafka's own settings of a topic: cleanup.policy, retention.ms ...
std::map<std::string, std::string> settings_of(const TopicSpec& topic, int replication);

std::string event_topic(Entity entity);                              // shopwire.events.order
std::string command_topic(std::string_view system, Lane lane);       // shopwire.commands.<system>.orders
std::string result_topic();                                          // shopwire.results
std::string stock_topic();                                           // shopwire.internal.stock
std::string native_topic();                                          // shopwire.internal.native
std::string identity_topic();                                        // shopwire.internal.identity
std::string dead_letter_topic();                                     // shopwire.deadletters
std::string router_state_topic(std::string_view store);              // shopwire.state.links, .ledger
std::string sink_state_topic(std::string_view store, std::string_view system);  // shopwire.state.effects.<system>

}  // namespace shopwire::events
