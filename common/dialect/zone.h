// Local times of a remote that sends none with an offset.  A time zone of the tz database, summer time included.
// Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/error.h"

namespace date {
class time_zone;
}

namespace shopwire::dialect {

class Zone {
 public:
    static Result<Zone> locate(const std::string& name);  // kRejected: not in this machine's tz database

    // `format` is iso_local, iso_utc, epoch_s, epoch_ms, or a strftime pattern of local time.
    std::string format(std::int64_t unix_ms, std::string_view format) const;
    // Local time.  An hour that summer time doubles means its first pass, one that it skips means the instant of the
    // change.
    Result<std::int64_t> parse(std::string_view text, const std::string& pattern = "%Y-%m-%dT%H:%M:%S") const;

 private:
    explicit Zone(const date::time_zone* zone) : zone_(zone) {}
    const date::time_zone* zone_;  // of the process-wide database, never freed
};

// True when `format` is one that Zone::format knows.
bool is_time_format(std::string_view format);

}  // namespace shopwire::dialect
