// Journal entries that are written ahead of their calls, and how those that never became calls are taken back.
#include "tests/unit/common/runtime/sink_bench.h"

namespace shopwire::runtime {
namespace {

class SinkCoreAheadTest : public SinkCoreTest {
 protected:
    void send_orders(int first, int last) {
        for (int i = first; i <= last; ++i) send(order(std::to_string(i), 1));
    }
    bool is_sending(const std::string& key) const {
        const auto entry = journal(key, "document");
        return entry && entry->state() == internal::v1::EFFECT_STATE_SENDING;
    }
    // Two are called, two more are journaled: the first calls showed that places become free.
    void prepare_two() {
        send_orders(1, 2);
        turn();
        send_orders(3, 4);
        turn();
        ASSERT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 1:1", "apply 2:1"}));
        ASSERT_TRUE(is_sending("3") && is_sending("4"));
    }
};

TEST_F(SinkCoreAheadTest, AFreePlaceIsTakenWithoutAnotherCommit) {
    prepare_two();
    answer(ok());
    take_calls();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 2:1", "apply 3:1"}));
}

TEST_F(SinkCoreAheadTest, NoMoreIsPreparedThanItsBound) {
    send_orders(1, 2);
    turn();
    send_orders(3, 40);
    for (int i = 0; i < 8; ++i) {
        turn();
        answer(ok());
    }
    turn();
    int prepared = 0;
    for (int i = 1; i <= 40; ++i) prepared += is_sending(std::to_string(i)) ? 1 : 0;
    EXPECT_EQ(calls_.size(), 2U);
    EXPECT_EQ(prepared, 2 + 4) << "under way, and two for each place";
}

TEST_F(SinkCoreAheadTest, WhatWaitedPastItsDeadlineIsJournaledAnewBeforeItIsSent) {
    prepare_two();
    clock_.advance(4s);
    answer(ok());
    answer(ok());
    take_calls();
    EXPECT_TRUE(calls_.empty()) << "another owner may have the slot by now";
    EXPECT_FALSE(journal("3", "document")) << "nothing of it was sent";
    core_->schedule();
    take_calls();
    EXPECT_TRUE(calls_.empty()) << "not before its new entry is committed";
    commit();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 3:1", "apply 4:1"}));
}

TEST_F(SinkCoreAheadTest, AStoppedConnectionParksWhatIsPrepared) {
    prepare_two();
    answer(failure(ErrorKind::kAuth));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 2:1"});
    EXPECT_EQ(parked_.size(), 3U);
    EXPECT_FALSE(is_sending("3") || is_sending("4"));
    core_->heal_connection(kShop);
    turn();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 2:1", "apply 1:1"})) << "known not to have landed";
}

TEST_F(SinkCoreAheadTest, ARateLimitHoldsWhatIsPrepared) {
    prepare_two();
    answer(std::unexpected(Error{.kind = ErrorKind::kRateLimited, .message = "t", .retry_after = 2s}));
    take_calls();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 2:1"});
    pass(2s);
    EXPECT_EQ(calls_.size(), 2U);
}

TEST_F(SinkCoreAheadTest, AWithdrawnSlotLeavesNothingToLookUp) {
    prepare_two();
    core_->withdraw(0);
    commit();
    EXPECT_EQ(calls_.size(), 2U) << "those were under way before";
    restart();  // the next owner
    turn();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 3:1", "apply 4:1"}));
    pass(5s);
    EXPECT_EQ(keys_of_calls().size(), 2U) << "no place for the lookups of 1 and 2 yet";
}

// A remote that answers 503 during a rollout: the next owner shall not wait until nothing of that can land any more.
TEST_F(SinkCoreAheadTest, AWithdrawnSlotLeavesNoDoubtOverWhatSurelyDidNotLand) {
    send_orders(1, 2);
    turn();
    answer(failure(ErrorKind::kTransient));
    answer(failure(ErrorKind::kAmbiguous));
    commit();
    core_->withdraw(0);
    commit();
    EXPECT_FALSE(is_sending("1"));
    EXPECT_TRUE(is_sending("2")) << "that one may have landed";
    restart();  // the next owner
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreAheadTest, WhatFailedTwiceComesBackToWhatWasBeforeTheFirstTime) {
    send(order("3", 1));
    turn();
    answer(ok("N3"));
    turn();
    send(order("3", 2));
    turn();
    answer(failure(ErrorKind::kTransient));
    pass(60s);
    answer(failure(ErrorKind::kTransient));
    core_->withdraw(0);
    commit();
    EXPECT_EQ(journal("3", "document").value().state(), internal::v1::EFFECT_STATE_APPLIED);
    EXPECT_EQ(journal("3", "document").value().sequence(), 1U);
}

TEST_F(SinkCoreAheadTest, AnEntryThatWasThereBeforeComesBackWhole) {
    send(order("3", 1));
    turn();
    answer(ok("N3"));
    turn();
    send_orders(1, 2);
    turn();
    send(order("3", 2));
    turn();
    ASSERT_TRUE(is_sending("3"));
    core_->withdraw(0);
    commit();
    EXPECT_EQ(journal("3", "document").value().state(), internal::v1::EFFECT_STATE_APPLIED);
    EXPECT_EQ(journal("3", "document").value().sequence(), 1U);
    EXPECT_EQ(journal("3", "document").value().native_id(), "N3");
}

TEST_F(SinkCoreAheadTest, AfterAFailedCommitWhatWasPreparedIsSentWithoutALookup) {
    prepare_two();
    fail_commit();
    answer(ok());
    answer(ok());
    turn();
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply 3:1", "apply 4:1"}));
}

TEST_F(SinkCoreAheadTest, OnceASlotWasLostTheJournalAloneCounts) {
    prepare_two();
    core_->close_slot(0);
    core_->open_slot(0);  // another owner had it meanwhile, and may have sent what we did not
    core_->forget_closed_slots();
    read_ = committed_;
    feed();
    while (!calls_.empty()) answer(failure(ErrorKind::kTransient));
    turn();
    EXPECT_TRUE(calls_.empty());
    pass(5s);
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"find 3:1", "find 4:1"}));
}

