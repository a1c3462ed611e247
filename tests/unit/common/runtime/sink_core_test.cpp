// The life of commands that go well: order, batches, coalescing, what is dropped.
#include "tests/unit/common/runtime/sink_bench.h"

namespace shopwire::runtime {
namespace {

TEST_F(SinkCoreTest, NothingIsSentBeforeItsJournalEntryIsCommitted) {
    send(order("1", 1));
    core_->schedule();
    EXPECT_TRUE(core_->take_calls().empty());
    EXPECT_EQ(journal("1", "document").value().state(), internal::v1::EFFECT_STATE_SENDING);
    commit();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, ResultJournalAndOffsetShareOneTransaction) {
    send(order("1", 1));
    turn();
    answer(ok("N1"));
    EXPECT_TRUE(results_.empty());
    EXPECT_EQ(committed_, 0U);
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 APPLIED"});
    EXPECT_EQ(committed_, 1U);
    EXPECT_EQ(journal("1", "document").value().state(), internal::v1::EFFECT_STATE_APPLIED);
    EXPECT_EQ(journal("1", "document").value().native_id(), "N1");
    EXPECT_EQ(results_.front().system(), "acme");
    EXPECT_EQ(results_.front().cause_key(), "cause");
    EXPECT_EQ(core_->item_count(), 0U);
}

TEST_F(SinkCoreTest, TheAgeOfTheOldestCommandIsThatOfItsFirstEvent) {
    const auto age = [this] {
        core_->measure_age();
        return registry_->gauge("shopwire_oldest_command_age_seconds", "", {{"system", kSystem}, {"connection", kShop}})
            .value();
    };
    EXPECT_EQ(age(), 0);
    events::Command newer = order("1", 1);
    newer.set_cause_observed_at_ms(clock_.now_ms() - 2'000);
    events::Command older = order("2", 1);
    older.set_cause_observed_at_ms(clock_.now_ms() - 7'500);
    send(newer);
    send(older);
    EXPECT_EQ(age(), 7.5);
    turn();  // both are called
    EXPECT_EQ(age(), 7.5);
    answer(ok());
    turn();
    answer(ok());
    turn();
    EXPECT_EQ(age(), 0);
}

TEST_F(SinkCoreTest, WhatWasParkedIsNotLate) {
    events::Command old = order("1", 1);
    old.set_cause_observed_at_ms(clock_.now_ms() - 86'400'000);
    core_->stop_connection(kShop, "testing", false);
    send(old);
    turn();
    core_->resume_connection(kShop);
    turn();
    ASSERT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
    core_->measure_age();
    EXPECT_EQ(metrics_.connection(kShop).oldest_age->value(), 0);
}

TEST_F(SinkCoreTest, OnlyTheOwnerOfASlotTellsThatAConnectionStandsStill) {
    metrics::Gauge& up = *metrics_.connection(kShop).up;
    send(order("1", 1));
    EXPECT_EQ(up.value(), 1);
    core_->stop_connection(kShop, "testing", false);
    EXPECT_EQ(up.value(), 0);
    core_->close_slot(0);
    EXPECT_EQ(up.value(), 1);
    core_->open_slot(0);
    EXPECT_EQ(up.value(), 0);
}

TEST_F(SinkCoreTest, TheNativeIdOfACreateIsGivenToTheUpdate) {
    send(order("1", 1));
    turn();
    answer(ok("N1"));
    send(order("1", 2));
    turn();
    EXPECT_EQ(calls_.front().commands.front().native_id(), "N1");
}

TEST_F(SinkCoreTest, ACommandThatIsNotNewerIsDropped) {
    send(order("1", 2));
    turn();
    answer(ok());
    turn();
    send(order("1", 2));
    send(order("1", 1));
    turn();
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(committed_, 3U);
    EXPECT_EQ(results_.size(), 1U);
}

TEST_F(SinkCoreTest, OneKeyIsSentOneAtATimeAndInOrder) {
    send(order("1", 1));
    send(order("1", 2));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
    answer(ok());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:2"});
}

TEST_F(SinkCoreTest, ANewerStockReplacesTheOneThatWaits) {
    send(stock("A", 1));
    send(stock("A", 2));
    send(stock("A", 3));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:3"});
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"A:1 DISCARDED", "A:2 DISCARDED"}));
    EXPECT_EQ(committed_, 2U);
}

TEST_F(SinkCoreTest, AStockUnderWayIsNotReplaced) {
    send(stock("A", 1));
    turn();
    send(stock("A", 2));
    answer(ok());
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"A:1 APPLIED"});
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:2"});
}

TEST_F(SinkCoreTest, ABatchHoldsNeighboursByName) {
    for (const char* key : {"M2-S", "P1", "M1-L", "M2-L", "M1-S", "M2-M"}) append(stock(key, 1));
    feed();
    turn();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply M1-L:1 M1-S:1 M2-L:1", "apply M2-M:1 M2-S:1 P1:1"}));
}

TEST_F(SinkCoreTest, WhatComesAgainAndAgainKeepsNobodyWaiting) {
    for (const char* key : {"A", "B", "C", "D", "E", "F", "X"}) append(stock(key, 1));
    feed();
    turn();
    for (const char* key : {"A", "B", "C", "D", "E", "F"}) send(stock(key, 2));
    answer(ok());
    turn();  // two places: the others are under way
    EXPECT_EQ(keys_of_calls().back().substr(0, 9), "apply X:1");
}

