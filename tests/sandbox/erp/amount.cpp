#include "tests/sandbox/erp/amount.h"

#include <cstdlib>

namespace sandbox::erp {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kHundred = 100 * Amount::kScale;
constexpr std::int64_t kCent = Amount::kScale / 100;

// Half-up, away from zero for negative values: the way the fiscal processor rounds (contract rules 6.1).
std::int64_t divide_half_up(Wide value, Wide divisor) {
    const Wide half = divisor / 2;
    return static_cast<std::int64_t>(value < 0 ? -((-value + half) / divisor) : (value + half) / divisor);
}

Amount cents(Wide value, Wide divisor_to_cents) {
    return Amount::from_units(divide_half_up(value, divisor_to_cents) * kCent);
}

}  // namespace

std::optional<Amount> Amount::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    std::int64_t whole = 0;
    std::size_t at = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        whole = whole * 10 + (text[at] - '0');
        if (whole > kWholeMax) return std::nullopt;
    }
    if (at == 0) return std::nullopt;
    std::int64_t fraction = 0;
    if (at < text.size()) {
        if (text[at] != '.' || at + 1 == text.size()) return std::nullopt;
        std::int64_t weight = kScale / 10;
        for (++at; at < text.size(); ++at, weight /= 10) {
            if (text[at] < '0' || text[at] > '9') return std::nullopt;
            if (weight == 0 && text[at] != '0') return std::nullopt;
            fraction += weight * (text[at] - '0');
        }
    }
    const std::int64_t units = whole * kScale + fraction;
    return Amount{negative ? -units : units};
}

int Amount::places() const {
    int places = kPlaces;
    for (std::int64_t rest = units_; places > 0 && rest % 10 == 0; rest /= 10) --places;
    return places;
}

std::string Amount::text(int places) const {
    std::int64_t unit = kScale;
    for (int place = 0; place < places; ++place) unit /= 10;
    const std::int64_t rounded = divide_half_up(units_, unit);
    std::string digits = std::to_string(std::abs(rounded));
    const auto fraction = static_cast<std::size_t>(places);
    if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
    if (fraction > 0) digits.insert(digits.size() - fraction, 1, '.');
    return rounded < 0 ? "-" + digits : digits;
}

Amount line_amount(Amount quantity, Amount unit_price, Amount discount_percent, Amount second_discount_percent) {
    // A quantity has three places, so one digit is free: with it a product of four factors stays below 2^127.
    const Wide milli_quantity = quantity.units() / 10;
    const Wide keep_first = kHundred - discount_percent.units();
    const Wide keep_second = (kHundred - second_discount_percent.units()) / kCent;
    const Wide product = milli_quantity * unit_price.units() * keep_first * keep_second;
    return cents(product, Wide{1000} * kCent * kHundred * (kHundred / kCent));
}

Amount vat_inside(Amount gross, Amount rate_percent) {
    return cents(Wide{gross.units()} * rate_percent.units(), Wide{kHundred + rate_percent.units()} * kCent);
}

Amount vat_on_top(Amount net, Amount rate_percent) {
    return cents(Wide{net.units()} * rate_percent.units(), Wide{kHundred} * kCent);
}

Amount net_of(Amount gross, Amount rate_percent) {
    return Amount::from_units(divide_half_up(Wide{gross.units()} * kHundred, kHundred + rate_percent.units()));
}

Amount gross_of(Amount net, Amount rate_percent) {
    return cents(Wide{net.units()} * (kHundred + rate_percent.units()), Wide{kHundred} * kCent);
}

}  // namespace sandbox::erp
