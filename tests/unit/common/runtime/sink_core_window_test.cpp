// How long a write may be on its way, and who waits for that; and that no kind of command holds another.
#include <unistd.h>

#include <algorithm>

#include "tests/unit/common/runtime/sink_bench.h"

namespace shopwire::runtime {
namespace {

class SinkCoreWindowTest : public SinkCoreTest {
 protected:
    static Answer absent() { return std::optional<Applied>(); }
};

// A machine that is starved: each look at the clock is `step` later.
class SlowClock final : public Clock {
 public:
    SlowClock(testing::FakeClock& inner, Duration step) : inner_(inner), step_(step) {}
    std::int64_t now_ms() const override { return inner_.now_ms(); }
    Monotonic monotonic() const override {
        inner_.advance(step_);
        return inner_.monotonic();
    }
    bool sleep_for(Duration wait, std::stop_token stop) override { return inner_.sleep_for(wait, std::move(stop)); }

 private:
    testing::FakeClock& inner_;
    const Duration step_;
};

TEST_F(SinkCoreWindowTest, ATurnThatIsSlowerThanTheDelayOfLookupsEnds) {
    send(order("1", 1));
    turn();
    effects_.rollback();
    parked_.rollback();
    calls_.clear();
    SlowClock slow(clock_, 6s);  // the delay is 5 s
    SinkCore next({.system = kSystem, .rules = rules_, .runtime = times()}, effects_, parked_, slow, metrics_);
    next.configure(kShop, 2);
    next.open_slot(0);
    for (const kafka::Record& record : log_) next.read(record);
    ::alarm(20);  // a turn that never ends ends the process
    next.schedule();
    next.schedule();
    ::alarm(0);
    const std::vector<SinkCore::Call> calls = next.take_calls();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_TRUE(calls[0].lookup);
}

TEST_F(SinkCoreWindowTest, AnAmbiguousCreateIsMadeAgainOnlyLongAfterWeHungUp) {
    send(order("1", 1));
    turn();
    clock_.advance(100s);  // the request was slow
    answer(failure(ErrorKind::kAmbiguous));
    for (int look = 0; look < 2; ++look) {
        pass(5s);
        ASSERT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
        answer(absent());
    }
    pass(109s);
    EXPECT_TRUE(calls_.empty()) << "119 s after we hung up it may still land";
    pass(1s);
    ASSERT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"}) << "one more look";
    answer(absent());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreWindowTest, TheNextOwnerMakesACreateAgainOnlyAfterTheWindowOfTheOneBefore) {
    send(order("1", 1));
    turn();
    clock_.advance(1s);
    restart();
    turn();
    for (int look = 0; look < 2; ++look) {
        pass(5s);
        ASSERT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"}) << "looking needs no patience";
        answer(absent());
    }
    pass(169s);
    EXPECT_TRUE(calls_.empty()) << "60 s to leave and 120 s to land";
    pass(1s);
    ASSERT_EQ(keys_of_calls(), std::vector<std::string>{"find 1:1"});
    answer(absent());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"});
}

TEST_F(SinkCoreWindowTest, DeadlinesCountFromWhenTheCommitBegan) {
    send(order("1", 1));
    core_->schedule();
    const Clock::Monotonic begun = clock_.monotonic();
    static_cast<void>(core_->take_writes());
    effects_.commit();
    clock_.advance(4s);  // asleep between the broker's commit and our hearing of it
    core_->committed(begun);
    EXPECT_TRUE(core_->take_calls().empty());
    turn();
    EXPECT_EQ(keys_of_calls(), std::vector<std::string>{"apply 1:1"}) << "journaled anew";
}

TEST_F(SinkCoreWindowTest, AJournalThatCannotBeReadIsNotAnEmptyOne) {
    send(order("1", 1));
    effects_.break_reads();
    core_->schedule();
    EXPECT_FALSE(core_->fault().empty());
    EXPECT_TRUE(core_->take_calls().empty());
    EXPECT_FALSE(core_->writes().journals);
}

TEST_F(SinkCoreWindowTest, NotesWithoutEndDoNotHoldStock) {
    int notes = 0;
    const auto send_note = [&] { send(note("n" + std::to_string(++notes), 1)); };
    while (notes < 20) send_note();
    turn();
    for (int i = 0; i < 10; ++i) {  // all places that may be prepared are taken by notes
        send_note();
        answer(ok());
        turn();
    }
    send(stock("A", 1));
    bool sent = false;
    for (int i = 0; i < 10 && !sent; ++i) {
        send_note();
        answer(ok());
        turn();
        const std::vector<std::string> under_way = keys_of_calls();
        sent = std::ranges::find(under_way, "apply A:1") != under_way.end();
    }
    EXPECT_TRUE(sent);
}

}  // namespace
}  // namespace shopwire::runtime
