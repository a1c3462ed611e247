// Weights and lengths in the units that shops use, turned into kilograms and centimetres.  Pure functions, thread-safe.
#pragma once

#include <string_view>

#include "common/core/decimal.h"

namespace shopwire::logistos {

// Exact, rounded once to six decimals.  `unit`: kg, g, lb, lbs, oz; without regard to case.
Result<Decimal> to_kilograms(Decimal value, std::string_view unit);
// `unit`: cm, mm, m, in, yd, ft.
Result<Decimal> to_centimetres(Decimal value, std::string_view unit);

// "500 g", "12in"; the number alone is in `unit_default`.
Result<Decimal> parse_weight(std::string_view text, std::string_view unit_default = "kg");
Result<Decimal> parse_length(std::string_view text, std::string_view unit_default = "cm");

}  // namespace shopwire::logistos
