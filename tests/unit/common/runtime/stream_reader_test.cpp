// Progress only after durability, for pages.
#include "common/runtime/stream_reader.h"

#include "tests/unit/common/runtime/stream_reader_fixture.h"

namespace shopwire::runtime {
namespace {

TEST_F(StreamReaderTest, MovesTheCursorOnlyAfterDelivery) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}, .more = true};
    source_.pages["p2"] = {.changes = {order("2")}, .next = {"p3"}};
    const auto stream = reader(Pass::kIncremental);
    producer_.fail_next(1, {.kind = ErrorKind::kTransient, .message = "testing"});
    EXPECT_FALSE(stream->step(source_, {}));
    EXPECT_TRUE(state_.cursors.empty());
    ASSERT_TRUE(stream->step(source_, {}));
    ASSERT_TRUE(stream->step(source_, {}));
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "", "p2"}));
    EXPECT_EQ(producer_.records().size(), 2U);
}

TEST_F(StreamReaderTest, ACursorThatCannotBeSavedStopsTheStream) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}};
    const auto stream = reader(Pass::kIncremental);
    state_.fail_saves = 1;
    EXPECT_FALSE(stream->step(source_, {}));
    ASSERT_TRUE(stream->step(source_, {}));
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", ""}));
}

TEST_F(StreamReaderTest, ARestartGoesOnAtTheDurableCursor) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}};
    source_.pages["p2"] = {.next = {"p2"}};
    pass_once(*reader(Pass::kIncremental));
    pass_once(*reader(Pass::kIncremental));
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "p2"}));
}

TEST_F(StreamReaderTest, ANewOwnerShowsWhenTheOldOneLastSucceeded) {
    source_.pages[""] = {.next = {"p2"}};
    pass_once(*reader(Pass::kIncremental));
    metrics::Gauge& shown = *metrics_.stream("m/erp", "things").last_success;
    const double at = shown.value();
    EXPECT_GT(at, 0);
    shown.set(0);  // as in another process
    clock_.advance(std::chrono::hours(1));
    ASSERT_TRUE(reader(Pass::kIncremental)->kept({}));
    EXPECT_EQ(shown.value(), at);
}

TEST_F(StreamReaderTest, AFailedReadIsNotAnEmptyPage) {
    source_.error = Error{.kind = ErrorKind::kAuth, .message = "testing"};
    const Result<bool> more = reader(Pass::kIncremental)->step(source_, {});
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind, ErrorKind::kAuth);
    EXPECT_TRUE(state_.cursors.empty());
}

TEST_F(StreamReaderTest, AFailedTranslationIsADeadLetterAndTheCursorMoves) {
    source_.pages[""] = {
        .changes = {order("1"), {.raw = "{bad", .event = rejected("reading an order: $.id: expected number")}},
        .next = {"p2"}};
    pass_once(*reader(Pass::kIncremental));
    EXPECT_EQ(producer_.records(events::dead_letter_topic()).size(), 1U);
    EXPECT_EQ(count(events::Event::kOrder), 1U);
    EXPECT_FALSE(state_.cursors.empty());
}

TEST_F(StreamReaderTest, APageOverItsBoundIsRefused) {
    Page page;
    page.changes.resize(50'001);
    source_.pages[""] = std::move(page);
    const Result<bool> more = reader(Pass::kIncremental)->step(source_, {});
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind, ErrorKind::kRejected);
}

TEST_F(StreamReaderTest, AFullReadingBeginsAtTheStartWhenItIsDue) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}};
    source_.pages["p2"] = {.next = {"p2"}};
    const auto stream = reader(Pass::kIncremental, 1h);
    pass_once(*stream);
    pass_once(*stream);
    clock_.advance(2h);
    pass_once(*stream);
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "p2", ""}));
}

TEST_F(StreamReaderTest, AFullReadingOfMorePagesComesToItsEnd) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}, .more = true};
    source_.pages["p2"] = {.changes = {order("2")}, .next = {"p3"}};
    source_.pages["p3"] = {.next = {"p3"}};
    const auto stream = reader(Pass::kIncremental, 1h);
    for (int day = 0; day < 2; ++day) {
        const Result<bool> more = stream->step(source_, {});
        ASSERT_TRUE(more);
        EXPECT_TRUE(*more);
        pass_once(*stream);
        pass_once(*stream);
        clock_.advance(2h);
    }
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "p2", "p3", "", "p2", "p3"}));
}

// Also in the middle of a reading: what was read before comes again, and nothing is left out.
TEST_F(StreamReaderTest, APersonMayAskForAReadingFromTheStart) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}, .more = true};
    source_.pages["p2"] = {.changes = {order("2")}, .next = {"p3"}};
    source_.pages["p3"] = {.next = {"p3"}};
    const auto stream = reader(Pass::kIncremental);
    ASSERT_TRUE(stream->step(source_, {}));
    stream->want({.full = true});
    ASSERT_TRUE(stream->step(source_, {}));
    pass_once(*stream);
    pass_once(*stream);
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "", "p2", "p3"}));
    EXPECT_EQ(count(events::Event::kOrder), 3U);
}

// Where an empty cursor leaves out what is older, a reading from the start begins where the connector says.
TEST_F(StreamReaderTest, AReadingFromTheStartKeepsWhatIsStillToBeTold) {
    for (const bool by_person : {true, false}) {
        source_.pages[""] = {.changes = {order("1")}, .next = {"old"}};
        source_.pages["old"] = {.next = {"old"}};
        source_.pages["start before old"] = {.changes = {order("2")}, .next = {"new"}};
        source_.pages["new"] = {.next = {"new"}};
        source_.asked.clear();
        state_.cursors.clear();
        const auto stream = reader(Pass::kIncremental, 1h, false, [](const Cursor& current) -> Result<Cursor> {
            return Cursor{"start before " + current.text};
        });
        pass_once(*stream);
        pass_once(*stream);
        by_person ? stream->want({.full = true}) : clock_.advance(2h);
        pass_once(*stream);
        pass_once(*stream);
        EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "old", "start before old", "new"})) << by_person;
    }
}

