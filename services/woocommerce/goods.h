// Finding products and variations by SKU, and writing them in batches.  Free functions, thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "services/woocommerce/client.h"
#include "services/woocommerce/shop.h"
#include "services/woocommerce/translator_product.h"

namespace shopwire::woocommerce {

using Documents = std::vector<json::Document>;  // pages of rows

// All rows with one of these SKUs, variations too, in as few requests as fit.  SKUs that cannot be asked for, empty or
// with a comma, are left out.
Result<Documents> read_by_skus(Client& client, std::span<const std::string> skus, const Client::SkuQuery& query,
                               std::stop_token stop);
Result<Documents> read_by_ids(Client& client, std::span<const std::string> ids, std::string_view fields,
                              std::stop_token stop);

// The filter is a comma list.
bool can_be_asked(std::string_view sku);

// What the shop shows of each SKU now, an answer per SKU, in their order.  One request for up to a hundred: it finds
// the id and tells the number at once, so no id is cached that could be stale.  nullopt: no product.  kRejected:
// several products, a SKU that cannot be asked for.  `meta_key`: one meta value of each, too.
std::vector<Result<std::optional<Shown>>> find_shown(Client& client, std::span<const std::string> skus,
                                                     std::stop_token stop, std::string_view meta_key = {});

// Of one of them; nullptr: `answer` says why nothing is to be written.
const Shown* shown_or_answer(Shop& shop, const std::string& sku, const Result<std::optional<Shown>>& found,
                             Result<runtime::Applied>& answer);

// One item of a batch: the JSON object with its id and the fields to change.
struct ItemUpdate {
    std::string id{};         // empty: it is made
    std::string parent_id{};  // of a variation
    std::string body{};
    std::size_t imports = 0;  // images that the shop will fetch for it
};

// Called once for each item that was sent: what the shop shows of it afterwards, or why not, with the shop's code.
using Took = std::function<void(std::size_t index, const Result<json::Value>& row, const std::string& code)>;

// Writes the items: products together, variations per parent, since the shop takes them in no other way (contract
// woocommerce 7).  After a request that got no clear answer nothing more is sent, and the result is false: its items
// are ambiguous.
bool write_items(Client& client, std::span<const ItemUpdate> items, int batch_size, const Took& took,
                 std::stop_token stop);
// The same as a list in their order; what was not sent is transient.
std::vector<Result<Shown>> write_items(Client& client, std::span<const ItemUpdate> items, int batch_size,
                                       std::stop_token stop, std::string_view meta_key = {});

}  // namespace shopwire::woocommerce
