// One connector of a case before its remote, with a wire between that can be disturbed and a clock that does not wait.
// One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/metrics/registry.h"
#include "tests/contract/conformance/contract_case.h"
#include "tests/contract/conformance/wire.h"

namespace shopwire::conformance {

// The real time, but a sleep is over at once and has passed.
class BriskClock final : public Clock {
 public:
    std::int64_t now_ms() const override;
    Monotonic monotonic() const override;
    bool sleep_for(Duration wait, std::stop_token stop) override;

 private:
    std::atomic<std::int64_t> slept_ns_{0};
};

// What a whole pass over a stream told.
struct Told {
    std::map<std::string, std::string> events{};  // by what and whose: the event serialized, without times of ours
    std::size_t count = 0;                        // of good ones
    std::size_t failed = 0;                       // rows that became no event
    std::size_t page_max = 0;                     // changes of the largest page
    std::vector<std::string> faults{};            // what no source may do
    std::optional<Error> error{};                 // what ended the pass
    runtime::Cursor next{};                       // where the stream goes on

    bool says_so() const { return error || failed > 0; }  // that not all of it is there
};

class Stage {
 public:
    static constexpr const char* kMerchant = "acme";
    static constexpr const char* kConnection = "far";

    explicit Stage(const ContractCase& contract);

    const ContractCase& contract() const { return contract_; }
    const runtime::ConnectorSpec& spec() const { return spec_; }
    Remote& remote() { return remote_; }
    Wire& wire() { return wire_; }
    metrics::Registry& metrics() { return *parts_->metrics; }

    // The remote as `prepare` fills it, and a connector as a new process has it.
    void fresh(const std::string& more_settings = {});
    // A new connector; the remote stays as it is.
    void connect(const std::string& more_settings = {});
    Result<runtime::Connector> create(const std::string& yaml) { return create(yaml, *parts_); }
    runtime::Connector& connector() { return connector_.value(); }
    void wait(Clock::Duration time) { parts_->clock.sleep_for(time, {}); }  // at once

    Told read(std::string_view stream, std::stop_token stop = {}, runtime::Cursor from = {});
    // One page, and the same page again.
    Result<runtime::Page> page(std::string_view stream, const runtime::Cursor& from, std::stop_token stop = {});
    // As the runtime completes it.
    static events::Event completed(events::Event event, std::string_view system);
    static std::string bytes_of(events::Event event);  // without times of ours
    static std::string text_of(const std::string& bytes);

    const runtime::ActionRule& rule(const events::Command& command) const;
    Result<runtime::Applied> apply(const events::Command& command, std::stop_token stop = {});
    // Goes on from an answer as the runtime does: again, or a look first, until it is done or nobody can tell.
    Result<runtime::Applied> settle(const events::Command& command, Result<runtime::Applied> answer);
    // Applies it, and throws if it cannot: for what a case prepares.
    runtime::Applied done(const events::Command& command);
    std::vector<std::string> holds();  // in order

 private:
    struct Parts {
        Parts();
        BriskClock clock{};
        std::unique_ptr<http::RateLimiter> limiter{};
        std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    };
    Result<runtime::Connector> create(const std::string& yaml, Parts& parts);

    const ContractCase& contract_;
    const runtime::ConnectorSpec spec_;
    Remote remote_;
    Wire wire_{};
    std::unique_ptr<Parts> parts_{};
    // Does nothing, but what connectors share (compiled programs) is made once while it lives.
    Parts idle_parts_{};
    Result<runtime::Connector> idle_;
    std::optional<runtime::Connector> connector_{};  // last: it uses all of them
};

}  // namespace shopwire::conformance
