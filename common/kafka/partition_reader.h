// Reads whole partitions, for restoring state.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client.h"
#include "common/kafka/ends.h"
#include "common/kafka/record.h"

namespace shopwire::kafka {

// One client for many partitions, since each client costs threads, connections and 10 ms.  One thread.
class PartitionReader {
 public:
    static Result<std::unique_ptr<PartitionReader>> create(const ClientConfig& config,
                                                           std::chrono::milliseconds timeout);

    // Of all of them, or an error.
    Result<std::map<Partition, PartitionEnds>> ends(const std::vector<Partition>& partitions,
                                                    std::chrono::milliseconds timeout);

    // Of each the first offset whose record came at `time_ms` or later; one past the last when there is none.
    Result<Offsets> offsets_at(const std::vector<Partition>& partitions, std::int64_t time_ms,
                               std::chrono::milliseconds timeout);

    // The committed records from an offset up to `end`, which is the high watermark and not the last stable offset
    // (KAFKA-10167): a transaction whose offsets are committed may not have its marker in this partition yet, so this
    // waits until all that is open below that end is decided.  `each` sees the records in order.  Returns the next
    // offset.  kRejected: `from` is older than what the partition holds.
    Result<std::int64_t> read(const Partition& partition, std::int64_t from, std::int64_t end,
                              const std::function<Status(const Record&)>& each, std::chrono::milliseconds timeout);

 private:
    explicit PartitionReader(Client client) : client_(std::move(client)) {}

    Client client_;
};

// The same for one partition, with a client of its own; `read_partition` reads up to the end at the time of the call.
Result<PartitionEnds> read_ends(const ClientConfig& config, const Partition& partition,
                                std::chrono::milliseconds timeout);
Result<std::int64_t> read_partition(const ClientConfig& config, const Partition& partition, std::int64_t from,
                                    const std::function<Status(const Record&)>& each,
                                    std::chrono::milliseconds timeout);

}  // namespace shopwire::kafka
