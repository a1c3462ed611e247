// Goal: through the gate nothing is written, whatever the caller does.
#include "common/exchanges/write_gate.h"

#include <gtest/gtest.h>

#include "common/testing/fake_transport.h"

namespace shopwire::exchanges {
namespace {

TEST(WriteGate, LetsReadsThroughAndRefusesTheRest) {
    testing::FakeTransport remote;
    remote.reply(200, "{}");
    std::vector<std::string> seen;
    WriteGate gate(remote, reads_by_method, [&](const http::Request& request) { seen.push_back(request.operation); });
    EXPECT_TRUE(gate.send({.method = "GET", .operation = "list_things"}, {}));
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
        const auto answer = gate.send({.method = method, .operation = "make_thing"}, {});
        ASSERT_FALSE(answer);
        EXPECT_EQ(ErrorKind::kCancelled, answer.error().kind);
        EXPECT_EQ("make_thing writes: it was not sent", answer.error().message);
    }
    EXPECT_EQ(1U, remote.requests().size());
    EXPECT_EQ(4U, seen.size());
}

}  // namespace
}  // namespace shopwire::exchanges