TEST_F(StreamReaderTest, AReadingFromTheStartThatCannotBeginMovesNothing) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"old"}};
    source_.pages["old"] = {.next = {"old"}};
    const auto stream = reader(Pass::kIncremental, 0ms, false,
                               [](const Cursor&) -> Result<Cursor> { return rejected("version is not 1"); });
    pass_once(*stream);
    stream->want({.full = true});
    const Result<bool> refused = stream->step(source_, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(stream->kept({})->cursor.text, "old");
    EXPECT_FALSE(stream->kept({})->under_way);
    stream->abandon_pass({});
    pass_once(*stream);
}

TEST_F(StreamReaderTest, ASnapshotEmitsWhatChangedAndAMarkerToEveryPartition) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 20U);
    EXPECT_EQ(count(events::Event::kMarker), 3U);
    producer_.clear();
    source_.pages[""].changes[3] = stock(4, 9);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 1U);
    EXPECT_EQ(count(events::Event::kMarker), 3U);
    std::set<std::int32_t> partitions;
    for (const kafka::Record& record : producer_.records()) {
        if (record.partition >= 0) partitions.insert(record.partition);
    }
    EXPECT_EQ(partitions, (std::set<std::int32_t>{0, 1, 2}));
}

TEST_F(StreamReaderTest, ASourceMayAskToBeReadSooner) {
    goods(1, 3);
    const auto reads = reader(Pass::kSnapshot);
    pass_once(*reads);
    EXPECT_FALSE(reads->again_in());
    for (const auto& [asked, due] : {std::pair{90s, 90s}, std::pair{0s, 1s}}) {
        source_.pages[""].again_in = asked;
        pass_once(*reads);
        EXPECT_EQ(reads->again_in(), due) << asked.count();
    }
}

// How far the reading under way has come, also of one that a process before this one began.
TEST_F(StreamReaderTest, TellsHowFarItIs) {
    const auto rows = [&](std::string next, bool more, std::int64_t count, std::int64_t left) {
        return Page{.changes = {order(next)}, .next = {next}, .more = more, .rows = count, .left = left};
    };
    source_.pages[""] = rows("p2", true, 100, 300);
    source_.pages["p2"] = rows("p3", true, 100, 200);
    source_.pages["p3"] = rows("p4", false, 200, 0);
    {
        const auto first = reader(Pass::kIncremental);
        ASSERT_TRUE(first->step(source_, {}));
        clock_.advance(10s);
        EXPECT_EQ(first->progress().done, 100);
        EXPECT_EQ(first->progress().expected, 400);
        EXPECT_EQ(first->progress().per_second, 10);
        EXPECT_EQ(first->progress().left_ms, 30'000);
    }
    const auto second = reader(Pass::kIncremental);
    EXPECT_TRUE(second->kept({})->under_way);
    ASSERT_TRUE(second->step(source_, {}));
    EXPECT_EQ(second->progress().done, 200);
    EXPECT_EQ(second->progress().expected, 400);
    EXPECT_EQ(metrics_.stream("m/erp", "things").pass_rows->value(), 200);
    EXPECT_EQ(metrics_.stream("m/erp", "things").pass_rows_expected->value(), 400);
    pass_once(*second);
    EXPECT_FALSE(second->progress().under_way);
    EXPECT_EQ(second->progress().done, 400);
    EXPECT_FALSE(second->kept({})->under_way);
}

// A system that tells no total: the last whole reading stands for it.
TEST_F(StreamReaderTest, AboutAsManyRowsAsLastTime) {
    goods(1, 20);
    pass_once(*reader(Pass::kSnapshot));
    source_.pages[""].more = true;
    source_.pages[""].next = {"p2"};
    source_.pages["p2"] = {.changes = {stock(21, 1)}};
    const auto stream = reader(Pass::kSnapshot);
    EXPECT_FALSE(stream->kept({})->under_way);
    ASSERT_TRUE(stream->step(source_, {}));
    EXPECT_EQ(stream->progress().done, 20);
    EXPECT_EQ(stream->progress().expected, 20);
    EXPECT_TRUE(stream->progress().about);
    EXPECT_TRUE(reader(Pass::kSnapshot)->kept({})->under_way) << "a restart does not wait until the next one is due";
    pass_once(*stream);
    EXPECT_EQ(stream->progress().done, 21);
    EXPECT_FALSE(reader(Pass::kSnapshot)->kept({})->under_way);
}

TEST_F(StreamReaderTest, AReadingSinceATimeBeginsThereAlsoAfterARestart) {
    source_.pages[""] = {.changes = {order("1")}, .next = {"p2"}};
    source_.pages["p2"] = {.next = {"p2"}};
    source_.pages["since"] = {.changes = {order("1")}, .next = {"p2"}};
    const auto first = reader(Pass::kIncremental);
    pass_once(*first);
    first->want({.since = Cursor{"since"}});
    source_.error = Error{.kind = ErrorKind::kTransient, .message = "testing"};
    EXPECT_FALSE(first->step(source_, {}));
    source_.error.reset();
    const auto second = reader(Pass::kIncremental);
    EXPECT_TRUE(second->kept({})->under_way);
    pass_once(*second);
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "since", "since"}));
    EXPECT_EQ(count(events::Event::kOrder), 2U);
}

}  // namespace
}  // namespace shopwire::runtime
