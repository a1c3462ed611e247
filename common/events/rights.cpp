#include "common/events/rights.h"

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

std::vector<kafka::Right> rights_of_people() {
    std::vector<kafka::Right> out;
    for (const Operation operation :
         {Operation::kRead, Operation::kWrite, Operation::kCreate, Operation::kDescribeConfigs})
        out.push_back({.name = std::string(kPrefix), .operation = operation, .prefixed = true});
    out.push_back({.resource = Resource::kGroup,
                   .name = std::string(kPrefix),
                   .operation = Operation::kDescribe,
                   .prefixed = true});
    return out;
}

}  // namespace shopwire::events
