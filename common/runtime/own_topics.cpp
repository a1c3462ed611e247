#include "common/runtime/own_topics.h"

#include <fmt/format.h>

#include "common/events/topics.h"
#include "common/kafka/admin.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kTimeout{20};

bool is_mine(const std::string& topic, const std::string& system) {
    const bool of_a_system = topic.starts_with("shopwire.commands.") || topic.starts_with("shopwire.state.");
    if (!of_a_system)
        return topic.starts_with("shopwire.events.") || topic == events::result_topic() ||
               topic == events::dead_letter_topic();
    for (const events::Lane lane : {events::Lane::kOrders, events::Lane::kGoods}) {
        if (topic == events::command_topic(system, lane)) return true;
    }
    for (const std::string_view store : {"effects", "parked", "cursors", "snapshots"}) {
        if (topic == events::sink_state_topic(store, system)) return true;
    }
    return false;
}

}  // namespace

Status ensure_topics(const kafka::ClientConfig& kafka, const config::Installation& installation,
                     const std::string& system) {
    events::TopicPlan plan{.router_partitions = installation.router_partitions};
    plan.system_partitions[system] = installation.partitions_of(system);
    std::vector<events::TopicSpec> mine;
    std::vector<std::string> names;
    for (events::TopicSpec& spec : events::topics(plan)) {
        if (!is_mine(spec.name, system)) continue;
        names.push_back(spec.name);
        mine.push_back(std::move(spec));
    }
    const auto found = kafka::describe_topics(kafka, names, kTimeout);
    if (!found) return within("checking topics", found.error());
    std::vector<kafka::TopicRequest> absent;
    for (const events::TopicSpec& spec : mine) {
        const auto state = found->find(spec.name);
        if (state == found->end()) {
            absent.push_back({.name = spec.name,
                              .partitions = spec.partitions,
                              .replication = installation.replication,
                              .settings = events::settings_of(spec, installation.replication)});
        } else if (state->second.partitions != spec.partitions) {
            return rejected(fmt::format("checking topics: {} has {} partitions, the configuration says {}", spec.name,
                                        state->second.partitions, spec.partitions));
        }
    }
    return absent.empty() ? Status{} : kafka::create_topics(kafka, absent, kTimeout);
}

}  // namespace shopwire::runtime
