#include "tests/sandbox/erp/serbian_text.h"

#include <algorithm>

namespace sandbox::erp::serbian {
namespace {

std::string with_places(Amount amount, int places) {
    std::string text = amount.text(places);
    const std::size_t point = text.find('.');
    if (point != std::string::npos) text[point] = ',';
    const std::size_t first_digit = text.starts_with('-') ? 1 : 0;
    for (std::size_t at = std::min(point, text.size()); at > first_digit + 3;) {
        at -= 3;
        text.insert(at, 1, '.');
    }
    return text;
}

}  // namespace

std::string money(Amount amount) { return with_places(amount, std::max(2, amount.places())); }

std::string quantity(Amount amount) { return with_places(amount, 3); }

std::optional<Amount> parse_number(std::string_view text) {
    std::string_view whole = text.substr(0, text.find(','));
    const std::string_view fraction = text.substr(whole.size());
    std::string plain{whole.substr(0, whole.find('.'))};
    whole.remove_prefix(plain.size());
    const std::size_t lead = plain.size() - (plain.starts_with('-') ? 1 : 0);
    if (!whole.empty() && (lead < 1 || lead > 3)) return std::nullopt;
    for (; !whole.empty(); whole.remove_prefix(4)) {
        if (whole.size() < 4 || whole.substr(1, 3).contains('.')) return std::nullopt;
        plain.append(whole.substr(1, 3));
        if (whole.size() > 4 && whole[4] != '.') return std::nullopt;
    }
    if (!fraction.empty()) plain.append(".").append(fraction.substr(1));
    return Amount::parse(plain);
}

}  // namespace sandbox::erp::serbian
