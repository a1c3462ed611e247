// Goal: what a person sees of a dialect file: its mistakes, its records, its requests.  Nothing is sent.
#include <filesystem>
#include <fstream>

#include "common/json/value.h"
#include "tests/unit/common/dialect_tools/kit.h"

namespace shopwire::dialect_tools {
namespace {

class ToolsTest : public ::testing::Test {
 public:
    ~ToolsTest() override { std::filesystem::remove(file_); }

 protected:
    std::string changed(const std::string& from, const std::string& to) {
        std::string text = kFile;
        const std::size_t at = text.find(from);
        EXPECT_NE(std::string::npos, at) << from;
        std::ofstream(file_) << text.replace(at, from.size(), to);
        return file_;
    }
    int checks(const std::string& file) { return check(test_kit(), file, out_); }
    int maps(const std::string& operation, const std::string& sample, const std::string& file = "test") {
        return map(test_kit(), {.file = file, .operation = operation, .sample = sample}, out_, notes_);
    }
    int renders(const OfflineOptions& options) { return render(test_kit(), options, out_); }

    const std::string file_ =
        (std::filesystem::path(::testing::TempDir()) / ("tools-" + std::to_string(::getpid()) + ".yaml")).string();
    std::ostringstream out_{}, notes_{};
};

TEST_F(ToolsTest, CheckTellsWhatIsMissingAndWhatIsLost) {
    EXPECT_EQ(kGood, checks("test"));
    EXPECT_EQ("without remove_thing  things stay for ever\ndialect test is valid: 5 of 6 operations\n", out_.str());
}

TEST_F(ToolsTest, CheckNamesFileLineAndPathOfEachMistake) {
    EXPECT_EQ(kMistake, checks(changed("    records: '.things[]'", "    recordz: '.things['")));
    EXPECT_TRUE(out_.str().contains(file_ + ":")) << out_.str();
    EXPECT_TRUE(out_.str().contains("operations.list_things")) << out_.str();
    EXPECT_TRUE(out_.str().contains("recordz")) << out_.str();
    EXPECT_TRUE(out_.str().ends_with("problems\n")) << out_.str();
}

TEST_F(ToolsTest, CheckOfAFileThatIsNotThere) {
    EXPECT_EQ(kMistake, checks("no-such.yaml"));
    EXPECT_EQ("no-such.yaml: expected a readable file\n1 problem\n", out_.str());
}

TEST_F(ToolsTest, MapPrintsRecordsAndCounts) {
    EXPECT_EQ(kGood, maps("list_things",
                          R"({"ok":true,"things":[{"id":1,"cost":1299.00,"colour":"red"},{"id":2,"cost":5}]})"));
    EXPECT_EQ("{\"id\":1,\"price\":1299.00,\"colour\":\"red\"}\n{\"id\":2,\"price\":5,\"colour\":null}\n", out_.str());
    EXPECT_EQ(
        "list_things: 2 records, and another page follows\n"
        "id          2 of 2  required\n"
        "price|cost  2 of 2  required\n"
        "name        0 of 2\n"
        "colour      1 of 2  not used by the connector\n",
        notes_.str());
}

TEST_F(ToolsTest, MapFailsWhenARequiredFieldIsNotThere) {
    EXPECT_EQ(kMistake, maps("list_things", R"({"ok":true,"things":[{"id":1,"price":3}]})"));
    EXPECT_TRUE(notes_.str().contains("price|cost  0 of 1  MISSING, and required")) << notes_.str();
}

TEST_F(ToolsTest, MapTellsHowAnAnswerIsJudged) {
    EXPECT_EQ(kMistake, maps("list_things", R"({"ok":false,"message":"is there","code":"TWICE"})"));
    EXPECT_EQ("", out_.str());
    EXPECT_TRUE(notes_.str().contains("is there")) << notes_.str();
    EXPECT_TRUE(notes_.str().contains("judged as duplicate by the code TWICE")) << notes_.str();
}

TEST_F(ToolsTest, MapTellsWhichRecordAProgramRefused) {
    const std::string file = changed("price: .cost", "price: (.cost | tonumber)");
    EXPECT_EQ(kMistake,
              maps("list_things", R"({"ok":true,"things":[{"id":1,"cost":"x"},{"id":2,"cost":"3.50"}]})", file));
    EXPECT_EQ("{\"id\":2,\"price\":3.50,\"colour\":null}\n", out_.str());
    EXPECT_TRUE(notes_.str().starts_with("record 1: ")) << notes_.str();
    EXPECT_TRUE(notes_.str().contains("2 records, 1 of them not readable")) << notes_.str();
}

TEST_F(ToolsTest, MapReadsTheAnswerOfOneThing) {
    EXPECT_EQ(kGood, maps("get_thing", R"({"ok":true,"id":7,"pieces":[{"id":1},{"id":2}]})"));
    EXPECT_EQ("{\"id\":7,\"price\":null,\"parts\":[{\"id\":1},{\"id\":2}]}\n", out_.str());
    EXPECT_TRUE(notes_.str().contains("parts[].id  2 of 2  required")) << notes_.str();
}

TEST_F(ToolsTest, MapOfWhatIsNotJson) {
    EXPECT_EQ(kMistake, maps("list_things", "<html>maintenance</html>"));
    EXPECT_TRUE(notes_.str().contains("the answer is not JSON")) << notes_.str();
}

TEST_F(ToolsTest, RenderShowsTheRequestAndNoSecret) {
    EXPECT_EQ(kGood, renders({.file = "test", .operation = "make_thing"}));
    EXPECT_EQ(
        "POST https://erp.example/things/cup\n"
        "Accept: application/json\n"
        "Content-Type: application/json; charset=utf-8\n"
        "Authorization: ApiKey ***\n"
        "\n"
        "{\n  \"price\": 12.50\n}\n",
        out_.str());
}

TEST_F(ToolsTest, RenderTakesInputSettingsAddressAndTime) {
    EXPECT_EQ(kGood, renders({.file = "test",
                              .operation = "list_things",
                              .since_ms = 1'795'251'600'000,
                              .settings = {{"database", "Other"}},
                              .base_url = "http://127.0.0.1:9"}));
    EXPECT_TRUE(
        out_.str().starts_with("GET http://127.0.0.1:9/things?database=Other&since=2026-11-21T09%3A00%3A00Z&page=1\n"))
        << out_.str();
    out_.str({});
    EXPECT_EQ(
        kGood,
        renders({.file = "test", .operation = "make_thing", .sample = R"({"kind":"jug","price":"3"})", .json = true}));
    const Result<json::Document> shown = json::Document::parse(out_.str());
    ASSERT_TRUE(shown) << out_.str();
    EXPECT_EQ("https://erp.example/things/jug", shown->root().member("url").text());
    EXPECT_EQ("3", shown->root().member("body").member("price").text());
}

TEST_F(ToolsTest, RenderTellsWhatTheInputLacks) {
    EXPECT_EQ(kMistake, renders({.file = "test", .operation = "make_thing", .sample = R"({"price":"3"})"}));
    EXPECT_EQ("rendering make_thing: the path needs {kind}, which is not known\n", out_.str());
}

TEST_F(ToolsTest, EveryTokenIsAtHandAndNoneIsShown) {
    const std::string file =
        changed(R"(auth: {kind: header, name: Authorization, value: "ApiKey {key}"})",
                R"(auth: {kind: oauth2, token_url: /token, client_id: "{key}", client_secret: "{key}"})");
    EXPECT_EQ(kGood, renders({.file = file, .operation = "make_thing"}));
    EXPECT_TRUE(out_.str().contains("Authorization: Bearer ***\n")) << out_.str();
}

TEST_F(ToolsTest, WhatThereIsNotIsNamed) {
    EXPECT_EQ(kFailed, renders({.file = "test", .operation = "list_thinks"}));
    EXPECT_TRUE(out_.str().starts_with("no operation is called \"list_thinks\"; there are get_thing list_things"))
        << out_.str();
    out_.str({});
    EXPECT_EQ(kMistake, renders({.file = "test", .operation = "remove_thing"}));
    EXPECT_EQ("dialect test has no operation remove_thing: things stay for ever\n", out_.str());
}

TEST_F(ToolsTest, ExamplePrintsAnInputThatRenderTakes) {
    EXPECT_EQ(kGood, example(test_kit(), "make_thing", out_));
    const std::string input = out_.str();
    EXPECT_EQ("{\n  \"kind\": \"cup\",\n  \"price\": \"12.50\"\n}\n", input);
    EXPECT_EQ(kGood, renders({.file = "test", .operation = "make_thing", .sample = input}));
}

}  // namespace
}  // namespace shopwire::dialect_tools
