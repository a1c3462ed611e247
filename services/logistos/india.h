// What an Indian address must hold for a carrier.  Pure functions, thread-safe; no message quotes the address.
#pragma once

#include <string>
#include <string_view>

namespace shopwire::logistos {

struct State {
    std::string_view code{};  // as WooCommerce and ISO 3166-2:IN write it today
    std::string_view name{};
};

// By code, older code or name, without regard to case; nullptr: none of India's.
const State* find_state(std::string_view text);

std::string normalize_pin(std::string_view text);    // six digits; empty when it is none
std::string normalize_phone(std::string_view text);  // ten digits, without +91 or 0; empty when it is none

// Free text without the numbers of payment cards: 13 to 19 digits that pass the Luhn check become "****".
std::string without_card_numbers(std::string_view text);

}  // namespace shopwire::logistos
