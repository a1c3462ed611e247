// Canonical records of a dialect to events and to what the pure modules need.  Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/dialect/zone.h"
#include "common/events/codec.h"
#include "services/solteq/campaign.h"
#include "services/solteq/client.h"

namespace shopwire::solteq {

// Milliseconds since 1970, a time with Z or offset, or a local time.
Result<std::int64_t> read_time(std::string_view text, const dialect::Zone& zone);

// A product of the list: an article, or one variant of a model.
struct Article {
    Goods goods{};  // sku, ids, prices
    std::string kind{}, model_number{}, gtin{}, name{}, currency{}, unit{};
    std::vector<std::pair<std::string, std::string>> attributes{};
    std::optional<Decimal> vat_rate{}, regular{}, purchase{};
    bool active = true;
    std::int64_t modified_at_ms = 0;
};
Result<Article> read_article(std::string_view record, const dialect::Zone& zone);

// Left-padded to 14 digits, so that equal numbers are equal; empty when it is none.
std::string normalize_gtin(std::string_view text);

// One number of one article in one stock, as one store sees it.
struct BalanceRow {
    std::string sku{}, store_id{}, stock_id{};
    Decimal free{}, reserved{};
    std::int64_t modified_at_ms = 0;
};
Result<BalanceRow> read_balance(std::string_view record, const dialect::Zone& zone);
// Which location a number belongs to, by settings.balance_scope: the sum is the web store's.
std::string balance_location(const Settings& settings, const std::string& store_id, const std::string& stock_id);

Result<Campaign> read_campaign(std::string_view record, const Settings& settings, const dialect::Zone& zone);

struct Category {
    std::string id{}, parent_id{};
};
Result<Category> read_category(std::string_view record);

// No description and no image: those are the shop's.
events::Event product_event(const Article& article, const events::v1::Source& source);
// REQUIRES: article.regular.
events::Event price_event(const Article& article, const std::optional<Sale>& sale, const Settings& settings,
                          const events::v1::Source& source);
events::Event stock_event(const BalanceRow& row, const events::v1::Source& source);
events::Event customer_event(const CustomerCard& card, const dialect::Zone& zone, const events::v1::Source& source);

}  // namespace shopwire::solteq
