// The topics as an AsyncAPI 3 document: what they hold, how they are kept, who sends and receives.  Generated from
// common/events/topics.h and the messages of proto/.  Pure functions.
#pragma once

#include <string>
#include <vector>

#include "common/events/topics.h"

namespace shopwire::cli {

// JSON.  Topics of a system stand there once, with {system} as a parameter of their address.
std::string asyncapi_document(std::int32_t router_partitions, std::int32_t system_partitions, int replication,
                              const std::vector<std::string>& systems);

}  // namespace shopwire::cli
