// The router's loop: read, map, commit, exactly once.  One thread runs it, and lends the transaction to another for a
// commit; `health` may be asked from any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/admin/admin.h"
#include "common/core/clock.h"
#include "common/kafka/consumer.h"
#include "common/kafka/transaction.h"
#include "common/state/store.h"
#include "common/tracing/tracing.h"
#include "services/router/questions.h"
#include "services/router/router.h"
#include "services/router/routing_loader.h"

namespace shopwire::router {

struct ProcessOptions {
    std::string pod{};           // static member id and transactional id
    std::size_t batch_max = 2'500;  // records read in one transaction
    std::string state_folder{};
};

class Process {
 public:
    // All outlive the process.
    Process(const config::Installation& installation, ProcessOptions options, RoutingLoader& loader, Metrics& metrics,
            Clock& clock);
    ~Process();

    // Until stop is requested.  `kafka_ready` returns when Kafka may be used; the routing is loaded before it is
    // called. An error is one that only a restart or a person heals.
    Status run(std::stop_token stop, const std::function<Status()>& kafka_ready);

    admin::Health health() const;
    std::set<std::string> systems() const;  // that the merchants have connections to; any thread

    // Answers of /api/, as JSON; nullopt: the loop is busy.  Any thread.
    std::optional<std::string> show_waiting();
    std::optional<std::string> show_overdue();
    std::optional<std::string> show_refused();
    std::optional<std::string> show_routing();

 private:
    // What one transaction holds.
    struct Batch {
        Clock::Monotonic started{};
        std::vector<kafka::Record> out{};
        kafka::Offsets end{};  // of the inputs
        std::int64_t oldest_ms = 0;  // when its oldest record was written
        std::vector<tracing::Span> spans{};
    };

    Status connect(std::stop_token stop, const std::function<Status()>& kafka_ready);
    void use(std::shared_ptr<const Routing> routing);
    void reload();  // of the merchants' files, if they changed
    bool files_changed();
    Status step(std::stop_token stop);
    Status route(std::span<const kafka::Record> records, std::stop_token stop);
    Status map(std::span<const kafka::Record> records, Batch& batch);
    Status commit(const Batch& batch, const kafka::GroupMetadata& group, std::stop_token stop);
    void settle(const Batch& batch);
    Status recover(const Error& error);
    Status start_over(Error error, std::stop_token stop);
    bool pause(std::stop_token stop);
    Result<kafka::Offsets> take_over(const kafka::Consumer::Partitions& partitions);
    void give_up(const kafka::Consumer::Partitions& partitions);
    void drop_batch();
    std::vector<state::Store*> stores() const;
    void look_around();
    std::optional<std::string> show(const std::function<Result<std::string>()>& look);

    const config::Installation& installation_;
    ProcessOptions options_;
    RoutingLoader& loader_;
    Metrics& metrics_;
    Clock& clock_;

    std::unique_ptr<state::Database> database_{};
    std::unique_ptr<state::Store> links_{};
    std::unique_ptr<state::Store> ledgers_{};
    std::unique_ptr<Router> router_{};
    const kafka::Gather gather_;
    std::unique_ptr<kafka::Transaction> transaction_{};
    std::set<std::int32_t> held_{};                // partitions
    std::unique_ptr<kafka::Consumer> consumer_{};  // after all that its callbacks use, for it tells when it closes

    kafka::Offsets batch_start_{};  // of what was polled: where to read again when the rest is dropped
    Clock::Monotonic next_reload_{};
    std::optional<bool> files_changed_{};  // since they were read, as seen after the last poll
    bool reread_ = false;                  // for the records that come next, until one batch is committed
    Clock::Monotonic next_look_{};
    int failures_ = 0;               // in a row
    mutable std::mutex mutex_{};     // guards what follows
    std::set<std::string> systems_{};
    Questions questions_{};
    std::atomic<bool> assigned_{false};
    std::atomic<std::int64_t> last_poll_ms_{0};
};

}  // namespace shopwire::router
