// The loop of a connector against a real broker.
#include "common/runtime/sink_loop.h"

#include <thread>

#include "common/events/topics.h"
#include "tests/integration/support.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

class SinkLoopTest : public kafka::BrokerTest {
 protected:
    void SetUp() override {
        kafka::BrokerTest::SetUp();
        if (IsSkipped()) return;
        system_ = unique("acme");
        spec_.system = system_;
        std::vector<kafka::TopicRequest> topics;
        for (const std::string& name : all_topics())
            topics.push_back({.name = name, .partitions = 2, .replication = 1, .settings = {}});
        ASSERT_TRUE(kafka::create_topics(client_, topics, kafka::kTimeout));
        installation_.kafka = client_;
        connections_ = std::make_unique<Connections>(spec_, installation_, "", system_clock(), *transport_, *registry_);
    }
    std::vector<std::string> command_topics() const {
        return {events::command_topic(system_, events::Lane::kOrders),
                events::command_topic(system_, events::Lane::kGoods)};
    }
    std::vector<std::string> all_topics() const {
        std::vector<std::string> names = command_topics();
        for (const std::string_view store : {"effects", "parked", "cursors", "snapshots"})
            names.push_back(events::sink_state_topic(store, system_));
        names.push_back(events::dead_letter_topic());
        return names;
    }
    std::unique_ptr<SinkLoop> start() {
        auto loop =
            std::make_unique<SinkLoop>(SinkLoop::Options{.system = system_, .pod = unique("pod"), .kafka = client_},
                                       *connections_, *database_, system_clock(), metrics_);
        loop->start();
        for (int i = 0; i < 2'000 && !loop->assigned(); ++i) std::this_thread::sleep_for(10ms);
        EXPECT_TRUE(loop->assigned());
        return loop;
    }

    std::string system_{};
    ConnectorSpec spec_{};
    config::Installation installation_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::unique_ptr<state::Database> database_ = state::Database::in_memory();
    std::unique_ptr<Connections> connections_{};
    RuntimeMetrics metrics_{*registry_, "acme", {}};
};

// Nothing was ever read, and still every commit moves offsets: they carry the group's generation, without which the
// broker could not refuse a cursor from an owner that was replaced.
TEST_F(SinkLoopTest, TheFirstCursorOfAFreshInstallationIsFenced) {
    const std::unique_ptr<SinkLoop> loop = start();
    ASSERT_TRUE(loop->save(0, {{.store = SlotStore::kCursors, .key = "k", .value = "v"}}, {}));
    const auto reader =
        kafka::Consumer::create(client_, {.group = "shopwire." + system_, .topics = command_topics()}, {}).value();
    kafka::Consumer::Partitions partitions;
    for (const std::string& topic : command_topics())
        for (const std::int32_t number : {0, 1}) partitions.push_back({.topic = topic, .number = number});
    const auto committed = reader->committed(partitions, kafka::kTimeout);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ(committed->size(), partitions.size());
    for (const auto& [partition, offset] : *committed) EXPECT_EQ(offset, 0) << partition.topic;
    loop->stop(5s);
}

// It begins at the earliest record, also when older ones are gone.
TEST_F(SinkLoopTest, WhatWasSentBeforeTheFirstStartIsRead) {
    produce(command_topics().front(), 0, 10);  // not commands: each becomes a dead letter
    const std::unique_ptr<SinkLoop> loop = start();
    for (int i = 0; i < 2'000 && metrics_.dead_letters("decode").value() < 10; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(metrics_.dead_letters("decode").value(), 10)
        << "readable at the broker: " << read_all(command_topics().front(), 2).size()
        << ", lag that the loop saw: " << metrics_.lag.value();
    loop->stop(5s);
}

}  // namespace
}  // namespace shopwire::runtime
