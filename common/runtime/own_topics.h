// The topics that one connector service needs: made when absent, refused when their partitions differ.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/config/installation.h"
#include "common/core/error.h"
#include "common/kafka/access.h"

namespace shopwire::runtime {

// What the service may do at Kafka.
std::vector<kafka::Right> rights_of(const config::Installation& installation, const std::string& system,
                                    const std::string& pod);

// `found`: partitions of those that are there.  kRejected: a topic has another number of them than configured; changing
// it is a migration.
Status ensure_topics(const config::Installation& installation, const std::string& system,
                     const std::map<std::string, std::int32_t>& found);

}  // namespace shopwire::runtime
