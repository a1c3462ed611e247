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

// Of the people's command line: it makes and compares topics, shows records and sends dead letters again.
std::vector<kafka::Right> rights_of_people();

}  // namespace shopwire::events
