#include "services/solteq/campaign.h"

#include <algorithm>
#include <tuple>

namespace shopwire::solteq {
namespace {

constexpr int kMoneyDecimals = 2;
constexpr std::int64_t kSecondMs = 1'000;
constexpr int kCategoryDepthMax = 32;  // a tree that turns back on itself ends here
const Decimal kHundred = Decimal::from_integer(100);

bool has_begun(const Campaign& campaign, std::int64_t now_ms) { return campaign.from_ms <= now_ms; }
bool has_ended(const Campaign& campaign, std::int64_t now_ms) {
    return campaign.to_ms != 0 && now_ms >= campaign.to_ms + kSecondMs;
}

}  // namespace

std::optional<Skip> skip_of(const Campaign& campaign, std::string_view store_id) {
    if (!campaign.simple) return Skip::kKind;
    if (!campaign.active) return Skip::kInactive;
    if (campaign.for_customers) return Skip::kCustomers;
    if (campaign.for_hours) return Skip::kHours;
    const auto& stores = campaign.store_ids;
    if (!stores.empty() && std::find(stores.begin(), stores.end(), store_id) == stores.end()) return Skip::kStore;
    if (campaign.discount == Discount::kUnknown || campaign.value.is_negative()) return Skip::kValue;
    return std::nullopt;
}

Result<Decimal> campaign_price(const Campaign& campaign, Decimal regular) {
    Decimal price;
    switch (campaign.discount) {
        case Discount::kPercentage: {
            const Result<Decimal> share = divide(kHundred - campaign.value, kHundred, Decimal::kDecimals);
            if (!share) return share;
            const Result<Decimal> product = multiply(regular, *share, kMoneyDecimals);
            if (!product) return product;
            price = *product;
            break;
        }
        case Discount::kAmount: price = regular - campaign.value; break;
        case Discount::kFixed: price = campaign.value; break;
        case Discount::kUnknown: return rejected("a campaign without a value");
    }
    return std::max(price.rounded(kMoneyDecimals), Decimal{});
}

std::int64_t window_end(std::int64_t to_ms, const dialect::Zone& zone, bool inclusive_day) {
    if (to_ms == 0 || !inclusive_day || zone.format(to_ms, "%H:%M:%S") != "00:00:00") return to_ms;
    return zone.parse(zone.format(to_ms, "%Y-%m-%dT23:59:59")).value_or(to_ms);
}

CampaignBook::CampaignBook(std::vector<Campaign> campaigns, std::unordered_map<std::string, std::string> parents,
                           CampaignRules rules)
    : parents_(std::move(parents)), rules_(std::move(rules)) {
    for (Campaign& campaign : campaigns) {
        if (const std::optional<Skip> why = skip_of(campaign, rules_.store_id)) {
            ++skipped_[static_cast<std::size_t>(*why)];
            continue;
        }
        for (const CampaignTarget& target : campaign.targets)
            by_target_[{target.level, target.id}].push_back(campaigns_.size());
        campaigns_.push_back(std::move(campaign));
    }
}

std::vector<CampaignBook::Offer> CampaignBook::offers_for(const Goods& goods) const {
    std::map<std::size_t, Level> levels;  // of each campaign that names the goods: the most specific one
    const auto add = [&](Level level, const std::string& id) {
        const auto found = by_target_.find({level, id});
        if (id.empty() || found == by_target_.end()) return;
        for (const std::size_t index : found->second) {
            const auto [place, is_new] = levels.try_emplace(index, level);
            if (!is_new) place->second = std::max(place->second, level);
        }
    };
    for (const std::string& id : {goods.id, goods.code, goods.sku}) add(Level::kProduct, id);
    add(Level::kSupplier, goods.supplier_id);
    for (std::string id : goods.category_ids) {
        for (int depth = 0; depth < kCategoryDepthMax && !id.empty(); ++depth) {
            add(Level::kGroup, id);
            const auto parent = parents_.find(id);
            id = rules_.subcategories && parent != parents_.end() ? parent->second : std::string();
        }
    }
    std::vector<Offer> offers;
    for (const auto& [index, level] : levels)
        if (const Result<Decimal> price = campaign_price(campaigns_[index], goods.regular))
            offers.push_back({.campaign = &campaigns_[index], .level = level, .price = *price});
    return offers;
}

// Ends with the id, so that the order of an answer decides nothing.
bool CampaignBook::precedes(const Offer& left, const Offer& right) const {
    const auto specific = [](const Offer& offer) {
        return std::tuple(-static_cast<int>(offer.level), -offer.campaign->from_ms);
    };
    if (rules_.most_specific)
        return std::tuple(specific(left), left.price, left.campaign->id) <
               std::tuple(specific(right), right.price, right.campaign->id);
    return std::tuple(left.price, specific(left), left.campaign->id) <
           std::tuple(right.price, specific(right), right.campaign->id);
}

std::optional<Sale> CampaignBook::sale_of(const Goods& goods, std::int64_t now_ms) const {
    const std::string& source = rules_.discount_source;
    const auto below_regular = [&goods](std::optional<Sale> sale) {
        return sale && sale->price < goods.regular ? sale : std::nullopt;
    };
    const auto as_sale = [](const Offer& offer) {
        return Sale{.price = offer.price, .from_ms = offer.campaign->from_ms, .to_ms = offer.campaign->to_ms};
    };
    std::optional<Sale> of_product;
    if (goods.discounted && source != "campaigns") of_product = Sale{.price = std::max(*goods.discounted, Decimal{})};
    if (source == "product") return below_regular(of_product);

    const Offer* current = nullptr;
    const Offer* upcoming = nullptr;
    const std::vector<Offer> offers = offers_for(goods);
    for (const Offer& offer : offers) {
        if (has_ended(*offer.campaign, now_ms)) continue;
        if (has_begun(*offer.campaign, now_ms)) {
            if (current == nullptr || precedes(offer, *current)) current = &offer;
        } else if (upcoming == nullptr || offer.campaign->from_ms < upcoming->campaign->from_ms ||
                   (offer.campaign->from_ms == upcoming->campaign->from_ms && precedes(offer, *upcoming))) {
            upcoming = &offer;
        }
    }
    of_product = below_regular(of_product);
    if (current != nullptr) {
        const Sale sale = as_sale(*current);
        if (source == "lowest" && of_product && of_product->price < sale.price) return of_product;
        return below_regular(sale);
    }
    if (of_product) return of_product;
    return upcoming != nullptr ? below_regular(as_sale(*upcoming)) : std::nullopt;
}

std::optional<std::int64_t> CampaignBook::next_boundary(std::int64_t now_ms) const {
    std::optional<std::int64_t> next;
    for (const Campaign& campaign : campaigns_)
        for (const std::int64_t at : {campaign.from_ms, campaign.to_ms == 0 ? 0 : campaign.to_ms + kSecondMs})
            if (at > now_ms && (!next || at < *next)) next = at;
    return next;
}

}  // namespace shopwire::solteq
