// The routing of one merchant: what goes where, by which tables.  Values; parsed from the merchant's file, immutable
// afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/installation.h"
#include "common/config/schema.h"
#include "common/core/decimal.h"
#include "common/core/secret.h"
#include "services/router/filter.h"
#include "services/router/order_route.h"
#include "services/router/routes_goods.h"
#include "shopwire/events/v1/entities.pb.h"

namespace shopwire::router {

struct StockRoute {
    std::string owner{};
    std::vector<std::string> locations{};  // empty: all that the owner has
    std::string to{};
    Decimal buffer{};
    std::string mode = "free";  // free, on_hand
    bool invoice_moves_stock = false;
    std::chrono::milliseconds release_lag{1'000};  // the owner's read lag plus the skew between our clocks
    std::chrono::milliseconds reservation_max{
        std::chrono::days{30}};  // a longer one is shown and counted, never let go
};

struct PriceRoute {
    std::string from{};
    std::string to{};
    bool purchase = false;
};

struct MerchantRoutes {
    std::vector<OrderRoute> orders{};
    std::vector<StockRoute> stock{};
    std::vector<PriceRoute> prices{};
    std::map<std::string, std::map<std::string, std::string>>
        sku_aliases{};  // connection -> its SKU -> the canonical one
    std::vector<ProductRoute> products{};
    std::vector<CustomerRoute> customers{};
    std::vector<EventFilter> filters{};
    Secret identity_key{};  // of the hashes that stand for people

    // The form in which SKUs of all connections are compared: alias applied, case folded.
    std::string canonical(const std::string& connection, std::string_view sku) const;
    // The SKU that a connection's own one means, as people write it.
    std::string spelled(const std::string& connection, std::string_view sku) const;
    // The SKUs of a connection that stand for a canonical one; `spelled` when it has no alias.
    std::vector<std::string> own_skus(const std::string& connection, const std::string& canonical_sku,
                                      const std::string& spelled) const;
};

// A merchant as the router uses it.
struct MerchantRouting {
    config::Merchant merchant{};
    MerchantRoutes routes{};
};

// Parses and checks: connections that are named exist, times and document types are understood.
MerchantRoutes parse_routes(const config::Merchant& merchant, config::Problems& problems);
std::string routes_schema();

}  // namespace shopwire::router