TEST_F(SinkCoreAheadTest, ABatchThatCanStillGrowIsNotPrepared) {
    send_orders(1, 2);
    turn();
    send(stock("A", 1));
    turn();
    EXPECT_FALSE(journal("A", "stock"));
    send(stock("B", 1));
    send(stock("C", 1));
    turn();
    EXPECT_TRUE(journal("A", "stock")) << "it is full";
    EXPECT_TRUE(journal("C", "stock"));
}

TEST_F(SinkCoreAheadTest, UnderLoadGoodsGatherAndALoneOneGoesAtOnce) {
    for (ActionRule& rule : rules_) rule.gather = rule.batch_max > 1 ? 50ms : 0ms;
    restart();
    send(stock("A", 1));
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply A:1"});
    send(stock("B", 1));
    turn();
    EXPECT_EQ(calls_.size(), 1U);
    EXPECT_EQ(core_->next_due(), clock_.monotonic() + 50ms);
    send(stock("C", 1));
    pass(50ms);
    EXPECT_EQ(keys_of_calls(), (std::vector<std::string>{"apply A:1", "apply B:1 C:1"}));
    answer(ok());
    for (const char* key : {"D", "E", "F"}) send(stock(key, 1));
    turn();
    EXPECT_EQ(keys_of_calls().back(), "apply D:1 E:1 F:1") << "a full batch waits for nothing";
}

TEST_F(SinkCoreAheadTest, SlowCallsOfOneKindLeaveHalfThePlacesToAnother) {
    core_->configure(kShop, 4);
    for (int i = 0; i < 60; ++i) send(stock("S" + std::to_string(i), 1));
    for (int i = 0; i < 40; ++i) send(note(std::to_string(i), 1));
    int notes = 0;
    for (int i = 0; i < 20; ++i) {
        turn();
        const auto call =
            std::ranges::find_if(calls_, [](const auto& one) { return one.commands[0].has_add_order_note(); });
        ASSERT_NE(call, calls_.end()) << "stock that hangs has all the places after " << notes << " notes";
        std::swap(*call, calls_.front());
        answer(ok());
        ++notes;
    }
    EXPECT_LE(std::ranges::count_if(calls_, [](const auto& one) { return one.commands[0].has_set_stock(); }), 2);
}

