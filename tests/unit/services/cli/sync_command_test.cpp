// Goal: whoever waits for a reading is told how far it is and how it ended, also over a restart of the service.
#include "services/cli/sync_command.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

const Json kBody{{"connection", "m/erp"}, {"stream", "stock"}, {"full", true}, {"accept_loss", 7}};

Json stream(std::int64_t asked, std::int64_t served, const std::string& failure, bool under_way, std::int64_t done,
            const std::string& run = "first") {
    return {{"connection", "m/erp"},
            {"stream", "stock"},
            {"run", run},
            {"asked", asked},
            {"served", served},
            {"failure", failure},
            {"under_way", under_way},
            {"pass", {{"done", done}, {"expected", 200}, {"per_second", 10.0}, {"left_ms", (200 - done) * 100}}}};
}

class SyncTest : public ::testing::Test {
 protected:
    SyncTest() : SyncTest(std::make_unique<shopwire::testing::FakeTransport>()) {}

    void status(const Json& stream, const std::string& stopped = {}) {
        port_.reply(200, Json{{"system", "beta"},
                              {"connections", {{{"connection", "m/erp"}, {"stopped", stopped}}}},
                              {"streams", {stream}}}
                             .dump());
    }
    Result<SyncTicket> ask() {
        ProgressLine line(out_, false);
        return ask_sync(options_, ports_, client_, clock_, line);
    }
    Status wait(std::int64_t number, bool is_terminal = false) {
        ProgressLine line(out_, is_terminal);
        const SyncTicket ticket{.body = kBody.dump(), .run = "first", .number = number};
        const Status ended = wait_for_sync(options_, ports_, client_, clock_, ticket, line);
        line.end();
        return ended;
    }

    shopwire::testing::FakeTransport& port_;
    AdminClient client_;
    shopwire::testing::FakeClock clock_{};
    SyncOptions options_{.connection = "m/erp", .stream = "stock"};
    const std::vector<AdminPort> ports_{{.service = "beta", .url = "http://127.0.0.1:9101", .token = Secret("t0k")}};
    std::ostringstream out_{};

 private:
    explicit SyncTest(std::unique_ptr<shopwire::testing::FakeTransport> transport)
        : port_(*transport), client_(std::move(transport)) {}
};

TEST_F(SyncTest, AsksForWhatIsWanted) {
    options_.since = "12h";
    options_.accept_loss = 7;
    port_.reply(200, R"({"ok":true,"run":"first","ticket":3,"note":"quiet"})");
    const Result<SyncTicket> answer = ask();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->number, 3);
    EXPECT_EQ(answer->run, "first");
    EXPECT_EQ(answer->note, "quiet");
    const Json body = Json::parse(port_.last().body);
    EXPECT_EQ(Json::parse(answer->body), body);
    EXPECT_EQ(body["since_ms"], clock_.now_ms() - 12 * 3'600'000);
    EXPECT_EQ(body["accept_loss"], 7);
    EXPECT_FALSE(body.contains("full"));
    options_.since = "yesterday";
    EXPECT_FALSE(ask());
}

TEST_F(SyncTest, TellsWhyItCannotBe) {
    options_.since = "12h";
    port_.reply(400, R"({"error":"stream stock cannot be read from a time; those that can: orders"})");
    const Result<SyncTicket> answer = ask();
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().message.contains("those that can: orders")) << answer.error().message;
}

TEST_F(SyncTest, AsksAgainWhileAServiceHasOnlyJustBegun) {
    port_.reply(503, R"({"error":"this process does not serve the connection now"})");
    port_.reply(503, R"({"error":"this process does not serve the connection now"})");
    port_.reply(200, R"({"ok":true,"run":"first","ticket":1})");
    const Result<SyncTicket> answer = ask();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->number, 1);
    EXPECT_TRUE(out_.str().contains("does not serve the connection now")) << out_.str();
    for (int i = 0; i < 100; ++i) port_.reply(503, R"({"error":"not here"})");
    EXPECT_FALSE(ask());
    EXPECT_GT(port_.unused(), 0U) << "not for ever";
}

