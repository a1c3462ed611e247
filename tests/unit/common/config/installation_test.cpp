// A configuration folder is read as a whole; one merchant's mistake leaves the others alone.
#include "common/config/installation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace shopwire::config {
namespace {

class InstallationTest : public ::testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "shopwire-config-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        std::filesystem::create_directories(folder_ + "/merchants");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& file, const std::string& text) { std::ofstream(folder_ + "/" + file) << text; }

    std::string folder_{};
};

TEST_F(InstallationTest, HasDefaultsForWhatIsNotSaid) {
    write("installation.yaml", "kafka: {bootstrap: 'k:9092'}\nsystem_partitions: {a: 6}\n");
    Problems problems;
    const Installation out = load_installation(folder_, problems);
    ASSERT_TRUE(problems.empty()) << format(problems.front());
    EXPECT_EQ(out.kafka.bootstrap, "k:9092");
    EXPECT_EQ(out.partitions_of("a"), 6);
    EXPECT_EQ(out.partitions_of("b"), 4);
}

TEST_F(InstallationTest, SaysWhatALoginAtKafkaLacks) {
    setenv("INSTALLATION_TEST_PASSWORD", "a-password", 1);
    const std::string password = "sasl_password: \"${env:INSTALLATION_TEST_PASSWORD}\"";
    const std::pair<std::string, std::string> cases[] = {
        {"security_protocol: sasl_ssl, sasl_username: u, " + password, "kafka: sasl_mechanism: expected PLAIN,"},
        {"security_protocol: sasl_ssl, sasl_mechanism: SCRAM, sasl_username: u, " + password,
         "kafka.sasl_mechanism: expected PLAIN,"},
        {"security_protocol: sasl_ssl, sasl_mechanism: PLAIN, " + password, "kafka: sasl_username: expected the user"},
        {"security_protocol: sasl_plaintext, sasl_mechanism: PLAIN, sasl_username: u",
         "kafka: sasl_password: expected the password"},
        {"security_protocol: sasl_ssl, sasl_mechanism: OAUTHBEARER, sasl_username: u, " + password,
         "kafka: extra: expected sasl.oauthbearer.token.endpoint.url"},
        {"extra: {ssl.key.password: open-to-all}", "kafka.extra.ssl.key.password: expected a reference"},
        {"extra: {sasl.oauthbearer.client.secret: open-to-all}",
         "kafka.extra.sasl.oauthbearer.client.secret: expected a reference"},
    };
    for (const auto& [kafka, expected] : cases) {
        write("installation.yaml", "kafka: {" + kafka + "}\n");
        Problems problems;
        load_installation(folder_, problems);
        ASSERT_EQ(problems.size(), 1U) << kafka;
        EXPECT_TRUE(format(problems[0]).contains(expected)) << format(problems[0]);
        EXPECT_FALSE(format(problems[0]).contains("open-to-all")) << format(problems[0]);
    }
}

TEST_F(InstallationTest, TakesEachWayToLogInAtKafka) {
    setenv("INSTALLATION_TEST_PASSWORD", "a-password", 1);
    const std::string login = "sasl_username: u, sasl_password: \"${env:INSTALLATION_TEST_PASSWORD}\"";
    for (const std::string& kafka :
         {"security_protocol: sasl_ssl, sasl_mechanism: SCRAM-SHA-512, " + login,
          "security_protocol: sasl_ssl, sasl_mechanism: OAUTHBEARER, extra: {sasl.oauthbearer.token.endpoint.url: "
          "h}, " +
              login,
          std::string("security_protocol: ssl, extra: {ssl.key.password: \"${env:INSTALLATION_TEST_PASSWORD}\"}"),
          std::string("security_protocol: sasl_ssl, extra: {sasl.mechanism: GSSAPI}")}) {
        write("installation.yaml", "kafka: {" + kafka + "}\n");
        Problems problems;
        load_installation(folder_, problems);
        EXPECT_TRUE(problems.empty()) << format(problems.front());
    }
}

TEST_F(InstallationTest, NamesEveryMistakeOfTheFile) {
    write("installation.yaml", "replication: 0\nruntime: {backoff_first: often, calls_max: 0}\nservces: {}\n");
    Problems problems;
    load_installation(folder_, problems);
    ASSERT_EQ(problems.size(), 4U);
    EXPECT_EQ(problems[0].path, "servces");
    EXPECT_EQ(problems[1].path, "runtime.backoff_first");
    EXPECT_EQ(problems[2].path, "replication");
    EXPECT_EQ(problems[3].path, "runtime.calls_max");
    EXPECT_TRUE(format(problems[3]).contains("expected 1 to 1024, got 0")) << format(problems[3]);
}

