#include "common/runtime/kafka_metrics.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace shopwire::runtime {
namespace {

class KafkaMetricsTest : public ::testing::Test {
 protected:
    // As librdkafka 2.15 writes it, shortened: times in microseconds, throttling in milliseconds.
    void tell(std::string_view client, int time, int round_trip_us, int failed) {
        metrics_.take(fmt::format(
            R"({{"name":"{}","type":"consumer","ts":1,"time":{},"brokers":{{)"
            R"("127.0.0.1:1/bootstrap":{{"nodeid":-1,"txerrs":0,"rxerrs":0,"req_timeouts":0,"rtt":{{"p99":5}}}},)"
            R"("127.0.0.1:2/1":{{"nodeid":1,"txerrs":{},"rxerrs":1,"req_timeouts":0,"rtt":{{"max":9,"p99":{}}},)"
            R"("int_latency":{{"p99":2000}},"throttle":{{"max":30,"p99":1}}}}}}}})",
            client, time, failed, round_trip_us));
    }
    double gauge(const std::string& name) { return registry_->gauge(name, "", labels_).value(); }
    double failed() { return registry_->counter("shopwire_kafka_requests_failed_total", "", labels_).value(); }

    const metrics::Labels labels_{{"service", "acme"}};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    KafkaMetrics metrics_{*registry_, "acme"};
};

TEST_F(KafkaMetricsTest, ShowTheSlowestBrokerOfAllClients) {
    tell("acme-0#consumer-1", 100, 4'000, 0);
    tell("acme-0#producer-2", 101, 250'000, 0);
    tell("acme-0#consumer-1", 110, 3'000, 0);
    EXPECT_EQ(gauge("shopwire_kafka_round_trip_seconds"), 0.25);
    EXPECT_EQ(gauge("shopwire_kafka_queue_wait_seconds"), 0.002);
    EXPECT_EQ(gauge("shopwire_kafka_throttle_seconds"), 0.03);
}

TEST_F(KafkaMetricsTest, ForgetAClientThatIsGone) {
    tell("acme-0#producer-2", 100, 250'000, 0);
    tell("acme-0#consumer-1", 200, 3'000, 0);
    EXPECT_EQ(gauge("shopwire_kafka_round_trip_seconds"), 0.003);
}

TEST_F(KafkaMetricsTest, CountFailuresOfEachClientOnce) {
    tell("acme-0#consumer-1", 100, 1, 2);
    EXPECT_EQ(failed(), 3);
    tell("acme-0#consumer-1", 110, 1, 2);
    EXPECT_EQ(failed(), 3);
    tell("acme-0#producer-2", 111, 1, 0);
    EXPECT_EQ(failed(), 4);
}

TEST_F(KafkaMetricsTest, CountFailuresOfAClientThatWasSilentOnce) {
    tell("acme-0#consumer-1", 100, 250'000, 2);
    tell("acme-0#producer-2", 200, 1'000, 0);
    EXPECT_EQ(failed(), 4);
    tell("acme-0#consumer-1", 300, 250'000, 3);
    EXPECT_EQ(failed(), 5);
    EXPECT_EQ(gauge("shopwire_kafka_round_trip_seconds"), 0.25) << "and it is shown again";
}

TEST_F(KafkaMetricsTest, NewClientsTakeThePlaceOfTheOnesThatAreSilentLongest) {
    for (int i = 0; i < 64; ++i) tell(fmt::format("old-{}", i), 100 + i, 1'000, 0);
    tell("new", 164, 2'000, 0);
    tell("newer", 164, 3'000, 0);
    EXPECT_EQ(failed(), 66);
    EXPECT_EQ(gauge("shopwire_kafka_round_trip_seconds"), 0.003);
    tell("old-63", 165, 1'000, 0);
    EXPECT_EQ(failed(), 66) << "it was kept";
}

TEST_F(KafkaMetricsTest, WhatIsNotUnderstoodIsNothing) {
    metrics_.take("{");
    metrics_.take("[]");
    metrics_.take(R"({"name":"a","time":"x","brokers":{"b":{"rtt":7}}})");
    EXPECT_EQ(gauge("shopwire_kafka_round_trip_seconds"), 0);
}

}  // namespace
}  // namespace shopwire::runtime
