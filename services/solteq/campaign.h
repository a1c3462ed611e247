// Which sale price the shop shows now, and when that changes.  Pure: no clock, no I/O, no JSON.  Thread-safe.
//
// A campaign of products, groups and suppliers becomes one price and one window per article (contract solteq 3.6).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/core/decimal.h"
#include "common/core/error.h"
#include "common/dialect/zone.h"

namespace shopwire::solteq {

enum class Level : std::uint8_t { kSupplier, kGroup, kProduct };  // the last one is the most specific

struct CampaignTarget {
    Level level = Level::kProduct;
    std::string id{};  // of a product: its id, code or SKU
};

enum class Discount : std::uint8_t { kUnknown, kPercentage, kAmount, kFixed };

// Times are instants; 0 is open.  Both ends belong to the window, as the shop counts them: to the second.
struct Campaign {
    std::string id{};
    bool simple = true;
    Discount discount = Discount::kUnknown;
    Decimal value{};
    std::vector<CampaignTarget> targets{};
    std::vector<std::string> store_ids{};  // empty: all
    bool for_customers = false;            // only some customers have it
    bool for_hours = false;                // only some hours or weekdays have it
    bool active = true;
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
};

// Why a campaign is not applied: what one price and one window cannot express.
enum class Skip : std::uint8_t { kKind, kInactive, kCustomers, kHours, kStore, kValue };
inline constexpr std::array<std::string_view, 6> kSkipNames = {"kind",  "inactive", "customers",
                                                               "hours", "store",    "value"};
std::optional<Skip> skip_of(const Campaign& campaign, std::string_view store_id);

struct CampaignRules {
    std::string store_id{};
    bool subcategories = true;
    bool most_specific = false;  // else the lowest price
    // campaigns_then_product, product, campaigns, lowest
    std::string discount_source = "campaigns_then_product";
};

struct Goods {
    std::string id{}, code{}, sku{};
    std::vector<std::string> category_ids{};
    std::string supplier_id{};
    Decimal regular{};
    std::optional<Decimal> discounted{};  // of the product itself; holds until it changes
};

struct Sale {
    Decimal price{};
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
    friend bool operator==(const Sale&, const Sale&) = default;
};

// The price under a campaign, half up to two decimals, never below zero.  kRejected: it does not fit.
Result<Decimal> campaign_price(const Campaign& campaign, Decimal regular);

// The end of a window.  A wall clock of 00:00:00 means the last second of that day when `inclusive_day`.
std::int64_t window_end(std::int64_t to_ms, const dialect::Zone& zone, bool inclusive_day);

class CampaignBook {
 public:
    // `parents`: category id to that of the category above it.
    CampaignBook(std::vector<Campaign> campaigns, std::unordered_map<std::string, std::string> parents,
                 CampaignRules rules);

    // The sale that holds at `now_ms`, else the next one.  None: no sale, or none below the regular price.
    std::optional<Sale> sale_of(const Goods& goods, std::int64_t now_ms) const;
    // The next start or end of any campaign that is applied.
    std::optional<std::int64_t> next_boundary(std::int64_t now_ms) const;
    std::size_t skipped(Skip why) const { return skipped_[static_cast<std::size_t>(why)]; }

 private:
    struct Offer {
        const Campaign* campaign = nullptr;
        Level level = Level::kSupplier;
        Decimal price{};
    };
    std::vector<Offer> offers_for(const Goods& goods) const;
    bool precedes(const Offer& left, const Offer& right) const;

    std::vector<Campaign> campaigns_{};
    std::unordered_map<std::string, std::string> parents_{};
    CampaignRules rules_{};
    std::map<std::pair<Level, std::string>, std::vector<std::size_t>> by_target_{};
    std::array<std::size_t, kSkipNames.size()> skipped_{};
};

}  // namespace shopwire::solteq
