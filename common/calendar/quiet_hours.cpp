#include "common/calendar/quiet_hours.h"

#include <charconv>
#include <optional>

namespace shopwire::calendar {
namespace {

constexpr int kDayMinutes = 24 * 60;

// Two digits, or -1.
int parse_two(std::string_view digits) {
    int value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? value : -1;
}

// "06:00" and "24:00" as minutes of the day.
std::optional<int> parse_clock(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const int hour = parse_two(text.substr(0, 2));
    const int minute = parse_two(text.substr(3));
    const int at = hour * 60 + minute;
    if (hour < 0 || minute < 0 || minute > 59 || at > kDayMinutes) return std::nullopt;
    return at;
}

}  // namespace

Result<QuietHours> QuietHours::parse(const std::vector<std::string>& texts) {
    QuietHours out;
    for (const std::string& text : texts) {
        const std::string_view all(text);
        const std::optional<int> from = parse_clock(all.substr(0, std::min<std::size_t>(5, all.size())));
        const std::optional<int> to = all.size() == 11 && all[5] == '-' ? parse_clock(all.substr(6)) : std::nullopt;
        if (!from || !to || *from == *to || *from == kDayMinutes)
            return rejected("expected hours like \"22:00-06:00\", got \"" + text.substr(0, 40) + "\"");
        int at = *from;
        do out.minutes_.set(static_cast<std::size_t>(at++ % kDayMinutes));
        while (at % kDayMinutes != *to % kDayMinutes);
    }
    if (out.minutes_.all()) return rejected("no minute of the day is left");
    return out;
}

std::int64_t QuietHours::end_ms(std::int64_t unix_ms, const Zone& zone) const {
    const std::int64_t now = zone.wall_minute(unix_ms);
    std::int64_t at = now;
    const auto is_quiet = [this](std::int64_t wall) {
        return minutes_.test(static_cast<std::size_t>(((wall % kDayMinutes) + kDayMinutes) % kDayMinutes));
    };
    while (is_quiet(at)) ++at;  // ends: some minute of each day is not
    if (at == now) return unix_ms;
    const Zone::Showing end = zone.showing(at);
    return end.first_ms > unix_ms ? end.first_ms : end.last_ms;
}

}  // namespace shopwire::calendar