class SinkCorePlacesTest : public SinkCoreTest {
 protected:
    // That many connections, each with 20 orders; their remotes would take 8 at once, but for those of `narrow`.
    void begin(int calls_max, int connections, const std::set<int>& narrow = {}) {
        calls_max_ = calls_max;
        restart();
        for (int i = 0; i < connections; ++i) core_->configure("m/c" + std::to_string(i), narrow.contains(i) ? 1 : 8);
        for (int key = 0; key < 20; ++key)
            for (int i = 0; i < connections; ++i) {
                events::Command command = order(std::to_string(key), 1);
                command.set_connection("c" + std::to_string(i));
                send(command);
            }
        turn();
        turn();
    }
    std::map<std::string, int> calls_of() const {
        std::map<std::string, int> counts;
        for (const SinkCore::Call& call : calls_) ++counts[call.connection];
        return counts;
    }
};

TEST_F(SinkCorePlacesTest, BusyConnectionsShareThePlacesOfTheProcess) {
    begin(6, 3);
    EXPECT_EQ(calls_of(), (std::map<std::string, int>{{"m/c0", 2}, {"m/c1", 2}, {"m/c2", 2}}));
}

TEST_F(SinkCorePlacesTest, WhereThereIsRoomEachHasWhatItsRemoteAllows) {
    begin(64, 3);
    EXPECT_EQ(calls_of(), (std::map<std::string, int>{{"m/c0", 8}, {"m/c1", 8}, {"m/c2", 8}}));
}

TEST_F(SinkCorePlacesTest, WhatSomeDoNotNeedTheOthersHave) {
    begin(16, 5, {0, 1, 2, 3});
    EXPECT_EQ(calls_of().at("m/c4"), 8) << "four others take one each";
}

TEST_F(SinkCorePlacesTest, WhatIsLeftIsSharedEvenly) {
    begin(16, 4, {0, 1});
    EXPECT_EQ(calls_of(), (std::map<std::string, int>{{"m/c0", 1}, {"m/c1", 1}, {"m/c2", 7}, {"m/c3", 7}}));
}

TEST_F(SinkCorePlacesTest, ConnectionsThatPauseLeaveTheirPlacesToTheOthers) {
    begin(8, 4);
    for (int i = 0; i < 3; ++i) {  // all but one are asked to wait
        const auto call = std::ranges::find_if(calls_, [](const auto& one) { return one.connection != "m/c3"; });
        ASSERT_NE(call, calls_.end());
        const std::string connection = call->connection;
        while (true) {
            const auto next = std::ranges::find(calls_, connection, &SinkCore::Call::connection);
            if (next == calls_.end()) break;
            std::swap(*next, calls_.front());
            answer(std::unexpected(Error{.kind = ErrorKind::kRateLimited, .message = "t", .retry_after = 60s}));
        }
    }
    turn();
    turn();
    EXPECT_EQ(calls_of(), (std::map<std::string, int>{{"m/c3", 8}}));
}

TEST_F(SinkCorePlacesTest, MoreConnectionsThanPlacesTakeTurns) {
    begin(2, 5);
    std::map<std::string, int> served;
    for (int i = 0; i < 50; ++i) {
        ASSERT_LE(calls_.size(), 2U);
        ++served[answer(ok()).connection];
        turn();
        turn();
    }
    ASSERT_EQ(served.size(), 5U);
    for (const auto& [connection, count] : served) EXPECT_GE(count, 6) << connection;
}

// One whose calls hang keeps what it has, and not more.
TEST_F(SinkCorePlacesTest, AConnectionThatHangsLeavesTheOthersTheirPlaces) {
    begin(4, 2);
    for (int i = 0; i < 10; ++i) {
        const auto call = std::ranges::find(calls_, "m/c1", &SinkCore::Call::connection);
        ASSERT_NE(call, calls_.end()) << i;
        std::swap(*call, calls_.front());
        answer(ok());
        turn();
    }
    EXPECT_EQ(calls_of().at("m/c0"), 2);
}

TEST_F(SinkCoreAheadTest, ACallSaysUntilWhenItsRequestsMayLeave) {
    send_orders(1, 1);
    const Clock::Monotonic now = clock_.monotonic();
    turn();
    EXPECT_EQ(calls_.front().send_before, now + 3s) << "half a session";
    EXPECT_EQ(calls_.front().leave_before, now + 60s) << "half of what the next owner waits";
}

}  // namespace
}  // namespace shopwire::runtime
