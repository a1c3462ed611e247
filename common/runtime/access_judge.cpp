#include "common/runtime/access_judge.h"

namespace shopwire::runtime {
namespace {

constexpr int kStaleMax = 2;  // what was refused before the right was given may be told that often
constexpr std::chrono::seconds kQuiet{15};  // longer than any client waits before it tries again
constexpr std::chrono::seconds kDistrustQuiet{45};  // a client tells the same distrust every 30 s
constexpr std::chrono::seconds kOutdatedAfter{60};

}  // namespace

bool AccessJudge::is_quiet(const Refusal& refusal, Clock::Monotonic now) {
    return now - refusal.at > (refusal.distrust ? kDistrustQuiet : kQuiet);
}

// A cluster that is down is no refusal: the clients wait for it by themselves, and what it refused is asked again once
// it answers.  What is refused again and again though nothing is missing is told in the broker's words: a transactional
// id, which cannot be looked up, or what our clients know and a new one does not, as an exchanged authority.
AccessJudge::Verdict AccessJudge::judge(const Refusal& refusal, const Status& seen, Clock::Monotonic now) {
    const bool quiet = is_quiet(refusal, now);
    if (!seen && seen.error().kind != ErrorKind::kRejected) {
        if (quiet || !refusal.distrust)
            *this = {};  // who shakes hands and is distrusted is there: the look was too slow
        return {};
    }
    if (!seen) {
        *this = {};
        return {.missing = seen.error().message};
    }
    if (!well_since_) well_since_ = now;
    if (refusal.is_new) ++unexplained_;
    if (unexplained_ == 0 || quiet) {
        *this = {};
        return {.missing = "", .over = true};
    }
    return {.missing = unexplained_ > kStaleMax ? refusal.words : std::string(),
            .outdated = refusal.distrust && refusal.at - *well_since_ > kOutdatedAfter};
}

}  // namespace shopwire::runtime
