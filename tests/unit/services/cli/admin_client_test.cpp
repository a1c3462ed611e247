#include "services/cli/admin_client.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/http/client.h"
#include "common/testing/fake_transport.h"
#include "services/cli/status_command.h"

namespace shopwire::cli {
namespace {

class AdminClientTest : public ::testing::Test {
 protected:
    AdminClientTest() : AdminClientTest(std::make_unique<shopwire::testing::FakeTransport>()) {}

    shopwire::testing::FakeTransport& ports_;
    AdminClient client_;
    const AdminPort port_{.service = "beta", .url = "http://127.0.0.1:9101", .token = Secret("t0k")};

 private:
    explicit AdminClientTest(std::unique_ptr<shopwire::testing::FakeTransport> transport)
        : ports_(*transport), client_(std::move(transport)) {}
};

TEST_F(AdminClientTest, AsksWithTheToken) {
    ports_.reply(200, R"({"ok":true})");
    const auto answer = client_.ask(port_, "/api/status");
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)["ok"], true);
    EXPECT_EQ(ports_.last().method, "GET");
    EXPECT_EQ(ports_.last().url, "http://127.0.0.1:9101/api/status");
    EXPECT_EQ(*http::find_header(ports_.last().headers, "Authorization"), "Bearer t0k");
}

TEST_F(AdminClientTest, AsksForWhatOneConnectionHasParked) {
    ports_.reply(200, R"({"parked":[]})");
    ASSERT_TRUE(client_.ask_parked(port_, "acme/erp"));
    EXPECT_EQ(ports_.last().method, "GET");
    EXPECT_EQ(ports_.last().url, "http://127.0.0.1:9101/api/parked");
    EXPECT_EQ(http::query_string(ports_.last().query), "connection=acme%2Ferp");
}

TEST_F(AdminClientTest, GivesThePortsOwnWordsAndNeverTheToken) {
    ports_.reply(401, R"({"error":"a bearer token is needed"})");
    const auto answer = client_.ask(port_, "/api/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "asking beta: a bearer token is needed");
    ports_.reply(404, R"({"error":"not found"})");
    EXPECT_TRUE(client_.ask({.service = "beta", .url = "http://x:1"}, "/api/status")
                    .error()
                    .message.contains("SHOPWIRE_ADMIN_TOKEN"));
    EXPECT_TRUE(client_.ask({.service = "beta"}, "/api/status").error().message.contains("--admin beta=URL"));
}

TEST_F(AdminClientTest, TellsTheServiceThatHasIt) {
    ports_.reply(404, R"({"error":"nothing of that name here"})");
    ports_.reply(200, R"({"ok":true})");
    AdminPort other = port_;
    other.service = "alpha";
    EXPECT_TRUE(client_.tell_one({other, port_}, "/api/pause", {{"connection", "example/erp"}}, "pause example/erp"));
    EXPECT_EQ(ports_.last().method, "POST");
    EXPECT_EQ(ports_.last().body, R"({"connection":"example/erp"})");
}

TEST_F(AdminClientTest, SaysWhatEachAnsweredWhenNoneTookIt) {
    ports_.reply(404, R"({"error":"nothing of that name here"})");
    const auto told = client_.tell_one({port_}, "/api/pause", {{"connection", "x"}}, "pause x");
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().message, "pause x: no service took it: asking beta: nothing of that name here");
    EXPECT_FALSE(client_.tell_one({}, "/api/pause", {}, "pause x"));
}

TEST_F(AdminClientTest, AServiceWithoutAnAnswerIsAProblemAndTheOthersAreShown) {
    ports_.fail({.message = "connecting: refused"});
    ports_.reply(200, R"({"system":"beta","connections":[{"connection":"example/erp","stopped":""}]})");
    ports_.reply(200, R"({"count":3,"parked":[]})");
    ports_.reply(200, R"({"count":1,"overdue":[]})");
    AdminPort lost = port_;
    lost.service = "alpha";
    AdminPort router = port_;
    router.service = "router";
    const StatusView view = ask_services({.ports = {lost, port_, router}}, client_);
    EXPECT_EQ(view.problems, std::vector<std::string>{"asking alpha: connecting: refused"});
    ASSERT_EQ(view.connections.size(), 1U);
    EXPECT_EQ(view.waiting_orders, 3);
    EXPECT_EQ(view.overdue_reservations, 1);
    EXPECT_FALSE(view.good());
}

}  // namespace
}  // namespace shopwire::cli
