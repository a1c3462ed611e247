// When something that is done again and again is due: after an interval or by cron, and not in quiet hours.
// Immutable, thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/calendar/cron.h"
#include "common/calendar/quiet_hours.h"
#include "common/calendar/zone.h"

namespace shopwire::calendar {

class Timetable {
 public:
    // With `cron` the interval says nothing.
    Timetable(std::chrono::milliseconds interval, std::optional<Cron> cron, QuietHours quiet, Zone zone)
        : interval_(interval), cron_(cron), quiet_(quiet), zone_(zone) {}

    // When it is due after it was done at `done_ms`.  In the past: it was missed, once or often.
    std::int64_t due_ms(std::int64_t done_ms) const {
        return cron_ ? cron_->next_ms(done_ms, zone_) : done_ms + interval_.count();
    }
    // The first moment from `unix_ms` on at which it may begin.
    std::int64_t allowed_ms(std::int64_t unix_ms) const { return quiet_.end_ms(unix_ms, zone_); }
    bool has_cron() const { return cron_.has_value(); }

 private:
    std::chrono::milliseconds interval_;
    std::optional<Cron> cron_;
    QuietHours quiet_;
    Zone zone_;
};

}  // namespace shopwire::calendar
