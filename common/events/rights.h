// What each service may do at Kafka, and nothing more: follows from who writes and reads each topic (topics.h).  Pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/topics.h"
#include "common/kafka/access.h"

namespace shopwire::events {

std::string group_of(std::string_view service);  // the consumer group: shopwire.<service>

// `service`: "router" or a system.  `pods`: how the names of its processes begin, which are its transactional ids.
std::vector<kafka::Right> rights_of(const TopicPlan& plan, std::string_view service, std::string_view pods);

// Who comes to Kafka besides the services, and for what.  A user each, for none needs what the others may.
struct Errand {
    std::string_view name{};
    std::vector<kafka::Right> rights{};
};
// "topics" makes and compares topics, "look" shows what is in them, "replay" sends dead letters again, "lag" tells how
// many commands are not read yet.
std::vector<Errand> errands();

}  // namespace shopwire::events
