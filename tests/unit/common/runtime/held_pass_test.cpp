// Goal: a pass that is held goes on, is answered again, and is begun anew, and never hides a row.
#include "common/runtime/held_pass.h"

#include <gtest/gtest.h>

#include <vector>

namespace shopwire::runtime {
namespace {

struct Counted {
    std::int64_t pages = 0;
};

class HeldPassTest : public ::testing::Test {
 protected:
    // Three pages; `rows` tells which one it is.
    Result<Page> read(const Cursor& from) {
        return held_.read(from, [this](Counted& pass) -> Result<Page> {
            if (fails_) return transient("testing");
            ++pass.pages;
            return Page{.more = pass.pages < 3, .rows = pass.pages};
        });
    }
    HeldPass<Counted> held_{};
    bool fails_ = false;
};

TEST_F(HeldPassTest, GoesOnToItsEndAndBeginsAnew) {
    for (int pass = 0; pass < 2; ++pass) {
        Cursor at;
        for (std::int64_t page = 1; page <= 3; ++page) {
            const Result<Page> read = this->read(at);
            ASSERT_TRUE(read);
            EXPECT_EQ(read->rows, page);
            EXPECT_EQ(read->more, page < 3);
            EXPECT_EQ(read->next.text.empty(), page == 3);
            at = read->next;
        }
    }
}

TEST_F(HeldPassTest, APageWhoseAnswerGotLostIsAnsweredAgain) {
    const Cursor first = read({})->next;
    const Cursor second = read(first)->next;
    EXPECT_EQ(read(first)->rows, 2);
    EXPECT_EQ(read(first)->next.text, second.text);
    EXPECT_EQ(read(second)->rows, 3);
    EXPECT_EQ(read(second)->rows, 3) << "the last one too";
}

TEST_F(HeldPassTest, AFailureIsTriedAgainWhereItWas) {
    const Cursor first = read({})->next;
    fails_ = true;
    EXPECT_FALSE(read(first));
    fails_ = false;
    EXPECT_EQ(read(first)->rows, 2);
}

TEST_F(HeldPassTest, ACursorOfAnotherPassBeginsAnew) {
    EXPECT_EQ(read({"step 2"})->rows, 1) << "of another process";
    const Cursor first = read({})->next;
    const Result<Page> anew = read({});
    EXPECT_EQ(anew->rows, 1) << "from the start";
    EXPECT_EQ(read(anew->next)->rows, 2);
    EXPECT_EQ(read(first)->rows, 1) << "of a pass that is no more";
}

// Wherever in its pass another process was: what it began is read to an end here, and a lost answer is still answered.
TEST_F(HeldPassTest, AfterACursorOfAnotherPassItGoesOnToItsEnd) {
    for (int steps = 1; steps <= 2; ++steps) {
        held_ = {};
        Cursor at;
        for (int i = 0; i < steps; ++i) at = read(at)->next;
        held_ = {};
        for (std::int64_t page = 1; page <= 3; ++page) {
            const Result<Page> read = this->read(at);
            ASSERT_TRUE(read);
            EXPECT_EQ(read->rows, page);
            EXPECT_EQ(this->read(at)->rows, page);
            at = read->next;
        }
    }
}

}  // namespace
}  // namespace shopwire::runtime
