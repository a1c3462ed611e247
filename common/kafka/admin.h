// Creates and checks topics, and tells how far groups have come.  Blocking calls, bounded; any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/record.h"

namespace shopwire::kafka {

struct TopicRequest {
    std::string name{};
    std::int32_t partitions = 1;
    int replication = 1;
    std::map<std::string, std::string> settings{};  // cleanup.policy, retention.ms ...
};

struct TopicState {
    std::int32_t partitions = 0;
    int replication = 0;
    std::map<std::string, std::string> settings{};
};

Status create_topics(const ClientConfig& config, const std::vector<TopicRequest>& topics,
                     std::chrono::milliseconds timeout);  // those that exist are left alone
Result<std::map<std::string, TopicState>> describe_topics(
    const ClientConfig& config, const std::vector<std::string>& names,
    std::chrono::milliseconds timeout);  // absent ones are left out
// Names and partition counts of the topics whose name begins with `prefix`.
Result<std::map<std::string, std::int32_t>> list_topics(const ClientConfig& config, std::string_view prefix,
                                                        std::chrono::milliseconds timeout);
// What a consumer group has committed; partitions without a commit are left out.  It does not join the group.
Result<Offsets> committed_offsets(const ClientConfig& config, const std::string& group,
                                  const std::vector<Partition>& partitions, std::chrono::milliseconds timeout);

}  // namespace shopwire::kafka
