#include "services/cli/reach.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace shopwire::cli {
namespace {

TEST(Url, IsWhereAListeningAddressIsReached) {
    EXPECT_EQ(url_of("0.0.0.0:9101"), "http://127.0.0.1:9101");
    EXPECT_EQ(url_of("10.0.0.7:9101"), "http://10.0.0.7:9101");
    EXPECT_EQ(url_of(":9101"), "http://127.0.0.1:9101");
    EXPECT_EQ(url_of("[::]:9101"), "http://[::1]:9101");
    EXPECT_EQ(url_of("127.0.0.1:0"), "");
    EXPECT_EQ(url_of("nonsense"), "");
}

TEST(Reach, TakesPortsFromTheOptions) {
    const auto reach = reach_of({.bootstrap = "kafka:1", .admin = {"beta=http://h:9101/", "h:9102"}});
    ASSERT_TRUE(reach);
    EXPECT_EQ(reach->kafka.bootstrap, "kafka:1");
    ASSERT_EQ(reach->ports.size(), 2U);
    EXPECT_EQ(reach->ports[0].service, "beta");
    EXPECT_EQ(reach->ports[0].url, "http://h:9101");
    EXPECT_EQ(reach->ports[1].service, "h:9102");
    for (const char* wrong : {"beta=", "beta=http://h", "h:"})
        EXPECT_TRUE(reach_of({.admin = {wrong}}).error().message.contains("expected NAME=http://HOST:PORT")) << wrong;
}

TEST(Reach, TakesTheTokenThatOpensMostOfThoseThatCanBeRead) {
    const std::string folder = ::testing::TempDir() + "shopwire_reach_tokens";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/looks") << "l00k";
    std::ofstream(folder + "/acts") << "act";
    const auto token = [&](const std::string& tokens) {
        std::ofstream(folder + "/installation.yaml") << "services:\n  beta: {" << tokens << "}\n";
        const auto reach = reach_of({.config = folder});
        EXPECT_TRUE(reach) << reach.error().message;
        return reach ? reach->ports.at(0).token.reveal() : std::string();
    };
    const std::string looks = "a: {token: '${file:" + folder + "/looks}', role: read}";
    const std::string acts = "z: {token: '${file:" + folder + "/acts}', role: operate}";
    const std::string gone = "b: {token: '${file:" + folder + "/gone}', role: operate}";
    EXPECT_EQ(token("admin_tokens: {" + looks + ", " + acts + "}"), "act");
    EXPECT_EQ(token("admin_tokens: {" + looks + ", " + gone + "}"), "l00k");
    EXPECT_EQ(token("admin_token: '${file:" + folder + "/acts}', admin_tokens: {" + looks + "}"), "act");
}

TEST(Reach, TakesAddressesFromTheFolderAndNamesItsMistakes) {
    const std::string folder = ::testing::TempDir() + "shopwire_reach";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/installation.yaml")
        << "kafka: {bootstrap: 'kafka-1:9092'}\nservices:\n  router: {admin_listen: '0.0.0.0:9100', admin_token: "
           "'${env:SHOPWIRE_TEST_NOT_SET}'}\n";
    const auto reach = reach_of({.config = folder});
    ASSERT_TRUE(reach) << reach.error().message;
    EXPECT_EQ(reach->kafka.bootstrap, "kafka-1:9092");
    ASSERT_EQ(reach->ports.size(), 1U);
    EXPECT_EQ(reach->ports[0].url, "http://127.0.0.1:9100");
    EXPECT_TRUE(reach->ports[0].token.empty());  // its variable is not set, and Kafka can be asked all the same
    std::ofstream(folder + "/installation.yaml") << "kafka: {bootstap: x}\n";
    const auto wrong = reach_of({.config = folder});
    ASSERT_FALSE(wrong);
    EXPECT_TRUE(wrong.error().message.contains("bootstap")) << wrong.error().message;
}

}  // namespace
}  // namespace shopwire::cli
