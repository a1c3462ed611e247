// Goal: a probe reads the first page of what it may read, and can never write.
#include <filesystem>
#include <fstream>
#include <mutex>

#include "common/http/server.h"
#include "tests/unit/common/dialect_tools/kit.h"

namespace shopwire::dialect_tools {
namespace {

class ProbeTest : public ::testing::Test {
 public:
    ~ProbeTest() override { std::filesystem::remove_all(folder_); }

 protected:
    ProbeTest() {
        auto started = http::Server::start({.listen = "127.0.0.1:0"}, [this](const http::ServerRequest& request) {
            const std::lock_guard lock(mutex_);
            asked_.push_back(request.method + " " + request.path);
            if (request.path == "/login")
                return http::ServerResponse{.status = 200, .body = R"({"ok":true,"token":"t0"})"};
            return http::ServerResponse{.status = 200, .body = answer_};
        });
        EXPECT_TRUE(started);
        server_ = *std::move(started);
        std::filesystem::create_directories(folder_ / "merchants");
        std::ofstream(folder_ / "merchants" / "acme.yaml")
            << "merchant: acme\nconnections:\n  erp: {system: test}\n  shop: {system: other}\nrouting: {}\n";
        kit_.open = [this](const config::Node&, config::Problems& problems) -> std::optional<Opened> {
            Opened opened{.options = {.base_url = "http://127.0.0.1:" + std::to_string(server_->port()),
                                      .secrets = {{"key", Secret("k3y")}}},
                          .connection = R"({"database":"Shop2026"})",
                          .inputs = {{"sign_in", R"({"password":"p"})"}}};
            opened.dialect =
                dialect::parse_dialect(config::Node::parse(text_, "test.yaml", problems), test_vocabulary(), problems);
            return opened;
        };
    }

    int probes(ProbeOptions options = {}) {
        options.config_folder = folder_.string();
        if (options.connection.empty()) options.connection = "acme/erp";
        return probe(kit_, options, out_);
    }

    std::mutex mutex_{};
    std::vector<std::string> asked_{};
    std::string answer_ = R"({"ok":true,"id":7,"things":[{"id":1,"cost":3},{"id":2,"cost":4}],"pieces":[{"id":1}]})";
    std::string text_ = kFile;
    std::unique_ptr<http::Server> server_{};
    const std::filesystem::path folder_ =
        std::filesystem::path(::testing::TempDir()) / ("probe-" + std::to_string(::getpid()));
    Kit kit_ = test_kit();
    std::ostringstream out_{};
};

TEST_F(ProbeTest, ReadsTheFirstPageOfEachAndWritesNothing) {
    EXPECT_EQ(kGood, probes()) << out_.str();
    EXPECT_EQ((std::vector<std::string>{"POST /login", "GET /things", "GET /secret"}), asked_);
    const std::string text = out_.str();
    EXPECT_TRUE(text.contains("list_things: 2 records in ")) << text;
    EXPECT_TRUE(text.contains(" ms, another page follows\n  id          2 of 2  required\n")) << text;
    EXPECT_TRUE(text.contains("make_thing: not called: it writes\n")) << text;
    EXPECT_TRUE(text.contains("get_thing: not called: it needs id (--input 'get_thing={\"id\":\"7\"}')\n")) << text;
    EXPECT_FALSE(text.contains("t0")) << text;
}

TEST_F(ProbeTest, CallsWhatItIsGivenTheInputOf) {
    EXPECT_EQ(kGood, probes({.inputs = {{"get_thing", R"({"id":"5"})"}}})) << out_.str();
    EXPECT_EQ("GET /things/5", asked_.at(1));
}

TEST_F(ProbeTest, AnOperationThatReadsByDeletingIsNotSent) {
    const std::string get = "{method: GET, path: /things}";
    text_.replace(text_.find(get), get.size(), "{method: DELETE, path: /things}");
    EXPECT_EQ(kFailed, probes());
    EXPECT_TRUE(out_.str().contains("list_things writes: it was not sent")) << out_.str();
    EXPECT_EQ((std::vector<std::string>{"POST /login", "GET /secret"}), asked_);
}

TEST_F(ProbeTest, AnOperationThatWritesIsNotCalledByGetEither) {
    const std::string post = "{method: POST, path: '/things/{kind}'}";
    text_.replace(text_.find(post), post.size(), "{method: GET, path: '/things/{kind}'}");
    EXPECT_EQ(kGood, probes({.inputs = {{"make_thing", R"({"kind":"cup","price":"1"})"}}})) << out_.str();
    for (const std::string& request : asked_) EXPECT_NE("GET /things/cup", request);
}

TEST_F(ProbeTest, TellsARequiredFieldThatIsNotFound) {
    answer_ = R"({"ok":true,"id":7,"things":[{"id":1},{"id":2,"cost":4}]})";
    EXPECT_EQ(kMistake, probes());
    EXPECT_TRUE(out_.str().contains("price|cost  1 of 2  MISSING, and required")) << out_.str();
}

TEST_F(ProbeTest, TellsWhatTheSystemAnswered) {
    answer_ = R"({"ok":false,"message":"closed for the day"})";
    EXPECT_EQ(kFailed, probes());
    EXPECT_TRUE(out_.str().contains("list_things: HTTP 200")) << out_.str();
    EXPECT_TRUE(out_.str().contains("closed for the day")) << out_.str();
}

TEST_F(ProbeTest, NamesTheConnectionsWhenThereIsNoneSuch) {
    EXPECT_EQ(kGood, probes({.connection = "erp"}));
    out_.str({});
    EXPECT_EQ(kFailed, probes({.connection = "shop"}));
    EXPECT_EQ("expected one connection of test (acme/erp), got \"shop\"\n", out_.str());
}

}  // namespace
}  // namespace shopwire::dialect_tools
