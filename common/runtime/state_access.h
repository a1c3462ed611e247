// How sources reach the state of the slots that this process owns.  Writes are durable before they return, and refused
// once the slot has moved: they travel in the sink's transactions, which carry the group's generation.  Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"

namespace shopwire::runtime {

enum class SlotStore : std::uint8_t { kCursors, kSnapshots };

struct StateWrite {
    SlotStore store = SlotStore::kCursors;
    std::string key{};
    std::optional<std::string> value{};  // nullopt: remove
};

class StateAccess {
 public:
    virtual ~StateAccess() = default;
    virtual Result<std::optional<std::string>> load_cursor(std::int32_t slot, const std::string& key,
                                                           std::stop_token stop) = 0;
    virtual Status save(std::int32_t slot, std::vector<StateWrite> writes, std::stop_token stop) = 0;
    // `each` must be quick.
    virtual Status scan_snapshots(std::int32_t slot, const std::string& prefix,
                                  const std::function<void(std::string_view key, std::string_view value)>& each) = 0;
};

}  // namespace shopwire::runtime
