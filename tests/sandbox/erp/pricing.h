// Small readings of the ledger that both wire shapes need. Pure functions.
#pragma once

#include "tests/sandbox/erp/model.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sandbox::erp {

enum class PriceType { kPurchase, kNet, kGross };

inline Amount price_of(const UnitStock& row, PriceType type) {
    switch (type) {
        case PriceType::kPurchase: return row.price_purchase;
        case PriceType::kNet: return row.price_net;
        case PriceType::kGross: return row.price_gross;
    }
    return {};
}

// The letter of the rate on Serbian fiscal documents (contract sors, source S38).
inline const char* vat_label(Amount rate) {
    if (rate == Amount::from_whole(20)) return "Đ";
    if (rate == Amount::from_whole(10)) return "E";
    return rate.is_zero() ? "G" : "";
}

struct StockRow {
    const Article* article = nullptr;
    int unit = 1;
    const UnitStock& values() const { return article->units[static_cast<std::size_t>(unit - 1)]; }
};

// The rows [begin, end) of a list, cut to what there is.
template <typename Row>
std::vector<Row> slice(const std::vector<Row>& rows, std::size_t begin, std::size_t end) {
    const auto first = static_cast<std::ptrdiff_t>(std::min(begin, rows.size()));
    const auto last = static_cast<std::ptrdiff_t>(std::min(std::max(begin, end), rows.size()));
    return {rows.begin() + first, rows.begin() + last};
}

}  // namespace sandbox::erp
