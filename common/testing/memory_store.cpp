#include "common/testing/memory_store.h"

namespace shopwire::testing {

Result<std::optional<std::string>> MemoryStore::get(std::int32_t partition, std::string_view key) const {
    if (broken_) return transient("reading the store: the disk fails");
    const Key place{partition, std::string(key)};
    if (const auto over = overlay_.find(place); over != overlay_.end()) return over->second;
    const auto found = values_.find(place);
    if (found == values_.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
}

void MemoryStore::put(std::int32_t partition, std::string key, std::string value) {
    overlay_[{partition, std::move(key)}] = std::move(value);
}

void MemoryStore::remove(std::int32_t partition, std::string key) {
    overlay_[{partition, std::move(key)}] = std::nullopt;
}

Status MemoryStore::scan(std::int32_t partition, std::string_view prefix,
                         const std::function<bool(std::string_view, std::string_view)>& each) const {
    std::map<Key, std::string> merged = values_;
    for (const auto& [key, value] : overlay_) {
        if (value)
            merged[key] = *value;
        else
            merged.erase(key);
    }
    for (auto entry = merged.lower_bound({partition, std::string(prefix)}); entry != merged.end(); ++entry) {
        const auto& [key, value] = *entry;
        if (key.first != partition || !key.second.starts_with(prefix)) break;
        if (!each(key.second, value)) break;
    }
    return {};
}

Status MemoryStore::committed(const kafka::Transaction::Committed&) {
    commit();
    return {};
}

Status MemoryStore::open(const kafka::ClientConfig&, const std::set<std::int32_t>& partitions,
                         std::chrono::milliseconds) {
    open_.insert(partitions.begin(), partitions.end());
    return {};
}

void MemoryStore::commit() {
    for (auto& [key, value] : overlay_) {
        if (value)
            values_[key] = std::move(*value);
        else
            values_.erase(key);
    }
    overlay_.clear();
}

}  // namespace shopwire::testing
