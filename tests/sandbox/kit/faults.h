// Faults on request: a list of rules set over the control port, asked once per request (channel "http") and by a
// simulator for its own channels (the shop asks channel "webhook" before each delivery). Thread safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sandbox::kit {

struct Fault {
    std::string kind;       // see FaultEngine::set
    int status = 503;
    std::optional<int> retry_after;
    std::string body;
    int delay_ms = 0;
};

class FaultEngine {
 public:
    FaultEngine();
    ~FaultEngine();
    FaultEngine(const FaultEngine&) = delete;
    FaultEngine& operator=(const FaultEngine&) = delete;

    // Adds rules from the JSON list that README.md describes; all or none. Gives a message when the text is wrong.
    // Kinds of channel "http": status, html, cut_body, delay, hang, apply_then_drop, drop_before, slow_body,
    // late_apply. Other channels may use any kind.
    std::optional<std::string> add(std::string_view json);
    void clear();
    // The rules with their hit counts, as JSON.
    std::string describe() const;
    // The first rule that matches and is due. `subject` is the path, or what the channel's owner says.
    std::optional<Fault> pick(std::string_view channel, std::string_view method, std::string_view subject);

 private:
    struct Rule;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Rule>> rules_;
    std::mt19937_64 random_{20261122};
    std::int64_t next_id_ = 1;
    std::atomic<bool> any_{false};
};

}  // namespace sandbox::kit
