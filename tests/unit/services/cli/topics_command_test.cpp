#include "services/cli/topics_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

namespace shopwire::cli {
namespace {

const TopicsOptions kOptions{.systems = {"alpha"}, .router_partitions = 2, .system_partitions = 3};

std::vector<events::TopicSpec> two_topics() {
    return {{.name = "events", .partitions = 2, .retention_ms = 1000, .key = "k"},
            {.name = "state", .partitions = 3, .cleanup = events::Cleanup::kCompact, .key = "k"}};
}

kafka::TopicState as_declared(const events::TopicSpec& topic) {
    return {.partitions = topic.partitions, .replication = 1, .settings = events::settings_of(topic, 1)};
}

TEST(TopicDifferences, NoneWhenAllIsAsDeclared) {
    const auto wanted = two_topics();
    EXPECT_TRUE(
        differences(wanted, {{"events", as_declared(wanted[0])}, {"state", as_declared(wanted[1])}}, 1).empty());
}

TEST(TopicDifferences, NameEachOne) {
    const auto wanted = two_topics();
    auto found = as_declared(wanted[1]);
    found.partitions = 1;
    found.replication = 2;
    found.settings["cleanup.policy"] = "delete";
    found.settings.erase("segment.ms");
    const auto out = differences(wanted, {{"state", found}}, 1);
    ASSERT_EQ(out.size(), 5U);
    EXPECT_EQ(out[0].topic, "events");
    EXPECT_EQ(out[0].what, "missing");
    EXPECT_EQ(out[1].what, "partitions: expected 3, got 1");
    EXPECT_EQ(out[2].what, "replication: expected 1, got 2");
    EXPECT_EQ(out[3].what, "cleanup.policy: expected compact, got delete");
    EXPECT_EQ(out[4].what, "segment.ms: expected 21600000, got none");
}

TEST(TopicsPrint, ListsEveryTopicForPeopleAndScripts) {
    std::ostringstream table;
    print_topics(kOptions, table);
    EXPECT_TRUE(table.str().contains("shopwire.commands.alpha.orders")) << table.str();
    TopicsOptions options = kOptions;
    options.json = true;
    std::ostringstream text;
    print_topics(options, text);
    const auto all = nlohmann::json::parse(text.str());
    EXPECT_EQ(all.size(), 22U);
    EXPECT_EQ(all[0]["name"], "shopwire.events.product");
    EXPECT_EQ(all[0]["partitions"], 2);
    EXPECT_EQ(all[0]["settings"]["cleanup.policy"], "delete");
}

TEST(TopicsInstallation, GivesKafkaWithItsPasswordAndEveryNumber) {
    const auto folder = std::filesystem::temp_directory_path() / ("topics-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "installation.yaml") << R"(
kafka:
  bootstrap: "broker:9093"
  security_protocol: sasl_ssl
  sasl_mechanism: PLAIN
  sasl_username: topics
  sasl_password: "${env:TOPICS_TEST_PASSWORD}"
replication: 3
router_partitions: 8
system_partitions: {alpha: 6}
services: {router: {admin_token: "${env:TOPICS_TEST_NO_SUCH_TOKEN}"}}
)";
    setenv("TOPICS_TEST_PASSWORD", "a-password", 1);
    TopicsOptions options{.config = folder.string(), .systems = {"alpha", "beta"}};
    const Status adopted = adopt_installation(options);
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_EQ(options.kafka.bootstrap, "broker:9093");
    EXPECT_EQ(options.kafka.security_protocol, "sasl_ssl");
    EXPECT_EQ(options.kafka.sasl_password.reveal(), "a-password");
    EXPECT_EQ(options.replication, 3);
    options.json = true;
    std::ostringstream text;
    print_topics(options, text);
    std::map<std::string, int> partitions;
    for (const auto& topic : nlohmann::json::parse(text.str())) partitions[topic["name"]] = topic["partitions"];
    EXPECT_EQ(partitions["shopwire.events.order"], 8);
    EXPECT_EQ(partitions["shopwire.commands.alpha.orders"], 6);
    EXPECT_EQ(partitions["shopwire.commands.beta.orders"], 4);
}

TEST(TopicsInstallation, AMistakeIsNamed) {
    TopicsOptions options{.config = "/nowhere", .systems = {"alpha"}};
    const Status adopted = adopt_installation(options);
    ASSERT_FALSE(adopted);
    EXPECT_TRUE(adopted.error().message.contains("/nowhere/installation.yaml")) << adopted.error().message;
}

TEST(TopicsAcls, AreForPeopleScriptsAndKafkasOwnTool) {
    TopicsOptions options = kOptions;
    options.principal = "User:shop'{service}";
    options.pods = "blue-{service}-";
    std::ostringstream table;
    print_acls(options, table);
    EXPECT_TRUE(table.str().contains("READ, WRITE")) << table.str();

    options.json = true;
    std::ostringstream text;
    print_acls(options, text);
    const auto all = nlohmann::json::parse(text.str());
    const nlohmann::json wanted{
        {"service", "alpha"},    {"principal", "User:shop'alpha"}, {"resource", "transactional-id"},
        {"name", "blue-alpha-"}, {"pattern", "prefixed"},          {"operation", "WRITE"}};
    EXPECT_NE(std::ranges::find(all, wanted), all.end()) << text.str();

    options.json = false;
    options.commands = true;
    std::ostringstream commands;
    print_acls(options, commands);
    EXPECT_TRUE(commands.str().contains(
        "--allow-principal 'User:shop'\\''alpha' --operation Read --topic 'shopwire.commands.alpha.orders'"))
        << commands.str();
    EXPECT_TRUE(
        commands.str().contains("--operation Write --resource-pattern-type prefixed --transactional-id 'blue-alpha-'"))
        << commands.str();
    EXPECT_TRUE(commands.str().contains(
        "--allow-principal 'User:shop'\\''topics' --operation DescribeConfigs --resource-pattern-type prefixed"));
}

// Nobody is allowed all: who makes topics reads none, and who reads them writes none.
TEST(TopicsAcls, EachErrandOfPeopleIsAUserOfItsOwn) {
    TopicsOptions options = kOptions;
    options.json = true;
    std::ostringstream text;
    print_acls(options, text);
    std::map<std::string, std::set<std::string>> operations;
    for (const nlohmann::json& right : nlohmann::json::parse(text.str()))
        if (right.at("resource") == "topic")
            operations[right.at("principal").get<std::string>()].insert(right.at("operation").get<std::string>());
    EXPECT_EQ(operations["User:topics"], (std::set<std::string>{"CREATE", "DESCRIBE", "DESCRIBE_CONFIGS"}));
    EXPECT_EQ(operations["User:look"], std::set<std::string>{"READ"});
    EXPECT_EQ(operations["User:replay"], (std::set<std::string>{"READ", "WRITE"}));
    EXPECT_EQ(operations["User:lag"], std::set<std::string>{"DESCRIBE"});
    EXPECT_FALSE(operations.contains("User:cli"));
}

TEST(TopicsCheck, AnUnreachableClusterIsAnError) {
    TopicsOptions options = kOptions;
    options.bootstrap = "127.0.0.1:1";
    options.timeout = std::chrono::milliseconds{100};
    std::ostringstream out;
    EXPECT_FALSE(check_topics(options, out));
    EXPECT_FALSE(create_topics(options, out));
}

}  // namespace
}  // namespace shopwire::cli
