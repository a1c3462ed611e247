// Whole snapshots: what vanished, what is believed, and nothing of one that broke.
#include "common/runtime/stream_reader.h"

#include "tests/unit/common/runtime/stream_reader_fixture.h"

namespace shopwire::runtime {
namespace {

TEST_F(StreamReaderTest, ASnapshotTellsWhatVanished) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    producer_.clear();
    goods(1, 19);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kDeleted), 1U);
    EXPECT_EQ(count(events::Event::kStock), 0U);
    EXPECT_EQ(state_.rows.size(), 19U);
}

// A webhook between two passes said something else, and the next one that took it back was lost: only a pass can tell.
TEST_F(StreamReaderTest, ASnapshotOfThingsToldElsewhereEmitsEveryRow) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot, 0ms, true);
    pass_once(*stream);
    producer_.clear();
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 20U);
    goods(1, 19);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kDeleted), 1U);
}

TEST_F(StreamReaderTest, ASnapshotThatLosesTooMuchIsNotEmitted) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    producer_.clear();
    goods(1, 10);
    Result<bool> refused = stream->step(source_, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    goods(1, 20, 0);
    refused = stream->step(source_, {});
    EXPECT_FALSE(refused) << "all numbers zero is as bad";
    EXPECT_TRUE(producer_.records().empty());
    EXPECT_EQ(state_.rows.size(), 20U);
    EXPECT_EQ(metrics_.stream("m/erp", "things").refused->value(), 2);
}

// A person who knows that it is right says how much may be lost; more than that is refused all the same.
TEST_F(StreamReaderTest, ALossThatAPersonAcceptsIsBelievedOnce) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    goods(1, 8);
    stream->want({.loss_accepted = 11});
    Result<bool> refused = stream->step(source_, {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("12 of 20 rows"), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().message.find("shopwire sync m/erp things --accept-loss 12"), std::string::npos);
    stream->want({.loss_accepted = 12});
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kDeleted), 12U);
    goods(1, 20);
    pass_once(*stream);
    goods(1, 8);
    EXPECT_FALSE(stream->step(source_, {})) << "it was for that one reading";
}

// A hiccup is no reading: what was accepted counts for the one that comes to its end, also in another process.
TEST_F(StreamReaderTest, ALossThatAPersonAcceptsSurvivesAHiccup) {
    goods(1, 20);
    auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    goods(1, 8);
    stream->want({.ticket = {.run = "r", .number = 7}, .loss_accepted = 12});
    source_.error = Error{.kind = ErrorKind::kTransient, .message = "testing"};
    EXPECT_FALSE(stream->step(source_, {}));
    stream->restart_pass();
    EXPECT_FALSE(stream->step(source_, {}));
    source_.error.reset();
    producer_.fail_next(1, {.kind = ErrorKind::kTransient, .message = "testing"});
    EXPECT_FALSE(stream->step(source_, {})) << "while it is told";
    stream = reader(Pass::kSnapshot);
    EXPECT_EQ(stream->kept({})->asked, (Ticket{.run = "r", .number = 7}));
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kDeleted), 12U);
    stream = reader(Pass::kSnapshot);
    goods(1, 20);
    pass_once(*stream);
    goods(1, 8);
    EXPECT_FALSE(stream->step(source_, {})) << "it was for that one reading";
}

TEST_F(StreamReaderTest, ALossThatAPersonAcceptsIsUsedUpByARefusal) {
    goods(1, 20);
    auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    goods(1, 7);
    stream->want({.loss_accepted = 12});
    EXPECT_FALSE(stream->step(source_, {})) << "13 are gone";
    goods(1, 8);
    EXPECT_FALSE(reader(Pass::kSnapshot)->step(source_, {})) << "nor is it there after a restart";
    stream->want({.loss_accepted = 12});
    source_.error = rejected("HTTP 404").error();
    EXPECT_FALSE(stream->step(source_, {}));
    stream->abandon_pass({});  // whoever accepted it was told
    source_.error.reset();
    EXPECT_FALSE(stream->step(source_, {}));
}

