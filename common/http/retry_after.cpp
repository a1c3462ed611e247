#include "common/http/retry_after.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/clock.h"

namespace shopwire::http {
namespace {

constexpr std::size_t kSecondsDigitsMax = 9;

std::optional<std::int64_t> whole_number(std::string_view text) {
    if (text.empty() || text.size() > kSecondsDigitsMax) return std::nullopt;
    std::int64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that RFC 9110 lets servers send.
std::optional<std::int64_t> http_date_ms(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
    const auto month = std::ranges::find(kMonths, text.substr(8, 3));
    if (month == kMonths.end()) return std::nullopt;
    const auto number = std::to_string(month - kMonths.begin() + 1);
    const std::string iso = std::string(text.substr(12, 4)) + "-" + (number.size() == 1 ? "0" : "") + number + "-" +
                            std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8));
    const Result<std::int64_t> time = parse_utc(iso);
    if (!time) return std::nullopt;
    return *time;
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers) {
    const std::string* header = find_header(headers, "Retry-After");
    if (header == nullptr) return std::nullopt;
    std::chrono::milliseconds wait{0};
    if (const std::optional<std::int64_t> seconds = whole_number(*header)) {
        wait = std::chrono::seconds(*seconds);
    } else if (const std::optional<std::int64_t> until = http_date_ms(*header)) {
        const std::string* date = find_header(headers, "Date");
        const std::optional<std::int64_t> now = date != nullptr ? http_date_ms(*date) : std::nullopt;
        wait = std::chrono::milliseconds(*until - now.value_or(system_clock().now_ms()));
    } else {
        return std::nullopt;
    }
    return std::clamp(wait, std::chrono::milliseconds(0), kRetryAfterMax);
}

}  // namespace shopwire::http
