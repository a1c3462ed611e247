#include "services/logistos/measure.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>

namespace shopwire::logistos {
namespace {

// As a fraction, since an ounce has more decimals than a Decimal: these are the legal definitions of 1959.
struct Unit {
    std::string_view name{};
    std::int64_t numerator = 1;
    std::int64_t denominator = 1;
};
constexpr Unit kWeights[] = {{"kg", 1, 1},
                             {"g", 1, 1'000},
                             {"lb", 45'359'237, 100'000'000},
                             {"lbs", 45'359'237, 100'000'000},
                             {"oz", 28'349'523'125, 1'000'000'000'000}};
constexpr Unit kLengths[] = {{"cm", 1, 1},     {"mm", 1, 10},      {"m", 100, 1},
                             {"in", 254, 100}, {"yd", 9'144, 100}, {"ft", 3'048, 100}};
constexpr std::int64_t kValueMax = 1'000'000;  // of any unit: no parcel is larger

Result<Decimal> convert(Decimal value, std::string_view unit, std::span<const Unit> units) {
    std::string name(unit);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = std::ranges::find(units, name, &Unit::name);
    if (found == units.end()) return rejected("unit \"" + name + "\" is not known");
    if (value.is_negative() || value >= Decimal::from_integer(kValueMax)) return rejected("expected 0 to 1000000");
    __extension__ using Wide = __int128;
    const Wide scaled = static_cast<Wide>(value.micros()) * found->numerator;
    const Wide half = found->denominator / 2;
    return Decimal::from_micros(static_cast<std::int64_t>((scaled + half) / found->denominator));
}

Result<Decimal> parse(std::string_view text, std::string_view unit_default, std::span<const Unit> units) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    const Result<Decimal> number = Decimal::parse(text.substr(0, end));
    if (!number) return rejected("expected a number and a unit, like \"500 g\" or \"12 in\"");
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
    return convert(*number, text.empty() ? unit_default : text, units);
}

}  // namespace

Result<Decimal> to_kilograms(Decimal value, std::string_view unit) { return convert(value, unit, kWeights); }
Result<Decimal> to_centimetres(Decimal value, std::string_view unit) { return convert(value, unit, kLengths); }
Result<Decimal> parse_weight(std::string_view text, std::string_view unit_default) {
    return parse(text, unit_default, kWeights);
}
Result<Decimal> parse_length(std::string_view text, std::string_view unit_default) {
    return parse(text, unit_default, kLengths);
}

}  // namespace shopwire::logistos
