// librdkafka's mock cluster, for errors that a real broker will not give on request.  Lives in this process; one test
// at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "common/kafka/client_config.h"

struct rd_kafka_s;
struct rd_kafka_mock_cluster_s;

namespace shopwire::kafka {

// Kafka's own numbers (https://kafka.apache.org/protocol#protocol_api_keys).
enum class Api : std::int16_t {
    kProduce = 0,
    kFetch = 1,
    kListOffsets = 2,
    kOffsetFetch = 9,
    kFindCoordinator = 10,
    kInitProducerId = 22,
    kAddOffsetsToTxn = 25,
    kEndTxn = 26,
    kTxnOffsetCommit = 28,
};

class MockCluster {
 public:
    explicit MockCluster(int brokers = 1);
    ~MockCluster();
    MockCluster(const MockCluster&) = delete;
    MockCluster& operator=(const MockCluster&) = delete;

    ClientConfig config() const;
    void create_topic(const std::string& name, int partitions);
    // The next requests of this kind are answered with these errors, one each.
    void fail_next(Api api, std::initializer_list<int> codes);
    // The next request of this kind to the first broker is answered right, but so much later.
    void delay_next(Api api, std::chrono::milliseconds delay);
    // A broker that is down refuses connections.
    void set_down(int broker, bool down);
    // Every answer of a broker comes that much later.
    void set_delay(int broker, std::chrono::milliseconds delay);
    // Every request for the topic fails with this code; 0 heals it.
    void fail_topic(const std::string& name, int code);

 private:
    rd_kafka_s* host_;  // any client; the cluster borrows its logging
    rd_kafka_mock_cluster_s* cluster_;
};

}  // namespace shopwire::kafka
