// The loop of a connector against a real broker.
#include "common/runtime/sink_loop.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/events/codec.h"
#include "common/events/topics.h"
#include "tests/integration/support.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

// Takes its time, and counts.
class SlowSink final : public Sink {
 public:
    struct Told {
        std::atomic<int> begun = 0, applied = 0, lookups = 0, at_once = 0, most_at_once = 0;
    };
    explicit SlowSink(Told& told) : told_(told) {}
    std::vector<Result<Applied>> apply(std::span<const events::Command> batch, std::stop_token) override {
        ++told_.begun;
        const int now = ++told_.at_once;
        for (int most = told_.most_at_once; now > most && !told_.most_at_once.compare_exchange_weak(most, now);)
            continue;
        std::this_thread::sleep_for(500ms);
        --told_.at_once;
        Applied done;
        done.result.set_outcome(commands::v1::OUTCOME_APPLIED);
        told_.applied += static_cast<int>(batch.size());
        return std::vector<Result<Applied>>(batch.size(), done);
    }
    Result<std::optional<Applied>> find(const events::Command&, std::stop_token) override {
        ++told_.lookups;
        return std::optional<Applied>();
    }

 private:
    Told& told_;
};

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
        names.push_back(events::result_topic());
        return names;
    }
    std::unique_ptr<SinkLoop> start(const std::string& pod = "pod") {
        auto loop = std::make_unique<SinkLoop>(
            SinkLoop::Options{.system = system_, .pod = unique(pod), .kafka = client_, .rules = spec_.actions},
            *connections_, *databases_.emplace_back(state::Database::in_memory()), system_clock(), metrics_);
        loop->start();
        EXPECT_TRUE(wait_until([&] { return loop->assigned(); }));
        return loop;
    }
    template <class Holds>
    static bool wait_until(const Holds& holds) {
        for (int i = 0; i < 2'000 && !holds(); ++i) std::this_thread::sleep_for(10ms);
        return holds();
    }
    // One connection with a slow sink.
    void serve() {
        const std::string folder = ::testing::TempDir() + "sink-loop-" + std::to_string(::getpid());
        std::filesystem::create_directories(folder + "/merchants");
        std::ofstream(folder + "/merchants/m.yaml")
            << "merchant: m\nconnections:\n  erp: {system: " << system_ << ", settings: {}}\n";
        installation_.system_partitions[system_] = 2;
        installation_.budgets["m/erp"] = {.per_second = 100, .burst = 100, .concurrency = 2};
        spec_.actions = {{.action = events::Command::kExportOrder, .write = ActionRule::Write::kCreate}};
        spec_.create = [this](const config::Node&, const ConnectionContext&) -> Result<Connector> {
            return Connector{.sink = std::make_unique<SlowSink>(told_)};
        };
        connections_ =
            std::make_unique<Connections>(spec_, installation_, folder, system_clock(), *transport_, *registry_);
        connections_->reload();
        std::filesystem::remove_all(folder);
        ASSERT_TRUE(connections_->problems().empty()) << connections_->problems().front();
    }
    void send_orders(int count) {
        std::vector<kafka::Record> records;
        for (int i = 0; i < count; ++i) {
            events::Command command;
            command.set_id("id-" + std::to_string(i));
            command.set_merchant("m");
            command.set_connection("erp");
            command.set_key("shop/" + std::to_string(i));
            command.set_field_group("document");
            command.set_sequence(1);
            command.mutable_export_order()->set_external_number(std::to_string(i));
            records.push_back(events::to_record(command, system_, slot_of_erp(), system_clock().now_ms(), {}));
        }
        ASSERT_TRUE(kafka::Producer::create(client_, {}).value()->send_all(std::move(records), {}));
    }
    std::int32_t slot_of_erp() const { return connections_->find("m/erp")->slot; }

    std::string system_{};
    ConnectorSpec spec_{};
    config::Installation installation_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::vector<std::unique_ptr<state::Database>> databases_{};
    std::unique_ptr<Connections> connections_{};
    RuntimeMetrics metrics_{*registry_, "acme", {}};
    SlowSink::Told told_{};
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

// The other owner begins only once our calls have ended, and knows how they did.
TEST_F(SinkLoopTest, CallsEndBeforeTheirSlotMoves) {
    serve();
    const std::unique_ptr<SinkLoop> first = start("m");
    send_orders(12);
    ASSERT_TRUE(wait_until([&] { return told_.begun > 0; }));
    // By its name the newcomer gets the slot.
    const std::unique_ptr<SinkLoop> second = start(slot_of_erp() == 0 ? "a" : "z");
    ASSERT_TRUE(wait_until([&] { return second->slots().contains(slot_of_erp()); }));
    EXPECT_LT(told_.applied, 12) << "nothing was left to hand over";
    ASSERT_TRUE(wait_until([&] { return told_.applied >= 12; }));
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(told_.applied, 12) << "each once";
    EXPECT_EQ(told_.lookups, 0) << "nothing was in doubt";
    EXPECT_EQ(told_.most_at_once, 2) << "as many as the connection may have";
    second->stop(5s);
    first->stop(5s);
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
