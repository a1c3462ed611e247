#include "services/cli/drain.h"

#include <set>

#include <fmt/format.h>

#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::milliseconds kCallsEndMax{180'000};  // a call that is under way, at most

std::string text_of(const Waiting& waiting) {
    return fmt::format("{} under way, {} parked, {} not read yet", waiting.under_way, waiting.parked, waiting.unread);
}

Error still_waiting(const Hands& hands, const Waiting& waiting) {
    const Result<std::vector<ParkedRow>> rows = hands.parked();
    std::string first;
    if (rows && !rows->empty()) first = fmt::format("; the first is {}: {}", rows->front().key, rows->front().reason);
    return {.kind = ErrorKind::kRejected,
            .message = fmt::format("{} still wait{} ({}){}", count_text(waiting.count(), "record"),
                                   waiting.count() == 1 ? "s" : "", text_of(waiting), first)};
}

// While it goes on working.
Status wait_until_done(const Hands& hands, std::int64_t until_ms, std::ostream& out) {
    std::string last;
    while (true) {
        const Result<Waiting> waiting = hands.look();
        if (!waiting) return std::unexpected(waiting.error());
        if (waiting->count() == 0) return {};
        if (text_of(*waiting) != last) out << "waiting: " << (last = text_of(*waiting)) << '\n' << std::flush;
        if (hands.clock.now_ms() >= until_ms) return std::unexpected(still_waiting(hands, *waiting));
        hands.clock.sleep_for(kPause, {});
    }
}

// What is left when the calls that were under way have ended.
Result<Waiting> look_at_rest(const Hands& hands) {
    const std::int64_t until_ms = hands.clock.now_ms() + kCallsEndMax.count();
    while (true) {
        Result<Waiting> waiting = hands.look();
        if (!waiting || waiting->under_way == 0 || hands.clock.now_ms() >= until_ms) return waiting;
        hands.clock.sleep_for(kPause, {});
    }
}

}  // namespace

Status drain(const Hands& hands, std::int64_t until_ms, std::ostream& out) {
    while (true) {
        if (Status done = wait_until_done(hands, until_ms, out); !done) return done;
        if (Status paused = hands.pause(); !paused) return paused;
        const Result<Waiting> left = look_at_rest(hands);
        if (left && left->count() == 0) return {};
        if (Status resumed = hands.resume(); !resumed) return resumed;
        if (!left) return std::unexpected(left.error());
        if (hands.clock.now_ms() >= until_ms) return std::unexpected(still_waiting(hands, *left));
        out << "came in meanwhile: " << text_of(*left) << "; it runs on\n" << std::flush;
    }
}

Result<std::size_t> discard(const Hands& hands) {
    if (Status paused = hands.pause(); !paused) return std::unexpected(paused.error());
    std::set<std::string> keys;
    const std::int64_t until_ms = hands.clock.now_ms() + kCallsEndMax.count();
    while (true) {
        const Result<std::vector<ParkedRow>> rows = hands.parked();
        if (!rows) return std::unexpected(rows.error());
        for (const ParkedRow& row : *rows)
            if (hands.discard(row.key)) keys.insert(row.key);  // one that is gone meanwhile is no mistake
        const Result<Waiting> waiting = hands.look();
        if (!waiting) return std::unexpected(waiting.error());
        if (waiting->count() == 0) return keys.size();
        if (hands.clock.now_ms() >= until_ms) return std::unexpected(still_waiting(hands, *waiting));
        hands.clock.sleep_for(kPause, {});
    }
}

}  // namespace shopwire::cli
