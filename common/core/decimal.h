// Exact decimals for money and quantity: whole millionths in 64 bits.  A value type, no thread rule.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/error.h"

namespace shopwire {

class Decimal {
 public:
    static constexpr int kDecimals = 6;
    static constexpr std::int64_t kOne = 1'000'000;
    // Values from outside stay below 10^10, so that hundreds of the largest can be added in 64 bits.
    static constexpr std::int64_t kMicrosMax = 10'000'000'000 * kOne;

    constexpr Decimal() = default;
    static constexpr Decimal from_micros(std::int64_t micros) { return Decimal(micros); }
    // REQUIRES: |whole| < 10^10.
    static constexpr Decimal from_integer(std::int64_t whole) { return Decimal(whole * kOne); }

    // "12", "-0.5", "1299.00".  No spaces, no exponent, no "+", no digit beyond the sixth decimal unless it is zero:
    // those are errors (kRejected), never roundings.
    static Result<Decimal> parse(std::string_view text);

    // As a JSON number may stand: exponents and more decimals are taken, rounded half away from zero to six decimals.
    static Result<Decimal> parse_rounded(std::string_view text);

    // Text of another culture: parse_local("1.299,00", ',', '.').  `thousands` 0: none are allowed.
    static Result<Decimal> parse_local(std::string_view text, char decimal_separator, char thousands);

    // Shortest text with at least `decimals_min` decimals: 12.5 with 2 is "12.50".
    std::string text(int decimals_min = 0) const;

    constexpr std::int64_t micros() const { return micros_; }
    constexpr bool is_zero() const { return micros_ == 0; }
    constexpr bool is_negative() const { return micros_ < 0; }

    Decimal rounded(int decimals) const;  // half away from zero; 0 <= decimals <= 6
    std::int64_t floor() const;           // towards minus infinity

    // Sums past 64 bits stay at the limit instead of wrapping, so that a comparison with a real total fails.
    friend Decimal operator+(Decimal left, Decimal right);
    friend Decimal operator-(Decimal left, Decimal right);
    friend constexpr Decimal operator-(Decimal value) { return Decimal(-value.micros_); }
    Decimal& operator+=(Decimal other) { return *this = *this + other; }
    Decimal& operator-=(Decimal other) { return *this = *this - other; }
    friend constexpr auto operator<=>(Decimal, Decimal) = default;

 private:
    constexpr explicit Decimal(std::int64_t micros) : micros_(micros) {}
    std::int64_t micros_ = 0;
};

// Exact product or quotient, rounded once, half away from zero.  kRejected when it does not fit, or on division by
// zero.
Result<Decimal> multiply(Decimal left, Decimal right, int decimals);
Result<Decimal> divide(Decimal left, Decimal right, int decimals);

}  // namespace shopwire
