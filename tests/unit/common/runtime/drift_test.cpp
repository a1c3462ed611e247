#include "common/runtime/drift.h"

#include "tests/unit/common/runtime/stream_reader_fixture.h"

namespace shopwire::runtime {
namespace {

Change unreadable(int number) {
    return {.raw = "{}",
            .event = rejected("$.code: expected string, got null"),
            .failed_key = "S" + std::to_string(number)};
}

class DriftTest : public StreamReaderTest {
 protected:
    // Of twenty rows.
    void rows(int failed) {
        Page page;
        for (int i = 0; i < 20; ++i) page.changes.push_back(i < failed ? unreadable(i) : stock(i, 5));
        source_.pages[""] = std::move(page);
    }
    std::size_t letters() { return producer_.records(events::dead_letter_topic()).size(); }
};

TEST_F(DriftTest, ASnapshotOfWhichMostCannotBeReadIsNotEmitted) {
    rows(11);
    const auto stream = reader(Pass::kSnapshot);
    const Result<bool> refused = stream->step(source_, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(
        refused.error().message,
        "judging stream things: 11 of 20 rows cannot be read ($.code: expected string, got null): the system's answers "
        "are not what they were. Nothing of this is published; see runtime.drift_max_percent");
    EXPECT_TRUE(producer_.records().empty());
    EXPECT_TRUE(state_.rows.empty());
    // The dialect is mended: the next pass tells all.
    rows(0);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 20U);
}

TEST_F(DriftTest, HalfOfThemIsNotMost) {
    rows(10);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    EXPECT_EQ(count(events::Event::kStock), 10U);
    EXPECT_EQ(letters(), 10U);
}

TEST_F(DriftTest, FewBadRowsSayNothing) {
    Page page;
    for (int i = 0; i < 9; ++i) page.changes.push_back(unreadable(i));
    source_.pages[""] = std::move(page);
    const auto stream = reader(Pass::kSnapshot);
    pass_once(*stream);
    EXPECT_EQ(letters(), 9U);
}

TEST_F(DriftTest, APageOfWhichMostCannotBeReadDoesNotMoveTheCursor) {
    rows(11);
    source_.pages[""].next = {"p2"};
    const auto stream = reader(Pass::kIncremental);
    EXPECT_FALSE(stream->step(source_, {}));
    EXPECT_TRUE(producer_.records().empty());
    EXPECT_TRUE(state_.cursors.empty());
    rows(0);
    source_.pages[""].next = {"p2"};
    pass_once(*stream);
    EXPECT_EQ(producer_.records().size(), 20U);
}

TEST_F(DriftTest, ItIsThePassThatCountsAndNotItsLastPage) {
    Page first;
    for (int i = 0; i < 30; ++i) first.changes.push_back(stock(i, 5));
    first.next = {"p2"};
    first.more = true;
    rows(11);
    source_.pages["p2"] = std::exchange(source_.pages[""], std::move(first));
    const auto stream = reader(Pass::kIncremental);
    ASSERT_TRUE(stream->step(source_, {}));
    pass_once(*stream);  // 11 of 50
    EXPECT_EQ(letters(), 11U);
}

}  // namespace
}  // namespace shopwire::runtime
