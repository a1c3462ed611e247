// "Why does the shop show 5?"  From records and the stored ledger to a timeline and the arithmetic.  Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/config/installation.h"
#include "services/cli/story.h"

namespace shopwire::cli {

// A stock route of the merchant's file, as far as the arithmetic needs it.
struct StockRule {
    std::string owner{};
    std::string to{};
    std::vector<std::string> locations{};  // empty: all
    Decimal buffer{};
    bool on_hand = false;  // which number of the owner counts
};
std::vector<StockRule> stock_rules(const config::Merchant& merchant);

struct ArticleRef {
    std::string merchant{};
    std::string sku{};              // canonical: what the others stand for
    std::set<std::string> skus{};   // of all connections, folded
    std::vector<StockRule> rules{};  // of the merchant's file; empty: it is not known

    std::string key() const;  // merchant/sku
};

// The article by one connection's SKU, or by the canonical one.
ArticleRef article_of(const std::string& merchant, const std::string& sku, const config::Merchant* file);

bool is_about(const ArticleRef& article, const kafka::Record& record);

// `records` are about this article; of compacted topics the newest of each key.
Story sku_story(const ArticleRef& article, const std::vector<kafka::Record>& records, Personal personal,
                std::int64_t now_ms);

}  // namespace shopwire::cli
