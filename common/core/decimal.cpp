#include "common/core/decimal.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <optional>
#include <utility>

namespace shopwire {
namespace {

using Wide = __int128;

constexpr std::array<std::int64_t, 7> kPowers = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};
constexpr std::size_t kTextMax = 64;  // longer "numbers" are not numbers

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Half away from zero.
Wide divide_rounded(Wide value, Wide by) {
    const Wide half = by / 2;
    return value >= 0 ? (value + half) / by : -((-value + half) / by);
}

Result<Decimal> bounded(Wide micros, std::string_view text) {
    if (micros >= Decimal::kMicrosMax || micros <= -Decimal::kMicrosMax)
        return rejected("expected a number below 10000000000, got " + std::string(text.substr(0, kTextMax)));
    return Decimal::from_micros(static_cast<std::int64_t>(micros));
}

std::unexpected<Error> not_a_decimal(std::string_view text) {
    return rejected("expected a decimal like 12.50, got \"" + std::string(text.substr(0, kTextMax)) + "\"");
}

struct Digits {
    Wide mantissa = 0;      // all digits, without the point
    int decimals = 0;       // how many of them stand after the point
    std::size_t used = 0;   // characters read
    bool cut = false;       // digits other than zero stand after those in the mantissa
};

// Reads digits, optionally a point and more digits.  At least one digit on each side of the point.
std::optional<Digits> read_digits(std::string_view text) {
    Digits read;
    std::size_t at = 0;
    for (; at < text.size() && is_digit(text[at]); ++at) read.mantissa = read.mantissa * 10 + (text[at] - '0');
    if (at == 0 || at > 30) return std::nullopt;
    if (at < text.size() && text[at] == '.') {
        const std::size_t first = ++at;
        for (; at < text.size() && is_digit(text[at]); ++at) {
            if (at - first >= 20) {  // past any precision that could matter
                read.cut = read.cut || text[at] != '0';
                continue;
            }
            if (read.mantissa > std::numeric_limits<Wide>::max() / 100) return std::nullopt;
            read.mantissa = read.mantissa * 10 + (text[at] - '0');
            ++read.decimals;
        }
        if (at == first) return std::nullopt;
    }
    read.used = at;
    return read;
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
    if (text.empty() || text.size() > kTextMax) return not_a_decimal(text);
    const bool negative = text.front() == '-';
    const std::optional<Digits> digits = read_digits(text.substr(negative ? 1 : 0));
    if (!digits || digits->cut || digits->used + (negative ? 1 : 0) != text.size()) return not_a_decimal(text);
    Wide micros = digits->mantissa;
    for (int i = digits->decimals; i < kDecimals; ++i) micros *= 10;
    for (int i = kDecimals; i < digits->decimals; ++i) {
        if (micros % 10 != 0) return not_a_decimal(text);
        micros /= 10;
    }
    return bounded(negative ? -micros : micros, text);
}

Result<Decimal> Decimal::parse_rounded(std::string_view text) {
    if (text.empty() || text.size() > kTextMax) return not_a_decimal(text);
    const bool negative = text.front() == '-';
    const std::string_view body = text.substr(negative ? 1 : 0);
    const std::optional<Digits> digits = read_digits(body);
    if (!digits) return not_a_decimal(text);
    int exponent = 0;
    if (digits->used != body.size()) {
        std::string_view rest = body.substr(digits->used);
        if (rest.front() != 'e' && rest.front() != 'E') return not_a_decimal(text);
        rest.remove_prefix(1);
        const bool down = !rest.empty() && rest.front() == '-';
        if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
        if (rest.empty() || rest.size() > 3) return not_a_decimal(text);
        for (const char c : rest) {
            if (!is_digit(c)) return not_a_decimal(text);
            exponent = exponent * 10 + (c - '0');
        }
        if (down) exponent = -exponent;
    }
    Wide micros = digits->mantissa;
    int shift = kDecimals - digits->decimals + exponent;
    for (; shift > 0 && micros != 0; --shift) {
        micros *= 10;
        if (micros > Wide{kMicrosMax}) return bounded(micros, text);
    }
    // The last digit that is dropped decides; digits below it can only confirm "up" or be zero.
    for (; shift < -1 && micros != 0; ++shift) micros = micros / 10;
    if (shift == -1) micros = divide_rounded(micros, 10);
    return bounded(negative ? -micros : micros, text);
}

Result<Decimal> Decimal::parse_local(std::string_view text, char decimal_separator, char thousands) {
    std::string plain;
    plain.reserve(text.size());
    bool in_fraction = false;
    int group = -1;  // digits since the last thousands separator; -1: none was seen
    for (const char c : text) {
        if (thousands != 0 && c == thousands) {
            const std::size_t digits_before = plain.size() - (plain.starts_with('-') ? 1U : 0U);
            if (in_fraction || (group != -1 && group != 3) || digits_before == 0 || (group == -1 && digits_before > 3))
                return not_a_decimal(text);
            group = 0;
            continue;
        }
        if (c == decimal_separator) {
            if (group != -1 && group != 3) return not_a_decimal(text);
            group = -1;
            in_fraction = true;
            plain.push_back('.');
            continue;
        }
        if (c == '.') return not_a_decimal(text);
        if (group != -1) ++group;
        plain.push_back(c);
    }
    if (group != -1 && group != 3) return not_a_decimal(text);
    Result<Decimal> value = parse(plain);
    if (!value) return not_a_decimal(text);
    return value;
}

std::string Decimal::text(int decimals_min) const {
    assert(decimals_min >= 0 && decimals_min <= kDecimals);
    const bool negative = micros_ < 0;
    const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(micros_) : static_cast<std::uint64_t>(micros_);
    std::string out = negative ? "-" : "";
    out += std::to_string(size / kOne);
    std::string fraction = std::to_string(size % kOne);
    fraction.insert(0, kDecimals - fraction.size(), '0');
    while (std::cmp_greater(fraction.size(), decimals_min) && fraction.back() == '0') fraction.pop_back();
    if (!fraction.empty()) out += "." + fraction;
    return out;
}

Decimal Decimal::rounded(int decimals) const {
    assert(decimals >= 0 && decimals <= kDecimals);
    const std::int64_t step = kPowers[static_cast<std::size_t>(kDecimals - decimals)];
    return Decimal(static_cast<std::int64_t>(divide_rounded(micros_, step) * step));
}

std::int64_t Decimal::floor() const {
    const std::int64_t whole = micros_ / kOne;
    return micros_ % kOne < 0 ? whole - 1 : whole;
}

Decimal operator+(Decimal left, Decimal right) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left.micros_, right.micros_, &sum)) sum = left.micros_ < 0 ? -kLargest : kLargest;
    return Decimal(std::max(sum, -kLargest));  // one number below it cannot be negated
}

Decimal operator-(Decimal left, Decimal right) { return left + -right; }

Result<Decimal> multiply(Decimal left, Decimal right, int decimals) {
    assert(decimals >= 0 && decimals <= Decimal::kDecimals);
    const Wide step = kPowers[static_cast<std::size_t>(Decimal::kDecimals - decimals)];
    const Wide exact = Wide{left.micros()} * right.micros();  // in 10^-12
    return bounded(divide_rounded(exact, Wide{Decimal::kOne} * step) * step, left.text() + " * " + right.text());
}

Result<Decimal> divide(Decimal left, Decimal right, int decimals) {
    assert(decimals >= 0 && decimals <= Decimal::kDecimals);
    if (right.is_zero()) return rejected("dividing " + left.text() + " by zero");
    const Wide power = kPowers[static_cast<std::size_t>(decimals)];
    const Wide step = kPowers[static_cast<std::size_t>(Decimal::kDecimals - decimals)];
    Wide above = Wide{left.micros()} * power;
    Wide below = right.micros();
    if (below < 0) {
        above = -above;
        below = -below;
    }
    return bounded(divide_rounded(above, below) * step, left.text() + " / " + right.text());
}

}  // namespace shopwire
