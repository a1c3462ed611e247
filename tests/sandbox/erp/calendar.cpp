#include "tests/sandbox/erp/calendar.h"

#include <array>
#include <cstdio>

namespace sandbox::erp {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::last;
using std::chrono::March;
using std::chrono::October;
using std::chrono::seconds;
using std::chrono::Sunday;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

// Summer time runs from the last Sunday of March to the last Sunday of October, both at 01:00 UTC.
seconds belgrade_offset(sys_seconds at) {
    const auto year_of = Date{floor<days>(at)}.year();
    const sys_seconds start = sys_days{year_of / March / Sunday[last]} + hours{1};
    const sys_seconds end = sys_days{year_of / October / Sunday[last]} + hours{1};
    return at >= start && at < end ? hours{2} : hours{1};
}

sys_seconds local_seconds(Microseconds at) {
    const sys_seconds instant{floor<seconds>(std::chrono::microseconds{at})};
    return instant + belgrade_offset(instant);
}

struct Split {
    Date date{};
    int hour = 0;
    int minute = 0;
    int second = 0;
};

Split split(Microseconds at) {
    const sys_seconds local = local_seconds(at);
    const sys_days day = floor<days>(local);
    const std::chrono::hh_mm_ss time{local - day};
    return {.date = Date{day},
            .hour = static_cast<int>(time.hours().count()),
            .minute = static_cast<int>(time.minutes().count()),
            .second = static_cast<int>(time.seconds().count())};
}

std::optional<int> number(std::string_view text, std::size_t from, std::size_t length) {
    if (from + length > text.size()) return std::nullopt;
    int value = 0;
    for (const char digit : text.substr(from, length)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + (digit - '0');
    }
    return value;
}

std::optional<Date> date_of(std::optional<int> year, std::optional<int> month, std::optional<int> day) {
    if (!year || !month || !day) return std::nullopt;
    const Date date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                    std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return date;
}

std::optional<Microseconds> instant(std::optional<Date> date, std::string_view clock) {
    if (!date || clock.size() != 8 || clock[2] != ':' || clock[5] != ':') return std::nullopt;
    const auto hour = number(clock, 0, 2);
    const auto minute = number(clock, 3, 2);
    const auto second = number(clock, 6, 2);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    const sys_seconds local = sys_days{*date} + hours{*hour} + std::chrono::minutes{*minute} + seconds{*second};
    const sys_seconds summer = local - hours{2};
    const sys_seconds found = belgrade_offset(summer) == hours{2} ? summer : local - hours{1};
    return std::chrono::duration_cast<std::chrono::microseconds>(found.time_since_epoch()).count();
}

template <typename... Values>
std::string print(const char* format, Values... values) {
    std::array<char, 40> buffer{};
    const int length = std::snprintf(buffer.data(), buffer.size(), format, values...);
    return {buffer.data(), static_cast<std::size_t>(length)};
}

int year_of(Date date) { return static_cast<int>(date.year()); }
unsigned month_of(Date date) { return static_cast<unsigned>(date.month()); }
unsigned day_of(Date date) { return static_cast<unsigned>(date.day()); }

}  // namespace

Date local_date(Microseconds at) { return split(at).date; }

std::string iso_local_time(Microseconds at) {
    const Split local = split(at);
    return print("%04d-%02u-%02uT%02d:%02d:%02d", year_of(local.date), month_of(local.date), day_of(local.date),
                 local.hour, local.minute, local.second);
}

std::string serbian_local_time(Microseconds at) {
    const Split local = split(at);
    return print("%02u.%02u.%04d %02d:%02d:%02d", day_of(local.date), month_of(local.date), year_of(local.date),
                 local.hour, local.minute, local.second);
}

std::optional<Microseconds> parse_iso_local_time(std::string_view text) {
    if (text.size() != 19 || text[10] != 'T') return std::nullopt;
    return instant(parse_iso_date(text.substr(0, 10)), text.substr(11));
}

std::optional<Microseconds> parse_serbian_local_time(std::string_view text) {
    if (text.size() != 19 || text[10] != ' ') return std::nullopt;
    return instant(parse_serbian_date(text.substr(0, 10)), text.substr(11));
}

std::optional<Date> parse_iso_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    return date_of(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2));
}

std::optional<Date> parse_serbian_date(std::string_view text) {
    if (text.size() != 10 || text[2] != '.' || text[5] != '.') return std::nullopt;
    return date_of(number(text, 6, 4), number(text, 3, 2), number(text, 0, 2));
}

std::string iso_date(Date date) { return print("%04d-%02u-%02u", year_of(date), month_of(date), day_of(date)); }
std::string serbian_date(Date date) { return print("%02u.%02u.%04d", day_of(date), month_of(date), year_of(date)); }

}  // namespace sandbox::erp