TEST_F(SinkCoreTest, WhatGoesAloneGoesByAge) {
    for (const char* key : {"9", "10", "2"}) append(order(key, 1));
    feed();
    turn();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 9:1", "apply 10:1"}));
}

TEST_F(SinkCoreTest, ABatchHoldsOneKindOfActionUpToItsBound) {
    for (const char* key : {"A", "B", "C", "D"}) append(stock(key, 1));
    append(order("1", 1));
    feed();
    turn();
    EXPECT_EQ(calls_.size(), 2U) << "concurrency is two";
    std::size_t stocks = 0;
    for (const SinkCore::Call& call : calls_) {
        EXPECT_LE(call.commands.size(), 3U);
        for (const auto& command : call.commands) EXPECT_EQ(command.action_case(), call.commands.front().action_case());
        stocks += call.commands.front().has_set_stock() ? call.commands.size() : 0;
    }
    EXPECT_EQ(stocks, 3U);
}

TEST_F(SinkCoreTest, EachCommandOfABatchGetsItsOwnAnswer) {
    for (const char* key : {"A", "B", "C"}) append(stock(key, 1));
    feed();
    turn();
    std::vector<Answer> answers;
    answers.push_back(ok());
    answers.push_back(failure(ErrorKind::kRejected));
    answers.push_back(failure(ErrorKind::kTransient));
    core_->complete({.id = calls_.front().id, .answers = std::move(answers)});
    calls_.clear();
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"A:1 APPLIED", "B:1 REJECTED"}));
    pass(2s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply C:1"});
}

// An article that the system does not have is no fault of the record.
TEST_F(SinkCoreTest, ARefusalThatIsAnAnswerIsNoDeadLetter) {
    for (const char* key : {"A", "B"}) append(stock(key, 1));
    feed();
    turn();
    Applied absent;
    absent.result.set_outcome(commands::v1::OUTCOME_REJECTED);
    absent.result.set_error("no such article");
    core_->complete({.id = calls_.front().id, .answers = {Answer(absent), failure(ErrorKind::kRejected)}});
    calls_.clear();
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"A:1 REJECTED", "B:1 REJECTED"}));
    EXPECT_EQ(results_.front().error(), "no such article");
    ASSERT_EQ(dead_letters_.size(), 1U);
    EXPECT_EQ(dead_letters_.front().error(), "testing");
    EXPECT_EQ(committed_, 2U);
}

TEST_F(SinkCoreTest, AnUnreadableRecordIsADeadLetterAndHoldsNothingUp) {
    append_raw({.key = "m/shop/x", .value = "\xff\xff garbage"});
    feed();
    send(order("1", 1));
    turn();
    ASSERT_EQ(dead_letters_.size(), 1U);
    EXPECT_EQ(dead_letters_.front().stage(), "decode");
    EXPECT_EQ(dead_letters_.front().value(), "\xff\xff garbage");
    EXPECT_EQ(calls_.size(), 1U);
    EXPECT_EQ(committed_, 1U);
}

TEST_F(SinkCoreTest, AnActionThatTheSystemLacksIsRejectedAndSetAside) {
    events::Command command = base("1", "status", 1);
    command.mutable_set_order_status()->set_status("done");
    send(command);
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 REJECTED"});
    EXPECT_EQ(dead_letters_.size(), 1U);
    EXPECT_EQ(committed_, 1U);
}

TEST_F(SinkCoreTest, WhatWasSeenOnTheWayIsPublishedWithTheResult) {
    send(stock("A", 1));
    turn();
    Applied applied = applied_result(commands::v1::OUTCOME_STALE);
    events::Event event;
    event.mutable_order()->set_native_id("77");
    event.mutable_order()->set_currency("EUR");
    applied.seen.push_back({.raw = "{}", .event = event});
    answer(std::optional<Applied>(applied));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"A:1 STALE"});
    ASSERT_EQ(others_.size(), 1U);
    EXPECT_EQ(others_.front().topic, events::event_topic(events::Entity::kOrder));
    // Without the time of its read the router could not tell it from an older state of the same second.
    const Result<events::Event> seen = events::parse_event(others_.front());
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->source().origin(), events::v1::ORIGIN_REPAIR);
    EXPECT_GT(seen->source().read_started_at_ms(), 0);
    EXPECT_LE(seen->source().read_started_at_ms(), seen->source().observed_at_ms());
}

TEST_F(SinkCoreTest, OneConnectionWithAFullQueueSpillsAndDrainsInOrder) {
    restart(4);
    for (int i = 0; i < 12; ++i) append(order("k" + std::to_string(i), 1));
    feed();
    EXPECT_LE(core_->item_count(), 5U);
    for (int i = 0; i < 40 && results_.size() < 12; ++i) {
        turn();
        while (!calls_.empty()) answer(ok());
    }
    turn();
    EXPECT_EQ(results_.size(), 12U) << "each exactly once";
    EXPECT_EQ(parked_.size(), 0U);
    EXPECT_EQ(committed_, 12U);
}

}  // namespace
}  // namespace shopwire::runtime
