#include "common/events/rights.h"

#include <utility>

namespace shopwire::events {
namespace {

using kafka::Operation;
using kafka::Resource;

constexpr std::string_view kPrefix = "shopwire.";
constexpr std::string_view kRouter = "router";

// Topics of a system end with its name, or have it before the lane.
bool is_of(const TopicSpec& topic, std::string_view system) {
    for (const Lane lane : {Lane::kOrders, Lane::kGoods})
        if (topic.name == command_topic(system, lane)) return true;
    return topic.name.starts_with("shopwire.state.") && topic.name.ends_with("." + std::string(system));
}

bool belongs_to_one_system(const TopicSpec& topic, const TopicPlan& plan) {
    for (const auto& [system, partitions] : plan.system_partitions)
        if (is_of(topic, system)) return true;
    return false;
}

}  // namespace

std::string group_of(std::string_view service) { return std::string(kPrefix) + std::string(service); }

std::vector<kafka::Right> rights_of(const TopicPlan& plan, std::string_view service, std::string_view pods) {
    const bool router = service == kRouter;
    std::vector<kafka::Right> out;
    for (const TopicSpec& topic : topics(plan)) {
        if (!router && belongs_to_one_system(topic, plan) && !is_of(topic, service)) continue;
        const auto add = [&](const Parties& parties, Operation operation) {
            if (router ? parties.router : parties.connectors)
                out.push_back({.resource = Resource::kTopic, .name = topic.name, .operation = operation});
        };
        add(topic.readers, Operation::kRead);
        add(topic.writers, Operation::kWrite);
    }
    out.push_back({.resource = Resource::kGroup, .name = group_of(service), .operation = Operation::kRead});
    out.push_back({.resource = Resource::kTransactionalId,
                   .name = std::string(pods),
                   .operation = Operation::kWrite,
                   .prefixed = true});
    return out;
}

std::vector<Errand> errands() {
    const auto below = [](std::string_view prefix, Operation operation, Resource resource = Resource::kTopic) {
        return kafka::Right{
            .resource = resource, .name = std::string(prefix), .operation = operation, .prefixed = true};
    };
    const auto on = [](std::string topic, Operation operation) {
        return kafka::Right{.name = std::move(topic), .operation = operation};
    };
    return {
        {"topics",
         {below(kPrefix, Operation::kCreate), below(kPrefix, Operation::kDescribe),
          below(kPrefix, Operation::kDescribeConfigs)}},
        {"look", {below(kPrefix, Operation::kRead), below(kPrefix, Operation::kDescribe, Resource::kGroup)}},
        // To where dead letters come from, and never to a state.
        {"replay",
         {on(dead_letter_topic(), Operation::kRead), on(result_topic(), Operation::kWrite),
          below("shopwire.events.", Operation::kWrite), below("shopwire.commands.", Operation::kWrite),
          below("shopwire.internal.", Operation::kWrite)}},
        // Offsets alone: who scales services reads no order.
        {"lag",
         {below("shopwire.commands.", Operation::kDescribe), below(kPrefix, Operation::kDescribe, Resource::kGroup)}},
    };
}

}  // namespace shopwire::events
