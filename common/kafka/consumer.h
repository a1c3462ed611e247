// Reads records of a consumer group: classic protocol, range assignor, static member id, offsets committed by
// transactions alone. One thread calls poll and everything else here, except where said.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/record.h"

namespace shopwire::kafka {

struct ConsumerOptions {
    std::string group{};
    std::string member_id{};  // static: the pod's name; empty for a dynamic member
    std::vector<std::string> topics{};
    std::chrono::milliseconds session_timeout{6'000};
    std::chrono::milliseconds poll_interval_max{300'000};
    int prefetch_messages_max = 20'000;
    int prefetch_kilobytes_max = 8 * 1024;
    std::size_t poll_bytes_max = 8 * 1024 * 1024;  // one poll ends with the record that passes it
};

struct GroupMetadata;  // opaque: proves to the broker which generation of the group commits

// Lets a batch grow: while none of its records satisfies `ends`, poll waits for more, up to `time`.
struct Gather {
    std::chrono::milliseconds time{0};
    std::function<bool(const Record&)> ends{};
};

class Consumer {
 public:
    using Partitions = std::vector<Partition>;
    struct Rebalance {  // called from inside poll, on the polling thread
        // The new partitions; returns where each is to start (absent: where `starts` says).  Fetching starts after it
        // returned.
        std::function<Result<Offsets>(const Partitions&)> assigned{};
        std::function<void(const Partitions&)> revoked{};  // before the partitions are given up
        std::function<void(const Partitions&)> lost{};  // they are gone already: nothing may be committed for them
    };

    static Result<std::unique_ptr<Consumer>> create(const ClientConfig& config, ConsumerOptions options,
                                                    Rebalance rebalance);
    virtual ~Consumer() = default;  // closes, bounded; a static member stays in the group until its session ends

    // Up to `max` records, or `poll_bytes_max`; waits up to `wait` for the first one, and for others only to gather. An
    // empty batch is no error.  kTransient: try again; kRejected: a fault that only a restart or a person heals (offset
    // out of range while we read, authorization); its text says what.
    virtual Result<std::vector<Record>> poll(std::size_t max, std::chrono::milliseconds wait,
                                             const Gather& gather = {}) = 0;
    // Ends a wait in poll at once, or the next one when there is none now.  Any thread.
    virtual void wake() = 0;

    virtual Result<Offsets> committed(const Partitions& partitions,
                                      std::chrono::milliseconds timeout) = 0;  // stable ones
    // Where to read on: at the committed offset; at the earliest record when nothing was ever committed, or when the
    // partition does not hold that offset: it was deleted and made anew (the offset is past its end), or its records
    // were deleted before we read them.  The last two are told in the log.  Not noticed: a topic that was made anew and
    // has more records by now than the old one had.
    virtual Result<Offsets> starts(const Partitions& partitions, std::chrono::milliseconds timeout) = 0;
    virtual std::int64_t gone() const = 0;  // records that were deleted before we read them, as `starts` saw
    virtual Status seek(const Offsets& offsets) = 0;
    virtual Partitions assignment() const = 0;
    // Records of the assigned partitions that poll has not given yet, as far as the last fetches knew; asks no broker.
    // The marker of a transaction counts as a record, so an idle partition may stay at 1.
    virtual std::int64_t lag() const = 0;
    virtual std::shared_ptr<const GroupMetadata> group_metadata()
        const = 0;  // shared: librdkafka's handle outlives the call
    // Stops or resumes fetching (back pressure), without leaving the group.
    virtual Status pause(const Partitions& partitions) = 0;
    virtual Status resume(const Partitions& partitions) = 0;
    virtual Status close(std::chrono::milliseconds timeout) = 0;
};

}  // namespace shopwire::kafka
