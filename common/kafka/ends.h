// What partitions hold, asked with any client.  Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client.h"
#include "common/kafka/record.h"

namespace shopwire::kafka {

// The first offset a partition still holds, and one past its last, open transactions included.
struct PartitionEnds {
    std::int64_t earliest = 0;
    std::int64_t end = 0;
};

// `spec`: rd_kafka_OffsetSpec_t, or a time in ms, for which -1 says that nothing is that new.  Each partition has its
// answer or its error: one may be without a leader.
using Listed = std::map<Partition, Result<std::int64_t>>;
Result<Listed> list_offsets(rd_kafka_s* client, const std::vector<Partition>& partitions, std::int64_t spec,
                            std::chrono::milliseconds timeout);
// Of all of them, or an error.
Result<Offsets> list_all_offsets(rd_kafka_s* client, const std::vector<Partition>& partitions, std::int64_t spec,
                                 std::chrono::milliseconds timeout);
Result<std::map<Partition, PartitionEnds>> ends_of(rd_kafka_s* client, const std::vector<Partition>& partitions,
                                                   std::chrono::milliseconds timeout);

}  // namespace shopwire::kafka
