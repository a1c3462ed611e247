// A state::Store in memory, with the same overlay as the real one and no Kafka.  A test ends its transactions with
// `commit` and `rollback`.  One thread.
#pragma once

#include <map>
#include <set>

#include "common/state/store.h"

namespace shopwire::testing {

class MemoryStore final : public state::Store {
 public:
    Result<std::optional<std::string>> get(std::int32_t partition, std::string_view key) const override;
    void put(std::int32_t partition, std::string key, std::string value) override;
    void remove(std::int32_t partition, std::string key) override;
    Status scan(std::int32_t partition, std::string_view prefix,
                const std::function<bool(std::string_view key, std::string_view value)>& each) const override;
    Status flush(kafka::Transaction&) override { return {}; }
    Status committed(const kafka::Transaction::Committed&) override;
    void rollback() override { overlay_.clear(); }
    void flush(std::vector<kafka::Record>&) override {}
    Status persist(const kafka::Transaction::Committed&) const override { return {}; }
    void settle() override { commit(); }
    Status open(const kafka::ClientConfig&, const std::set<std::int32_t>& partitions,
                std::chrono::milliseconds) override;
    void close(std::int32_t partition) override { open_.erase(partition); }
    bool is_open(std::int32_t partition) const override { return open_.contains(partition); }

    void commit();
    std::size_t size() const { return values_.size(); }  // committed entries
    void break_reads() { broken_ = true; }  // as a disk that fails does

 private:
    using Key = std::pair<std::int32_t, std::string>;
    bool broken_ = false;
    std::set<std::int32_t> open_{};
    std::map<Key, std::string> values_{};
    std::map<Key, std::optional<std::string>> overlay_{};
};

}  // namespace shopwire::testing
