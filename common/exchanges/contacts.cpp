#include "common/exchanges/contacts.h"

namespace shopwire::exchanges {
namespace {

constexpr std::size_t kPhoneDigitsMin = 7;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool ends_word(char c) { return std::string_view(" \t\r\n\"'<>(),;:[]{}").contains(c); }

// Where a telephone number that begins with '+' at `at` ends; `at` when there is none.
std::size_t end_of_phone(std::string_view text, std::size_t at) {
    std::size_t digits = 0;
    std::size_t end = at;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (is_digit(text[i])) {
            ++digits;
            end = i + 1;
        } else if (!std::string_view(" -/().").contains(text[i])) {
            break;
        }
    }
    return digits >= kPhoneDigitsMin ? end : at;
}

}  // namespace

std::string without_contacts(std::string_view text) {
    std::string out;
    std::size_t word = 0;  // where the current word began, in `out`
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '@' && out.size() > word && i + 1 < text.size() && !ends_word(text[i + 1])) {
            out.resize(word);
            out += "***";
            while (i + 1 < text.size() && !ends_word(text[i + 1])) ++i;
            continue;
        }
        if (const std::size_t end = text[i] == '+' ? end_of_phone(text, i) : i; end > i) {
            out += "***";
            i = end - 1;
            continue;
        }
        out += text[i];
        if (ends_word(text[i])) word = out.size();
    }
    return out;
}

}  // namespace shopwire::exchanges
