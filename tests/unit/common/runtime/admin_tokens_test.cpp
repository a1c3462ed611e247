#include "common/runtime/admin_tokens.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/http/client.h"

namespace shopwire::runtime {
namespace {

class AdminTokensTest : public ::testing::Test {
 protected:
    void SetUp() override {
        folder_ = ::testing::TempDir() + "shopwire_admin_tokens-" + std::to_string(::getpid());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        write("installation.yaml",
              "services: {beta: {admin_tokens: {ann: {token: \"${file:" + folder_ + "/ann}\", role: read}}}}\n");
        write("ann", "first");
        config::Problems problems;
        const config::Installation installation = config::load_installation(folder_, problems);
        ASSERT_TRUE(problems.empty()) << config::format(problems.front());
        tokens_ = std::make_unique<AdminTokens>(folder_, "beta", installation);
        auto admin = admin::Admin::start({.tokens = admin_tokens_of(installation.services.at("beta"))}, *metrics_,
                                         [] { return admin::Health{}; });
        ASSERT_TRUE(admin) << admin.error().message;
        admin_ = *std::move(admin);
        admin_->handle(admin::Role::kRead, "GET", "/api/x", [](const auto&) { return http::ServerResponse{}; });
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& file, const std::string& text) { std::ofstream(folder_ + "/" + file) << text; }
    int status_of(const std::string& token) {
        const auto response =
            http::curl_transport({})->send({.url = "http://127.0.0.1:" + std::to_string(admin_->port()) + "/api/x",
                                            .headers = {{"Authorization", "Bearer " + token}}},
                                           {});
        return response ? response->status : 0;
    }

    std::string folder_{};
    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    std::unique_ptr<admin::Admin> admin_;
    std::unique_ptr<AdminTokens> tokens_;
};

TEST_F(AdminTokensTest, TakesOverAFileThatChanged) {
    tokens_->follow(*admin_);
    EXPECT_EQ(status_of("first"), 200);
    write("ann", "the second");
    EXPECT_EQ(status_of("the second"), 401);
    tokens_->follow(*admin_);
    EXPECT_EQ(status_of("the second"), 200);
    EXPECT_EQ(status_of("first"), 401);
}

TEST_F(AdminTokensTest, KeepsTheTokensWhileAFileIsEmptyOrGone) {
    ::testing::internal::CaptureStderr();
    write("ann", "");
    for (int i = 0; i < 3; ++i) tokens_->follow(*admin_);
    std::filesystem::remove(folder_ + "/ann");
    for (int i = 0; i < 3; ++i) tokens_->follow(*admin_);
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;  // each is told once
    EXPECT_EQ(status_of("first"), 200);
    write("ann", "the third");
    tokens_->follow(*admin_);
    EXPECT_EQ(status_of("the third"), 200);
}

TEST(AdminTokensOf, NamesTheOneOfOldAdmin) {
    config::ServiceSettings service{.admin_token = Secret("a")};
    service.admin_tokens["ann"] = {.token = Secret("b"), .role = "read"};
    const auto tokens = admin_tokens_of(service);
    ASSERT_EQ(tokens.size(), 2U);
    EXPECT_EQ(tokens[0].name, "admin");
    EXPECT_EQ(tokens[0].role, admin::Role::kOperate);
    EXPECT_EQ(tokens[1].name, "ann");
    EXPECT_EQ(tokens[1].role, admin::Role::kRead);
}

}  // namespace
}  // namespace shopwire::runtime
