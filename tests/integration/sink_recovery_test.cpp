// The loop of a connector after a transaction that failed, against librdkafka's mock cluster.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <thread>

#include "common/events/topics.h"
#include "common/http/client.h"
#include "common/runtime/sink_loop.h"
#include "tests/integration/mock_cluster.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

constexpr int kRefusals = 60;  // more than the loop tries when nobody tells why

// Waits take a hundredth.
class HastyClock final : public Clock {
 public:
    std::int64_t now_ms() const override { return system_clock().now_ms(); }
    Monotonic monotonic() const override { return system_clock().monotonic(); }
    bool sleep_for(Duration wait, std::stop_token stop) override { return system_clock().sleep_for(wait / 100, stop); }
};

class SinkRecoveryTest : public ::testing::TestWithParam<bool> {
 protected:
    void SetUp() override {
        for (const events::Lane lane : {events::Lane::kOrders, events::Lane::kGoods})
            cluster_.create_topic(events::command_topic("acme", lane), 1);
        for (const std::string_view store : {"effects", "parked", "cursors", "snapshots"})
            cluster_.create_topic(events::sink_state_topic(store, "acme"), 1);
        spec_.system = "acme";
        installation_.kafka = cluster_.config();
        connections_ = std::make_unique<Connections>(spec_, installation_, "", clock_, *transport_, *registry_);
    }

    kafka::MockCluster cluster_{};
    HastyClock clock_{};
    ConnectorSpec spec_{};
    config::Installation installation_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::unique_ptr<state::Database> database_ = state::Database::in_memory();
    std::unique_ptr<Connections> connections_{};
    RuntimeMetrics metrics_{*registry_, "acme", {}};
};

TEST_P(SinkRecoveryTest, ARightIsWaitedForAsLongAsItIsTold) {
    SinkLoop loop(
        {.system = "acme", .pod = "acme-0", .kafka = cluster_.config(), .is_refused = [] { return GetParam(); }},
        *connections_, *database_, clock_, metrics_);
    loop.start();
    for (int i = 0; i < 1'000 && !loop.assigned(); ++i) std::this_thread::sleep_for(10ms);
    ASSERT_TRUE(loop.assigned()) << loop.fatal();
    for (int i = 0; i < kRefusals; ++i)
        cluster_.fail_next(kafka::Api::kOffsetFetch, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
    cluster_.fail_next(kafka::Api::kTxnOffsetCommit, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
    const auto save = [&loop] {
        return loop.save(0, {{.store = SlotStore::kCursors, .key = "k", .value = "v"}}, {}).has_value();
    };
    EXPECT_FALSE(save());
    if (GetParam()) {
        EXPECT_TRUE(save());
        EXPECT_EQ(loop.fatal(), "");
    } else {
        for (int i = 0; i < 2'000 && loop.fatal().empty(); ++i) std::this_thread::sleep_for(10ms);
        EXPECT_NE(loop.fatal(), "");
    }
    loop.stop(5s);
}

INSTANTIATE_TEST_SUITE_P(Told, SinkRecoveryTest, ::testing::Bool());

}  // namespace
}  // namespace shopwire::runtime
