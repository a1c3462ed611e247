// A state::Store in memory without a changelog, for tests and for --test-mappings: every partition is open, and what is
// put is there.  One thread.
#pragma once

#include <map>

#include "common/state/store.h"

namespace shopwire::router {

class MemoryStore final : public state::Store {
 public:
    Result<std::optional<std::string>> get(std::int32_t partition, std::string_view key) const override {
        const auto found = entries_.find({partition, std::string(key)});
        return found == entries_.end() ? std::optional<std::string>() : std::optional(found->second);
    }
    void put(std::int32_t partition, std::string key, std::string value) override {
        entries_[{partition, std::move(key)}] = std::move(value);
    }
    void remove(std::int32_t partition, std::string key) override { entries_.erase({partition, std::move(key)}); }
    Status scan(std::int32_t partition, std::string_view prefix,
                const std::function<bool(std::string_view, std::string_view)>& each) const override {
        for (const auto& [key, value] : entries_)
            if (key.first == partition && key.second.starts_with(prefix) && !each(key.second, value)) break;
        return {};
    }
    Status flush(kafka::Transaction&) override { return {}; }
    Status committed(const kafka::Transaction::Committed&) override { return {}; }
    void rollback() override {}
    void flush(std::vector<kafka::Record>&) override {}
    Status persist(const kafka::Transaction::Committed&) const override { return {}; }
    void settle() override {}
    Status open(const kafka::ClientConfig&, const std::set<std::int32_t>&, std::chrono::milliseconds) override {
        return {};
    }
    void close(std::int32_t) override {}
    bool is_open(std::int32_t) const override { return true; }

    std::size_t size() const { return entries_.size(); }

 private:
    std::map<std::pair<std::int32_t, std::string>, std::string> entries_{};
};

}  // namespace shopwire::router
