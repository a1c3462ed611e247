// Places where a test may kill the process, to prove that what follows a crash is right.  One relaxed atomic load each
// when unused. SHOPWIRE_CRASH_AT=label:N ends the process with SIGKILL at the N-th pass.  Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>
#include <vector>

#include "common/core/error.h"

namespace shopwire::runtime {

struct ConnectorSpec;

inline constexpr std::array kCrashPoints = std::to_array<std::string_view>({
    "sink.after_read",          "sink.before_journal_commit", "sink.after_journal_commit", "sink.before_remote_call",
    "sink.after_remote_call",   "sink.before_result_commit",  "sink.after_result_commit",  "sink.before_parked_write",
    "sink.after_parked_write",  "source.before_read",         "source.after_read",         "source.before_produce",
    "source.after_delivery",    "source.before_cursor_save",  "source.after_cursor_save",  "snapshot.before_rows_save",
    "snapshot.after_rows_save", "snapshot.before_marker",     "intake.before_produce",     "intake.after_delivery",
    "router.after_read",        "router.before_commit",       "router.after_commit",       "router.after_store_commit",
});

// A label that is not in the list does not compile.
struct CrashLabel {
    std::size_t index = 0;
    // NOLINTNEXTLINE(google-explicit-constructor): implicit, so that a call reads as a sentence
    consteval CrashLabel(const char* label) : index(find(label)) {}

 private:
    static consteval std::size_t find(std::string_view label) {
        for (std::size_t i = 0; i < kCrashPoints.size(); ++i) {
            if (kCrashPoints[i] == label) return i;
        }
        throw "unknown crash point";
    }
};

inline std::atomic<bool> crash_points_armed{false};
void hit_crash_point(std::size_t index);

inline void crash_point(CrashLabel label) {
    if (crash_points_armed.load(std::memory_order_relaxed)) hit_crash_point(label.index);
}

// Parses "label:N".  Once, at start.
Status arm_crash_point(std::string_view text);

// The points that a connector of this kind passes sooner or later: one without webhooks has no intake.  Tests kill it
// at each.
std::vector<std::string_view> crash_points_of(const ConnectorSpec& spec);

}  // namespace shopwire::runtime
