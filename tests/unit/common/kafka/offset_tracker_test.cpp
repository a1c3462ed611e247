#include "common/kafka/offset_tracker.h"

#include <gtest/gtest.h>

namespace shopwire::kafka {
namespace {

const Partition kOne{.topic = "t", .number = 1};
const Partition kTwo{.topic = "t", .number = 2};

TEST(OffsetTracker, GivesTheLowestOpenOffset) {
    OffsetTracker tracker;
    for (const int offset : {10, 11, 12}) tracker.read(kOne, offset);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 10}}));
    tracker.done(kOne, 11);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 10}})) << "also when nothing moved: the broker checks who commits";
    tracker.done(kOne, 10);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 12}}));
    tracker.done(kOne, 12);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 13}}));
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 13}}));
}

TEST(OffsetTracker, GivesWhereReadingGoesOn) {
    OffsetTracker tracker;
    tracker.start(kOne, 10);
    EXPECT_EQ(tracker.next(), (Offsets{{kOne, 10}}));
    for (const int offset : {10, 12}) tracker.read(kOne, offset);
    tracker.done(kOne, 12);
    EXPECT_EQ(tracker.next(), (Offsets{{kOne, 13}})) << "though 10 is open";
    tracker.start(kOne, 10);
    EXPECT_EQ(tracker.next(), (Offsets{{kOne, 10}})) << "what was not committed is read again";
}

TEST(OffsetTracker, PassesGapsThatCompactionAndMarkersLeave) {
    OffsetTracker tracker;
    tracker.read(kOne, 3);
    tracker.read(kOne, 9);
    tracker.done(kOne, 3);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 9}}));
    tracker.done(kOne, 9);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 10}}));
}

TEST(OffsetTracker, GivesWhereAPartitionStartsBeforeAnythingIsRead) {
    OffsetTracker tracker;
    EXPECT_TRUE(tracker.low().empty());
    tracker.start(kOne, 40);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 40}}));
    tracker.read(kOne, 42);
    tracker.read(kTwo, 5);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 42}, {kTwo, 5}}));
    tracker.start(kOne, 41);  // seeked back
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 41}, {kTwo, 5}}));
}

TEST(OffsetTracker, IgnoresRepeatsAndForgottenPartitions) {
    OffsetTracker tracker;
    tracker.read(kOne, 0);
    tracker.done(kOne, 0);
    tracker.done(kOne, 0);
    tracker.read(kTwo, 0);
    tracker.forget(kTwo);
    tracker.done(kTwo, 0);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 1}}));
    EXPECT_EQ(tracker.open_count(), 0U);
}

TEST(OffsetTracker, StartsAnewAfterForgetting) {
    OffsetTracker tracker;
    tracker.read(kOne, 50);
    tracker.forget(kOne);
    tracker.read(kOne, 20);  // seeked back
    EXPECT_EQ(tracker.open_count(kOne), 1U);
    tracker.done(kOne, 20);
    EXPECT_EQ(tracker.low(), (Offsets{{kOne, 21}}));
}

TEST(OffsetTracker, CountsWhatIsOpen) {
    OffsetTracker tracker;
    for (const int offset : {1, 2, 3}) tracker.read(kOne, offset);
    tracker.read(kTwo, 1);
    tracker.done(kOne, 2);
    EXPECT_EQ(tracker.open_count(), 3U);
    EXPECT_EQ(tracker.open_count(kOne), 2U);
    EXPECT_EQ(tracker.open_count({.topic = "t", .number = 9}), 0U);
}

}  // namespace
}  // namespace shopwire::kafka
