// Keys and connections that wait, and how they come back.
#include <algorithm>

#include "common/runtime/sink_loop.h"
#include "tests/unit/common/runtime/sink_bench.h"

namespace shopwire::runtime {
namespace {

class IdleSink final : public Sink {
 public:
    std::vector<Result<Applied>> apply(std::span<const events::Command>, std::stop_token) override { return {}; }
    Result<std::optional<Applied>> find(const events::Command&, std::stop_token) override {
        return std::optional<Applied>();
    }
};

TEST_F(SinkCoreTest, TheRecordsOfAConnectionWithoutASinkPark) {
    LiveConnection connection{.id = kShop, .merchant = "m", .concurrency = 2};
    configure_sink(*core_, connection);
    send(order("1", 1));
    turn();
    turn();
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(parked_.size(), 1U);
    EXPECT_FALSE(journal("1", "document")) << "nothing says that it is being sent";
    connection.connector.sink = std::make_unique<IdleSink>();
    configure_sink(*core_, connection);
    turn();
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, ARejectedOrderParksItsKeyAndNoOther) {
    send(order("1", 1));
    send(order("2", 1));
    turn();
    answer(failure(ErrorKind::kRejected));
    answer(ok());
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"1:1 PARKED", "2:1 APPLIED"}));
    EXPECT_EQ(committed_, 2U);
    EXPECT_EQ(parked_.size(), 1U);
    EXPECT_TRUE(dead_letters_.empty());
}

TEST_F(SinkCoreTest, ARejectedStockIsADeadLetter) {
    send(stock("A", 1));
    turn();
    answer(failure(ErrorKind::kRejected));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"A:1 REJECTED"});
    ASSERT_EQ(dead_letters_.size(), 1U);
    EXPECT_EQ(dead_letters_.front().value(), log_.front().value);
    EXPECT_EQ(dead_letters_.front().offset(), 0);
    EXPECT_FALSE(dead_letters_.front().headers().empty());
    EXPECT_EQ(committed_, 1U);
}

// They may name a buyer.
TEST_F(SinkCoreTest, TheRemotesOwnWordsAreKeptForPeopleAndNeverLogged) {
    auto refused = failure(ErrorKind::kRejected);
    refused.error().said = "Petar Petrović\nis unknown";
    send(stock("A", 1));
    send(order("1", 1));
    turn();
    ::testing::internal::CaptureStderr();
    answer(refused);
    answer(refused);
    turn();
    const std::string lines = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(lines.contains("record set aside")) << lines;
    EXPECT_TRUE(lines.contains("key parked")) << lines;
    EXPECT_FALSE(lines.contains("Petar")) << lines;
    ASSERT_EQ(dead_letters_.size(), 1U);
    EXPECT_TRUE(dead_letters_.front().error().contains("Petar"));
    ASSERT_EQ(core_->parked_list(10).size(), 1U);
    EXPECT_TRUE(core_->parked_list(10).front().reason().contains("Petar"));
}

// The bound counts what is asked for: a connection with many parked records hides nobody else's.
TEST_F(SinkCoreTest, ParkedRecordsOfOneConnectionAreListedPastThoseOfOthers) {
    for (const std::string name : {"a", "shop", "shop2"}) {
        core_->configure("m/" + name, 2);
        core_->stop_connection("m/" + name, "paused", false);
        events::Command command = order("1", 1);
        command.set_connection(name);
        send(command);
    }
    turn();
    ASSERT_EQ(core_->parked_list(10).size(), 3U);
    const std::vector<Parked> list = core_->parked_list(1, "m/shop");
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list.front().connection(), "m/shop");
    EXPECT_EQ(core_->parked_list(10, "m/shop").size(), 1U);
    EXPECT_TRUE(core_->parked_list(10, "m/sho").empty());
    EXPECT_TRUE(core_->parked_list(10, "m").empty());
}

TEST_F(SinkCoreTest, ACorrectedOrderHealsItsParkedKey) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kRejected));
    turn();
    send(order("1", 2));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:2"});
    answer(ok());
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"1:1 PARKED", "1:1 DISCARDED", "1:2 APPLIED"}));
    EXPECT_EQ(parked_.size(), 0U);
    EXPECT_EQ(core_->item_count(), 0U);
}

TEST_F(SinkCoreTest, ARejectedOrderGivesWayToTheNewerOneThatWaits) {
    send(order("1", 1));
    turn();
    send(order("1", 2));
    answer(failure(ErrorKind::kRejected));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 DISCARDED"});
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:2"});
}

TEST_F(SinkCoreTest, AnExhaustedKeyParksAndIsTriedAgain) {
    send(order("1", 1));
    for (int i = 0; i < 3; ++i) {
        pass(60s);
        answer(failure(ErrorKind::kTransient));
    }
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 PARKED"});
    EXPECT_EQ(committed_, 1U);
    pass(60s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"}) << "nothing landed, so no lookup";
    answer(ok());
    turn();
    EXPECT_EQ(outcomes().back(), "1:1 APPLIED");
    EXPECT_EQ(parked_.size(), 0U);
}

TEST_F(SinkCoreTest, AParkedKeyOutlivesARestart) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kRejected));
    turn();
    restart();
    pass(24h);
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(core_->parked_list(10).size(), 1U);
    EXPECT_TRUE(core_->retry_parked("m/shop/1"));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
    answer(ok());
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"1:1 PARKED", "1:1 APPLIED"}));
    EXPECT_EQ(parked_.size(), 0U);
}

