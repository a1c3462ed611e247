#include "common/kafka/producer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/kafka/client.h"
#include "common/kafka/messages.h"
#include "common/log/log.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kBrokerWait{1'000};
constexpr milliseconds kPollWait{500};
constexpr milliseconds kCloseWait{5'000};
constexpr milliseconds kPurgeWait{1'000};
constexpr milliseconds kReportSlack{5'000};  // a report may come that much after the delivery timeout
constexpr int kQueueKilobytesMax = 128 * 1024;

// One librdkafka producer and its poll thread.  A fatal error ends it; RdProducer then makes another.
class Connection {
 public:
    static Result<std::shared_ptr<Connection>> create(const ClientConfig& config, const ProducerOptions& options) {
        const Settings defaults{{"linger.ms", std::to_string(options.linger.count())},
                                {"message.max.bytes", std::to_string(kRecordBytesMax)},
                                {"queue.buffering.max.kbytes", std::to_string(kQueueKilobytesMax)}};
        const Settings fixed{{"enable.idempotence", "true"},
                             {"acks", "all"},
                             {"partitioner", "murmur2_random"},
                             {"message.timeout.ms", std::to_string(options.delivery_timeout.count())},
                             {"queue.buffering.max.messages", std::to_string(options.queue_messages_max)}};
        auto conf = make_conf(config, defaults, fixed);
        if (!conf) return std::unexpected(std::move(conf).error());
        auto connection = std::make_shared<Connection>();
        rd_kafka_conf_set_opaque(conf->get(), connection.get());
        rd_kafka_conf_set_dr_msg_cb(conf->get(), &Connection::on_report);
        tell_statistics(conf->get());
        auto client = make_client(ClientType::kProducer, std::move(*conf));
        if (!client) return std::unexpected(std::move(client).error());
        // So that the first record does not wait for a lost request; without a broker it waits anyway.
        static_cast<void>(await_broker(client->get(), kBrokerWait));
        connection->start(std::move(*client));
        return connection;
    }

    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        if (client_ == nullptr) return;
        poller_.request_stop();
        rd_kafka_queue_yield(main_queue_.get());
        poller_.join();
        // From here on reports are served by the calls below, so that each one is given exactly once.
        if (!fatal_error(client_.get())) rd_kafka_flush(client_.get(), milliseconds_of(kCloseWait));
        rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(client_.get(), milliseconds_of(kPurgeWait));
    }

    bool is_dead() const { return fatal_error(client_.get()).has_value(); }

    Status send(const Record& record, Producer::Delivered& delivered, milliseconds wait) {
        const auto deadline = SteadyClock::now() + wait;
        auto pending = std::make_unique<Producer::Delivered>(std::move(delivered));
        while (true) {
            const int code = produce(client_.get(), nullptr, record, pending.get());
            if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
                (void)pending.release();  // on_report owns it
                return {};
            }
            if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || SteadyClock::now() >= deadline) {
                delivered = std::move(*pending);
                return std::unexpected(error_of(code, "sending to " + record.topic));
            }
            std::unique_lock lock(mutex_);
            room_.wait_for(lock, milliseconds{5});
        }
    }

    Status flush(milliseconds timeout) {
        const int code = rd_kafka_flush(client_.get(), milliseconds_of(timeout));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        return std::unexpected(error_of(code, "flushing the producer"));
    }

 private:
    void start(Client client) {
        client_ = std::move(client);
        main_queue_.reset(rd_kafka_queue_get_main(client_.get()));
        poller_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) rd_kafka_poll(client_.get(), milliseconds_of(kPollWait));
        });
    }

    static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
        const std::unique_ptr<Producer::Delivered> delivered(static_cast<Producer::Delivered*>(message->_private));
        static_cast<Connection*>(opaque)->room_.notify_one();
        if (!*delivered) return;
        (*delivered)(status_of(*message));
    }

    static Status status_of(const rd_kafka_message_t& message) {
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        Error error = error_of(message.err, std::string("delivering to ") + rd_kafka_topic_name(message.rkt));
        if (rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED) {
            error.kind = ErrorKind::kAmbiguous;
        } else if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
            error.kind =
                ErrorKind::kTransient;  // the producer is at fault, not the record: the next send has a new one
        }
        return std::unexpected(std::move(error));
    }

    std::mutex mutex_;
    std::condition_variable room_;
    Client client_;
    Queue main_queue_;  // destroyed before its client
    std::jthread poller_;
};

