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
    void read(const Partition& partition, std::int64_t offset);  // REQUIRES: ascending per partition
    void done(const Partition& partition, std::int64_t offset);  // repeats and forgotten partitions are ignored
    // Partitions whose low watermark moved since the last call.  Calling it again says that what it gave before is
    // committed.
    Offsets take();
    // What `take` handed out was not committed: hand it out again.
    void restore();
    void forget(const Partition& partition);
    std::size_t open_count() const;
    std::size_t open_count(const Partition& partition) const;

 private:
    struct State {
        std::set<std::int64_t> open{};
        std::int64_t next = -1;       // one past the highest offset read
        std::int64_t taken = -1;      // last value handed out
        std::int64_t committed = -1;  // the one before: what `restore` goes back to
    };
    std::map<Partition, State> partitions_{};
};

}  // namespace shopwire::kafka
