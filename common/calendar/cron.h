// When a cron expression is due: minute, hour, day of the month, month, day of the week, as in crontab(5).  Immutable,
// thread-safe.
//
//   30 2 * * *            every night at half past two
//   */15 8-18 * * mon-fri four times an hour while people work
//
// Numbers, names (jan, mon), ranges, lists and steps.  0 and 7 are Sunday.  Where both kinds of days are restricted,
// either is enough.
//
// Summer time: what falls into an hour that does not exist runs once, at the change; what falls into one that comes
// twice runs once, the first time.  An expression for every hour of the day follows the hours as they come instead: it
// leaves none out and runs in both.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "common/calendar/zone.h"
#include "common/core/error.h"

namespace shopwire::calendar {

class Cron {
 public:
    // kRejected says which field is wrong, or that no day is ever like that.
    static Result<Cron> parse(std::string_view text);

    // The first time after `unix_ms`.
    std::int64_t next_ms(std::int64_t unix_ms, const Zone& zone) const;

 private:
    bool has_day(std::int64_t day) const;  // since 1970-01-01
    bool every_hour() const { return hours_.all(); }

    std::bitset<60> minutes_{};
    std::bitset<24> hours_{};
    std::bitset<32> days_{};
    std::bitset<13> months_{};
    std::bitset<7> weekdays_{};
    bool either_day_ = false;  // day of the month or of the week; else both
};

}  // namespace shopwire::calendar
