// Every reaction to an error, and every way in which a process or a commit can fail.
#include "tests/unit/common/runtime/sink_bench.h"

namespace shopwire::runtime {
namespace {

TEST_F(SinkCoreTest, ATransientFailureIsTriedAgainAfterABackoff) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kTransient));
    turn();
    EXPECT_TRUE(calls_.empty());
    pass(1s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"}) << "it surely did not land, so no lookup";
}

TEST_F(SinkCoreTest, ARateLimitHoldsTheConnectionAndCostsNoAttempt) {
    for (int i = 0; i < 10; ++i) {
        if (i == 0) send(order("1", 1));
        turn();
        answer(std::unexpected(Error{.kind = ErrorKind::kRateLimited, .message = "t", .retry_after = 7s}));
        turn();
        pass(6s);
        EXPECT_TRUE(calls_.empty());
        pass(1s);
    }
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, AnAmbiguousCreateIsLookedUpAndNeverRepeatedBlindly) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    turn();
    EXPECT_TRUE(calls_.empty());
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
    answer(ok("N9"));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 APPLIED"});
    EXPECT_EQ(journal("1", "document").value().native_id(), "N9");
}

TEST_F(SinkCoreTest, AnAmbiguousCreateIsNotLookedUpBeforeItSettled) {
    rules_.front().settle = 30s;  // longer than the delay of a lookup
    restart();
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    pass(29s);
    EXPECT_TRUE(calls_.empty()) << "it may still land";
    pass(1s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
}

TEST_F(SinkCoreTest, ACreateThatSurelyDidNotLandIsSentAgainAfterAllLookups) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    pass(5s);
    answer(nothing());
    turn();
    EXPECT_TRUE(calls_.empty()) << "lookups may lag behind writes";
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
    answer(nothing());
    turn();
    EXPECT_TRUE(calls_.empty()) << "the first attempt may still be under way at the remote";
    pass(190s);  // write_settle, and the time in which it could leave
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
    answer(nothing());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, ASystemThatCannotTellParksTheKeyAsUnknown) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    pass(5s);
    answer(failure(ErrorKind::kAmbiguous));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 PARKED"});
    EXPECT_EQ(journal("1", "document").value().state(), internal::v1::EFFECT_STATE_UNKNOWN);
    EXPECT_EQ(parked_.size(), 1U);
    EXPECT_EQ(committed_, 1U);
    pass(24h);
    EXPECT_TRUE(calls_.empty());
}

