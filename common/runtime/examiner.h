// Examines connections for a person: the probe, what the key opens, and what the connector itself looks at.  Bounded in
// time, one examination of a connection at a time.  Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "common/core/clock.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

constexpr std::chrono::seconds kExamineMax{90};

// All that can be told of a connection.
Examination examine(const Connector& connector, const ExamineRequest& request, std::stop_token stop);

class Examiner {
 public:
    explicit Examiner(Clock& clock) : clock_(clock) {}

    // kRateLimited: somebody is at work on this connection already.
    Result<Examination> run(const std::string& id, const Connector& connector, const ExamineRequest& request);
    // The same for anything else that a person asks of a system.
    Status alone(const std::string& id, Clock::Duration limit, const std::function<void(std::stop_token)>& work);
    void stop() { stopping_.request_stop(); }  // what runs ends soon, and nothing begins

 private:
    Clock& clock_;
    std::stop_source stopping_{};
    std::mutex mutex_{};
    std::set<std::string> running_{};  // guarded by mutex_
};

}  // namespace shopwire::runtime
