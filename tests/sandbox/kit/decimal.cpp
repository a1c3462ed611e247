#include "tests/sandbox/kit/decimal.h"

#include <array>
#include <cstdlib>

namespace sandbox::kit {

namespace {

__extension__ using Wide = __int128;

constexpr std::array<std::int64_t, 10> kPowers{1,       10,        100,        1'000,       10'000,
                                               100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr Wide kOne = 1'000'000'000;
constexpr int kMaxWholeDigits = 18;

Wide divide(Wide numerator, Wide denominator, Rounding rounding) {
    if (denominator < 0) {
        numerator = -numerator;
        denominator = -denominator;
    }
    const bool negative = numerator < 0;
    const Wide magnitude = negative ? -numerator : numerator;
    Wide quotient = magnitude / denominator;
    const Wide twice_rest = (magnitude % denominator) * 2;
    if (twice_rest > denominator || (twice_rest == denominator && rounding == Rounding::kHalfUp)) ++quotient;
    return negative ? -quotient : quotient;
}

std::string digits(Wide value) {
    if (value == 0) return "0";
    std::string out;
    for (; value > 0; value /= 10) out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    return out;
}

}  // namespace

Decimal Decimal::whole(std::int64_t value) { return Decimal{static_cast<Wide>(value) * kOne}; }

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
    Wide units = 0;
    int whole = 0;
    int fraction = -1;
    int seen = 0;
    for (const char c : text) {
        if (c == '.' && fraction < 0) {
            fraction = 0;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        ++seen;
        if (fraction < 0 && ++whole > kMaxWholeDigits) return std::nullopt;
        if (fraction >= kPlaces) continue;
        units = units * 10 + (c - '0');
        if (fraction >= 0) ++fraction;
    }
    if (seen == 0) return std::nullopt;
    for (int place = fraction < 0 ? 0 : fraction; place < kPlaces; ++place) units *= 10;
    return Decimal{negative ? -units : units};
}

Decimal Decimal::operator*(Decimal other) const {
    return Decimal{divide(units_ * other.units_, kOne, Rounding::kHalfUp)};
}

Decimal Decimal::operator/(Decimal other) const {
    if (other.units_ == 0) return Decimal{};
    return Decimal{divide(units_ * kOne, other.units_, Rounding::kHalfUp)};
}

Decimal Decimal::rounded(int places, Rounding rounding) const {
    if (places >= kPlaces) return *this;
    const Wide step = kPowers[static_cast<std::size_t>(kPlaces - (places < 0 ? 0 : places))];
    return Decimal{divide(units_, step, rounding) * step};
}

std::string Decimal::fixed(int places) const {
    places = places < 0 ? 0 : (places > kPlaces ? kPlaces : places);
    const Wide units = rounded(places).units_;
    const Wide magnitude = units < 0 ? -units : units;
    std::string out = units < 0 ? "-" : "";
    out += digits(magnitude / kOne);
    if (places == 0) return out;
    std::string fraction = digits(magnitude % kOne);
    fraction.insert(0, static_cast<std::size_t>(kPlaces) - fraction.size(), '0');
    fraction.resize(static_cast<std::size_t>(places));
    return out + "." + fraction;
}

std::string Decimal::text() const {
    std::string out = fixed(kPlaces);
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
    return out;
}

double Decimal::as_json_number() const { return std::strtod(text().c_str(), nullptr); }

std::int64_t Decimal::truncated() const { return static_cast<std::int64_t>(units_ / kOne); }

}  // namespace sandbox::kit
