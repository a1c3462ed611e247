#include "common/core/error.h"

#include <gtest/gtest.h>

namespace shopwire {
namespace {

TEST(Error, NamesEveryKind) {
    EXPECT_EQ(name_of(ErrorKind::kTransient), "transient");
    EXPECT_EQ(name_of(ErrorKind::kRateLimited), "rate_limited");
    EXPECT_EQ(name_of(ErrorKind::kAmbiguous), "ambiguous");
    EXPECT_EQ(name_of(ErrorKind::kAuth), "auth");
    EXPECT_EQ(name_of(ErrorKind::kRejected), "rejected");
    EXPECT_EQ(name_of(ErrorKind::kCancelled), "cancelled");
}

TEST(Error, IsMadeWithItsKind) {
    EXPECT_EQ(transient("m").error().kind, ErrorKind::kTransient);
    EXPECT_EQ(ambiguous("m").error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(auth_failed("m").error().kind, ErrorKind::kAuth);
    EXPECT_EQ(rejected("m").error().kind, ErrorKind::kRejected);
    EXPECT_EQ(cancelled().error().kind, ErrorKind::kCancelled);
    EXPECT_EQ(cancelled().error().message, "stopping");
    const Error limited = rate_limited("m", std::chrono::seconds(3)).error();
    EXPECT_EQ(limited.kind, ErrorKind::kRateLimited);
    EXPECT_EQ(limited.retry_after, std::chrono::seconds(3));
}

TEST(Error, TakesOuterContextAndKeepsTheRest) {
    const Error error =
        within("syncing shop 7", rate_limited("reading orders: HTTP 429", std::chrono::seconds(1)).error()).error();
    EXPECT_EQ(error.message, "syncing shop 7: reading orders: HTTP 429");
    EXPECT_EQ(error.kind, ErrorKind::kRateLimited);
    EXPECT_EQ(error.retry_after, std::chrono::seconds(1));
}

}  // namespace
}  // namespace shopwire
