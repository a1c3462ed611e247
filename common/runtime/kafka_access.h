// Whether Kafka lets this service do its work.  Looked at before the start, and again when a broker refuses something,
// until nothing is missing: then the clients go on by themselves.  What is missing is told in one line, and to probes.
// One for the process.
// `await` from one thread; the rest from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/config/installation.h"
#include "common/core/clock.h"
#include "common/kafka/access.h"
#include "common/runtime/access_judge.h"

namespace shopwire::runtime {

class KafkaAccess {
 public:
    using Rights = std::function<std::vector<kafka::Right>()>;  // what is needed now; any thread
    using Look = decltype(kafka::look);
    // All outlive it; `config_folder` is that of the installation.
    KafkaAccess(config::Installation& installation, std::string config_folder, Clock& clock, Rights rights,
                std::function<Look> look = kafka::look);
    ~KafkaAccess();

    // Until nothing is missing and `then` has succeeded, for as long as it takes.  `pause` waits, and returns true when
    // the process stops: kCancelled.  kRejected by `then`: no waiting helps.  A password in a file may be put right
    // meanwhile: `installation.kafka` is what succeeded.  REQUIRES: no other thread uses that before.
    Status await(const std::function<Status(const kafka::Sight&)>& then,
                 const std::function<bool(std::chrono::milliseconds)>& pause);

    std::string missing() const;  // for people; empty: nothing
    // Brokers have not trusted our clients for a minute, and trusted a new one: the process must begin anew, since
    // files that it has read were exchanged.
    bool outdated() const { return outdated_; }
    void request_stop() { stop_.request_stop(); }  // takes seconds, and is waited for when it goes
    void refused(const kafka::Refusal& refusal);      // the observer of refusals

 private:
    Status check(kafka::Sight& sight, const std::string& broker);
    void follow_files();
    void watch();
    void tell(const std::string& missing);

    config::Installation& installation_;
    const std::string config_folder_;
    Clock& clock_;
    const Rights rights_;
    const std::function<Look> look_;
    kafka::ClientConfig login_{};  // used by the thread that looks, as the next
    config::References references_;
    std::atomic<bool> outdated_{false};
    std::stop_source stop_{};
    mutable std::mutex mutex_{};  // guards what follows
    std::condition_variable_any woken_{};
    bool asked_ = false;  // something was refused since the last look
    AccessJudge::Refusal refusal_{};
    std::string missing_{};
    std::jthread watcher_{};  // begins once nothing was missing; last
};

}  // namespace shopwire::runtime
