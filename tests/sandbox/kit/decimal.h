// Exact decimal numbers for the simulators: a 128 bit integer counted in billionths. Values, not thread bound.
// Written for the sandbox alone, so that an arithmetic mistake of the product cannot hide behind the same mistake here.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox::kit {

enum class Rounding { kHalfUp, kHalfDown };

class Decimal {
 public:
    static constexpr int kPlaces = 9;

    constexpr Decimal() = default;
    static Decimal whole(std::int64_t value);
    // Accepts "-12", "3.50", ".5"; at most 18 digits before the point, digits after the ninth are cut.
    static std::optional<Decimal> parse(std::string_view text);

    Decimal operator+(Decimal other) const { return Decimal{units_ + other.units_}; }
    Decimal operator-(Decimal other) const { return Decimal{units_ - other.units_}; }
    Decimal operator-() const { return Decimal{-units_}; }
    Decimal& operator+=(Decimal other) {
        units_ += other.units_;
        return *this;
    }
    Decimal operator*(Decimal other) const;
    // Rounded half up at the ninth place; division by zero gives zero.
    Decimal operator/(Decimal other) const;
    Decimal rounded(int places, Rounding rounding = Rounding::kHalfUp) const;

    bool is_zero() const { return units_ == 0; }
    bool is_negative() const { return units_ < 0; }
    bool operator==(const Decimal&) const = default;
    std::strong_ordering operator<=>(const Decimal& other) const {
        return units_ < other.units_   ? std::strong_ordering::less
               : units_ > other.units_ ? std::strong_ordering::greater
                                       : std::strong_ordering::equal;
    }

    // Rounded half up to `places`, padded with zeros: fixed(2) of 5 is "5.00".
    std::string fixed(int places) const;
    // As short as can be: "5", "0.25".
    std::string text() const;
    // For wire formats that want a JSON number; never for arithmetic.
    double as_json_number() const;
    std::int64_t truncated() const;

 private:
    __extension__ using Wide = __int128;
    constexpr explicit Decimal(Wide units) : units_(units) {}
    Wide units_ = 0;
};

}  // namespace sandbox::kit
