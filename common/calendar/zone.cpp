#include "common/calendar/zone.h"

#include <date/tz.h>

#include <exception>
#include <sstream>

namespace shopwire::calendar {
namespace {

using Millis = date::sys_time<std::chrono::milliseconds>;

Millis instant(std::int64_t unix_ms) { return Millis(std::chrono::milliseconds(unix_ms)); }

}  // namespace

Result<Zone> Zone::locate(const std::string& name) {
    try {
        return Zone(date::locate_zone(name));
    } catch (const std::exception&) {
        return rejected("time zone \"" + name + "\" is not known here");
    }
}

std::string Zone::format(std::int64_t unix_ms, std::string_view format) const {
    const auto seconds = date::floor<std::chrono::seconds>(instant(unix_ms));
    if (format == "epoch_ms") return std::to_string(unix_ms);
    if (format == "epoch_s") return std::to_string(seconds.time_since_epoch().count());
    if (format == "iso_utc") return date::format("%Y-%m-%dT%H:%M:%SZ", seconds);
    const std::string pattern(format == "iso_local" ? "%Y-%m-%dT%H:%M:%S" : format);
    return date::format(pattern, zone_->to_local(seconds));
}

Result<std::int64_t> Zone::parse(std::string_view text, const std::string& pattern) const {
    std::istringstream in{std::string(text)};
    in.imbue(std::locale::classic());
    date::local_time<std::chrono::milliseconds> local;
    in >> date::parse(pattern, local);
    if (in.fail() || in.peek() != std::istringstream::traits_type::eof())
        return rejected("\"" + std::string(text.substr(0, 40)) + "\" is no time of the form " + pattern);
    return zone_->to_sys(local, date::choose::earliest).time_since_epoch().count();
}

std::int64_t Zone::wall_minute(std::int64_t unix_ms) const {
    const auto local = zone_->to_local(date::floor<std::chrono::seconds>(instant(unix_ms)));
    return date::floor<std::chrono::minutes>(local.time_since_epoch()).count();
}

Zone::Showing Zone::showing(std::int64_t wall_minute) const {
    const std::chrono::minutes wall{wall_minute};
    const date::local_info info = zone_->get_info(date::local_seconds(wall));
    const auto ms = [](std::chrono::seconds since_epoch) { return std::chrono::milliseconds(since_epoch).count(); };
    if (info.result == date::local_info::nonexistent) {
        const std::int64_t change_ms = ms(info.first.end.time_since_epoch());
        return {.first_ms = change_ms, .last_ms = change_ms, .exists = false};
    }
    const std::int64_t first_ms = ms(wall - info.first.offset);
    const bool doubled = info.result == date::local_info::ambiguous;
    return {.first_ms = first_ms, .last_ms = doubled ? ms(wall - info.second.offset) : first_ms};
}

bool is_time_format(std::string_view format) {
    return format == "iso_local" || format == "iso_utc" || format == "epoch_s" || format == "epoch_ms" ||
           format.find('%') != std::string_view::npos;
}

}  // namespace shopwire::calendar
