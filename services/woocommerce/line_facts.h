// What an order does not say of its lines: whether a product can be sent, its weight and size.  Bounded; thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/woocommerce/client.h"
#include "services/woocommerce/measures.h"

namespace shopwire::woocommerce {

class LineFacts {
 public:
    // Any product or variation that was read for another reason.
    void remember(json::Value product, const Units& units);
    // What lines of these orders name and nobody has read yet.
    struct Missing {
        std::vector<std::string> products{};    // ids
        std::vector<std::string> variations{};  // ids
        std::vector<std::string> skus{};        // of the variations
    };
    Missing missing(json::Value orders) const;  // one, or an array
    // Asks for all products in one request for a hundred, for all variations in another, by their SKUs, since no list
    // of products shows variations.  What the shop does not find is not asked for again.
    Status learn(Client& client, const Missing& missing, const Units& units, std::stop_token stop);
    // Of lines that are known; the others stay as they are.
    void fill(events::v1::Order& order) const;

 private:
    struct Fact {
        std::optional<bool> needs_shipping{};
        std::optional<events::v1::Measures> measures{};
    };
    void put(const std::string& id, std::optional<Fact> fact);  // nullopt: asked for and not found

    mutable std::mutex mutex_{};
    std::unordered_map<std::string, Fact> facts_{};  // by id of the product or variation; guarded by mutex_
    std::deque<std::string> oldest_{};  // ids as they came; guarded by mutex_
};

}  // namespace shopwire::woocommerce
