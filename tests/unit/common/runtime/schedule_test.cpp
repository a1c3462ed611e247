#include "common/runtime/schedule.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "common/core/clock.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Schedule, RunsATaskAgainAfterTheWaitItAskedFor) {
    std::latch runs(3);
    Schedule schedule(system_clock(), 2);
    schedule.add("t", 0ms, [&runs, left = 3](std::stop_token) mutable -> Clock::Duration {
        if (left > 0) runs.count_down();
        return --left > 0 ? Clock::Duration(1ms) : Clock::Duration(1h);
    });
    runs.wait();
}

TEST(Schedule, RunNowDoesNotWait) {
    std::latch ran(1);
    Schedule schedule(system_clock(), 2);
    schedule.add("t", 1h, [&ran](std::stop_token) -> Clock::Duration {
        ran.count_down();
        return 1h;
    });
    EXPECT_FALSE(schedule.run_now("other"));
    EXPECT_TRUE(schedule.run_now("t"));
    ran.wait();
}

TEST(Schedule, RemovingATaskStopsItsRun) {
    std::latch running(1);
    std::atomic<bool> stopped = false;
    {
        Schedule schedule(system_clock(), 2);
        schedule.add("t", 0ms, [&](std::stop_token stop) -> Clock::Duration {
            running.count_down();
            stopped = !system_clock().sleep_for(30s, stop);
            return 1h;
        });
        running.wait();
        schedule.remove("t");
        EXPECT_TRUE(schedule.wait_idle(10s));
        EXPECT_FALSE(schedule.contains("t"));
    }
    EXPECT_TRUE(stopped);
}

TEST(WorkerPool, RunsEveryJobWithABoundedNumberOfThreads) {
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    std::latch done(50);
    WorkerPool pool(3);
    for (int i = 0; i < 50; ++i) {
        pool.submit([&](std::stop_token) {
            const int now = ++running;
            int seen = most;
            while (now > seen && !most.compare_exchange_weak(seen, now)) {
            }
            --running;
            done.count_down();
        });
    }
    done.wait();
    EXPECT_LE(most, 3);
}

}  // namespace
}  // namespace shopwire::runtime
