// The list of what every connector must do: written once, run for each case.
#pragma once

#include <span>
#include <string_view>

#include "tests/contract/conformance/stage.h"

namespace shopwire::conformance {

struct Check {
    std::string_view name{};
    void (*run)(Stage&) = nullptr;  // fails as a test does
};

std::span<const Check> form_checks();    // the spec, its settings, its logs
std::span<const Check> source_checks();  // streams
std::span<const Check> sink_checks();    // commands

// The cases of a program, which CMake writes from the list of its connectors.
std::vector<ContractCase> all_cases();

// What people write: four scripts, a sign beyond 16 bits, a combining one, one that turns the direction.
inline constexpr const char* kAlphabets = "Žak Ђура 茶 مرحبا \xf0\x9f\x98\x80 e\xcc\x81 \xe2\x80\x8f";

struct Currency {
    const char* code;
    const char* amount;
};
inline constexpr Currency kCurrencies[] = {{"JPY", "1200"}, {"KWD", "12.345"}};

}  // namespace shopwire::conformance
