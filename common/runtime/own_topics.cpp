#include "common/runtime/own_topics.h"

#include <fmt/format.h>

#include "common/events/rights.h"
#include "common/events/topics.h"
#include "common/kafka/admin.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kTimeout{20};

events::TopicPlan plan_of(const config::Installation& installation, const std::string& system) {
    events::TopicPlan plan{.router_partitions = installation.router_partitions};
    plan.system_partitions[system] = installation.partitions_of(system);
    return plan;
}

}  // namespace

std::vector<kafka::Right> rights_of(const config::Installation& installation, const std::string& system,
                                    const std::string& pod) {
    return events::rights_of(plan_of(installation, system), system, pod);
}

Status ensure_topics(const config::Installation& installation, const std::string& system,
                     const std::map<std::string, std::int32_t>& found) {
    std::vector<kafka::TopicRequest> absent;
    for (const events::TopicSpec& spec : events::topics(plan_of(installation, system))) {
        if (!spec.writers.connectors && !spec.readers.connectors) continue;
        const auto state = found.find(spec.name);
        if (state == found.end()) {
            absent.push_back({.name = spec.name,
                              .partitions = spec.partitions,
                              .replication = installation.replication,
                              .settings = events::settings_of(spec, installation.replication)});
        } else if (state->second != spec.partitions) {
            return rejected(fmt::format("checking topics: {} has {} partitions, the configuration says {}", spec.name,
                                        state->second, spec.partitions));
        }
    }
    const Status made = absent.empty() ? Status{} : kafka::create_topics(installation.kafka, absent, kTimeout);
    // However it was refused: waiting may help.
    return made ? made : transient(made.error().message);
}

}  // namespace shopwire::runtime
