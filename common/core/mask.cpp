#include "common/core/mask.h"

#include <string_view>

namespace shopwire {

void mask(std::string& text, const Secret& secret) {
    constexpr std::size_t kShortest = 6;
    constexpr std::string_view kStars = "***";
    const std::string& value = secret.reveal();
    if (value.size() < kShortest) return;
    for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + kStars.size()))
        text.replace(at, value.size(), kStars);
}

}  // namespace shopwire
