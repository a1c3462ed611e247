// Goal: the built-in dialects are right, and each mistake in the settings is named.
#include "services/sors/config.h"

#include <filesystem>
#include <fstream>

#include "services/sors/connector.h"
#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

std::string mistakes(const std::string& dialect, const std::string& more) {
    config::Problems problems;
    (void)parse(settings_yaml(dialect, more), problems);
    return problems_text(problems);
}

TEST(SorsConfig, TakesBothBuiltInDialects) {
    EXPECT_EQ("", mistakes("sors-en", ""));
    EXPECT_EQ("", mistakes("sors-sr", ""));
}

TEST(SorsConfig, TakesAFileOfOnesOwn) {
    const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "own-sors-dialect.yaml";
    std::ofstream(file)
        << "dialect: own\nschema: 1\noperations:\n  list_stock: {request: {path: /s}, records: .rows[}\n";
    EXPECT_NE(std::string::npos, mistakes(file.string(), "").find("own-sors-dialect.yaml:4"));
    std::ofstream(file) << built_in_dialects()[1].text;
    EXPECT_EQ("", mistakes(file.string(), ""));
    std::filesystem::remove(file);
}

TEST(SorsConfig, NamesEachMistake) {
    EXPECT_NE(std::string::npos,
              mistakes("sors-fr", "").find("acme.yaml:1: dialect: expected sors-en, sors-sr or the path"));
    EXPECT_NE(std::string::npos,
              mistakes("sors-en", "unknown_sku: generic_article").find("needs the key \"generic_article_code\""));
    EXPECT_NE(std::string::npos,
              mistakes("sors-en", "b2c_customer: single_generic").find("needs the key \"generic_customer_code\""));
    EXPECT_NE(std::string::npos, mistakes("sors-en", "database: A\ndatabases: [{database: B}]").find("either"));
    EXPECT_NE(std::string::npos,
              mistakes("sors-en", "databases: [{database: B, valid_from: 1.1.2026}]").find("expected a date"));
    EXPECT_NE(std::string::npos,
              mistakes("sors-en", "discount_decimals: 5").find("acme.yaml:5: discount_decimals: expected 0 to 4"));
    EXPECT_NE(std::string::npos, mistakes("sors-en", "stok_mode: free").find("stok_mode"));
    EXPECT_NE(std::string::npos, mistakes("sors-en", "price_type: retail").find("price_type"));
    EXPECT_NE(std::string::npos, mistakes("sors-en", "media_secret: short").find("media_secret"));
    setenv("SORS_TEST_SHORT", "too short", 1);
    EXPECT_NE(std::string::npos,
              mistakes("sors-en", "media_secret: ${env:SORS_TEST_SHORT}").find("expected at least 32 characters"));
    EXPECT_NE(std::string::npos, mistakes("sors-en", "credit_limits: {K-1: much}").find("credit_limits"));
}

TEST(SorsConfig, FindsTheDatabaseOfADate) {
    const Settings settings{.databases = {{.database = "A", .valid_to = "2026-12-31"},
                                          {.database = "B", .valid_from = "2027-01-01", .valid_to = "2027-12-31"}}};
    EXPECT_EQ("A", database_on(settings, "2026-12-31")->database);
    EXPECT_EQ("B", database_on(settings, "2027-01-01")->database);
    EXPECT_EQ(nullptr, database_on(settings, "2028-01-01"));
}

TEST(SorsConnector, ProbesKeyDatabaseAndUnit) {
    const auto probe = [](const std::vector<std::pair<int, std::string>>& answers) {
        Rig rig;
        for (const auto& [status, body] : answers) rig.transport.reply(status, body);
        config::Problems problems;
        const auto connector =
            spec().create(config::Node::parse(settings_yaml("sors-en"), "acme.yaml", problems), rig.context);
        const Status status = connector->probe({});
        return status ? std::string("good")
                      : std::string(name_of(status.error().kind)) + ": " + status.error().with_words();
    };
    const std::string databases = R"({"success":true,"data":[{"id":3,"name":"Shop2026","isClosed":false}]})";
    EXPECT_EQ("good", probe({{200, databases}, {200, R"({"success":true,"data":[{"id":1,"name":"Magacin"}]})"}}));
    EXPECT_EQ("rejected: probing: database \"Shop2026\" has no business unit 1",
              probe({{200, databases}, {200, R"({"success":true,"data":[{"id":2,"name":"Magacin"}]})"}}));
    EXPECT_EQ("rejected: probing: the key opens no database \"Shop2026\"",
              probe({{200, R"({"success":true,"data":[{"id":1,"name":"Demo2"}]})"}}));
    EXPECT_EQ("rejected: probing: database \"Shop2026\" is closed",
              probe({{200, R"({"success":true,"data":[{"id":1,"name":"Shop2026","isClosed":true}]})"}}));
    EXPECT_EQ(
        "auth: probing: list_databases: HTTP 401 UNAUTHORIZED: Pogrešan ključ",
        probe({{401,
                R"({"success":false,"message":"Pogrešan ključ","errors":[{"code":"UNAUTHORIZED","message":null}]})"}}));
}

TEST(SorsConnector, DescribesTheBusinessUnits) {
    Rig rig;
    config::Problems problems;
    const auto connector =
        spec().create(config::Node::parse(settings_yaml("sors-en"), "acme.yaml", problems), rig.context);
    rig.transport.reply(200, R"({"success":true,"data":[{"id":1,"name":"Magacin"},{"id":2,"name":"Prodavnica"}]})");
    const auto lines = connector->describe({});
    ASSERT_TRUE(lines) << lines.error().message;
    EXPECT_EQ((std::vector<std::string>{"unit 1 Magacin (documents, prices) (stock)", "unit 2 Prodavnica"}), *lines);
}

TEST(SorsConnector, ReportsMistakesInsteadOfStarting) {
    Rig rig;
    config::Problems problems;
    EXPECT_FALSE(spec().create(config::Node::parse("dialect: sors-en\n", "acme.yaml", problems), rig.context));
    EXPECT_NE(std::string::npos, spec().schema().find("lookup_reliable"));
}

}  // namespace
}  // namespace shopwire::sors
