// Whether Kafka lets this service do its work.  Looked at before the start, and again when a broker refuses something,
// until nothing is missing: then the clients go on by themselves.  What is missing is told in one line, and to probes.
// One for the process.
// `await` from one thread; the rest from any.
#pragma once

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

namespace shopwire::runtime {

class KafkaAccess {
 public:
    using Rights = std::function<std::vector<kafka::Right>()>;  // what is needed now; any thread
    // All outlive it.
    KafkaAccess(const config::Installation& installation, Clock& clock, Rights rights);
    ~KafkaAccess();

    // Until nothing is missing and `then` has succeeded, for as long as it takes.  `pause` waits, and returns true when
    // the process stops: kCancelled.  kRejected by `then`: no waiting helps.
    Status await(const std::function<Status(const kafka::Sight&)>& then,
                 const std::function<bool(std::chrono::milliseconds)>& pause);

    std::string missing() const;  // for people; empty: nothing

 private:
    struct Refusal {
        std::string words{};  // of the broker
        Clock::Monotonic at{};
        bool is_new = false;
    };

    Status check(kafka::Sight& sight) const;
    void refused(std::string_view what);
    void watch(std::stop_token stop);
    void tell(const std::string& missing);

    const config::Installation& installation_;
    Clock& clock_;
    const Rights rights_;
    mutable std::mutex mutex_{};  // guards what follows
    std::condition_variable_any woken_{};
    bool asked_ = false;    // something was refused since the last look
    Refusal refusal_{};      // the last one
    std::string missing_{};
    std::jthread watcher_{};  // begins once nothing was missing; last
};

}  // namespace shopwire::runtime
