// Dates and Europe/Belgrade local times as the ERP writes them. Pure functions, safe on any thread. The daylight saving
// rule is computed here (EU rule since 1996), so the sandbox needs no time zone files.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox::erp {

using Microseconds = std::int64_t;  // since the epoch, UTC
using Date = std::chrono::year_month_day;

Date local_date(Microseconds at);
// Belgrade local, cut to seconds: "2026-11-21T10:15:00" and "21.11.2026 10:15:00".
std::string iso_local_time(Microseconds at);
std::string serbian_local_time(Microseconds at);
// The instant of a local time; of the two instants in the repeated hour the earlier one, so that a change filter gives
// too much, not too little.
std::optional<Microseconds> parse_iso_local_time(std::string_view text);
std::optional<Microseconds> parse_serbian_local_time(std::string_view text);

// "2026-11-21" and "21.11.2026". Nothing for days that do not exist.
std::optional<Date> parse_iso_date(std::string_view text);
std::optional<Date> parse_serbian_date(std::string_view text);
std::string iso_date(Date date);
std::string serbian_date(Date date);

}  // namespace sandbox::erp
