#include "services/keycrm/config.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace shopwire::keycrm {
namespace {

class KeycrmConfig : public ::testing::Test {
 protected:
    KeycrmConfig() {
        setenv("KEYCRM_TEST_KEY", "key", 1);
        setenv("KEYCRM_TEST_SECRET", "0123456789abcdef", 1);
        setenv("KEYCRM_TEST_SHORT", "short/secret", 1);
    }
    Settings parse(const std::string& more) {
        problems.clear();
        const config::Node node =
            config::Node::parse("api_key: ${env:KEYCRM_TEST_KEY}\n" + more, "acme.yaml", problems);
        return settings_schema().parse(node, problems);
    }
    config::Problems problems{};
};

TEST_F(KeycrmConfig, NeedsTheKeyAlone) {
    const Settings settings = parse("");
    EXPECT_TRUE(problems.empty()) << config::format(problems.front());
    EXPECT_EQ(settings.base_url, "https://openapi.keycrm.app/v1");
    EXPECT_TRUE(settings.all_sources().empty());
}

TEST_F(KeycrmConfig, ReadsTablesAndSources) {
    const Settings settings = parse(
        "source_id: 4\nsources: {shop2: 5}\nstatuses: {processing: 4}\n"
        "webhook_secrets: [\"${env:KEYCRM_TEST_SECRET}\"]\nwarehouses: [1, 2]\nwarehouse_id: 2\n");
    EXPECT_TRUE(problems.empty()) << config::format(problems.front());
    EXPECT_EQ(settings.source_of("shop"), 4);
    EXPECT_EQ(settings.source_of("shop2"), 5);
    EXPECT_TRUE(settings.is_ours("5"));
    EXPECT_FALSE(settings.is_ours("6"));
    EXPECT_FALSE(settings.is_ours(""));
    EXPECT_EQ(settings.statuses.at("processing"), 4);
}

TEST_F(KeycrmConfig, NamesEachMistake) {
    const std::pair<const char*, const char*> cases[] = {
        {"webhook_secrets: [\"${env:KEYCRM_TEST_SHORT}\"]\n", "webhook_secrets"},
        {"warehouses: [1]\nwarehouse_id: 2\n", "warehouse_id"},
        {"update: [status, buyer]\n", "update"},
        {"sources: {shop: 4}\n", "source_id"},
        {"source_id: 4\nstatuses: {processing: 0}\n", "statuses"},
        {"send_within: 3m\n", "send_within"},
        {"timeout: 2m\n", "timeout"},
        {"overlap: 1s\n", "overlap"},
        {"calling_codes: {UA: \"+380\"}\n", "calling_codes"},
        {"line_discount: both\n", "line_discount"},
        {"base_url: crm\n", "base_url"},
        {"unknown_key: 1\n", "unknown_key"},
    };
    for (const auto& [yaml, named] : cases) {
        parse(yaml);
        ASSERT_EQ(problems.size(), 1U) << yaml;
        EXPECT_NE(config::format(problems.front()).find(named), std::string::npos) << config::format(problems.front());
        EXPECT_EQ(config::format(problems.front()).find("short/secret"), std::string::npos) << "a secret is not shown";
    }
}

}  // namespace
}  // namespace shopwire::keycrm
