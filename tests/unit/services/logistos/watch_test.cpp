// Goal: what is under way survives a restart, and stays bounded.
#include "services/logistos/watch.h"

#include <gtest/gtest.h>

namespace shopwire::logistos {
namespace {

TEST(Watch, IsTheSameAfterARestart) {
    Watch watch{.listed_ms = 5, .pass_ms = 7};
    ASSERT_TRUE(watch.add("LG1", "WC-1", 3, 10));
    ASSERT_TRUE(watch.add("LG2", "WC-\"2\"", 4, 10));
    watch.parcels[1].seen = "ab12";
    watch.parcels[1].asked_ms = 8;
    watch.parcels[1].done_ms = 9;
    const Result<Watch> again = Watch::parse(watch.text());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(watch.text(), again->text());
    EXPECT_EQ(7, again->pass_ms);
    EXPECT_EQ("WC-\"2\"", again->parcels[1].order_number);
    EXPECT_EQ(9, again->parcels[1].done_ms);
}

TEST(Watch, StartsEmpty) {
    const Result<Watch> start = Watch::parse("");
    ASSERT_TRUE(start);
    EXPECT_EQ(0, start->listed_ms);
}

TEST(Watch, RefusesATextThatIsNotOurs) {
    for (const char* text : {"x", "{}", R"({"v":2,"listed":0,"pass":0,"parcels":[]})"})
        EXPECT_FALSE(Watch::parse(text)) << text;
}

TEST(Watch, TakesEachParcelOnceAndNoMoreThanItHasRoomFor) {
    Watch watch;
    EXPECT_TRUE(watch.add("LG1", "WC-1", 1, 2));
    EXPECT_TRUE(watch.add("LG1", "WC-1", 2, 2));
    EXPECT_EQ(1U, watch.parcels.size());
    EXPECT_TRUE(watch.add("LG2", "WC-2", 1, 2));
    EXPECT_FALSE(watch.add("LG3", "WC-3", 1, 2));
    watch.find("LG1")->done_ms = 5;
    EXPECT_TRUE(watch.add("LG3", "WC-3", 1, 2));
}

TEST(Watch, ForgetsWhatIsFinalForLongAndWhatNeverEnds) {
    Watch watch;
    for (const char* awb : {"done", "just done", "old", "young"}) ASSERT_TRUE(watch.add(awb, "WC", 100, 10));
    watch.find("done")->done_ms = 10;
    watch.find("just done")->done_ms = 60;
    watch.find("old")->added_ms = 20;
    EXPECT_EQ(1U, watch.give_up(50, 100));
    watch.settle(true, 50, 100, 10);
    EXPECT_EQ(nullptr, watch.find("done"));
    EXPECT_EQ(nullptr, watch.find("old"));
    EXPECT_NE(nullptr, watch.find("just done"));
    EXPECT_NE(nullptr, watch.find("young"));
}

TEST(Watch, RemembersWhatIsFinalWhileTheListShowsIt) {
    Watch watch;
    for (const char* awb : {"a", "b"}) ASSERT_TRUE(watch.add(awb, "WC", 100, 2));
    watch.find("a")->done_ms = 110;
    watch.settle(false, 120, 200, 2);
    EXPECT_EQ(nullptr, watch.find("a"));
    Result<Watch> again = Watch::parse(watch.text());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(watch.text(), again->text());
    EXPECT_TRUE(again->knows("a"));
    EXPECT_TRUE(again->add("a", "WC", 210, 2));
    EXPECT_EQ(1U, again->parcels.size());
    EXPECT_TRUE(again->add("c", "WC", 210, 2)) << "what is done takes no room";
    again->settle(true, 200, 300, 2);
    EXPECT_TRUE(again->knows("a")) << "the next list may still reach back to it";
    again->settle(true, 201, 301, 2);
    EXPECT_FALSE(again->knows("a"));
}

TEST(Watch, StaysBounded) {
    Watch watch;
    const auto finish_all = [&watch](std::int64_t now_ms, bool whole) {
        for (Parcel& parcel : watch.parcels) parcel.done_ms = now_ms;
        watch.settle(whole, 0, now_ms, 500);
    };
    for (int pass = 0; pass < 50; ++pass) {
        for (int i = 0; i < 600; ++i) watch.add(std::to_string(pass) + "-" + std::to_string(i), "WC", pass + 1, 500);
        EXPECT_LE(watch.parcels.size(), 1'000U);
        finish_all(pass + 1, pass % 2 == 0);
    }
    EXPECT_EQ(Watch::kPastMax, watch.past.size());
    EXPECT_LT(watch.text().size(), 400'000U);
}

TEST(Watch, AsksForEachOpenParcelOncePerPass) {
    Watch watch{.pass_ms = 100};
    for (const char* awb : {"a", "b", "c"}) ASSERT_TRUE(watch.add(awb, "WC", 1, 10));
    watch.find("a")->asked_ms = 100;
    watch.find("b")->done_ms = 90;
    const std::vector<Parcel*> due = watch.due(10);
    ASSERT_EQ(1U, due.size());
    EXPECT_EQ("c", due[0]->awb);
    EXPECT_TRUE(watch.due(0).empty());
}

TEST(Watch, BeginsEachPassAfterTheOneBeforeWhateverTheClockSays) {
    Watch watch;
    ASSERT_TRUE(watch.add("a", "WC", 1, 10));
    for (const std::int64_t now_ms : {100, 100, 40, 200}) {  // not moved, set back, and on
        watch.begin_pass(now_ms);
        ASSERT_EQ(1U, watch.due(10).size()) << now_ms;
        watch.find("a")->asked_ms = watch.pass_ms;
        EXPECT_TRUE(watch.due(10).empty()) << now_ms;
    }
    EXPECT_EQ(200, watch.pass_ms);
}

}  // namespace
}  // namespace shopwire::logistos
