// Weights and sizes between the shop's units and ours, kg and cm.  Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/events/codec.h"
#include "common/json/value.h"

namespace shopwire::woocommerce {

// The words of the shop's own settings: kg, g, lbs, oz; m, cm, mm, in, yd.  A word that is not among them means that
// measures are neither read nor written.
struct Units {
    std::string weight{};
    std::string length{};
};

// The measures of a product or variation; nullopt when it tells none that can be read.  Shops take any text as a
// weight, so what is no number is left out and no mistake.
std::optional<events::v1::Measures> measures_of(json::Value product, const Units& units);

// The four numbers of a product in the shop's units, rounded as they are written; absent: not told.
struct ShopMeasures {
    std::optional<Decimal> weight{};
    std::optional<Decimal> length{};
    std::optional<Decimal> width{};
    std::optional<Decimal> height{};
};
ShopMeasures in_shop_units(const events::v1::Measures& measures, const Units& units);
ShopMeasures shown_measures(json::Value product);

}  // namespace shopwire::woocommerce
