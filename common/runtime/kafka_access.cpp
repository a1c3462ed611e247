#include "common/runtime/kafka_access.h"

#include <ranges>

#include "common/log/log.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kLookMax{10};
constexpr std::chrono::milliseconds kWaitMax{15'000};  // a right that was given is noticed that late
constexpr std::chrono::seconds kQuiet{15};  // longer than any client waits before it tries again
constexpr int kStaleMax = 2;  // what was refused before the right was given may be told that often
constexpr std::size_t kNamedMax = 5;

std::string text_of(const std::vector<kafka::Right>& missing) {
    std::string text;
    for (const kafka::Right& right : missing | std::views::take(kNamedMax))
        text += (text.empty() ? "" : ", ") + right.text();
    if (missing.size() > kNamedMax) text += " and " + std::to_string(missing.size() - kNamedMax) + " more";
    return text;
}

}  // namespace

KafkaAccess::KafkaAccess(const config::Installation& installation, Clock& clock, Rights rights)
    : installation_(installation), clock_(clock), rights_(std::move(rights)) {
    kafka::observe_refusals([this](std::string_view what) { refused(what); });
}

KafkaAccess::~KafkaAccess() { kafka::observe_refusals({}); }

std::string KafkaAccess::missing() const {
    const std::scoped_lock lock(mutex_);
    return missing_;
}

// kRejected: a person must act.
Status KafkaAccess::check(kafka::Sight& sight) const {
    Result<kafka::Sight> seen = kafka::look(installation_.kafka, rights_(), kLookMax);
    if (!seen && seen.error().kind != ErrorKind::kRejected)  // in the same words, however it does not answer
        return transient("no broker answers at " + installation_.kafka.bootstrap);
    if (!seen) return std::unexpected(seen.error());
    sight = *std::move(seen);
    if (sight.missing.empty()) return {};
    return rejected("missing rights (shopwire topics acls lists all): " + text_of(sight.missing));
}

Status KafkaAccess::await(const std::function<Status(const kafka::Sight&)>& then,
                          const std::function<bool(std::chrono::milliseconds)>& pause) {
    for (int failures = 0;; ++failures) {
        kafka::Sight sight;
        Status status = check(sight);
        if (status) {
            status = then(sight);
            if (!status && status.error().kind == ErrorKind::kRejected) return status;
        }
        if (status) {
            tell({});
            watcher_ = std::jthread([this](std::stop_token stop) { watch(std::move(stop)); });
            return {};
        }
        tell(status.error().message);
        if (pause(backoff(failures, installation_.runtime.backoff_first, kWaitMax, random_chance())))
            return cancelled();
    }
}

void KafkaAccess::refused(std::string_view what) {
    const std::scoped_lock lock(mutex_);
    asked_ = true;
    if (!what.empty()) refusal_ = {.words = std::string(what), .at = clock_.monotonic(), .is_new = true};
    woken_.notify_all();
}

void KafkaAccess::tell(const std::string& missing) {
    {
        const std::scoped_lock lock(mutex_);
        if (missing == missing_) return;
        missing_ = missing;
    }
    if (missing.empty())
        log::info("kafka can be used again");
    else
        log::error("kafka cannot be used; it is tried again", {{"why", missing}});
}

// A cluster that is down is no refusal: the clients wait for it by themselves, and what it refused is asked again once
// it answers.  What is refused again and again though nothing is missing, as a transactional id, which cannot be looked
// up, is told in the broker's words.
void KafkaAccess::watch(std::stop_token stop) {
    int failures = 0;
    int unexplained = 0;
    while (!stop.stop_requested()) {
        Refusal refusal;
        {
            std::unique_lock lock(mutex_);
            if (failures == 0) woken_.wait(lock, stop, [this] { return asked_; });
            asked_ = false;
            refusal = refusal_;
            refusal_.is_new = false;
        }
        if (stop.stop_requested()) return;
        kafka::Sight sight;
        const Status seen = check(sight);
        unexplained = seen ? unexplained + (refusal.is_new ? 1 : 0) : 0;
        const bool over = seen && (unexplained == 0 || clock_.monotonic() - refusal.at > kQuiet);
        if (over) unexplained = 0;
        if (seen)
            tell(unexplained > kStaleMax ? refusal.words : std::string());
        else if (seen.error().kind == ErrorKind::kRejected)
            tell(seen.error().message);
        failures = over ? 0 : failures + 1;
        if (over) continue;
        if (!clock_.sleep_for(backoff(failures - 1, installation_.runtime.backoff_first, kWaitMax, random_chance()),
                              stop))
            return;
    }
}

}  // namespace shopwire::runtime