TEST_F(SyncTest, WaitsForTheReadingThatServesIt) {
    status(stream(4, 3, "", false, 0));
    status(stream(4, 3, "", true, 50));
    status(stream(4, 3, "", true, 100));
    status(stream(4, 4, "", false, 200));
    EXPECT_TRUE(wait(4));
    EXPECT_EQ(out_.str(), "m/erp stock: waits for its turn\n") << "not a line a second where nobody looks";
    EXPECT_EQ(port_.unused(), 0U);
}

TEST_F(SyncTest, ShowsALineThatChangesOnATerminal) {
    status(stream(4, 3, "", true, 50));
    status(stream(4, 3, "", true, 100));
    status(stream(4, 4, "", false, 200));
    EXPECT_TRUE(wait(4, true));
    EXPECT_EQ(out_.str(),
              "\rm/erp stock: 50 of 200 rows (25 %), 10 a second, 15 s left\x1b[K"
              "\rm/erp stock: 100 of 200 rows (50 %), 10 a second, 10 s left\x1b[K\n");
}

TEST_F(SyncTest, SaysHowItFailed) {
    status(stream(4, 4, "12 of 20 rows would vanish", false, 8));
    const Status ended = wait(4);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().message, "sync m/erp stock: 12 of 20 rows would vanish");
}

TEST_F(SyncTest, DoesNotWaitForAConnectionThatIsStopped) {
    status(stream(4, 3, "", false, 0), "HTTP 401");
    const Status ended = wait(4);
    ASSERT_FALSE(ended);
    EXPECT_TRUE(ended.error().message.ends_with("the connection is stopped: HTTP 401")) << ended.error().message;
}

// The new process has no ticket of ours, and the reading may have been one that it does not know of.
TEST_F(SyncTest, AsksAgainAfterARestartOfTheService) {
    status(stream(4, 3, "", true, 50));
    port_.fail({.kind = ErrorKind::kTransient, .message = "connection refused"});
    status(stream(0, 0, "", true, 60, "second"));
    port_.reply(200, R"({"ok":true,"run":"second","ticket":1})");
    status(stream(1, 0, "", true, 150, "second"));
    status(stream(1, 1, "", false, 200, "second"));
    EXPECT_TRUE(wait(4));
    EXPECT_EQ(port_.unused(), 0U);
    for (const http::Request& request : port_.requests()) {
        if (request.method == "POST") {
            EXPECT_EQ(Json::parse(request.body), kBody) << "the same as before";
        }
    }
}

// Its numbers count from its start, and one of them may be ours by chance.
TEST_F(SyncTest, TakesNoNumberOfAnotherProcessForItsOwn) {
    status(stream(9, 9, "", false, 200, "second"));
    port_.reply(200, R"({"ok":true,"run":"second","ticket":10})");
    status(stream(10, 9, "", true, 50, "second"));
    status(stream(10, 10, "", false, 200, "second"));
    EXPECT_TRUE(wait(4));
    EXPECT_EQ(port_.unused(), 0U);
}

TEST_F(SyncTest, WaitsForAReadingThatAnotherProcessGoesOnWith) {
    for (const std::string failure : {"", "12 of 20 rows would vanish"}) {
        Json goes_on = stream(0, 0, "", true, 50, "second");
        goes_on["inherited"] = {{"run", "first"}, {"ticket", 5}};
        Json ended = stream(0, 0, failure, false, 200, "second");
        ended["inherited"] = goes_on["inherited"];
        status(goes_on);
        status(ended);
        EXPECT_EQ(wait(4).has_value(), failure.empty());
        EXPECT_EQ(port_.unused(), 0U);
    }
}

TEST_F(SyncTest, DoesNotWaitForEver) {
    port_.otherwise([](const http::Request&, std::stop_token) -> Result<http::Response> {
        return transient("connection refused");
    });
    Status ended = wait(4);
    ASSERT_FALSE(ended);
    EXPECT_TRUE(ended.error().message.ends_with("no service serves it")) << ended.error().message;
    port_.otherwise([](const http::Request&, std::stop_token) -> Result<http::Response> {
        return http::Response{.status = 200, .body = Json{{"streams", {stream(4, 3, "", true, 50)}}}.dump()};
    });
    options_.timeout = std::chrono::seconds(60);
    ended = wait(4);
    ASSERT_FALSE(ended);
    EXPECT_TRUE(ended.error().message.ends_with("not at its end after 1 min; it goes on")) << ended.error().message;
}

}  // namespace
}  // namespace shopwire::cli
