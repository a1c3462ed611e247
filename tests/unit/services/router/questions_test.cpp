#include "services/router/questions.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace shopwire::router {
namespace {

using namespace std::chrono_literals;

TEST(Questions, AreAnsweredByTheLoop) {
    Questions questions;
    std::atomic<bool> done{false};
    std::thread::id answered_by;
    std::jthread loop([&] {
        while (!done) questions.answer();
    });
    EXPECT_TRUE(questions.ask([&] { answered_by = std::this_thread::get_id(); }, 10s));
    EXPECT_EQ(answered_by, loop.get_id());
    done = true;
}

TEST(Questions, OneThatWaitedTooLongIsNotAnsweredAfterwards) {
    Questions questions;
    bool answered = false;
    EXPECT_FALSE(questions.ask([&] { answered = true; }, 1ms));
    questions.answer();
    EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace shopwire::router
