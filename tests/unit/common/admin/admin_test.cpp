#include "common/admin/admin.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/http/client.h"

namespace shopwire::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AdminTest : public ::testing::Test {
 protected:
    void start(std::vector<Token> tokens = {}) {
        unsetenv("http_proxy");
        auto admin =
            Admin::start({.tokens = std::move(tokens), .ready = &ready_}, *metrics_, [this] { return health_; });
        ASSERT_TRUE(admin) << admin.error().message;
        admin_ = *std::move(admin);
    }
    http::Response ask(std::string method, const std::string& path, http::Headers headers = {}, std::string body = {}) {
        // A transport per request: it takes its connection with it, for which the server would wait at the end.
        const auto transport = http::curl_transport({});
        const auto response = transport->send({.method = std::move(method),
                                               .url = "http://127.0.0.1:" + std::to_string(admin_->port()) + path,
                                               .headers = std::move(headers),
                                               .body = std::move(body)},
                                              {});
        EXPECT_TRUE(response) << response.error().message;
        return response ? *response : http::Response{};
    }
    http::Response ask_api(std::string method, const std::string& path, const std::string& token = "t0ken",
                           std::string body = {}) {
        return ask(std::move(method), path, {{"Authorization", "Bearer " + token}}, std::move(body));
    }

    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    metrics::Gauge& ready_ = metrics_->gauge("shopwire_ready", "Ready");
    Health health_;
    std::unique_ptr<Admin> admin_;
};

TEST_F(AdminTest, SaysWhatReadinessWaitsFor) {
    health_ = {.live = true, .ready = false, .waiting_for = {"restoring links", "a \"quoted\" one"}};
    start();
    const http::Response ready = ask("GET", "/readyz");
    EXPECT_EQ(ready.status, 503);
    EXPECT_EQ(ready.body, R"({"ok":false,"waiting_for":["restoring links","a \"quoted\" one"]})");
    EXPECT_EQ(ask("GET", "/livez").status, 200);
}

TEST_F(AdminTest, IsReadyAndNotLive) {
    health_ = {.live = false, .ready = true};
    start();
    EXPECT_EQ(ask("GET", "/readyz").body, R"({"ok":true,"waiting_for":[]})");
    EXPECT_EQ(ask("GET", "/livez").status, 503);
}

TEST_F(AdminTest, ShowsMetrics) {
    metrics_->counter("shopwire_a_total", "A").add(3);
    start();
    const http::Response response = ask("GET", "/metrics");
    EXPECT_THAT(response.body, HasSubstr("shopwire_a_total 3\n"));
    EXPECT_THAT(*http::find_header(response.headers, "Content-Type"), HasSubstr("text/plain"));
}

TEST_F(AdminTest, ShowsInTheMetricsWhatReadinessSays) {
    start();
    EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("shopwire_ready 0\n"));
    health_.ready = true;
    EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("shopwire_ready 1\n"));
    health_.ready = false;
    EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("shopwire_ready 0\n"));
}

TEST_F(AdminTest, RefusesOtherPathsAndMethods) {
    start();
    EXPECT_EQ(ask("GET", "/").status, 404);
    EXPECT_EQ(ask("POST", "/metrics").status, 405);
    EXPECT_EQ(ask("HEAD", "/readyz").body, "");
}

TEST_F(AdminTest, HidesTheApiWithoutAConfiguredToken) {
    start();
    admin_->handle(Role::kRead, "GET", "/api/x", [](const http::ServerRequest&) { return http::ServerResponse{}; });
    EXPECT_EQ(ask_api("GET", "/api/x").status, 404);
    EXPECT_EQ(ask("GET", "/api/x", {{"Authorization", "Bearer "}}).status, 404);
}

TEST_F(AdminTest, AsksForTheToken) {
    start({{.name = "one", .value = Secret("t0ken")}});
    int calls = 0;
    admin_->handle(Role::kRead, "GET", "/api/x", [&](const http::ServerRequest&) {
        ++calls;
        return http::ServerResponse{.body = "1"};
    });
    EXPECT_EQ(ask("GET", "/api/x").status, 401);
    EXPECT_EQ(ask("GET", "/api/x", {{"Authorization", "Bearer t0keN"}}).status, 401);
    EXPECT_EQ(ask("GET", "/api/x", {{"Authorization", "t0ken"}}).status, 401);
    EXPECT_EQ(ask("GET", "/api/nothing").status, 401);  // does not tell what there is
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(ask_api("GET", "/api/x").body, "1");
}

