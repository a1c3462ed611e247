#include "services/woocommerce/measures.h"

#include <array>
#include <utility>

namespace shopwire::woocommerce {
namespace {

constexpr int kWrittenDecimals = 4;

using Factor = std::pair<std::string_view, std::int64_t>;  // millionths of our unit in one of theirs

constexpr std::array<Factor, 4> kWeights{{{"kg", 1'000'000}, {"g", 1'000}, {"lbs", 453'592}, {"oz", 28'350}}};
constexpr std::array<Factor, 5> kLengths{
    {{"cm", 1'000'000}, {"m", 100'000'000}, {"mm", 100'000}, {"in", 2'540'000}, {"yd", 91'440'000}}};

template <std::size_t N>
std::optional<Decimal> factor_of(const std::array<Factor, N>& factors, std::string_view unit) {
    for (const auto& [name, micros] : factors)
        if (name == unit) return Decimal::from_micros(micros);
    return std::nullopt;
}

std::optional<Decimal> number_of(json::Value value) {
    const Result<Decimal> number = Decimal::parse(value.text());
    if (!number || number->is_negative() || number->is_zero()) return std::nullopt;
    return *number;
}

std::optional<Decimal> converted(bool told, const events::v1::Decimal& value, std::optional<Decimal> factor) {
    const Decimal number = events::from_proto(value);
    if (!told || !factor || number.is_negative() || number.is_zero()) return std::nullopt;
    const Result<Decimal> shop = divide(number, *factor, kWrittenDecimals);
    return shop ? std::optional(*shop) : std::nullopt;
}

}  // namespace

std::optional<events::v1::Measures> measures_of(json::Value product, const Units& units) {
    const std::optional<Decimal> weight = factor_of(kWeights, units.weight);
    const std::optional<Decimal> length = factor_of(kLengths, units.length);
    const json::Value sizes = product.member("dimensions");
    events::v1::Measures out;
    const auto set = [](json::Value value, std::optional<Decimal> factor, auto&& field) {
        const std::optional<Decimal> number = number_of(value);
        if (!number || !factor) return;
        if (const Result<Decimal> ours = multiply(*number, *factor, Decimal::kDecimals))
            *field() = events::to_proto(*ours);
    };
    set(product.member("weight"), weight, [&] { return out.mutable_weight_kg(); });
    set(sizes.member("length"), length, [&] { return out.mutable_length_cm(); });
    set(sizes.member("width"), length, [&] { return out.mutable_width_cm(); });
    set(sizes.member("height"), length, [&] { return out.mutable_height_cm(); });
    const bool told = out.has_weight_kg() || out.has_length_cm() || out.has_width_cm() || out.has_height_cm();
    return told ? std::optional(out) : std::nullopt;
}

ShopMeasures in_shop_units(const events::v1::Measures& measures, const Units& units) {
    const std::optional<Decimal> weight = factor_of(kWeights, units.weight);
    const std::optional<Decimal> length = factor_of(kLengths, units.length);
    return {.weight = converted(measures.has_weight_kg(), measures.weight_kg(), weight),
            .length = converted(measures.has_length_cm(), measures.length_cm(), length),
            .width = converted(measures.has_width_cm(), measures.width_cm(), length),
            .height = converted(measures.has_height_cm(), measures.height_cm(), length)};
}

ShopMeasures shown_measures(json::Value product) {
    const json::Value sizes = product.member("dimensions");
    return {.weight = number_of(product.member("weight")),
            .length = number_of(sizes.member("length")),
            .width = number_of(sizes.member("width")),
            .height = number_of(sizes.member("height"))};
}

}  // namespace shopwire::woocommerce
