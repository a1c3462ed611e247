#include "tests/sandbox/shop/order_totals.h"

namespace sandbox::shop {

using kit::Decimal;

namespace {

constexpr int kStoredPlaces = 6;
const Decimal kHundred = Decimal::whole(100);

Decimal factor(const Order& order) { return Decimal::whole(1) + order.tax_percent / kHundred; }

Decimal gross_of(const Order& order, const ProductLine& line) {
    return order.prices_include_tax ? (line.subtotal * factor(order)).rounded(2) : line.subtotal.rounded(2);
}

}  // namespace

Decimal tax_of(const Order& order, Decimal net) { return (net * order.tax_percent / kHundred).rounded(kStoredPlaces); }

Decimal rounded_tax(const ShopConfig& config, const Order& order, Decimal raw) {
    return raw.rounded(config.price_places,
                       order.prices_include_tax ? kit::Rounding::kHalfDown : kit::Rounding::kHalfUp);
}

Decimal net_of_price(const Order& order, Decimal price, std::int64_t quantity) {
    const auto amount = price * Decimal::whole(quantity);
    return (order.prices_include_tax ? amount / factor(order) : amount).rounded(kStoredPlaces);
}

void compute_totals(const ShopConfig& config, Order& order) {
    OrderTotals totals;
    Decimal net;
    Decimal raw_discount_tax;
    for (const auto& line : order.lines) {
        net += line.total.rounded(config.price_places);
        totals.cart_tax += rounded_tax(config, order, tax_of(order, line.total));
        totals.discount += line.subtotal - line.total;
        raw_discount_tax += tax_of(order, line.subtotal) - tax_of(order, line.total);
    }
    for (const auto& fee : order.fees) {
        net += fee.total;
        if (fee.taxable) totals.cart_tax += rounded_tax(config, order, tax_of(order, fee.total));
    }
    for (const auto& line : order.shipping_lines) {
        totals.shipping += line.total;
        totals.shipping_tax += rounded_tax(config, order, tax_of(order, line.total));
    }
    totals.discount = totals.discount.rounded(config.price_places);
    totals.discount_tax = rounded_tax(config, order, raw_discount_tax);
    totals.total_tax = totals.cart_tax + totals.shipping_tax;
    totals.total = (net + totals.shipping + totals.total_tax).rounded(config.price_places);
    order.totals = totals;
}

bool apply_coupon(const ShopConfig& config, Order& order, const Coupon& coupon, std::int64_t item_id) {
    Decimal whole;
    for (const auto& line : order.lines) whole += gross_of(order, line);
    if (whole.is_zero()) return false;
    const bool percent = coupon.type == "percent";
    const auto wanted =
        percent ? (whole * coupon.amount / kHundred).rounded(config.price_places) : std::min(coupon.amount, whole);
    Decimal left = wanted;
    CouponLine given{.id = item_id,
                     .code = coupon.code,
                     .type = coupon.type,
                     .nominal = coupon.amount,
                     .discount = {},
                     .discount_tax = {}};
    for (std::size_t i = 0; i < order.lines.size(); ++i) {
        auto& line = order.lines[i];
        const auto gross = gross_of(order, line);
        // The last line takes what rounding left over.
        const auto part = i + 1 == order.lines.size()
                              ? std::min(left, gross)
                              : std::min(left, (wanted * gross / whole).rounded(config.price_places));
        left = left - part;
        const auto net = order.prices_include_tax ? (part / factor(order)).rounded(kStoredPlaces) : part;
        const auto before = line.total;
        line.total = std::max(Decimal{}, line.total - net);
        given.discount += before - line.total;
        given.discount_tax += tax_of(order, before) - tax_of(order, line.total);
    }
    given.discount = given.discount.rounded(config.price_places);
    given.discount_tax = rounded_tax(config, order, given.discount_tax);
    order.coupons.push_back(std::move(given));
    return true;
}

}  // namespace sandbox::shop
