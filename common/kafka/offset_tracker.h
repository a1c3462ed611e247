// Which offset may be committed when records finish out of order: the lowest that is still open.  One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "common/kafka/record.h"

namespace shopwire::kafka {

class OffsetTracker {
 public:
    void start(const Partition& partition, std::int64_t offset);  // before the first read: what is committed
    void read(const Partition& partition, std::int64_t offset);   // REQUIRES: ascending per partition
    void done(const Partition& partition, std::int64_t offset);  // repeats and forgotten partitions are ignored
    // The low watermark of every partition that was started or read, moved or not: a commit without offsets carries no
    // group generation, so that the broker could not refuse it from an owner whose partitions were taken away.
    Offsets low() const;
    Offsets next() const;  // where reading goes on, whatever is still open
    void forget(const Partition& partition);
    std::size_t open_count() const;
    std::size_t open_count(const Partition& partition) const;

 private:
    struct State {
        std::set<std::int64_t> open{};
        std::int64_t next = -1;  // one past the highest offset read
    };
    std::map<Partition, State> partitions_{};
};

}  // namespace shopwire::kafka
