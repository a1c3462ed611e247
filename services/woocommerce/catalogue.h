// A command about an article as what the shop is to show: one product, with the variations that are its own.
// Pure functions, but for the ids of groups and attributes.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "services/woocommerce/article.h"
#include "services/woocommerce/config.h"
#include "services/woocommerce/terms.h"

namespace shopwire::woocommerce {

// One product or variation on its way to the shop.
struct Item {
    WantedArticle wanted{};
    ShownArticle shown{};  // as it was read; `id` empty: it is to be made
    std::vector<std::size_t> commands{};  // whose answer depends on it
    std::optional<ImagePlan> images{};    // of the last write
    bool images_refused = false;          // the shop could not fetch one; the article goes on without
    bool wrote = false;
    std::optional<Error> failed{};
};

struct Target {
    Item product{};
    std::vector<Item> variations{};
    bool grouped = false;    // made of articles that come one by one: the product itself is nobody's article
    bool whole = false;      // the command lists all variations: others that came from us have vanished
    std::string remark{};    // for people
};

// SKU of the product that this article is a variation of; empty: it is a product of its own.
std::string group_sku(const events::v1::Product& product, const Settings& settings);

// REQUIRES: the product has an SKU.
Target target_of(const commands::v1::UpsertProduct& upsert, const Settings& settings, std::size_t index);
// Another article of the same product.
void join(Target& target, const commands::v1::UpsertProduct& upsert, std::size_t index);

// What a product must offer so that its variations can exist; REQUIRES: target.product.shown is known.
void offer_options(Target& target);

// Ids of the groups, in the order of the article; groups without a name are left out with a remark.  `make`: those that
// the shop lacks are made, else they count as an id that no product shows.
Status resolve_terms(Target& target, const events::v1::Product& product, const Settings& settings, Terms& terms,
                     bool make, std::stop_token stop);

// The variation that this article is: by SKU, else by its options.  nullptr: it is to be made.
const ShownArticle* variation_of(const std::vector<ShownArticle>& shown, const WantedArticle& wanted);

}  // namespace shopwire::woocommerce
