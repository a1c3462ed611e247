// What the shop shows of the articles of one batch, before anything is written.  One thread.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/woocommerce/article.h"
#include "services/woocommerce/client.h"

namespace shopwire::woocommerce {

class Shelf {
 public:
    // The client outlives the shelf.
    explicit Shelf(Client& client) : client_(client) {}

    // SKUs are unique in a shop, also in its trash: one that lies there would refuse every new product (contract
    // woocommerce 3).  So what is not found is looked for in the trash too.
    Status read(std::vector<std::string> skus, std::stop_token stop);
    Status read_variations(const std::string& product_id, std::stop_token stop);

    bool has(const std::string& sku) const;
    // With an empty id when there is none.  kRejected: several.
    Result<ShownArticle> find(const std::string& sku) const;
    // Of a product whose variations were read; empty for every other.
    const std::vector<ShownArticle>& variations(const std::string& product_id) const;

 private:
    Status read_with_status(const std::vector<std::string>& skus, std::string_view status, std::stop_token stop);

    Client& client_;
    std::unordered_map<std::string, std::vector<ShownArticle>> by_sku_{};  // folded
    std::map<std::string, std::vector<ShownArticle>> by_product_{};
};

}  // namespace shopwire::woocommerce
