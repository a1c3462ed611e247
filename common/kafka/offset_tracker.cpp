#include "common/kafka/offset_tracker.h"

#include <cassert>

namespace shopwire::kafka {

void OffsetTracker::read(const Partition& partition, std::int64_t offset) {
    State& state = partitions_[partition];
    assert(offset >= state.next);
    if (state.next < 0) state.taken = state.committed = offset;  // nothing to commit before the first one is done
    state.open.insert(offset);
    state.next = offset + 1;
}

void OffsetTracker::done(const Partition& partition, std::int64_t offset) {
    if (const auto found = partitions_.find(partition); found != partitions_.end()) found->second.open.erase(offset);
}

Offsets OffsetTracker::take() {
    Offsets moved;
    for (auto& [partition, state] : partitions_) {
        const std::int64_t low = state.open.empty() ? state.next : *state.open.begin();
        state.committed = state.taken;
        if (low <= state.taken) continue;
        state.taken = low;
        moved[partition] = low;
    }
    return moved;
}

void OffsetTracker::restore() {
    for (auto& [partition, state] : partitions_) state.taken = state.committed;
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
