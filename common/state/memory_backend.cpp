#include <map>
#include <mutex>
#include <utility>

#include "common/state/backend.h"

namespace shopwire::state {
namespace {

using Map = std::map<std::string, std::string, std::less<>>;

// Walks a copy: tests are small, and a cursor then needs no lock.
class MemoryCursor final : public Cursor {
 public:
    explicit MemoryCursor(Map entries) : entries_(std::move(entries)), at_(entries_.begin()) {}
    bool valid() const override { return at_ != entries_.end(); }
    void next() override { ++at_; }
    std::string_view key() const override { return at_->first; }
    std::string_view value() const override { return at_->second; }
    Status status() const override { return {}; }

 private:
    Map entries_;
    Map::const_iterator at_;
};

class MemoryBackend final : public Backend {
 public:
    Result<std::optional<std::string>> get(std::string_view key) const override {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return std::nullopt;
        return found->second;
    }

    Status write(const std::vector<Change>& changes) override {
        const std::lock_guard lock(mutex_);
        for (const Change& change : changes) {
            if (change.value) {
                entries_.insert_or_assign(change.key, *change.value);
            } else {
                entries_.erase(change.key);
            }
        }
        return {};
    }

    Status erase(std::string_view prefix) override {
        const std::lock_guard lock(mutex_);
        const auto first = entries_.lower_bound(prefix);
        auto last = first;
        while (last != entries_.end() && last->first.starts_with(prefix)) ++last;
        entries_.erase(first, last);
        return {};
    }

    std::unique_ptr<Cursor> seek(std::string_view key) const override {
        const std::lock_guard lock(mutex_);
        return std::make_unique<MemoryCursor>(Map(entries_.lower_bound(key), entries_.end()));
    }

 private:
    mutable std::mutex mutex_;
    Map entries_;
};

}  // namespace

std::unique_ptr<Backend> make_memory() { return std::make_unique<MemoryBackend>(); }

}  // namespace shopwire::state
