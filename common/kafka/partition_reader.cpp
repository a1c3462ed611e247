#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "common/kafka/client.h"
#include "common/kafka/ends.h"
#include "common/kafka/messages.h"
#include "common/kafka/partition_reader.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kBatchWait{5};  // librdkafka waits that long for a batch to fill
constexpr std::size_t kBatchMax = 1'000;
constexpr int kPrefetchKilobytes = 16 * 1024;

std::string doing(const Partition& partition) {
    return "reading " + partition.topic + "[" + std::to_string(partition.number) + "]";
}

Result<Client> make_reader(const ClientConfig& config) {
    const Settings defaults{{"fetch.wait.max.ms", "10"},  // the end is told by a fetch that finds nothing
                            {"fetch.queue.backoff.ms", "5"},
                            {"queued.max.messages.kbytes", std::to_string(kPrefetchKilobytes)}};
    const Settings fixed{{"isolation.level", "read_committed"},
                         {"enable.partition.eof", "true"},
                         {"allow.auto.create.topics", "false"},
                         {"auto.offset.reset", "error"}};
    auto conf = make_conf(config, defaults, fixed);
    if (!conf) return std::unexpected(std::move(conf).error());
    return make_client(ClientType::kConsumer, std::move(*conf));
}

// Reads one started partition until its end was seen at or past `end`.
class Started {
 public:
    Started(rd_kafka_topic_t* topic, Partition partition, std::int64_t from, std::int64_t end,
            const std::function<Status(const Record&)>& each)
        : topic_(topic), partition_(std::move(partition)), next_(from), end_(end), each_(each) {}

    Result<std::int64_t> run(SteadyClock::time_point deadline) {
        std::array<rd_kafka_message_t*, kBatchMax> raw{};
        while (next_ < end_) {
            const auto count =
                rd_kafka_consume_batch(topic_, partition_.number, milliseconds_of(kBatchWait), raw.data(), kBatchMax);
            if (count < 0) return std::unexpected(error_of(rd_kafka_last_error(), doing(partition_)));
            Status status;
            for (rd_kafka_message_t* message : std::span(raw.data(), static_cast<std::size_t>(count))) {
                const Message owned(message);
                if (status) status = take(*message);
            }
            if (!status) return std::unexpected(std::move(status).error());
            if (next_ < end_ && SteadyClock::now() >= deadline) {
                return transient(doing(partition_) + ": timed out at offset " + std::to_string(next_) + " of " +
                                 std::to_string(end_));
            }
        }
        return next_;
    }

 private:
    Status take(const rd_kafka_message_t& message) {
        if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            // Past what compaction and aborted transactions left out.  Below `end` an open transaction holds us: go on.
            next_ = std::max(next_, message.offset);
            return {};
        }
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            Error error = error_of(message.err, doing(partition_), rd_kafka_message_errstr(&message));
            // Brokers come and go while the client retries by itself.
            if (error.kind == ErrorKind::kTransient) return {};
            return std::unexpected(std::move(error));
        }
        next_ = message.offset + 1;
        return each_(record_of(message));
    }

    rd_kafka_topic_t* topic_;
    Partition partition_;
    std::int64_t next_;
    std::int64_t end_;
    const std::function<Status(const Record&)>& each_;
};

}  // namespace

Result<std::unique_ptr<PartitionReader>> PartitionReader::create(const ClientConfig& config, milliseconds timeout) {
    auto client = make_reader(config);
    if (!client) return std::unexpected(std::move(client).error());
    if (Status found = await_broker(client->get(), timeout); !found) return std::unexpected(std::move(found).error());
    return std::unique_ptr<PartitionReader>(new PartitionReader(std::move(*client)));
}

Result<std::map<Partition, PartitionEnds>> PartitionReader::ends(const std::vector<Partition>& partitions,
                                                                 milliseconds timeout) {
    return ends_of(client_.get(), partitions, timeout);
}

Result<Offsets> PartitionReader::offsets_at(const std::vector<Partition>& partitions, std::int64_t time_ms,
                                            milliseconds timeout) {
    auto found = list_all_offsets(client_.get(), partitions, std::max<std::int64_t>(time_ms, 0), timeout);
    if (!found) return found;
    auto end = list_all_offsets(client_.get(), partitions, RD_KAFKA_OFFSET_SPEC_LATEST, timeout);
    if (!end) return end;
    for (auto& [partition, offset] : *found)
        if (offset < 0) offset = end->at(partition);
    return found;
}

Result<std::int64_t> PartitionReader::read(const Partition& partition, std::int64_t from, std::int64_t end,
                                           const std::function<Status(const Record&)>& each, milliseconds timeout) {
    if (from >= end) return from;
    const auto deadline = SteadyClock::now() + timeout;
    const Topic topic(rd_kafka_topic_new(client_.get(), partition.topic.c_str(), nullptr));
    if (rd_kafka_consume_start(topic.get(), partition.number, from) != 0) {
        return std::unexpected(error_of(rd_kafka_last_error(), doing(partition)));
    }
    auto next = Started(topic.get(), partition, from, end, each).run(deadline);
    rd_kafka_consume_stop(topic.get(), partition.number);
    return next;
}

Result<PartitionEnds> read_ends(const ClientConfig& config, const Partition& partition, milliseconds timeout) {
    auto reader = PartitionReader::create(config, timeout);
    if (!reader) return std::unexpected(std::move(reader).error());
    auto ends = (*reader)->ends({partition}, timeout);
    if (!ends) return std::unexpected(std::move(ends).error());
    return ends->at(partition);
}

Result<std::int64_t> read_partition(const ClientConfig& config, const Partition& partition, std::int64_t from,
                                    const std::function<Status(const Record&)>& each, milliseconds timeout) {
    auto reader = PartitionReader::create(config, timeout);
    if (!reader) return std::unexpected(std::move(reader).error());
    auto ends = (*reader)->ends({partition}, timeout);
    if (!ends) return std::unexpected(std::move(ends).error());
    return (*reader)->read(partition, from, ends->at(partition).end, each, timeout);
}

}  // namespace shopwire::kafka
