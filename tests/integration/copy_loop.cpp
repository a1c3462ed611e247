#include "tests/integration/copy_loop.h"

#include <thread>

#include "common/kafka/consumer.h"
#include "common/kafka/transaction.h"

namespace shopwire::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPollWait{200};
constexpr std::chrono::milliseconds kTimeout{10'000};

class Copier {
 public:
    Copier(const CopyOptions& options, Consumer& consumer, Transaction& transaction)
        : options_(options), consumer_(consumer), transaction_(transaction) {}

    Result<CopyReport> run() {
        auto last_seen = SteadyClock::now();
        SteadyClock::time_point first{};
        SteadyClock::time_point last{};
        while (options_.copy_max < 0 || report_.records < options_.copy_max) {
            auto records = consumer_.poll(options_.batch_max, kPollWait);
            const auto now = SteadyClock::now();
            if (!records) {
                if (records.error().kind != ErrorKind::kTransient) return std::unexpected(std::move(records).error());
                continue;
            }
            if (records->empty()) {
                if (now - last_seen > options_.idle_max) break;
                continue;
            }
            last_seen = now;
            if (first == SteadyClock::time_point{}) first = now;
            if (Status copied = copy(std::move(*records)); !copied) return std::unexpected(std::move(copied).error());
            last = SteadyClock::now();
        }
        report_.busy = last - first;
        return report_;
    }

 private:
    Status copy(std::vector<Record> records) {
        const auto count = static_cast<std::int64_t>(records.size());
        Offsets consumed;
        for (Record& record : records) {
            consumed[{.topic = record.topic, .number = record.partition}] = record.offset + 1;
            record.topic = options_.to;
            if (Status sent = transaction_.send(record); !sent) return recover(std::move(sent).error());
        }
        auto done = transaction_.commit(consumed, *consumer_.group_metadata(), {});
        if (!done) return recover(std::move(done).error());
        report_.records += count;
        ++report_.transactions;
        return {};
    }

    // As the header of Transaction asks: drop what is pending, then read again from what is committed.
    Status recover(const Error& error) {
        if (error.kind == ErrorKind::kTransient) {
            if (Status aborted = transaction_.abort(); !aborted) return recover(aborted.error());
        } else if (Status made = transaction_.init(kTimeout); !made) {
            return made;
        }
        const auto partitions = consumer_.assignment();
        auto committed = consumer_.committed(partitions, kTimeout);
        if (!committed) return std::unexpected(std::move(committed).error());
        for (const Partition& partition : partitions) committed->try_emplace(partition, 0);
        return consumer_.seek(*committed);
    }

    const CopyOptions& options_;
    Consumer& consumer_;
    Transaction& transaction_;
    CopyReport report_;
};

}  // namespace

Result<CopyReport> copy_loop(const CopyOptions& options) {
    auto transaction = Transaction::create(options.client, {.transactional_id = options.member_id});
    if (!transaction) return std::unexpected(std::move(transaction).error());
    if (Status made = (*transaction)->init(kTimeout); !made) return std::unexpected(std::move(made).error());
    auto consumer = Consumer::create(
        options.client, {.group = options.group, .member_id = options.member_id, .topics = {options.from}}, {});
    if (!consumer) return std::unexpected(std::move(consumer).error());
    return Copier(options, **consumer, **transaction).run();
}

}  // namespace shopwire::kafka
