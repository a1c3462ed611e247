#include "common/kafka/offset_tracker.h"

#include <cassert>

namespace shopwire::kafka {

void OffsetTracker::start(const Partition& partition, std::int64_t offset) {
    partitions_[partition] = {.next = offset};
}

void OffsetTracker::read(const Partition& partition, std::int64_t offset) {
    State& state = partitions_[partition];
    assert(offset >= state.next);
    state.open.insert(offset);
    state.next = offset + 1;
}

void OffsetTracker::done(const Partition& partition, std::int64_t offset) {
    if (const auto found = partitions_.find(partition); found != partitions_.end()) found->second.open.erase(offset);
}

Offsets OffsetTracker::low() const {
    Offsets low;
    for (const auto& [partition, state] : partitions_) {
        low[partition] = state.open.empty() ? state.next : *state.open.begin();
    }
    return low;
}

Offsets OffsetTracker::next() const {
    Offsets next;
    for (const auto& [partition, state] : partitions_) next[partition] = state.next;
    return next;
}

void OffsetTracker::forget(const Partition& partition) { partitions_.erase(partition); }

std::size_t OffsetTracker::open_count() const {
    std::size_t count = 0;
    for (const auto& [partition, state] : partitions_) count += state.open.size();
    return count;
}

std::size_t OffsetTracker::open_count(const Partition& partition) const {
    const auto found = partitions_.find(partition);
    return found == partitions_.end() ? 0 : found->second.open.size();
}

}  // namespace shopwire::kafka
