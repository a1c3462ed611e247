// Exact decimal with four places for money, quantities and percentages. A plain value: copy it freely. The kit's
// Decimal rounds after every product; an ERP line has up to 13 places before its one rounding, so the amounts of a line
// are computed here in one step.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox::erp {

class Amount {
 public:
    static constexpr std::int64_t kScale = 10'000;
    static constexpr int kPlaces = 4;
    static constexpr std::int64_t kWholeMax = 1'000'000'000;  // keeps every product of a line inside 128 bits

    constexpr Amount() = default;
    static constexpr Amount from_units(std::int64_t units) { return Amount{units}; }
    static constexpr Amount from_whole(std::int64_t whole) { return Amount{whole * kScale}; }

    // "1299.00", "-3", "10.1873". Nothing for other text, for more than four significant places and for more than
    // kWholeMax.
    static std::optional<Amount> parse(std::string_view text);

    constexpr std::int64_t units() const { return units_; }
    constexpr bool is_zero() const { return units_ == 0; }
    // The number of places that are needed to write the value exactly, 0 to 4.
    int places() const;
    // With exactly `places` places; half-up where digits are lost.
    std::string text(int places) const;
    // The nearest double; its shortest text is the decimal, since a value has at most 15 digits. For writing JSON,
    // never for sums.
    double as_json_number() const { return static_cast<double>(units_) / static_cast<double>(kScale); }

    friend constexpr Amount operator+(Amount left, Amount right) { return Amount{left.units_ + right.units_}; }
    friend constexpr Amount operator-(Amount left, Amount right) { return Amount{left.units_ - right.units_}; }
    friend constexpr Amount operator-(Amount value) { return Amount{-value.units_}; }
    Amount& operator+=(Amount other) { return *this = *this + other; }
    Amount& operator-=(Amount other) { return *this = *this - other; }
    friend constexpr auto operator<=>(Amount, Amount) = default;

 private:
    explicit constexpr Amount(std::int64_t units) : units_{units} {}
    std::int64_t units_ = 0;
};

// quantity x unit price x (1 - discount/100) x (1 - second discount/100), half-up to 2 places in one rounding.
Amount line_amount(Amount quantity, Amount unit_price, Amount discount_percent, Amount second_discount_percent);
// The VAT inside an amount that includes it, and the VAT on top of one that does not; half-up to 2 places.
Amount vat_inside(Amount gross, Amount rate_percent);
Amount vat_on_top(Amount net, Amount rate_percent);
// A price in the other basis: net with 4 places, gross with 2.
Amount net_of(Amount gross, Amount rate_percent);
Amount gross_of(Amount net, Amount rate_percent);

}  // namespace sandbox::erp
