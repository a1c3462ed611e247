// The state of a slot in memory.  Thread-safe, as long as a test changes no member meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/runtime/state_access.h"

namespace shopwire::runtime {

class MemoryState final : public StateAccess {
 public:
    Result<std::optional<std::string>> load_cursor(std::int32_t, const std::string& key, std::stop_token) override {
        const std::scoped_lock lock(mutex);
        const auto found = cursors.find(key);
        if (found == cursors.end()) return std::optional<std::string>();
        return std::optional<std::string>(found->second);
    }
    Status save(std::int32_t, std::vector<StateWrite> writes, std::stop_token) override {
        const std::scoped_lock lock(mutex);
        if (fails_when && fails_when()) return transient("testing");
        if (fail_saves > 0) {
            --fail_saves;
            return transient("testing");
        }
        for (StateWrite& write : writes) {
            auto& store = write.store == SlotStore::kCursors ? cursors : rows;
            if (write.value)
                store[write.key] = *write.value;
            else
                store.erase(write.key);
        }
        return {};
    }
    Status scan_snapshots(std::int32_t, const std::string& prefix,
                          const std::function<void(std::string_view, std::string_view)>& each) override {
        const std::scoped_lock lock(mutex);
        for (const auto& [key, value] : rows) {
            if (key.starts_with(prefix)) each(key, value);
        }
        return {};
    }

    std::mutex mutex{};
    std::map<std::string, std::string> cursors{};
    std::map<std::string, std::string> rows{};
    std::atomic<int> fail_saves = 0;
    std::function<bool()> fails_when{};
};

}  // namespace shopwire::runtime
