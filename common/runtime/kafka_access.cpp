#include "common/runtime/kafka_access.h"

#include <ranges>

#include "common/kafka/certificate.h"
#include "common/log/log.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kLookMax{10};
constexpr std::chrono::milliseconds kWaitMax{15'000};  // a right that was given is noticed that late
constexpr std::size_t kNamedMax = 5;

std::string text_of(const std::vector<kafka::Right>& missing) {
    std::string text;
    for (const kafka::Right& right : missing | std::views::take(kNamedMax))
        text += (text.empty() ? "" : ", ") + right.text();
    if (missing.size() > kNamedMax) text += " and " + std::to_string(missing.size() - kNamedMax) + " more";
    return text;
}

// "finding a broker: _TRANSPORT: ..." has Kafka's name of the fault, which is the same for the same one.
std::string name_in(std::string_view message) {
    const auto begin = message.find(": ");
    if (begin == message.npos) return std::string(message);
    message.remove_prefix(begin + 2);
    return std::string(message.substr(0, message.find(": ")));
}

}  // namespace

KafkaAccess::KafkaAccess(config::Installation& installation, std::string config_folder, Clock& clock, Rights rights,
                         std::function<Look> look)
    : installation_(installation),
      config_folder_(std::move(config_folder)),
      clock_(clock),
      rights_(std::move(rights)),
      look_(std::move(look)),
      references_(installation.references) {
    kafka::observe_refusals([this](const kafka::Refusal& refusal) { refused(refusal); });
}

KafkaAccess::~KafkaAccess() {
    kafka::observe_refusals({});
    request_stop();
}

std::string KafkaAccess::missing() const {
    const std::scoped_lock lock(mutex_);
    return missing_;
}

// kRejected: a person must act.  `broker`: the one to ask; empty: any.
Status KafkaAccess::check(kafka::Sight& sight, const std::string& broker) {
    follow_files();
    kafka::ClientConfig login = login_;
    if (!broker.empty()) login.bootstrap = broker;
    Result<kafka::Sight> seen = look_(login, rights_(), kLookMax, stop_.get_token());
    // Kafka may ask for none; where it does, it only hangs up.
    if (!seen && seen.error().kind != ErrorKind::kCancelled)
        if (Status own = kafka::check_certificate(login, clock_.now_ms()); !own) return own;
    if (!seen && seen.error().kind == ErrorKind::kTransient)
        return transient("no broker answers at " + login.bootstrap + ": " + name_in(seen.error().message));
    if (!seen) return std::unexpected(seen.error());
    sight = *std::move(seen);
    if (sight.missing.empty()) return {};
    return rejected("missing rights (shopwire topics acls lists all): " + text_of(sight.missing));
}

// What a secret's file holds now; it may have been put right.
void KafkaAccess::follow_files() {
    if (!references_.changed()) return;
    config::Problems problems;
    config::Installation fresh = config::load_installation(config_folder_, problems);
    if (!problems.empty()) {
        references_.renew();  // what is wrong is told once
        log::error("the login at kafka is kept as it is", {{"problem", config::format(problems.front())}});
        return;
    }
    references_ = fresh.references;
    fresh.kafka.client_id = login_.client_id;  // these two may be of the command line
    fresh.kafka.bootstrap = login_.bootstrap;
    login_ = std::move(fresh.kafka);
}

Status KafkaAccess::await(const std::function<Status(const kafka::Sight&)>& then,
                          const std::function<bool(std::chrono::milliseconds)>& pause) {
    login_ = installation_.kafka;
    for (int failures = 0;; ++failures) {
        kafka::Sight sight;
        Status status = check(sight, {});
        if (!status && status.error().kind == ErrorKind::kCancelled) return status;
        if (status) {
            installation_.kafka = login_;
            status = then(sight);
            if (!status && status.error().kind == ErrorKind::kRejected) return status;
        }
        if (status) {
            tell({});
            watcher_ = std::jthread([this] { watch(); });
            return {};
        }
        tell(status.error().message);
        if (pause(backoff(failures, installation_.runtime.backoff_first, kWaitMax, random_chance())))
            return cancelled();
    }
}

void KafkaAccess::refused(const kafka::Refusal& refusal) {
    const std::scoped_lock lock(mutex_);
    asked_ = true;
    if (!refusal.what.empty())
        refusal_ = {.words = std::string(refusal.what),
                    .broker = std::string(refusal.broker),
                    .at = clock_.monotonic(),
                    .distrust = refusal.distrust,
                    .is_new = true};
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

// It is the broker that distrusts us that is asked: if it trusts a new client, ours are outdated.  One that nobody of
// us meets any more is left alone.
void KafkaAccess::watch() {
    const std::stop_token stop = stop_.get_token();
    AccessJudge judge;
    int looks = 0;  // since something was refused
    while (!stop.stop_requested()) {
        AccessJudge::Refusal refusal;
        {
            std::unique_lock lock(mutex_);
            if (looks == 0) woken_.wait(lock, stop, [this] { return asked_; });
            asked_ = false;
            refusal = refusal_;
            refusal_.is_new = false;
        }
        if (stop.stop_requested()) return;
        kafka::Sight sight;
        const bool asks_it = refusal.distrust && !AccessJudge::is_quiet(refusal, clock_.monotonic());
        const Status seen = check(sight, asks_it ? refusal.broker : std::string());
        if (stop.stop_requested()) return;
        const AccessJudge::Verdict verdict = judge.judge(refusal, seen, clock_.monotonic());
        if (verdict.missing) tell(*verdict.missing);
        if (verdict.outdated) outdated_ = true;
        looks = verdict.over ? 0 : looks + 1;
        if (verdict.over) continue;
        if (!clock_.sleep_for(backoff(looks - 1, installation_.runtime.backoff_first, kWaitMax, random_chance()), stop))
            return;
    }
}

}  // namespace shopwire::runtime
