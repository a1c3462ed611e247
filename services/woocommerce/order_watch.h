// The orders that have taken stock at the shop lately: what a raise of stock is checked against.  Thread-safe.
//
// The rule stands in the README, "Before stock is raised".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

class OrderWatch {
 public:
    explicit OrderWatch(std::shared_ptr<Shop> shop) : shop_(std::move(shop)) {}

    // Reads what changed since the last call; the first one reads back to `since_s`, 48 h at most.  One request when
    // little changed.
    Status refresh(std::int64_t since_s, std::stop_token stop);

    // Ids of orders that hold pieces of this SKU and that `command` does not count.
    std::vector<std::string> uncounted(const commands::v1::SetStock& command) const;

    // Reads one order again, to publish it; one that is gone or has given its stock back is no longer watched.
    // Nothing when this state of it was read for that a moment ago: it is on its way.
    Result<std::vector<runtime::Change>> read_again(const std::string& id, std::stop_token stop);

 private:
    struct Order {
        std::int64_t modified_s = 0;
        std::set<std::string> skus{};  // folded
        Clock::Monotonic told = Clock::Monotonic::min();  // when this state was read to be published
    };
    void remember(json::Value row);
    bool told_lately(const std::string& id) const;
    void forget_oldest(std::int64_t before_s);

    std::shared_ptr<Shop> shop_;  // see Source
    std::mutex reading_{};        // one refresh at a time: the second one finds the work done
    mutable std::mutex mutex_{};
    std::map<std::string, Order> orders_{};  // by native id; only those that have taken stock.  Guarded by mutex_
    std::int64_t read_to_s_ = 0;             // newest time of change that was read; guarded by reading_
    std::int64_t read_from_s_ = 0;           // how far back orders_ reaches; guarded by reading_
};

}  // namespace shopwire::woocommerce