TEST_F(InstallationTest, AMissingFileIsAProblem) {
    Problems problems;
    load_installation(folder_, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(format(problems[0]).find("expected a readable file"), std::string::npos);
}

TEST_F(InstallationTest, AMerchantsMistakeIsItsOwn) {
    write("merchants/good.yaml", "merchant: good\nconnections:\n  shop: {system: a, settings: {x: 1}}\n");
    write("merchants/bad.yaml", "merchant: BAD name\nconnections: {}\n");
    write("merchants/worse.yaml", "merchant: [\n");
    const Merchants out = load_merchants(folder_);
    ASSERT_EQ(out.merchants.size(), 1U);
    EXPECT_EQ(out.merchants.at("good").connections.at("shop").budget, "good/shop");
    EXPECT_EQ(out.merchants.at("good").connections.at("shop").settings.member("x").scalar(), "1");
    EXPECT_EQ(out.problems.size(), 2U);
}

TEST_F(InstallationTest, TheSameMerchantInTwoFilesIsAProblem) {
    write("merchants/a.yaml", "merchant: one\nconnections: {}\n");
    write("merchants/b.yaml", "merchant: one\nconnections: {}\n");
    const Merchants out = load_merchants(folder_);
    EXPECT_EQ(out.merchants.size(), 1U);
    EXPECT_TRUE(out.problems.contains(folder_ + "/merchants/b.yaml"));
}

TEST_F(InstallationTest, TheGenerationFollowsTheText) {
    write("merchants/a.yaml", "merchant: one\nconnections: {}\n");
    const std::uint64_t first = load_merchants(folder_).merchants.at("one").generation;
    write("merchants/a.yaml", "merchant: one\nconnections: {}\n# changed\n");
    EXPECT_NE(load_merchants(folder_).merchants.at("one").generation, first);
}

TEST_F(InstallationTest, EqualFilesHaveEqualNumbers) {
    EXPECT_EQ(generation_of({{"a", 1}, {"b", 2}}), generation_of({{"b", 2}, {"a", 1}}));
    EXPECT_NE(generation_of({{"a", 1}, {"b", 2}}), generation_of({{"a", 2}, {"b", 1}}));
    EXPECT_NE(generation_of({{"a", 1}}), generation_of({{"a", 1}, {"b", 2}}));
}

TEST_F(InstallationTest, TheGenerationFollowsTheFilesOfSecrets) {
    write("key", "one");
    write("merchants/a.yaml",
          "merchant: one\nconnections:\n  shop: {system: a, settings: {key: \"${file:" + folder_ + "/key}\"}}\n");
    const Merchants first = load_merchants(folder_);
    EXPECT_FALSE(first.references.changed());
    write("key", "three");
    EXPECT_TRUE(first.references.changed());
    const Merchants second = load_merchants(folder_);
    EXPECT_FALSE(second.references.changed());
    EXPECT_NE(second.merchants.at("one").generation, first.merchants.at("one").generation);
    EXPECT_EQ(second.merchants.at("one").revision, first.merchants.at("one").revision) << "what commands tell";
    std::filesystem::remove(folder_ + "/key");
    EXPECT_TRUE(second.references.changed());
}

// A mounted secret of Kubernetes: the file is a link into a folder that is a link, and that one is turned.
TEST_F(InstallationTest, ASecretIsExchangedByTurningALink) {
    for (const char* version : {"1", "2"}) {
        std::filesystem::create_directories(folder_ + "/" + version);
        write(std::string(version) + "/key", std::string("secret ") + version);
        std::filesystem::last_write_time(
            folder_ + "/" + version + "/key",
            std::filesystem::file_time_type::clock::now() + std::chrono::seconds(*version));
    }
    std::filesystem::create_directory_symlink("1", folder_ + "/data");
    std::filesystem::create_symlink("data/key", folder_ + "/key");
    const References references("a: ${file:" + folder_ + "/key}");
    std::filesystem::create_directory_symlink("2", folder_ + "/data_new");
    std::filesystem::rename(folder_ + "/data_new", folder_ + "/data");
    EXPECT_TRUE(references.changed());
}

TEST_F(InstallationTest, NamesWhatIsWrongWithTokensAndProxies) {
    setenv("SHOPWIRE_TEST_TOKEN", "t", 1);
    write("installation.yaml",
          "services:\n"
          "  a: {admin_tokens: {ann: {token: plain}}}\n"
          "  b: {admin_tokens: {ann: {token: \"${env:SHOPWIRE_TEST_TOKEN}\", role: root}}}\n"
          "  c: {trusted_proxies: [everybody]}\n"
          "  d: {webhook_refused_per_second: -1}\n"
          "internal_addresses: some\n");
    Problems problems;
    load_installation(folder_, problems);
    std::vector<std::string> lines;
    for (const Problem& problem : problems) lines.push_back(std::to_string(problem.line) + " " + problem.path);
    EXPECT_EQ(lines, (std::vector<std::string>{"2 services.a.admin_tokens.ann.token",
                                               "3 services.b.admin_tokens.ann.role", "4 services.c.trusted_proxies",
                                               "5 services.d.webhook_refused_per_second", "6 internal_addresses"}));
}

std::string merchant_with(const std::string& streams) {
    return "merchant: m\nconnections:\n  shop:\n    system: a\n    streams:\n" + streams;
}

TEST_F(InstallationTest, AStreamHasItsOwnSchedule) {
    write("merchants/m.yaml",
          merchant_with("      stock: {interval: 5m, quiet: [\"22:00-06:00\"], zone: Europe/Belgrade}\n"
                        "      products: {cron: \"30 2 * * *\"}\n"
                        "      orders: 90s\n"));
    const Merchants out = load_merchants(folder_);
    ASSERT_TRUE(out.problems.empty()) << format(out.problems.begin()->second.front());
    const auto& streams = out.merchants.at("m").connections.at("shop").streams;
    const std::int64_t noon = 1'795'780'800'000;  // 2026-11-27T12:00:00Z
    const std::int64_t night = noon + 10 * 3'600'000;
    const calendar::Timetable stock = timetable_of(streams.at("stock"), std::chrono::hours(1));
    EXPECT_EQ(stock.due_ms(noon), noon + 300'000);
    EXPECT_EQ(stock.allowed_ms(night), noon + 17 * 3'600'000) << "06:00 in Belgrade is 05:00 UTC";
    EXPECT_EQ(timetable_of(streams.at("products"), std::chrono::hours(1)).due_ms(noon),
              noon + 14 * 3'600'000 + 1'800'000);
    EXPECT_EQ(timetable_of(streams.at("orders"), std::chrono::hours(1)).due_ms(noon), noon + 90'000);
    EXPECT_EQ(timetable_of({}, std::chrono::hours(1)).due_ms(noon), noon + 3'600'000);
}

TEST_F(InstallationTest, AMistakeInAScheduleIsOneLineWithItsPlace) {
    const std::pair<std::string, std::string> cases[] = {
        {"{cron: \"30 25 * * *\"}", "6: connections.shop.streams.stock.cron: hour: expected 0 to 23"},
        {"{cron: \"0 2 * * *\", interval: 5m}", "6: connections.shop.streams.stock.cron: expected an interval or"},
        {"{quiet: [\"22-06\"]}", "6: connections.shop.streams.stock.quiet: expected hours like \"22:00-06:00\""},
        {"{zone: Europe/Atlantis}", "6: connections.shop.streams.stock.zone: time zone \"Europe/Atlantis\""},
        {"often", "6: connections.shop.streams.stock: expected a duration like"},
        {"{chron: \"0 2 * * *\"}", "6: connections.shop.streams.stock.chron: unknown key, did you mean \"cron\"?"},
    };
    for (const auto& [stream, says] : cases) {
        write("merchants/m.yaml", merchant_with("      stock: " + stream + "\n"));
        const Merchants out = load_merchants(folder_);
        ASSERT_EQ(out.problems.size(), 1U) << stream;
        ASSERT_EQ(out.problems.begin()->second.size(), 1U) << stream;
        EXPECT_NE(format(out.problems.begin()->second.front()).find(says), std::string::npos)
            << format(out.problems.begin()->second.front());
    }
}

TEST_F(InstallationTest, TheSchemaForEditorsKnowsTheShortForm) {
    const std::string schema = merchant_schema();
    EXPECT_NE(schema.find("\"anyOf\""), std::string::npos);
    EXPECT_NE(schema.find("\"cron\""), std::string::npos);
}

}  // namespace
}  // namespace shopwire::config
