// Finding products and variations by SKU, and writing them in batches.  Free functions, thread-safe.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "services/woocommerce/client.h"
#include "services/woocommerce/translator_product.h"

namespace shopwire::woocommerce {

// What the shop shows of each SKU now, an answer per SKU, in their order.  One request for up to a hundred: it finds
// the id and tells the number at once, so no id is cached that could be stale.  kRejected: no product, several
// products, a SKU that cannot be asked for.
std::vector<Result<Shown>> find_shown(Client& client, std::span<const std::string> skus, std::stop_token stop);

// One item of a batch: the JSON object with its id and the fields to change.
struct ItemUpdate {
    std::string id{};
    std::string parent_id{};  // of a variation
    std::string body{};
};

// Writes the items: products together, variations per parent, since the shop takes them in no other way (contract
// woocommerce 7). Gives what the shop shows of each afterwards, or why not, in their order.  After a request that got
// no clear answer nothing more is sent: its items are ambiguous, the others transient.
std::vector<Result<Shown>> write_items(Client& client, std::span<const ItemUpdate> items, int batch_size,
                                       std::stop_token stop);

}  // namespace shopwire::woocommerce
