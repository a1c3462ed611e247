// Exactly once, Kafka to Kafka: records, consumed offsets and changelog entries become visible together or not at all.
// One thread uses it.  Owns its librdkafka producer.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/consumer.h"
#include "common/kafka/record.h"

namespace shopwire::kafka {

struct TransactionOptions {
    std::string transactional_id{};                  // the pod's name, so that a successor fences its predecessor
    std::chrono::milliseconds timeout{10'000};       // an orphan blocks readers no longer than this
    // After a commit, before the next begin, for each partition that it ended: see `commit`.
    std::chrono::microseconds pause_per_partition{250};
};

class Transaction {
 public:
    static Result<std::unique_ptr<Transaction>> create(const ClientConfig& config, TransactionOptions options);
    virtual ~Transaction() = default;

    // Fences older producers of the same id and ends their open transactions.  Also after kRejected from any call here
    // (fenced, unknown commit): then a new producer is made inside.
    virtual Status init(std::chrono::milliseconds timeout) = 0;

    // Begins when needed, and queues.  Waits when the queue is full, bounded.
    virtual Status send(const Record& record) = 0;

    // Where the records that were sent to each partition stand: offset of the last one + 1.  For changelogs.
    struct Committed {
        Offsets next{};
    };
    // Commits what was sent together with the offsets consumed.  A commit with nothing sent still commits the offsets.
    // kTransient: aborted, nothing is visible; the caller drops its overlay, seeks back and reads again.
    // kAmbiguous or kRejected: unknown or fenced: init() again, then as above.
    // After a commit the broker still writes a marker into each of its partitions.  A transaction that begins sooner is
    // refused and tried again after a backoff: measured 100 ms each, where the transaction itself takes 4 to 12.  So
    // `send` waits that time out itself.
    virtual Result<Committed> commit(const Offsets& consumed, const GroupMetadata& group, std::stop_token stop) = 0;
    virtual Status abort() = 0;
    virtual bool open() const = 0;  // something was sent since the last commit or abort
};

}  // namespace shopwire::kafka