TEST_F(SinkCoreTest, APersonMayDiscardAParkedKey) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kRejected));
    turn();
    EXPECT_FALSE(core_->discard_parked("m/shop/other"));
    EXPECT_TRUE(core_->discard_parked("m/shop/1"));
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"1:1 PARKED", "1:1 DISCARDED"}));
    EXPECT_EQ(parked_.size(), 0U);
}

TEST_F(SinkCoreTest, AParkedUnknownIsLookedUpBeforeANewerOneIsSent) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    pass(5s);
    answer(failure(ErrorKind::kAmbiguous));
    turn();
    send(order("1", 2));
    turn();
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:2"});
}

TEST_F(SinkCoreTest, ARefusedKeyStopsTheConnectionAndParksEverythingInOrder) {
    for (int i = 0; i < 4; ++i) append(order("k" + std::to_string(i), 1));
    append(order("k3", 2));
    feed();
    turn();
    answer(failure(ErrorKind::kAuth));
    answer(failure(ErrorKind::kAuth));
    turn();
    send(order("k9", 1));
    turn();
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(parked_.size(), 6U);
    EXPECT_EQ(committed_, 6U) << "no partition waits for one connection";
    EXPECT_TRUE(dead_letters_.empty());
    for (const std::string& outcome : outcomes()) EXPECT_TRUE(outcome.ends_with("PARKED")) << outcome;

    core_->heal_connection(kShop);
    std::vector<std::string> sent;
    for (int i = 0; i < 20; ++i) {
        turn();
        for (const std::string& text : keys_of_calls()) sent.push_back(text);
        while (!calls_.empty()) answer(ok());
    }
    EXPECT_EQ(sent.size(), 6U);
    const auto first = std::ranges::find(sent, "apply k3:1");
    const auto second = std::ranges::find(sent, "apply k3:2");
    EXPECT_LT(first, second) << "in order per key";
    EXPECT_NE(second, sent.end());
    EXPECT_EQ(parked_.size(), 0U);
}

TEST_F(SinkCoreTest, AStoppedConnectionOutlivesARestart) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAuth));
    turn();
    restart();
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"}) << "the new process tries, and hears for itself";
}

TEST_F(SinkCoreTest, NewRecordsQueueBehindThoseThatDrain) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAuth));
    turn();
    core_->heal_connection(kShop);
    send(order("1", 2));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
    answer(ok());
    for (int i = 0; i < 3; ++i) turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:2"});
}

TEST_F(SinkCoreTest, AStoppedConnectionKeepsOnlyTheNewestStock) {
    core_->stop_connection(kShop, "testing", true);
    for (std::uint64_t i = 1; i <= 20; ++i) send(stock("A", i));
    turn();
    EXPECT_EQ(parked_.size(), 1U);
    EXPECT_EQ(committed_, 20U);
    core_->heal_connection(kShop);
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:20"});
}

// It is not asked what the key says by then.
TEST_F(SinkCoreTest, WhatAPersonPausesIsNotHealedThoughItsKeyWasRefusedBefore) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAuth));
    turn();
    core_->stop_connection(kShop, "paused by an operator", false);
    core_->stop_connection(kShop, "HTTP 401", true);
    EXPECT_EQ(core_->targets().front().stopped, "paused by an operator");
    core_->heal_connection(kShop);
    turn();
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(parked_.size(), 1U);
    core_->resume_connection(kShop);
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, AnotherConnectionGoesOnWhileOneIsStopped) {
    core_->configure("m/other", 1);
    core_->stop_connection(kShop, "testing", true);
    send(stock("A", 1));
    send(stock("B", 1, 1, "other"));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply B:1"});
}

TEST_F(SinkCoreTest, AConnectionThatIsNotConfiguredParksUntilItIs) {
    send(stock("B", 1, 1, "other"));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"B:1 PARKED"});
    core_->configure("m/other", 1);
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply B:1"});
}

TEST_F(SinkCoreTest, ARecordThatIsParkedAlreadyIsNotParkedTwiceWhenItIsReadAgain) {
    send(order("0", 1));
    send(order("1", 1));
    turn();
    calls_.erase(calls_.begin());
    answer(failure(ErrorKind::kRejected));
    turn();
    EXPECT_EQ(committed_, 0U);
    restart();
    turn();
    EXPECT_EQ(parked_.size(), 1U);
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 PARKED"});
    EXPECT_TRUE(calls_.empty()) << "the open create of the other key waits for its lookup";
}

TEST_F(SinkCoreTest, NotesBehindAParkedOneAreAllKept) {
    send(note("1", 1));
    turn();
    answer(failure(ErrorKind::kRejected));
    turn();
    send(note("1", 2));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
    answer(ok());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:2"});
}

}  // namespace
}  // namespace shopwire::runtime
