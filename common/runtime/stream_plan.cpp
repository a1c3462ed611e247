#include "common/runtime/stream_plan.h"

#include <algorithm>

#include "common/core/optional.h"

namespace shopwire::runtime {
namespace {

constexpr std::int64_t kSetBackMs = 60'000;  // less than that is a clock being kept right

}  // namespace

void StreamPlan::open(calendar::Timetable times, Pass pass, std::int64_t last_ms, bool under_way, std::int64_t now_ms,
                      std::uint64_t asked) {
    times_ = times;
    pass_ = pass;
    state_.under_way = under_way;
    // What changed since the last reading is cheap to ask for, and a restart should not make it wait.  A snapshot is
    // dear, and a time by cron is meant: those a restart does not bring forward.  One that was missed is made up for,
    // once.  The clock may have been set back.
    const bool waits = last_ms > 0 && (times_->has_cron() || pass == Pass::kSnapshot);
    const std::int64_t due_ms = waits ? times_->due_ms(std::min(last_ms, now_ms)) : now_ms;
    due_at(std::max(due_ms, now_ms), now_ms);
    if (serving_ == state_.served) return;
    if (asked != serving_)
        add(current_);  // nothing of it was kept
    else if (!under_way)
        serve({});  // whoever had it in between came to its end
}

void StreamPlan::unopened(const std::string& why) {
    pending_.reset();
    serving_ = state_.asked;
    serve(why);
    state_.under_way = false;
}

std::uint64_t StreamPlan::ask(const SyncRequest& request) {
    add(request);
    return ++state_.asked;
}

void StreamPlan::add(const SyncRequest& request) {
    if (!pending_) pending_.emplace();
    pending_->full = pending_->full || (request.full && pass_ == Pass::kIncremental);
    if (request.since_ms)
        pending_->since_ms = std::min(*request.since_ms, pending_->since_ms.value_or(*request.since_ms));
    pending_->loss_accepted = std::max(pending_->loss_accepted, request.loss_accepted);
}

std::int64_t StreamPlan::wait_ms(std::int64_t now_ms) const {
    if (state_.under_way || pending_) return 0;
    // The clock was set back, and what is due lies as far ahead as it went: it may be days.
    if (now_ms < decided_ms_ - kSetBackMs) return std::max<std::int64_t>(quiet_until_ms(now_ms) - now_ms, 0);
    return std::max<std::int64_t>(state_.due_ms - now_ms, 0);
}

// A reading that was begun before somebody asked may have left behind already what he means.  So his own comes after
// it, unless it begins further back: then at once.
std::optional<SyncRequest> StreamPlan::begin_page() {
    const bool further_back = pending_ && pass_ == Pass::kIncremental && (pending_->full || pending_->since_ms);
    const bool mine = pending_ && (!state_.under_way || further_back);
    state_.under_way = true;
    if (!mine) return std::nullopt;
    serving_ = state_.asked;
    current_ = taken(pending_);
    return current_;
}

std::int64_t StreamPlan::due_after(std::int64_t now_ms, std::optional<std::chrono::milliseconds> again_in) const {
    const std::int64_t due_ms = times_ ? times_->due_ms(now_ms) : now_ms;
    return again_in ? std::min(due_ms, now_ms + again_in->count()) : due_ms;
}

void StreamPlan::due_at(std::int64_t due_ms, std::int64_t now_ms) {
    state_.due_ms = quiet_until_ms(due_ms);
    decided_ms_ = now_ms;
}

void StreamPlan::serve(const std::string& failure) {
    state_.served = serving_;
    state_.failure = failure;
}

void StreamPlan::ended(std::int64_t now_ms, std::optional<std::chrono::milliseconds> again_in) {
    serve({});
    state_.under_way = false;
    due_at(due_after(now_ms, again_in), now_ms);
}

void StreamPlan::failed(const std::string& why, std::int64_t now_ms, std::int64_t retry_ms,
                        std::optional<std::chrono::milliseconds> again_in) {
    serve(why);
    state_.under_way = false;
    due_at(std::max(due_after(now_ms, again_in), retry_ms), now_ms);
}

void StreamPlan::stopped(const std::string& why, std::int64_t now_ms) {
    serve(why);
    state_.under_way = false;
    due_at(now_ms, now_ms);
}

void StreamPlan::struggles(const std::string& why) { serve(why); }

}  // namespace shopwire::runtime
