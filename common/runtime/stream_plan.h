// When one stream is read: by its timetable, because a person asks, or because a reading is not at its end yet; and
// what came of it.  Time comes in from outside.  One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/calendar/timetable.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

// What a person asks for.
struct SyncRequest {
    bool full = false;                          // from the stream's start
    std::optional<std::int64_t> since_ms{};     // what changed since then
    std::int64_t loss_accepted = 0;             // a snapshot that loses up to so many rows is believed
};

class StreamPlan {
 public:
    // The stream is ours (again).  `last_ms`: when it was last read to its end; 0: never.  `under_way`: a reading was
    // begun by whoever had it before.  `asked`: which of our numbers that one is for, or the last one was; 0: none.
    void open(calendar::Timetable times, Pass pass, std::int64_t last_ms, bool under_way, std::int64_t now_ms,
              std::uint64_t asked = 0);
    // It is ours, and nothing can be known of it.  Whoever waits is told.
    void unopened(const std::string& why);

    // A number: the reading that serves it has ended once state().served is not below it.
    std::uint64_t ask(const SyncRequest& request);
    // Zero: read now.
    std::int64_t wait_ms(std::int64_t now_ms) const;
    // A page is read now.  What was asked for, if this page is the first one that serves it.
    std::optional<SyncRequest> begin_page();
    // The number that is served now.
    std::uint64_t serving() const { return serving_; }

    void ended(std::int64_t now_ms, std::optional<std::chrono::milliseconds> again_in);
    // It is begun anew when it is due, or after `again_in` where that is sooner, and not before `retry_ms`.
    void failed(const std::string& why, std::int64_t now_ms, std::int64_t retry_ms,
                std::optional<std::chrono::milliseconds> again_in = std::nullopt);
    // It cannot be read now; once it can, it is begun anew at once.
    void stopped(const std::string& why, std::int64_t now_ms);
    // It goes on trying, but whoever waits should know.
    void struggles(const std::string& why);
    // Until when it is quiet; `now_ms`: it is not.
    std::int64_t quiet_until_ms(std::int64_t now_ms) const { return times_ ? times_->allowed_ms(now_ms) : now_ms; }

    struct State {
        std::uint64_t asked = 0;
        std::uint64_t served = 0;
        std::string failure{};  // of the reading that served it; empty: all is well
        bool under_way = false;
        std::int64_t due_ms = 0;
    };
    const State& state() const { return state_; }

 private:
    void add(const SyncRequest& request);
    void serve(const std::string& failure);
    void due_at(std::int64_t due_ms, std::int64_t now_ms);
    std::int64_t due_after(std::int64_t now_ms, std::optional<std::chrono::milliseconds> again_in) const;

    std::optional<calendar::Timetable> times_{};
    Pass pass_ = Pass::kIncremental;
    std::optional<SyncRequest> pending_{};
    SyncRequest current_{};  // what the last reading for a person was asked for
    std::uint64_t serving_ = 0;
    std::int64_t decided_ms_ = 0;  // when it was decided what is due
    State state_{};
};

}  // namespace shopwire::runtime