TEST_F(SinkCoreTest, AnAmbiguousStockIsWrittenAgainOnlyAfterItSettled) {
    send(stock("A", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    pass(119s);
    EXPECT_TRUE(calls_.empty());
    pass(1s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:1"});
}

TEST_F(SinkCoreTest, ANewerStockWaitsOutTheSettlingOfTheOlderButNoLonger) {
    send(stock("A", 1));
    turn();
    answer(failure(ErrorKind::kAmbiguous));
    for (std::uint64_t i = 2; i < 13; ++i) {
        pass(10s);
        EXPECT_TRUE(calls_.empty());
        send(stock("A", i));
    }
    pass(10s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:12"});
}

TEST_F(SinkCoreTest, ANewerStockThatCameDuringAnAmbiguousCallInheritsItsWait) {
    send(stock("A", 1));
    turn();
    send(stock("A", 2));
    answer(failure(ErrorKind::kAmbiguous));
    turn();
    EXPECT_TRUE(calls_.empty());
    pass(120s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:2"});
}

TEST_F(SinkCoreTest, AMissingAnswerIsAmbiguous) {
    send(order("1", 1));
    turn();
    core_->complete({.id = calls_.front().id});
    calls_.clear();
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
}

TEST_F(SinkCoreTest, ACallThatMissedItsDeadlineIsJournaledAgainAndThenSent) {
    send(order("1", 1));
    turn();
    core_->complete({.id = calls_.front().id, .not_sent = true});
    calls_.clear();
    core_->schedule();
    EXPECT_TRUE(core_->take_calls().empty());
    commit();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, ManyFailuresInARowLeaveOneCallAtATime) {
    for (int i = 0; i < 6; ++i) append(order("k" + std::to_string(i), 1));
    feed();
    for (int i = 0; i < 3; ++i) {
        turn();
        while (!calls_.empty()) answer(failure(ErrorKind::kTransient));
    }
    pass(30s);
    EXPECT_EQ(calls_.size(), 1U);
    answer(ok());
    pass(1s);
    EXPECT_EQ(calls_.size(), 2U) << "a success closes the breaker";
}

TEST_F(SinkCoreTest, AfterACrashACreateUnderWayIsLookedUp) {
    send(order("1", 1));
    turn();
    restart();
    turn();
    EXPECT_TRUE(calls_.empty());
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
    answer(ok("N1"));
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 APPLIED"});
}

TEST_F(SinkCoreTest, AfterACrashAStockUnderWaySettlesFirst) {
    send(stock("A", 1));
    turn();
    clock_.advance(1s);
    restart();
    turn();
    EXPECT_TRUE(calls_.empty());
    pass(120s);
    EXPECT_TRUE(calls_.empty()) << "the other owner's request may leave for 60 s, and has 120 s to land";
    pass(60s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:1"});
}

TEST_F(SinkCoreTest, AfterACrashBeforeTheJournalCommitItIsSimplySent) {
    send(order("1", 1));
    core_->schedule();
    restart();
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, AfterACrashWhatIsAppliedIsDropped) {
    send(order("2", 1));
    send(order("1", 1));
    turn();
    calls_.erase(calls_.begin());
    answer(ok());
    turn();
    EXPECT_EQ(committed_, 0U) << "the first one is still open";
    restart();
    turn();
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 2:1"});
    EXPECT_EQ(results_.size(), 1U);
}

TEST_F(SinkCoreTest, AnAnswerWhoseCommitFailedIsJournaledWithoutASecondCall) {
    send(order("1", 1));
    turn();
    answer(ok("N1"));
    core_->schedule();
    fail_commit();
    turn();
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 APPLIED"});
    EXPECT_EQ(journal("1", "document").value().native_id(), "N1");
    EXPECT_EQ(committed_, 1U);
}

TEST_F(SinkCoreTest, AnAnswerThatComesAfterAFailedCommitIsUsed) {
    send(order("1", 1));
    send(order("2", 1));
    turn();
    SinkCore::Call second = calls_.back();
    calls_.pop_back();
    answer(ok());
    fail_commit();
    turn();
    EXPECT_TRUE(calls_.empty()) << "the second one is still being called";
    core_->complete({.id = second.id, .answers = {ok("N2")}});
    turn();
    turn();
    EXPECT_EQ(outcomes(), (std::vector<std::string>{"1:1 APPLIED", "2:1 APPLIED"}));
    EXPECT_EQ(committed_, 2U);
}

TEST_F(SinkCoreTest, AJournalCommitThatFailedSendsNothingYet) {
    send(order("1", 1));
    core_->schedule();
    fail_commit();
    EXPECT_TRUE(core_->take_calls().empty());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreTest, ASlotThatComesStraightBackKeepsWhatItsCallsBring) {
    send(order("1", 1));
    turn();
    const SinkCore::Call call = calls_.front();
    calls_.clear();
    core_->close_slot(0);
    core_->open_slot(0);
    core_->forget_closed_slots();
    read_ = committed_;
    feed();
    pass(60s);
    EXPECT_TRUE(calls_.empty());
    core_->complete({.id = call.id, .answers = {ok()}});
    turn();
    EXPECT_EQ(outcomes(), std::vector<std::string>{"1:1 APPLIED"});
}

TEST_F(SinkCoreTest, ACancelledCallMayHaveLanded) {
    send(order("1", 1));
    turn();
    answer(failure(ErrorKind::kCancelled));
    pass(5s);
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
}

}  // namespace
}  // namespace shopwire::runtime
