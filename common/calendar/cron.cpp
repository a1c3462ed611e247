#include "common/calendar/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace shopwire::calendar {
namespace {

constexpr std::size_t kTextMax = 256;
constexpr std::int64_t kDayMinutes = 24 * 60;
// A leap day on a given weekday comes after 40 years at the latest: 2100 has none.
constexpr std::int64_t kDaysMax = 15'000;
constexpr std::string_view kMonths[] = {"",    "jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct Field {
    std::string_view name{};
    int first = 0;
    int last = 0;
    std::span<const std::string_view> words{};  // by number
};
constexpr Field kMinute{.name = "minute", .first = 0, .last = 59};
constexpr Field kHour{.name = "hour", .first = 0, .last = 23};
constexpr Field kDay{.name = "day of the month", .first = 1, .last = 31};
const Field kMonth{.name = "month", .first = 1, .last = 12, .words = kMonths};
const Field kWeekday{.name = "day of the week", .first = 0, .last = 7, .words = kWeekdays};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

Error wrong(const Field& field, std::string_view text) {
    return {.kind = ErrorKind::kRejected,
            .message = std::string(field.name) + ": expected " + std::to_string(field.first) + " to " +
                       std::to_string(field.last) + (field.words.empty() ? "" : " or a name of three letters") +
                       ", alone, as a range, in a list or with a step, got \"" + std::string(text) + "\""};
}

// `at_end`: of a range, where "sun" closes the week.
Result<int> parse_value(const Field& field, std::string_view text, bool at_end) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (std::size_t i = 0; i < field.words.size(); ++i)
        if (!lower.empty() && field.words[i] == lower) return at_end && i == 0 ? field.last : static_cast<int>(i);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < field.first || value > field.last)
        return std::unexpected(wrong(field, text));
    return value;
}

// One entry of a list: "*", "5", "5-9", each with "/2" or without.
Status parse_entry(const Field& field, std::string_view text, std::vector<int>& values) {
    const std::size_t slash = text.find('/');
    const std::string_view range = text.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
        if (error != std::errc() || end != digits.data() + digits.size() || step < 1 || step > field.last)
            return std::unexpected(wrong(field, text));
    }
    int first = field.first;
    int last = field.last;
    if (range != "*") {
        const std::size_t dash = range.find('-');
        const Result<int> low = parse_value(field, range.substr(0, dash), false);
        if (!low) return std::unexpected(low.error());
        first = *low;
        if (slash == std::string_view::npos || dash != std::string_view::npos) last = first;
        if (dash != std::string_view::npos) {
            const Result<int> high = parse_value(field, range.substr(dash + 1), true);
            if (!high) return std::unexpected(high.error());
            last = *high;
        }
        if (last < first) return std::unexpected(wrong(field, text));
    } else if (&field == &kWeekday) {
        last = 6;  // 7 is 0 once more, which would spoil the steps
    }
    for (int value = first; value <= last; value += step) values.push_back(value);
    return {};
}

template <std::size_t N>
Status parse_field(const Field& field, std::string_view text, std::bitset<N>& out) {
    std::vector<int> values;
    for (const std::string_view entry : split(text, ","))
        if (Status parsed = parse_entry(field, entry, values); !parsed) return parsed;
    for (const int value : values) out.set(static_cast<std::size_t>(value) % N);
    return {};
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    std::vector<std::string_view> fields = split(text.substr(0, kTextMax), " \t");
    std::erase(fields, "");
    if (fields.size() != 5 || text.size() > kTextMax)
        return rejected("expected five fields (minute, hour, day of the month, month, day of the week), got \"" +
                        std::string(text.substr(0, 80)) + "\"");
    Cron cron;
    Status parsed = parse_field(kMinute, fields[0], cron.minutes_);
    if (parsed) parsed = parse_field(kHour, fields[1], cron.hours_);
    if (parsed) parsed = parse_field(kDay, fields[2], cron.days_);
    if (parsed) parsed = parse_field(kMonth, fields[3], cron.months_);
    if (parsed) parsed = parse_field(kWeekday, fields[4], cron.weekdays_);
    if (!parsed) return std::unexpected(parsed.error());
    cron.either_day_ = !fields[2].starts_with('*') && !fields[4].starts_with('*');
    for (std::int64_t day = 0; day < kDaysMax; ++day)
        if (cron.has_day(day)) return cron;
    return rejected("no day is ever like \"" + std::string(text) + "\"");
}

bool Cron::has_day(std::int64_t day) const {
    const std::chrono::sys_days date{std::chrono::days(day)};
    const std::chrono::year_month_day parts{date};
    if (!months_.test(static_cast<unsigned>(parts.month()))) return false;
    const bool by_month = days_.test(static_cast<unsigned>(parts.day()));
    const bool by_week = weekdays_.test(std::chrono::weekday(date).c_encoding());
    return either_day_ ? by_month || by_week : by_month && by_week;
}

std::int64_t Cron::next_ms(std::int64_t unix_ms, const Zone& zone) const {
    constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    std::int64_t next = kNever;
    const auto take = [&](std::int64_t at_ms) {
        if (at_ms > unix_ms) next = std::min(next, at_ms);
    };
    // From yesterday on: the change of a clock may put the last minutes of a day behind midnight.
    const std::int64_t today = zone.wall_minute(unix_ms) / kDayMinutes;
    for (std::int64_t day = today - 1; day < today + kDaysMax && next == kNever; ++day) {
        if (!has_day(day)) continue;
        for (std::int64_t minute = 0; minute < kDayMinutes; ++minute) {
            if (!hours_.test(static_cast<std::size_t>(minute / 60))) continue;
            if (!minutes_.test(static_cast<std::size_t>(minute % 60))) continue;
            const Zone::Showing at = zone.showing(day * kDayMinutes + minute);
            if (!every_hour())
                take(at.first_ms);
            else if (at.exists) {
                take(at.first_ms);
                take(at.last_ms);
            }
        }
    }
    return next;
}

}  // namespace shopwire::calendar
