// Hours of the day in which nothing begins.  Immutable, thread-safe.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "common/calendar/zone.h"
#include "common/core/error.h"

namespace shopwire::calendar {

class QuietHours {
 public:
    // Each "22:00-06:00", by the clock on the wall; the end is no longer quiet.  kRejected too when no minute is left.
    static Result<QuietHours> parse(const std::vector<std::string>& texts);

    // The first moment from `unix_ms` on that is not quiet: itself, or the end of these hours.
    std::int64_t end_ms(std::int64_t unix_ms, const Zone& zone) const;

 private:
    std::bitset<std::size_t{24} * 60> minutes_{};  // of the day
};

}  // namespace shopwire::calendar
