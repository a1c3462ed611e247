#include "common/http/visitors.h"

#include <gtest/gtest.h>

#include "common/testing/fake_clock.h"

namespace shopwire::http {
namespace {

using namespace std::chrono_literals;

class VisitorsTest : public ::testing::Test {
 protected:
    void refuse(const std::string& source, int times) {
        for (int i = 0; i < times; ++i) visitors_.note_refused(source);
    }

    testing::FakeClock clock_;
    Visitors visitors_{2, clock_};
};

TEST_F(VisitorsTest, ForgivesAtItsRate) {
    refuse("a", 9);
    EXPECT_TRUE(visitors_.admits("a"));
    refuse("a", 1);
    EXPECT_FALSE(visitors_.admits("a"));
    EXPECT_TRUE(visitors_.admits("b"));
    clock_.advance(499ms);
    EXPECT_TRUE(visitors_.admits("a"));
    refuse("a", 1);
    EXPECT_FALSE(visitors_.admits("a"));
    clock_.advance(1h);
    refuse("a", 9);
    EXPECT_TRUE(visitors_.admits("a"));  // an hour saves no more than the burst
}

TEST_F(VisitorsTest, ForgetsTheOneThatIsQuietForLongest) {
    refuse("first", 10);
    refuse("second", 10);
    for (std::size_t i = 0; i < Visitors::kSourcesMax - 1; ++i) {
        refuse(std::to_string(i), 1);
        if (i == 10) refuse("first", 1);
    }
    EXPECT_FALSE(visitors_.admits("first"));
    EXPECT_TRUE(visitors_.admits("second"));
}

TEST_F(VisitorsTest, MayBeOff) {
    Visitors off{0, clock_};
    for (int i = 0; i < 1000; ++i) off.note_refused("a");
    EXPECT_TRUE(off.admits("a"));
}

TEST(SourceOf, IsTheLastThatNoProxyOfOursIs) {
    const std::vector<Network> ours = {Network::parse("10.0.0.0/8").value()};
    const auto of = [&](const char* peer, const Headers& headers) { return source_of(peer, headers, ours); };
    EXPECT_EQ(of("8.8.8.8", {{"X-Forwarded-For", "1.1.1.1"}}), "8.8.8.8");
    EXPECT_EQ(of("10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"x-forwarded-for", "1.1.1.1"}}), "1.1.1.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 1.1.1.1 , 10.0.0.2"}}), "1.1.1.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "1.1.1.1:8080"}}), "1.1.1.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, unknown"}}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "[2001:db8:1:2:3::1]:443"}}), "2001:db8:1:2::");
    EXPECT_EQ(of("no address", {}), "no address");
}

}  // namespace
}  // namespace shopwire::http
