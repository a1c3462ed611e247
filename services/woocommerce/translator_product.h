// Products and variations of the shop as events, and what the shop shows of them before we write.  Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/events/codec.h"
#include "common/json/value.h"
#include "services/woocommerce/measures.h"

namespace shopwire::woocommerce {

// What numbers mean in this shop; products do not say it themselves.
struct ShopFacts {
    std::string currency{};
    bool prices_include_tax = false;
    Units units{};
};

enum class Managed : std::uint8_t { kNo, kYes, kByParent };

// What the shop shows of a product or variation now.
struct Shown {
    std::string id{};
    std::string parent_id{};  // empty: not a variation
    std::string type{};
    std::string sku{};
    Managed managed = Managed::kNo;
    std::optional<Decimal> quantity{};
    std::optional<Decimal> regular{};
    std::optional<Decimal> sale{};
    std::int64_t sale_from_ms = 0;  // 0: open
    std::int64_t sale_to_ms = 0;
    std::string meta{};  // the value of the meta key that was asked for
};

Result<Shown> read_shown(json::Value product, std::string_view meta_key = {});

// Product; Stock when the shop counts it; Price when it has one and `facts` are known.  The last two need an SKU,
// without which nothing outside the shop can name them.  A product in the trash gives Deleted.  `variations` were read
// before, Product lists them.
using Events = std::vector<events::Event>;
Result<Events> product_events(json::Value product, const std::optional<ShopFacts>& facts,
                              const std::vector<json::Value>& variations = {});

}  // namespace shopwire::woocommerce
