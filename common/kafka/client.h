// What every librdkafka client of this room shares: owned handles, configuration, errors, logging.  Internal to
// common/kafka. Free functions are thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/record.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_error_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;
struct rd_kafka_topic_partition_list_s;

namespace shopwire::kafka {

struct Destroy {
    void operator()(rd_kafka_s* client) const;  // a consumer must have been closed before
    void operator()(rd_kafka_conf_s* conf) const;
    void operator()(rd_kafka_error_s* error) const;
    void operator()(rd_kafka_queue_s* queue) const;
    void operator()(rd_kafka_topic_s* topic) const;
    void operator()(rd_kafka_topic_partition_list_s* list) const;
};

using Client = std::unique_ptr<rd_kafka_s, Destroy>;
using Conf = std::unique_ptr<rd_kafka_conf_s, Destroy>;
using ClientError = std::unique_ptr<rd_kafka_error_s, Destroy>;
using Queue = std::unique_ptr<rd_kafka_queue_s, Destroy>;
using Topic = std::unique_ptr<rd_kafka_topic_s, Destroy>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_s, Destroy>;

using Settings = std::vector<std::pair<std::string, std::string>>;

// The user's `extra` settings win over `defaults` and lose against `fixed`, on which our guarantees rest.
Result<Conf> make_conf(const ClientConfig& config, const Settings& defaults, const Settings& fixed);

// For the observer of statistics.h, when there is one.  REQUIRES: the client is polled all the time, or what it tells
// heaps up in its queue.
void tell_statistics(rd_kafka_conf_s* conf);

enum class ClientType { kProducer, kConsumer };
Result<Client> make_client(ClientType type, Conf conf);

// Waits until a broker answers over a connection that stays.  librdkafka drops its first one as soon as it has the list
// of brokers, and loses a request that is on it until a timer asks again: after 0.5 s for a transactional id, 3 s for
// offsets.  kTransient also when brokers do not know us, or we do not trust them, which the observer of refusals is
// told then: others may, a token may be given later, and what runs goes on.
Status await_broker(rd_kafka_s* client, std::chrono::milliseconds timeout);
// The same for who only looks: distrust is kRejected, in its words, and told to nobody.
Status look_for_broker(rd_kafka_s* client, std::chrono::milliseconds timeout, const std::stop_token& stop);

// A librdkafka error code as an Error; for codes the default is "try again".
Error error_of(int code, std::string_view doing, std::string_view detail = {});
// Empties `error`.
Error error_of(ClientError error, std::string_view doing);
// The text of a fatal error; nullopt while the client lives.
std::optional<std::string> fatal_error(rd_kafka_s* client);

PartitionList list_of(const std::vector<Partition>& partitions);
PartitionList list_of(const Offsets& offsets);

int milliseconds_of(std::chrono::milliseconds wait);
// What is left until `deadline`, never negative.
std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point deadline);

// Lets one line per subject through in each interval and counts the rest.  Thread-safe.
class LineFilter {
 public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kInterval{10};
    static constexpr std::size_t kSubjectsMax = 256;

    // How many lines of the subject were held back since the last one; nullopt: hold this one back too.
    std::optional<std::int64_t> admit(std::string_view subject, Time now);

 private:
    struct State {
        std::string subject{};
        Time last{};
        std::int64_t held = 0;
    };
    std::mutex mutex_;
    std::vector<State> states_;
};

}  // namespace shopwire::kafka