// Counts the reports of one send_all.  Shared with the reports, which may come after the caller left.
struct Batch {
    std::mutex mutex{};
    std::condition_variable_any done{};
    std::size_t open = 0;
    std::optional<Error> error{};

    void report(Status status) {
        const std::lock_guard lock(mutex);
        if (!status && !error) error = std::move(status).error();
        if (--open == 0) done.notify_all();
    }
};

class RdProducer final : public Producer {
 public:
    RdProducer(ClientConfig config, ProducerOptions options, std::shared_ptr<Connection> connection)
        : config_(std::move(config)), options_(options), connection_(std::move(connection)) {}

    Status send(Record record, Delivered delivered) override {
        auto connection = living();
        if (!connection) return std::unexpected(std::move(connection).error());
        Status status = (*connection)->send(record, delivered, options_.delivery_timeout);
        if (status || !(*connection)->is_dead()) return status;
        connection = living();  // it died under us
        if (!connection) return std::unexpected(std::move(connection).error());
        return (*connection)->send(record, delivered, options_.delivery_timeout);
    }

    Status send_all(std::vector<Record> records, std::stop_token stop) override {
        if (records.empty()) return {};
        const auto batch = std::make_shared<Batch>();
        batch->open = 1;  // ours, so that no report ends the batch while we still send
        for (Record& record : records) {
            if (stop.stop_requested()) {
                batch->report(cancelled());
                return cancelled();
            }
            {
                const std::lock_guard lock(batch->mutex);
                ++batch->open;
            }
            Status status = send(std::move(record), [batch](Status result) { batch->report(std::move(result)); });
            if (!status) {
                batch->report(std::move(status));
                break;
            }
        }
        batch->report({});
        std::unique_lock lock(batch->mutex);
        const bool complete = batch->done.wait_for(lock, stop, options_.delivery_timeout + kReportSlack,
                                                   [&] { return batch->open == 0; });
        if (complete) return batch->error ? Status(std::unexpected(*batch->error)) : Status();
        if (stop.stop_requested()) return cancelled("sending records: stopping before all reports came");
        return ambiguous("sending records: no delivery report in time");
    }

    Status flush(milliseconds timeout) override {
        std::shared_ptr<Connection> connection;
        {
            const std::lock_guard lock(mutex_);
            connection = connection_;
        }
        return connection->flush(timeout);
    }

 private:
    // The current connection, replaced when a fatal error ended it: an idempotent producer cannot go on after one.
    Result<std::shared_ptr<Connection>> living() {
        std::shared_ptr<Connection> dead;  // goes outside the lock, for that may take a second
        const std::lock_guard lock(mutex_);
        if (!connection_->is_dead()) return connection_;
        auto next = Connection::create(config_, options_);
        if (!next) return std::unexpected(std::move(next).error());
        log::warning("kafka producer replaced after a fatal error");
        dead = std::exchange(connection_, std::move(*next));
        return connection_;
    }

    const ClientConfig config_;
    const ProducerOptions options_;
    std::mutex mutex_;
    std::shared_ptr<Connection> connection_;  // shared: a sender may still use the one that another thread replaces
};

}  // namespace

Result<std::unique_ptr<Producer>> Producer::create(const ClientConfig& config, ProducerOptions options) {
    auto connection = Connection::create(config, options);
    if (!connection) return std::unexpected(std::move(connection).error());
    return std::make_unique<RdProducer>(config, options, std::move(*connection));
}

}  // namespace shopwire::kafka
