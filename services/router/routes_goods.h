// The routes of products and customers.  Values; parsed with the others, immutable afterwards.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/installation.h"
#include "common/config/schema.h"
#include "common/core/secret.h"

namespace shopwire::router {

struct MerchantRoutes;

struct ProductRoute {
    std::string from{};
    std::string to{};
    // The groups that this source owns at the target.  What a shop's people write themselves is not among the defaults:
    // descriptions and images.
    std::vector<std::string> fields{"name", "categories", "attributes", "measures", "gtin", "unit", "vat", "status"};
    bool create = true;
    bool publish = false;                             // what is made now is shown at once, else it is a draft
    std::string categories = "tree";                  // tree, lists, off
    std::map<std::string, std::string> category_names{};  // of a source that tells ids alone
    std::string vanished = "draft";                   // draft, keep
    std::vector<std::string> kinds{};                 // empty: all
    std::vector<std::string> variant_kinds{"variant", "variation"};
    std::vector<std::string> model_kinds{"variable", "card"};
};

struct CustomerRoute {
    std::vector<std::string> between{};  // two connections
    std::string master{};
    std::optional<std::vector<std::string>> writes{};   // connections that are written; both when absent
    std::optional<std::vector<std::string>> creates{};  // connections where customers may be made; both when absent
    std::vector<std::string> match{"tax_id", "email", "phone"};
    std::vector<std::string> fields{"name", "email", "phone", "billing", "shipping", "tax_id"};
    std::chrono::milliseconds conflict_window{10'000};

    bool has(std::string_view connection) const;
    const std::string& other(std::string_view connection) const;  // REQUIRES: has(connection)
    bool may_write(std::string_view connection) const;
    bool may_create(std::string_view connection) const;
};

const config::Schema<ProductRoute>& product_schema();
const config::Schema<CustomerRoute>& customer_schema();

// Connections exist, and no group of fields of one target has two owners.  `routing` is the node that they stand in.
void check_goods(const MerchantRoutes& routes, const config::Merchant& merchant, config::Problems& problems);

}  // namespace shopwire::router
