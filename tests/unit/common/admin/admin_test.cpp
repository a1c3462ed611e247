#include "common/admin/admin.h"

#include <gmock/gmock.h>

#include "common/http/client.h"

namespace shopwire::admin {
namespace {

using ::testing::HasSubstr;

class AdminTest : public ::testing::Test {
 protected:
    void start(Secret token = {}) {
        unsetenv("http_proxy");
        auto admin = Admin::start({.token = std::move(token)}, *metrics_, [this] { return health_; });
        ASSERT_TRUE(admin) << admin.error().message;
        admin_ = *std::move(admin);
    }
    http::Response ask(std::string method, const std::string& path, http::Headers headers = {}) {
        // A transport per request: it takes its connection with it, for which the server would wait at the end.
        const auto transport = http::curl_transport({});
        const auto response = transport->send({.method = std::move(method),
                                               .url = "http://127.0.0.1:" + std::to_string(admin_->port()) + path,
                                               .headers = std::move(headers)},
                                              {});
        EXPECT_TRUE(response) << response.error().message;
        return response ? *response : http::Response{};
    }
    http::Response ask_api(std::string method, const std::string& path) {
        return ask(std::move(method), path, {{"Authorization", "Bearer t0ken"}});
    }

    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
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

TEST_F(AdminTest, RefusesOtherPathsAndMethods) {
    start();
    EXPECT_EQ(ask("GET", "/").status, 404);
    EXPECT_EQ(ask("POST", "/metrics").status, 405);
    EXPECT_EQ(ask("HEAD", "/readyz").body, "");
}

TEST_F(AdminTest, HidesTheApiWithoutAConfiguredToken) {
    start();
    admin_->handle("GET", "/api/x", [](const http::ServerRequest&) { return http::ServerResponse{}; });
    EXPECT_EQ(ask_api("GET", "/api/x").status, 404);
    EXPECT_EQ(ask("GET", "/api/x", {{"Authorization", "Bearer "}}).status, 404);
}

TEST_F(AdminTest, AsksForTheToken) {
    start(Secret("t0ken"));
    int calls = 0;
    admin_->handle("GET", "/api/x", [&](const http::ServerRequest&) {
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

TEST_F(AdminTest, FindsTheExactPathThenTheLongestPrefix) {
    start(Secret("t0ken"));
    const auto says = [](std::string text) {
        return [text = std::move(text)](const http::ServerRequest& request) {
            return http::ServerResponse{.body = text + request.path};
        };
    };
    admin_->handle("GET", "/api/parked", says("list "));
    admin_->handle("GET", "/api/parked/", says("one "));
    admin_->handle("POST", "/api/parked/", says("repeat "));
    admin_->handle("GET", "/api/", says("any "));
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