TEST_F(StreamReaderTest, ALossThatAPersonAcceptsIsUsedUpByAPassThatIsGivenUpAlsoAfterARestart) {
    goods(1, 20);
    auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    goods(1, 8);
    stream->want({.loss_accepted = 12});
    source_.error = auth_failed("HTTP 401").error();
    EXPECT_FALSE(stream->step(source_, {}));
    stream->abandon_pass({});
    source_.error.reset();
    stream = reader(Pass::kSnapshot);
    EXPECT_TRUE(stream->kept({})->under_way);
    EXPECT_FALSE(stream->step(source_, {}));
    EXPECT_EQ(count(events::Event::kDeleted), 0U);
}

// Where it cannot be noted this process knows it all the same.
TEST_F(StreamReaderTest, APassIsGivenUpAlsoWhenItCannotBeNoted) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    goods(1, 8);
    stream->want({.loss_accepted = 12});
    source_.error = auth_failed("HTTP 401").error();
    EXPECT_FALSE(stream->step(source_, {}));
    state_.fail_saves = 1;
    stream->abandon_pass({});
    EXPECT_EQ(state_.fail_saves, 0);
    source_.error.reset();
    EXPECT_FALSE(stream->step(source_, {}));
    EXPECT_EQ(count(events::Event::kDeleted), 0U);
}

// Edge case 15: page 3 of a stock reading fails, and the next attempts too.  Nothing is told as zero or gone.
TEST_F(StreamReaderTest, AStockReadingThatBreaksAtPageThreeSetsNothingToZero) {
    goods(1, 30);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    producer_.clear();
    goods(1, 10, 0);
    source_.pages[""].more = true;
    source_.pages[""].next = {"p2"};
    source_.pages["p2"] = {.changes = {stock(11, 0)}, .next = {"p3"}, .more = true};
    ASSERT_TRUE(stream->step(source_, {}));
    ASSERT_TRUE(stream->step(source_, {}));
    source_.error = Error{.kind = ErrorKind::kTransient, .message = "testing"};
    for (int attempt = 0; attempt < 8; ++attempt) EXPECT_FALSE(stream->step(source_, {}));
    stream->restart_pass();
    EXPECT_FALSE(stream->step(source_, {}));
    EXPECT_TRUE(producer_.records().empty());
    EXPECT_EQ(state_.rows.size(), 30U);
    source_.error.reset();
    goods(1, 30);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 0U) << "nothing had changed";
    EXPECT_EQ(count(events::Event::kDeleted), 0U);
}

TEST_F(StreamReaderTest, APassThatDiesStartsAgain) {
    goods(1, 20);
    source_.pages[""].more = true;
    source_.pages[""].next = {"p2"};
    source_.pages["p2"] = {.changes = {stock(21, 1)}};
    {
        const auto first = reader(Pass::kSnapshot);
        ASSERT_TRUE(first->step(source_, {}));
    }
    EXPECT_TRUE(producer_.records().empty()) << "nothing counts before the end";
    const auto stream = reader(Pass::kSnapshot);
    ASSERT_TRUE(stream->step(source_, {}));
    pass_once(*stream);
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"", "", "p2"}));
    EXPECT_EQ(count(events::Event::kStock), 21U);
}

TEST_F(StreamReaderTest, RowsAreRememberedOnlyAfterDelivery) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    producer_.fail_next(1, {.kind = ErrorKind::kTransient, .message = "testing"});
    EXPECT_FALSE(stream->step(source_, {}));
    for (const auto& [key, text] : state_.rows) {
        internal::v1::SnapshotRow row;
        ASSERT_TRUE(row.ParseFromString(text));
        EXPECT_TRUE(row.content_hash().empty()) << key;
    }
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 20U);
    EXPECT_EQ(state_.rows.size(), 20U);
    producer_.clear();
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 0U);
}

TEST_F(StreamReaderTest, AValueThatWentBackAfterACrashIsEmittedAgain) {
    goods(1, 20);
    pass_once(*reader(Pass::kSnapshot));
    source_.pages[""].changes[3] = stock(4, 8);
    producer_.clear();
    state_.fails_when = [this] { return !producer_.records().empty(); };
    EXPECT_FALSE(reader(Pass::kSnapshot)->step(source_, {}));
    EXPECT_EQ(count(events::Event::kStock), 1U) << "delivered, not remembered";
    state_.fails_when = {};
    source_.pages[""].changes[3] = stock(4, 5);
    producer_.clear();
    pass_once(*reader(Pass::kSnapshot));
    ASSERT_EQ(count(events::Event::kStock), 1U);
    const Result<events::Event> event = events::parse_event(producer_.records().front());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->stock().on_hand().micros(), 5 * Decimal::kOne);
}

