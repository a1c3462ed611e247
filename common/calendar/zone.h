// A time zone of the tz database, summer time included: local times without an offset, and the clock on its wall.
// Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/error.h"

namespace date {
class time_zone;
}

namespace shopwire::calendar {

class Zone {
 public:
    static Result<Zone> locate(const std::string& name);  // kRejected: not in this machine's tz database

    // `format` is iso_local, iso_utc, epoch_s, epoch_ms, or a strftime pattern of local time.
    std::string format(std::int64_t unix_ms, std::string_view format) const;
    // Local time.  An hour that summer time doubles means its first pass, one that it skips means the instant of the
    // change.
    Result<std::int64_t> parse(std::string_view text, const std::string& pattern = "%Y-%m-%dT%H:%M:%S") const;

    // What the clock on the wall shows, in minutes since its 1970-01-01T00:00.
    std::int64_t wall_minute(std::int64_t unix_ms) const;
    // When it shows that: once, twice in the hour that summer time doubles, or never in the one that it skips.  Then
    // both are the instant of the change.
    struct Showing {
        std::int64_t first_ms = 0;
        std::int64_t last_ms = 0;
        bool exists = true;
    };
    Showing showing(std::int64_t wall_minute) const;

 private:
    explicit Zone(const date::time_zone* zone) : zone_(zone) {}
    const date::time_zone* zone_;  // of the process-wide database, never freed
};

// True when `format` is one that Zone::format knows.
bool is_time_format(std::string_view format);

}  // namespace shopwire::calendar
