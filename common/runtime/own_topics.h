// The topics that one connector service needs: made when absent, refused when their partitions differ.
#pragma once

#include <string>

#include "common/config/installation.h"
#include "common/core/error.h"
#include "common/kafka/client_config.h"

namespace shopwire::runtime {

// kRejected: a topic has another number of partitions than configured; changing it is a migration.
Status ensure_topics(const kafka::ClientConfig& kafka, const config::Installation& installation,
                     const std::string& system);

}  // namespace shopwire::runtime
