#include "common/kafka/transaction.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <thread>
#include <unordered_map>
#include <utility>

#include "common/kafka/client.h"
#include "common/kafka/messages.h"
#include "common/log/log.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPauseLeast{1};
constexpr std::chrono::milliseconds kPauseMost{20};
constexpr milliseconds kQueueWait{10};
constexpr milliseconds kRetryPause{20};
constexpr milliseconds kCloseWait{2'000};
constexpr milliseconds kPurgeWait{500};
constexpr milliseconds kSettleWait{1'000};
constexpr std::size_t kReportsEvery = 256;  // records between two looks at the delivery reports
constexpr int kQueueMessagesMax = 100'000;
constexpr int kQueueKilobytesMax = 128 * 1024;

class RdTransaction final : public Transaction {
 public:
    RdTransaction(ClientConfig config, TransactionOptions options)
        : config_(std::move(config)), options_(std::move(options)) {}

    ~RdTransaction() override {
        if (client_ == nullptr) return;
        // An open transaction would block readers until its timeout.
        if (begun_ && ready_) (void)abort_within(kCloseWait);
        discard();
    }

    Status init(milliseconds timeout) override {
        Status taken = take_id(timeout);
        const std::string why = taken ? std::string() : taken.error().message;
        if (!taken && why != told_)  // once: who waits for it tries again and again
            log::warning("the transactional id is not ours yet", {{"error", taken.error()}});
        told_ = why;
        return taken;
    }

    Status send(const Record& record) override {
        if (Status status = begin(); !status) return status;
        const auto deadline = SteadyClock::now() + options_.timeout;
        while (true) {
            const int code = produce(client_.get(), topic_of(record.topic), record, nullptr);
            if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
            if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || SteadyClock::now() >= deadline) {
                return std::unexpected(sending_error(code, record));
            }
            rd_kafka_poll(client_.get(), milliseconds_of(kQueueWait));
        }
        ++sent_;
        if (sent_ % kReportsEvery == 0) rd_kafka_poll(client_.get(), 0);
        return {};
    }

    Result<Committed> commit(const Offsets& consumed, const GroupMetadata& group, std::stop_token stop) override {
        if (sent_ == 0 && consumed.empty() && !begun_) return Committed{};
        if (Status status = begin(); !status) return std::unexpected(std::move(status).error());
        const auto deadline = SteadyClock::now() + options_.timeout;
        if (Status status = send_offsets(consumed, group, deadline, stop); !status) {
            return std::unexpected(std::move(status).error());
        }
        while (true) {
            ClientError error(rd_kafka_commit_transaction(client_.get(), milliseconds_of(left_until(deadline))));
            if (error == nullptr) return committed();
            if (rd_kafka_error_is_fatal(error.get()) != 0) return std::unexpected(die(std::move(error), "committing"));
            if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
                return std::unexpected(aborted(std::move(error), "committing"));
            }
            const bool again = rd_kafka_error_is_retriable(error.get()) != 0 && SteadyClock::now() < deadline;
            if (!again) {
                ready_ = false;
                Error unknown = error_of(std::move(error), "committing a transaction");
                unknown.kind = ErrorKind::kAmbiguous;
                return std::unexpected(std::move(unknown));
            }
            std::this_thread::sleep_for(kRetryPause);
        }
    }

    Status abort() override {
        if (!begun_) return {};
        return abort_within(options_.timeout);
    }

    bool open() const override { return sent_ > 0; }

 private:
    using Place = std::pair<rd_kafka_topic_t*, std::int32_t>;

    Status take_id(milliseconds timeout) {
        const auto deadline = SteadyClock::now() + timeout;
        discard();
        if (Status status = connect(); !status) return status;
        if (Status found = await_broker(client_.get(), timeout); !found)
            return within("starting transactions", found.error());
        while (true) {
            ClientError error(rd_kafka_init_transactions(client_.get(), milliseconds_of(left_until(deadline))));
            if (error == nullptr) break;
            const bool again = rd_kafka_error_is_retriable(error.get()) != 0 && SteadyClock::now() < deadline;
            if (!again) return std::unexpected(error_of(std::move(error), "starting transactions"));
            std::this_thread::sleep_for(kRetryPause);
        }
        ready_ = true;
        return {};
    }

    Status connect() {
        const Settings defaults{{"message.max.bytes", std::to_string(kRecordBytesMax)},
                                {"queue.buffering.max.messages", std::to_string(kQueueMessagesMax)},
                                {"queue.buffering.max.kbytes", std::to_string(kQueueKilobytesMax)}};
        const Settings fixed{
            {"transactional.id", options_.transactional_id},
            {"transaction.timeout.ms", std::to_string(options_.timeout.count())},
            {"message.timeout.ms", std::to_string(options_.timeout.count())},
            {"enable.idempotence", "true"},
            {"acks", "all"},
            {"linger.ms", "0"},  // the commit flushes anyway
            {"retry.backoff.ms", "5"},  // doubled each time; the default of 100 is a whole order's time
            {"partitioner", "murmur2_random"}};
        auto conf = make_conf(config_, defaults, fixed);
        if (!conf) return std::unexpected(std::move(conf).error());
        rd_kafka_conf_set_opaque(conf->get(), this);
        // Besides the offsets: without this callback the flush inside a commit wakes only every 10 ms.
        rd_kafka_conf_set_dr_msg_cb(conf->get(), &RdTransaction::on_report);
        auto client = make_client(ClientType::kProducer, std::move(*conf));
        if (!client) return std::unexpected(std::move(client).error());
        client_ = std::move(*client);
        return {};
    }

    void discard() {
        if (client_ == nullptr) return;
        settle();
        rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(client_.get(), milliseconds_of(kPurgeWait));
        topics_.clear();
        client_.reset();
        ready_ = false;
        reset();
    }

    // librdkafka 2.15.1 ends the process (txn_req_cnt > 0) when a transaction is given up while its partitions are
    // still being registered; once its records are delivered they are not.
    void settle() {
        if (begun_ && !fatal_error(client_.get())) rd_kafka_flush(client_.get(), milliseconds_of(kSettleWait));
    }

    void reset() {
        begun_ = false;
        sent_ = 0;
        last_.clear();
    }

    // librdkafka looks a topic's name up under a lock for every record that names it.
    rd_kafka_topic_t* topic_of(const std::string& name) {
        Topic& topic = topics_[name];
        if (topic == nullptr) topic.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
        return topic.get();
    }

    Status begin() {
        if (!ready_) return rejected("beginning a transaction: init() comes first");
        if (begun_) return {};
        std::this_thread::sleep_until(next_begin_);
        ClientError error(rd_kafka_begin_transaction(client_.get()));
        if (error != nullptr) return std::unexpected(die(std::move(error), "beginning"));
        begun_ = true;
        return {};
    }

    Status send_offsets(const Offsets& consumed, const GroupMetadata& group, SteadyClock::time_point deadline,
                        const std::stop_token& stop) {
        if (consumed.empty()) return {};
        const PartitionList list = list_of(consumed);
        while (true) {
            ClientError error(rd_kafka_send_offsets_to_transaction(client_.get(), list.get(), group.handle,
                                                                   milliseconds_of(left_until(deadline))));
            if (error == nullptr) return {};
            if (rd_kafka_error_is_fatal(error.get()) != 0)
                return std::unexpected(die(std::move(error), "adding offsets to"));
            const bool again = rd_kafka_error_is_retriable(error.get()) != 0 && SteadyClock::now() < deadline;
            if (again && stop.stop_requested()) {
                (void)abort_within(kCloseWait);
                return cancelled();
            }
            if (!again) return std::unexpected(aborted(std::move(error), "adding offsets to"));
            std::this_thread::sleep_for(kRetryPause);
        }
    }

    Result<Committed> committed() {
        Committed out;
        for (const auto& [place, offset] : last_) {
            out.next[{.topic = rd_kafka_topic_name(place.first), .number = place.second}] = offset + 1;
        }
        pause();
        reset();
        return out;
    }

    void pause() {
        const auto markers = static_cast<std::int64_t>(last_.size()) + 1;  // and the one for the offsets
        const SteadyClock::duration wait = options_.pause_per_partition * markers;
        next_begin_ = SteadyClock::now() + std::clamp<SteadyClock::duration>(wait, kPauseLeast, kPauseMost);
    }

    Status abort_within(milliseconds timeout) {
        const auto deadline = SteadyClock::now() + timeout;
        settle();
        while (true) {
            ClientError error(rd_kafka_abort_transaction(client_.get(), milliseconds_of(left_until(deadline))));
            if (error == nullptr) break;
            if (rd_kafka_error_is_fatal(error.get()) == 0 && rd_kafka_error_is_retriable(error.get()) != 0 &&
                SteadyClock::now() < deadline) {
                std::this_thread::sleep_for(kRetryPause);
                continue;
            }
            return std::unexpected(die(std::move(error), "aborting"));
        }
        pause();
        reset();
        return {};
    }

    // Aborts after `error`: nothing became visible.
    Error aborted(ClientError error, const std::string& doing) {
        Error out = error_of(std::move(error), doing + " a transaction");
        if (Status status = abort_within(options_.timeout); !status) return std::move(status).error();
        out.kind = ErrorKind::kTransient;
        return out;
    }

    // This producer cannot go on: fenced, or in a state that only a new one heals.
    Error die(ClientError error, const std::string& doing) {
        ready_ = false;
        Error out = error_of(std::move(error), doing + " a transaction");
        out.kind = ErrorKind::kRejected;
        return out;
    }

    // After anything but an oversized record the transaction itself is broken; commit() then aborts it.
    Error sending_error(int code, const Record& record) {
        Error out = error_of(code, "sending to " + record.topic);
        if (const auto fatal = fatal_error(client_.get())) {
            ready_ = false;
            return Error{.kind = ErrorKind::kRejected, .message = "sending to " + record.topic + ": " + *fatal};
        }
        return out;
    }

    static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
        // A repeated batch that the broker already had comes back without offsets; the next report of the partition has
        // one.
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->offset < 0) return;
        auto& last = static_cast<RdTransaction*>(opaque)->last_;
        const auto [at, added] = last.try_emplace(Place{message->rkt, message->partition}, message->offset);
        if (!added) at->second = std::max(at->second, message->offset);
    }

    const ClientConfig config_;
    const TransactionOptions options_;
    Client client_;
    std::unordered_map<std::string, Topic> topics_;
    std::map<Place, std::int64_t> last_;  // highest offset delivered in the open transaction
    SteadyClock::time_point next_begin_{};
    std::size_t sent_ = 0;
    std::string told_{};  // why init() failed last; empty: it did not
    bool ready_ = false;  // init() succeeded and nothing fatal happened since
    bool begun_ = false;
};

}  // namespace

Result<std::unique_ptr<Transaction>> Transaction::create(const ClientConfig& config, TransactionOptions options) {
    if (options.transactional_id.empty()) return rejected("making a transaction: the transactional id is empty");
    return std::make_unique<RdTransaction>(config, std::move(options));
}

}  // namespace shopwire::kafka
