#include "services/logistos/india.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace shopwire::logistos {
namespace {

struct Row {
    State state{};
    std::string_view older_code{};
    std::string_view older_name{};
};

constexpr std::array<Row, 37> kStates{
    {{{"AN", "Andaman and Nicobar Islands"}, "", ""},
     {{"AP", "Andhra Pradesh"}, "", ""},
     {{"AR", "Arunachal Pradesh"}, "", ""},
     {{"AS", "Assam"}, "", ""},
     {{"BR", "Bihar"}, "", ""},
     {{"CH", "Chandigarh"}, "", ""},
     {{"CG", "Chhattisgarh"}, "CT", ""},
     {{"DH", "Dadra and Nagar Haveli and Daman and Diu"}, "DN", "Dadra and Nagar Haveli"},
     {{"DD", "Daman and Diu"}, "", ""},
     {{"DL", "Delhi"}, "", "New Delhi"},
     {{"GA", "Goa"}, "", ""},
     {{"GJ", "Gujarat"}, "", ""},
     {{"HP", "Himachal Pradesh"}, "", ""},
     {{"HR", "Haryana"}, "", ""},
     {{"JH", "Jharkhand"}, "", ""},
     {{"JK", "Jammu and Kashmir"}, "", ""},
     {{"KA", "Karnataka"}, "", ""},
     {{"KL", "Kerala"}, "", ""},
     {{"LA", "Ladakh"}, "", ""},
     {{"LD", "Lakshadweep"}, "", ""},
     {{"MH", "Maharashtra"}, "", ""},
     {{"ML", "Meghalaya"}, "", ""},
     {{"MN", "Manipur"}, "", ""},
     {{"MP", "Madhya Pradesh"}, "", ""},
     {{"MZ", "Mizoram"}, "", ""},
     {{"NL", "Nagaland"}, "", ""},
     {{"OD", "Odisha"}, "OR", "Orissa"},
     {{"PB", "Punjab"}, "", ""},
     {{"PY", "Puducherry"}, "", "Pondicherry"},
     {{"RJ", "Rajasthan"}, "", ""},
     {{"SK", "Sikkim"}, "", ""},
     {{"TN", "Tamil Nadu"}, "", ""},
     {{"TR", "Tripura"}, "", ""},
     {{"TS", "Telangana"}, "TG", ""},
     {{"UK", "Uttarakhand"}, "UT", "Uttaranchal"},
     {{"UP", "Uttar Pradesh"}, "", ""},
     {{"WB", "West Bengal"}, "", ""}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Letters alone, in lower case, with "&" as "and": "Jammu & Kashmir" is "jammuandkashmir".
std::string folded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') out += "and";
        if (std::isalpha(static_cast<unsigned char>(c)) != 0)
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

bool luhn(std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 1 && (digit *= 2) > 9) digit -= 9;
        sum += digit;
    }
    return sum % 10 == 0;
}

}  // namespace

const State* find_state(std::string_view text) {
    const std::string wanted = folded(text);
    if (wanted.empty()) return nullptr;
    const auto found = std::ranges::find_if(kStates, [&wanted](const Row& row) {
        return wanted == folded(row.state.code) || wanted == folded(row.state.name) ||
               wanted == folded(row.older_code) || wanted == folded(row.older_name);
    });
    return found == kStates.end() ? nullptr : &found->state;
}

std::string normalize_pin(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c == ' ') continue;
        if (!is_digit(c)) return {};
        digits += c;
    }
    return digits.size() == 6 && digits.front() != '0' ? digits : std::string();
}

std::string normalize_phone(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (is_digit(c))
            digits += c;
        else if (std::string_view(" -+().").find(c) == std::string_view::npos)
            return {};
    }
    for (const std::string_view prefix : {"00", "91", "0"})
        if (digits.size() > 10 && digits.starts_with(prefix)) digits.erase(0, prefix.size());
    return digits.size() == 10 && digits.front() != '0' ? digits : std::string();
}

std::string without_card_numbers(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (!is_digit(text[at])) {
            out += text[at++];
            continue;
        }
        std::string digits;
        std::size_t end = at;
        for (std::size_t i = at; i < text.size() && (is_digit(text[i]) || text[i] == ' ' || text[i] == '-'); ++i) {
            if (!is_digit(text[i])) continue;
            digits += text[i];
            end = i + 1;
        }
        const bool card = digits.size() >= 13 && digits.size() <= 19 && luhn(digits);
        out += card ? "****" : text.substr(at, end - at);
        at = end;
    }
    return out;
}

}  // namespace shopwire::logistos
