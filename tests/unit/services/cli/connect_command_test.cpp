#include "services/cli/connect_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/http/client.h"
#include "services/cli/connect_desk.h"
#include "services/cli/connect_view.h"

namespace shopwire::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecretText = "cs_0123456789";

std::string grant_body(const std::string& state, const std::string& rights = "read_write") {
    return R"({"key_id":1,"user_id":")" + state + R"(","consumer_key":"ck_1","consumer_secret":")" + kSecretText +
           R"(","key_permissions":")" + rights + R"("})";
}

class Connect : public ::testing::Test {
 public:
    ~Connect() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

 protected:
    Connect() {
        std::string pattern = (fs::temp_directory_path() / "shopwire-connect-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = pattern;
        options_ = {.shop = "https://shop.example.com/",
                    .merchant = "example",
                    .connection = "shop",
                    .callback = "https://hooks.example.com/connect",
                    .listen = "127.0.0.1:0",
                    .secrets = folder_.string(),
                    .wait = "1s"};
    }
    int post(int port, const std::string& path, const std::string& body) {
        const auto transport = http::curl_transport({});
        const auto answer = transport->send({.method = "POST",
                                             .url = "http://127.0.0.1:" + std::to_string(port) + path,
                                             .body = body,
                                             .operation = "post"},
                                            {});
        return answer ? answer->status : 0;
    }
    std::string text_in(const char* file) const {
        std::stringstream text;
        text << std::ifstream(folder_ / file).rdbuf();
        return text.str();
    }
    static std::string state_in(const std::string& link) {
        const std::string mark = "user_id=";
        const std::size_t at = link.find(mark) + mark.size();
        return link.substr(at, link.find('&', at) - at);
    }

    fs::path folder_{};
    ConnectOptions options_{};
};

TEST_F(Connect, StoresTheKeyForItsOwnerAloneAndPrintsTheYaml) {
    std::ostringstream out;
    std::vector<int> answers;
    const Status done = connect(options_, out, [&](const std::string& link, int port) {
        EXPECT_TRUE(
            link.starts_with("https://shop.example.com/wc-auth/v1/authorize?app_name=Shopwire&scope=read_write"))
            << link;
        const std::string state = state_in(link);
        EXPECT_EQ(state.size(), 48U);
        EXPECT_TRUE(link.contains("callback_url=https%3A%2F%2Fhooks.example.com%2Fconnect%2F" + state)) << link;
        const std::string path = "/connect/" + state;
        answers = {post(port, "/connect/guess", grant_body(state)),
                   post(port, path, grant_body("guess")),
                   post(port, path, grant_body(state, "read")),
                   post(port, path, "<html>"),
                   post(port, path, grant_body(state)),
                   post(port, path, grant_body(state))};
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(answers, (std::vector<int>{404, 400, 400, 400, 200, 409}));
    EXPECT_EQ(text_in("example-shop.key"), "ck_1");
    EXPECT_EQ(text_in("example-shop.secret"), kSecretText);
    for (const char* file : {"example-shop.key", "example-shop.secret"}) {
        struct stat info{};
        ASSERT_EQ(::stat((folder_ / file).c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777U, 0600U) << file;
    }
    EXPECT_FALSE(out.str().contains(kSecretText));
    EXPECT_TRUE(out.str().contains("consumer_secret: \"${file:" + folder_.string() + "/example-shop.secret}\""))
        << out.str();
    std::ostringstream again;
    EXPECT_TRUE(connect(options_, again).error().message.contains("is there already"));
}

TEST_F(Connect, EndsWhenNoKeyComes) {
    std::ostringstream out;
    const Status done = connect(options_, out, [&](const std::string& link, int port) {
        post(port, "/connect/" + state_in(link), grant_body(state_in(link), "read"));
    });
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().message.contains("allow both")) << done.error().message;
    EXPECT_TRUE(fs::is_empty(folder_));
}

// It would be stored, and the person was told that none came.
TEST_F(Connect, TakesNoKeyAfterItGaveUp) {
    const KeyFiles files{.key = folder_ / "example-shop.key", .secret = folder_ / "example-shop.secret"};
    Desk desk("/connect/state", "state", files);
    EXPECT_FALSE(desk.wait(std::chrono::milliseconds(0)));
    EXPECT_EQ(desk.answer({.method = "POST", .path = "/connect/state", .body = grant_body("state")}).status, 409);
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Connect, RefusesWhatCannotWork) {
    std::ostringstream out;
    const auto refused = [&](auto change) {
        ConnectOptions options = options_;
        change(options);
        const Status done = connect(options, out);
        return done ? std::string() : done.error().message;
    };
    EXPECT_TRUE(refused([](auto& one) { one.shop = "http://shop.example.com"; }).starts_with("URL: expected https"));
    EXPECT_TRUE(refused([](auto& one) { one.callback = "http://x"; }).starts_with("--callback: expected https"));
    EXPECT_TRUE(refused([](auto& one) { one.merchant = "../up"; }).starts_with("--merchant"));
    EXPECT_TRUE(refused([](auto& one) { one.wait = "soon"; }).starts_with("--wait"));
}

}  // namespace
}  // namespace shopwire::cli