// S3 does not translate any more, and S20 is really gone.
TEST_F(StreamReaderTest, ARowThatIsNotUnderstoodNeverCountsAsGone) {
    const auto stocks = reader(Pass::kSnapshot);
    goods(1, 20);
    pass_once(*stocks);
    const auto pass_with = [&](const std::string& key) {
        goods(1, 19);
        source_.pages[""].changes[2] = {.raw = "{}", .event = rejected("no quantity"), .failed_key = key};
        pass_once(*stocks);
    };
    pass_with("");
    EXPECT_EQ(count(events::Event::kDeleted), 0U) << "it may be any of those that look gone";
    EXPECT_EQ(metrics_.stream("m/erp", "things").rows_failed->value(), 1);
    pass_with(" s3");
    EXPECT_EQ(count(events::Event::kDeleted), 1U) << "S20 alone";
    EXPECT_EQ(count(events::Event::kMarker), 3U)
        << "of the first pass: the number of S3 is not known to be the old one";
    goods(1, 19);
    pass_once(*stocks);
    EXPECT_EQ(count(events::Event::kDeleted), 1U);
    EXPECT_EQ(count(events::Event::kMarker), 6U);
    EXPECT_EQ(metrics_.stream("m/erp", "things").rows_failed->value(), 0);
}

// They are not told as gone, so they are no loss, however many they are.
TEST_F(StreamReaderTest, RowsThatAreSparedAreNoLoss) {
    const auto stocks = reader(Pass::kSnapshot);
    goods(1, 30);
    pass_once(*stocks);
    const auto pass_with = [&](const auto& key_of) {
        goods(1, 28);
        for (int i = 1; i <= 9; ++i)
            source_.pages[""].changes.at(static_cast<std::size_t>(i - 1)) = {
                .raw = "{}", .event = rejected("no quantity"), .failed_key = key_of(i)};
        pass_once(*stocks);
    };
    pass_with([](int i) { return "s" + std::to_string(i); });
    EXPECT_EQ(count(events::Event::kDeleted), 2U) << "11 of 30 are not seen, and two of them are gone";
    pass_with([](int) { return std::string(); });
    EXPECT_EQ(count(events::Event::kDeleted), 2U);
    goods(1, 19);
    EXPECT_FALSE(stocks->step(source_, {})) << "what is really gone is one";
    EXPECT_EQ(metrics_.stream("m/erp", "things").refused->value(), 1);
}

TEST_F(StreamReaderTest, WhatVanishedAndCameBackAfterACrashIsEmittedAgain) {
    goods(1, 20);
    pass_once(*reader(Pass::kSnapshot));
    goods(1, 19);
    producer_.clear();
    state_.fails_when = [this] { return !producer_.records().empty(); };
    EXPECT_FALSE(reader(Pass::kSnapshot)->step(source_, {}));
    EXPECT_EQ(count(events::Event::kDeleted), 1U) << "delivered, not remembered";
    state_.fails_when = {};
    goods(1, 20);
    producer_.clear();
    pass_once(*reader(Pass::kSnapshot));
    EXPECT_EQ(count(events::Event::kStock), 1U);
    EXPECT_EQ(count(events::Event::kDeleted), 0U);
}

TEST_F(StreamReaderTest, ASnapshotWithARowThatCannotBeReadTellsNoAbsence) {
    goods(1, 20);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    producer_.clear();
    source_.pages[""].changes[3] = {.raw = "{bad", .event = rejected("reading stock: $.sku: expected string")};
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kDeleted), 0U);
    EXPECT_EQ(count(events::Event::kMarker), 0U);
    EXPECT_EQ(producer_.records(events::dead_letter_topic()).size(), 1U);
}

}  // namespace
}  // namespace shopwire::runtime