TEST_F(AdminTest, LetsWhoMayReadLookAndNotAct) {
    start({{.name = "ann", .value = Secret("looks"), .role = Role::kRead},
           {.name = "bob", .value = Secret("acts"), .role = Role::kOperate}});
    const auto ok = [](const http::ServerRequest&) { return http::ServerResponse{.body = "done"}; };
    admin_->handle(Role::kRead, "GET", "/api/status", ok);
    admin_->handle(Role::kOperate, "POST", "/api/pause", ok);
    EXPECT_EQ(ask_api("GET", "/api/status", "looks").body, "done");
    EXPECT_EQ(ask_api("GET", "/api/status", "acts").body, "done");
    EXPECT_EQ(ask_api("POST", "/api/pause", "looks").status, 403);
    EXPECT_EQ(ask_api("POST", "/api/pause", "acts").body, "done");
}

TEST_F(AdminTest, LogsWhoDidWhatAndHowItEnded) {
    start({{.name = "ann", .value = Secret("looks"), .role = Role::kRead},
           {.name = "bob", .value = Secret("acts"), .role = Role::kOperate}});
    const auto gone = [](const http::ServerRequest&) { return http::ServerResponse{.status = 404}; };
    admin_->handle(Role::kOperate, "POST", "/api/pause", gone);
    admin_->handle(Role::kRead, "GET", "/api/status", gone);
    ::testing::internal::CaptureStderr();
    ask_api("POST", "/api/pause", "acts", R"({"connection":"acme/erp"})");
    ask_api("POST", "/api/pause", "looks", std::string(2'000, 'x'));
    ask_api("GET", "/api/status", "acts");
    ask_api("POST", "/api/pause", "nobody");
    ask_api("POST", "/api/pause", "nobody");
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("who=bob what=\"POST /api/pause\""));
    EXPECT_THAT(log, HasSubstr("acme/erp"));
    EXPECT_THAT(log, HasSubstr("from=127.0.0.1 status=404"));
    EXPECT_THAT(log, HasSubstr("who=ann"));
    EXPECT_THAT(log, HasSubstr("status=403"));
    EXPECT_THAT(log, Not(HasSubstr(std::string(301, 'x'))));
    EXPECT_EQ(std::ranges::count(log, '\n'), 3) << log;  // looking leaves no line, and two wrong tokens leave one
    for (const char* secret : {"acts", "looks", "nobody"}) EXPECT_THAT(log, Not(HasSubstr(secret)));
}

TEST_F(AdminTest, TakesNewTokensAndForgetsTheOldOnes) {
    start({{.name = "a", .value = Secret("old")}});
    admin_->handle(Role::kRead, "GET", "/api/x", [](const http::ServerRequest&) { return http::ServerResponse{}; });
    admin_->set_tokens({{.name = "a", .value = Secret("new")}});
    EXPECT_EQ(ask_api("GET", "/api/x", "old").status, 401);
    EXPECT_EQ(ask_api("GET", "/api/x", "new").status, 200);
}

TEST_F(AdminTest, FindsTheExactPathThenTheLongestPrefix) {
    start({{.name = "one", .value = Secret("t0ken")}});
    const auto says = [](std::string text) {
        return [text = std::move(text)](const http::ServerRequest& request) {
            return http::ServerResponse{.body = text + request.path};
        };
    };
    admin_->handle(Role::kRead, "GET", "/api/parked", says("list "));
    admin_->handle(Role::kRead, "GET", "/api/parked/", says("one "));
    admin_->handle(Role::kRead, "POST", "/api/parked/", says("repeat "));
    admin_->handle(Role::kRead, "GET", "/api/", says("any "));
    EXPECT_EQ(ask_api("GET", "/api/parked").body, "list /api/parked");
    EXPECT_EQ(ask_api("GET", "/api/parked/7").body, "one /api/parked/7");
    EXPECT_EQ(ask_api("POST", "/api/parked/7/x").body, "repeat /api/parked/7/x");
    EXPECT_EQ(ask_api("GET", "/api/zzz").body, "any /api/zzz");
    EXPECT_EQ(ask_api("DELETE", "/api/parked").status, 405);
}

TEST_F(AdminTest, SaysWhyItCannotStart) {
    start();
    const auto second =
        Admin::start({.listen = "127.0.0.1:" + std::to_string(admin_->port())}, *metrics_, [] { return Health{}; });
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("starting the admin port: listening on 127.0.0.1:"));
}

}  // namespace
}  // namespace shopwire::admin
