#include "common/kafka/consumer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/core/optional.h"
#include "common/kafka/client.h"
#include "common/kafka/ends.h"
#include "common/kafka/messages.h"
#include "common/log/log.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kHeartbeat{1'000};
constexpr milliseconds kBrokerWait{1'000};
constexpr milliseconds kCommittedWait{5'000};
constexpr milliseconds kSeekWait{5'000};
constexpr milliseconds kSeekRetryPause{20};
constexpr milliseconds kCloseWait{3'000};
constexpr milliseconds kClosePoll{50};
constexpr milliseconds kAssignRetryPause{100};
constexpr int kFetchBytesMax = kRecordBytesMax + 1024 * 1024;

Consumer::Partitions partitions_of(const rd_kafka_topic_partition_list_t& list) {
    Consumer::Partitions partitions;
    partitions.reserve(static_cast<std::size_t>(list.cnt));
    for (int i = 0; i < list.cnt; ++i)
        partitions.push_back({.topic = list.elems[i].topic, .number = list.elems[i].partition});
    return partitions;
}

std::string text_of(const Partition& partition) {
    return partition.topic + "[" + std::to_string(partition.number) + "]";
}

class RdConsumer final : public Consumer {
 public:
    RdConsumer(ConsumerOptions options, Rebalance rebalance)
        : options_(std::move(options)), rebalance_(std::move(rebalance)) {}

    ~RdConsumer() override { (void)close(kCloseWait); }

    Status start(const ClientConfig& config) {
        auto conf = make_conf(config, defaults(), fixed());
        if (!conf) return std::unexpected(std::move(conf).error());
        rd_kafka_conf_set_opaque(conf->get(), this);
        rd_kafka_conf_set_rebalance_cb(conf->get(), &RdConsumer::on_rebalance);
        tell_statistics(conf->get());
        auto client = make_client(ClientType::kConsumer, std::move(*conf));
        if (!client) return std::unexpected(std::move(client).error());
        client_ = std::move(*client);
        queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
        // Without one it joins later, by itself.
        static_cast<void>(await_broker(client_.get(), kBrokerWait));
        if (const auto code = rd_kafka_poll_set_consumer(client_.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(error_of(code, "starting the consumer"));
        }
        PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(options_.topics.size())));
        for (const std::string& topic : options_.topics) {
            rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
        }
        if (const auto code = rd_kafka_subscribe(client_.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(error_of(code, "subscribing"));
        }
        return {};
    }

    Result<std::vector<Record>> poll(std::size_t max, milliseconds wait, const Gather& gather) override {
        if (closed_) return cancelled("polling: the consumer is closed");
        if (unresolved_) {
            if (Status status = retry_assign(*unresolved_); !status) {
                std::this_thread::sleep_for(std::min(wait, kAssignRetryPause));
                return std::unexpected(std::move(status).error());
            }
        }
        if (pending_error_) return std::unexpected(taken(pending_error_));
        std::vector<Record> records;
        std::size_t bytes = 0;
        auto deadline = SteadyClock::now() + wait;  // for the next record
        while (records.size() < max && bytes < options_.poll_bytes_max) {
            const std::uint64_t generation = generation_;
            const Message message(rd_kafka_consumer_poll(client_.get(), milliseconds_of(left_until(deadline))));
            // What was taken before a rebalance belongs to partitions that are gone, or will be read again from where
            // they start.
            if (generation != generation_) records.clear();
            if (pending_error_ || message == nullptr) break;
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                bytes += message->len;
                records.push_back(record_of(*message));
                const bool enough = !gather.ends || gather.ends(records.back());
                if (enough) deadline = {};
                if (records.size() == 1 && !enough) deadline = SteadyClock::now() + gather.time;
            } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                pending_error_ = error_in(*message);
                break;
            }
        }
        if (records.empty() && pending_error_) return std::unexpected(taken(pending_error_));
        return records;
    }

    void wake() override { rd_kafka_queue_yield(queue_.get()); }

    Result<Offsets> committed(const Partitions& partitions, milliseconds timeout) override {
        const PartitionList list = list_of(partitions);
        const auto code = rd_kafka_committed(client_.get(), list.get(), milliseconds_of(timeout));
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, "reading committed offsets"));
        Offsets offsets;
        for (int i = 0; i < list->cnt; ++i) {
            const auto& entry = list->elems[i];
            Partition partition{.topic = entry.topic, .number = entry.partition};
            if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                return std::unexpected(error_of(entry.err, "reading the committed offset of " + text_of(partition)));
            }
            if (entry.offset >= 0) offsets.emplace(std::move(partition), entry.offset);
        }
        return offsets;
    }

    Result<Offsets> starts(const Partitions& partitions, milliseconds timeout) override {
        Result<Offsets> offsets = committed(partitions, timeout);
        if (!offsets) return offsets;
        const auto earliest = list_offsets(client_.get(), partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST, timeout);
        const auto end = list_offsets(client_.get(), partitions, RD_KAFKA_OFFSET_SPEC_LATEST, timeout);
        for (const Partition& partition : partitions) {
            const Result<std::int64_t> first = earliest ? earliest->at(partition) : std::unexpected(earliest.error());
            const Result<std::int64_t> last = end ? end->at(partition) : std::unexpected(end.error());
            const auto known = offsets->find(partition);
            if (known == offsets->end()) {
                if (!first) return within("finding where to begin in " + text_of(partition), first.error());
                offsets->emplace(partition, *first);
            } else if (!first || !last) {  // the others shall not wait until it has a leader
                log::warning("the ends of a partition are not known; reading on where we were",
                             {{"partition", text_of(partition)}, {"error", (first ? last : first).error()}});
            } else if (known->second < *first || known->second > *last) {
                begin_anew(partition, known->second, *first, *last);
                known->second = *first;
            }
        }
        return offsets;
    }

    std::int64_t gone() const override { return gone_; }

    Status seek(const Offsets& offsets) override {
        for (const auto& [partition, offset] : offsets) {
            if (std::ranges::find(assigned_, partition) == assigned_.end()) {
                return transient("seeking: " + text_of(partition) + " is not assigned");
            }
        }
        const auto deadline = SteadyClock::now() + kSeekWait;
        Offsets left = offsets;
        while (!left.empty()) {
            const PartitionList list = list_of(left);
            const ClientError error(
                rd_kafka_seek_partitions(client_.get(), list.get(), milliseconds_of(left_until(deadline))));
            rd_kafka_resp_err_t failed =
                error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
            if (error == nullptr) left.clear();
            for (int i = 0; i < list->cnt && error == nullptr; ++i) {
                const auto& entry = list->elems[i];
                if (entry.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
                failed = entry.err;
                left[{.topic = entry.topic, .number = entry.partition}] = entry.offset;
            }
            if (left.empty()) break;
            // An assignment that was given a moment ago takes effect on another thread: until then a seek is refused.
            if (SteadyClock::now() >= deadline) return std::unexpected(error_of(failed, "seeking"));
            std::this_thread::sleep_for(kSeekRetryPause);
        }
        return {};
    }

    Partitions assignment() const override { return assigned_; }

    std::int64_t lag() const override {
        const PartitionList list = list_of(assigned_);
        if (rd_kafka_position(client_.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
        std::int64_t records = 0;
        for (int i = 0; i < list->cnt; ++i) {
            const auto& entry = list->elems[i];
            std::int64_t low = 0;
            std::int64_t end = 0;
            const auto code = rd_kafka_get_watermark_offsets(client_.get(), entry.topic, entry.partition, &low, &end);
            if (code != RD_KAFKA_RESP_ERR_NO_ERROR || end < 0) continue;  // nothing was fetched yet
            const auto start = starts_.find({.topic = entry.topic, .number = entry.partition});
            const std::int64_t begin = start == starts_.end() ? low : start->second;
            records += std::max<std::int64_t>(0, end - std::max(low, entry.offset >= 0 ? entry.offset : begin));
        }
        return records;
    }

    std::shared_ptr<const GroupMetadata> group_metadata() const override {
        return std::make_shared<GroupMetadata>(rd_kafka_consumer_group_metadata(client_.get()));
    }

    Status pause(const Partitions& partitions) override {
        return each_partition(partitions, &rd_kafka_pause_partitions, "pausing");
    }
    Status resume(const Partitions& partitions) override {
        return each_partition(partitions, &rd_kafka_resume_partitions, "resuming");
    }

    Status close(milliseconds timeout) override {
        if (closed_) return {};
        closed_ = true;
        if (client_ == nullptr) return {};
        const auto deadline = SteadyClock::now() + timeout;
        Queue queue(rd_kafka_queue_new(client_.get()));
        ClientError error(rd_kafka_consumer_close_queue(client_.get(), queue.get()));
        if (error != nullptr && rd_kafka_error_is_fatal(error.get()) == 0) {
            return std::unexpected(error_of(std::move(error), "closing the consumer"));
        }
        while (rd_kafka_consumer_closed(client_.get()) == 0) {
            if (SteadyClock::now() >= deadline) return transient("closing the consumer: timed out");
            // Records that were fetched before may come too; rd_kafka_queue_poll_callback would end the process on
            // those.
            const Message unread(
                rd_kafka_consume_queue(queue.get(), milliseconds_of(std::min(left_until(deadline), kClosePoll))));
        }
        return {};
    }

 private:
    Settings defaults() const {
        return {{"fetch.wait.max.ms", "100"},  // an idle fetch in flight delays newly assigned partitions that long
                {"fetch.queue.backoff.ms", "20"},
                {"fetch.error.backoff.ms", "100"},
                {"fetch.max.bytes", std::to_string(kFetchBytesMax)},
                {"message.max.bytes", std::to_string(kRecordBytesMax)},
                {"queued.min.messages", std::to_string(options_.prefetch_messages_max)},
                {"queued.max.messages.kbytes", std::to_string(options_.prefetch_kilobytes_max)}};
    }

    Settings fixed() const {
        const milliseconds heartbeat = std::min(kHeartbeat, options_.session_timeout / 3);
        Settings settings{{"group.id", options_.group},
                          {"group.protocol", "classic"},
                          {"partition.assignment.strategy", "range"},
                          {"session.timeout.ms", std::to_string(options_.session_timeout.count())},
                          {"heartbeat.interval.ms", std::to_string(heartbeat.count())},
                          {"max.poll.interval.ms", std::to_string(options_.poll_interval_max.count())},
                          {"isolation.level", "read_committed"},
                          {"enable.auto.commit", "false"},
                          {"enable.auto.offset.store", "false"},
                          {"enable.partition.eof", "false"},
                          {"fetch.min.bytes", "1"},
                          {"allow.auto.create.topics", "false"},
                          {"auto.offset.reset", "error"}};
        if (!options_.member_id.empty()) settings.emplace_back("group.instance.id", options_.member_id);
        return settings;
    }

    static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                             void* opaque) {
        auto& self = *static_cast<RdConsumer*>(opaque);
        ++self.generation_;
        if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !self.closed_) {
            self.unresolved_ = partitions_of(*list);
            self.told_.clear();
            if (Status status = self.retry_assign(*self.unresolved_); !status)
                self.pending_error_ = std::move(status).error();
        } else {
            self.give_up();
        }
    }

    // Partitions that were promised but whose start is not known yet stay with us until this succeeds: poll() tries
    // again.
    Status retry_assign(const Partitions& partitions) {
        auto starts = start_offsets(partitions);
        if (!starts && starts.error().message != told_) {  // once: it is tried again and again
            told_ = starts.error().message;
            log::warning("partitions cannot be taken over yet", {{"error", starts.error()}});
        }
        if (!starts) return std::unexpected(std::move(starts).error());
        told_.clear();
        if (const auto code = rd_kafka_assign(client_.get(), list_of(*starts).get());
            code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(error_of(code, "taking over partitions"));
        }
        assigned_ = partitions;
        starts_ = *std::move(starts);
        unresolved_.reset();
        return {};
    }

    // Every start is stated, so that a reset policy never decides.
    Result<Offsets> start_offsets(const Partitions& partitions) {
        Offsets starts;
        if (rebalance_.assigned) {
            auto wanted = rebalance_.assigned(partitions);
            if (!wanted) return within("taking over partitions", std::move(wanted).error());
            starts = std::move(*wanted);
        }
        Partitions missing;
        std::ranges::copy_if(partitions, std::back_inserter(missing),
                             [&](const auto& p) { return !starts.contains(p); });
        if (!missing.empty()) {
            auto found = this->starts(missing, kCommittedWait);
            if (!found) return within("taking over partitions", std::move(found).error());
            starts.merge(*found);
        }
        return starts;
    }

    void give_up() {
        // A takeover that failed halfway has opened some of its state: that is told too, and nothing of it is written.
        const bool lost = unresolved_.has_value() || rd_kafka_assignment_lost(client_.get()) != 0;
        const Partitions gone = unresolved_ ? taken(unresolved_) : std::exchange(assigned_, {});
        const auto& tell = lost ? rebalance_.lost : rebalance_.revoked;
        if (!gone.empty() && tell) tell(gone);
        if (const auto code = rd_kafka_assign(client_.get(), nullptr); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            log::warning("giving up partitions", {{"error", rd_kafka_err2str(code)}});
        }
    }

    void begin_anew(const Partition& partition, std::int64_t committed, std::int64_t first, std::int64_t end) {
        if (first > committed) {  // asked again before anything was committed, the same are gone
            std::int64_t& counted = gone_to_.try_emplace(partition, committed).first->second;
            gone_ += std::max<std::int64_t>(0, first - std::max(counted, committed));
            counted = std::max(counted, first);
        }
        log::error(first > committed
                       ? "records were deleted before they were read; reading on at the first that is left"
                       : "the partition ends before what was read last, so it was made anew; reading all of it",
                   {{"partition", text_of(partition)}, {"committed", committed}, {"first", first}, {"end", end}});
    }

    Error error_in(const rd_kafka_message_t& message) const {
        std::string doing = "polling group " + options_.group;
        if (message.rkt != nullptr) doing = "reading " + text_of(partition_of(message));
        if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
            return error_of(message.err, doing, fatal_error(client_.get()).value_or("unknown"));
        }
        return error_of(message.err, doing, rd_kafka_message_errstr(&message));
    }

    Status each_partition(const Partitions& partitions,
                          rd_kafka_resp_err_t (*call)(rd_kafka_t*, rd_kafka_topic_partition_list_t*),
                          std::string_view doing) {
        const PartitionList list = list_of(partitions);
        if (const auto code = call(client_.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(error_of(code, doing));
        }
        for (int i = 0; i < list->cnt; ++i) {
            if (const auto code = list->elems[i].err; code != RD_KAFKA_RESP_ERR_NO_ERROR) {
                return std::unexpected(error_of(code, doing));
            }
        }
        return {};
    }

    const ConsumerOptions options_;
    const Rebalance rebalance_;
    Client client_;
    Queue queue_;  // its records; destroyed before its client
    Partitions assigned_;
    Offsets starts_{};                      // of the assigned ones
    std::optional<Partitions> unresolved_;  // given to us, start not known yet
    std::string told_{};                    // why not, as it was told last
    std::optional<Error> pending_error_;    // what the next poll returns
    std::uint64_t generation_ = 0;          // counts rebalances
    std::int64_t gone_ = 0;
    Offsets gone_to_{};  // up to where they are counted
    bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<Consumer>> Consumer::create(const ClientConfig& config, ConsumerOptions options,
                                                   Rebalance rebalance) {
    if (options.group.empty() || options.topics.empty())
        return rejected("making a consumer: group and topics are required");
    auto consumer = std::make_unique<RdConsumer>(std::move(options), std::move(rebalance));
    if (Status status = consumer->start(config); !status) return std::unexpected(std::move(status).error());
    return consumer;
}

}  // namespace shopwire::kafka
