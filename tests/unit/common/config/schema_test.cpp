// Settings structs are read from YAML by one declaration, and every mistake is named with file, line and path.
#include "common/config/schema.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace shopwire::config {
namespace {

struct Inner {
    std::string name{};
    int count = 3;
};

struct Outer {
    std::string url{};
    Secret key{};
    std::string mode = "fast";
    std::chrono::milliseconds wait{5000};
    Decimal share{};
    std::vector<std::string> tags{};
    std::map<std::string, Inner> inner{};
    std::optional<int> limit{};
};

const Schema<Inner>& inner_schema() {
    static const Schema<Inner> schema = Schema<Inner>("inner", "An inner thing.")
                                            .required("name", &Inner::name, "a name")
                                            .optional("count", &Inner::count, "how many");
    return schema;
}

const Schema<Outer>& outer_schema() {
    static const Schema<Outer> schema = Schema<Outer>("outer", "An outer thing.")
                                            .required("url", &Outer::url, "where")
                                            .optional("key", &Outer::key, "key")
                                            .choice("mode", &Outer::mode, {"fast", "safe"}, "how")
                                            .optional("wait", &Outer::wait, "how long")
                                            .optional("share", &Outer::share, "a part")
                                            .optional("tags", &Outer::tags, "words")
                                            .optional("limit", &Outer::limit, "a bound")
                                            .object("inner", &Outer::inner, inner_schema(), "inner things");
    return schema;
}

Outer read_outer(std::string_view yaml, Problems& problems) {
    const Node node = Node::parse(yaml, "a.yaml", problems);
    return problems.empty() ? outer_schema().parse(node, problems) : Outer{};
}

TEST(Schema, ReadsEveryKindOfField) {
    setenv("SHOPWIRE_TEST_KEY", "s3cret", 1);
    Problems problems;
    const Outer outer = read_outer(
        "url: http://x\nkey: ${env:SHOPWIRE_TEST_KEY}\nmode: safe\nwait: 10m\nshare: 0.25\ntags: [a, b]\nlimit: 7\n"
        "inner:\n  one: {name: n, count: 5}\n",
        problems);
    ASSERT_TRUE(problems.empty()) << format(problems.front());
    EXPECT_EQ(outer.url, "http://x");
    EXPECT_EQ(outer.key.reveal(), "s3cret");
    EXPECT_EQ(outer.mode, "safe");
    EXPECT_EQ(outer.wait, std::chrono::minutes(10));
    EXPECT_EQ(outer.share.text(), "0.25");
    EXPECT_EQ(outer.tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(outer.inner.at("one").count, 5);
    EXPECT_EQ(outer.limit, 7);
}

struct Mistake {
    const char* name;
    const char* yaml;
    const char* expected;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class SchemaNames : public ::testing::TestWithParam<Mistake> {};

TEST_P(SchemaNames, TheMistakeWithItsPlace) {
    Problems problems;
    read_outer(GetParam().yaml, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(format(problems.front()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, SchemaNames,
    ::testing::Values(Mistake{"Missing", "wait: 1s", "a.yaml:1: expected the key \"url\", got nothing"},
                      Mistake{"Unknown", "url: x\nwiat: 1s", "a.yaml:2: wiat: unknown key, did you mean \"wait\"?"},
                      Mistake{"Duration", "url: x\nwait: 5 parsecs",
                              "a.yaml:2: wait: expected a duration like 500ms, 5s, 10m, 2h or 1d, got \"5 parsecs\""},
                      Mistake{"Choice", "url: x\nmode: slow",
                              "a.yaml:2: mode: expected one of fast, safe, got \"slow\""},
                      Mistake{"PlainSecret", "url: x\nkey: hunter2",
                              "a.yaml:2: key: expected ${env:NAME} or ${file:path}: a secret never stands in the file"},
                      Mistake{"UnsetVariable", "url: x\nkey: ${env:SHOPWIRE_NOT_SET}",
                              "a.yaml:2: key: expected the environment variable SHOPWIRE_NOT_SET, it is not set"},
                      Mistake{"Nested", "url: x\ninner:\n  one: {count: 2}",
                              "a.yaml:3: inner.one: expected the key \"name\", got nothing"},
                      Mistake{"NestedType", "url: x\ninner:\n  one: {name: n, count: many}",
                              "a.yaml:3: inner.one.count: expected a whole number, got \"many\""},
                      Mistake{"Shape", "url: [x]", "a.yaml:1: url: expected a text, got a list"},
                      Mistake{"Twice", "url: x\nurl: y", "a.yaml:2: url: the key stands twice"},
                      Mistake{"List", "url: x\ntags: a", "a.yaml:2: tags: expected a list, got a scalar"},
                      Mistake{"NotYaml", "url: [x", "a.yaml:1: expected YAML: end of sequence flow not found"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Schema, NamesAllMistakesAtOnce) {
    Problems problems;
    read_outer("mode: slow\nwait: soon\nnope: 1", problems);
    EXPECT_EQ(problems.size(), 4U);
}

TEST(Schema, DescribesItselfAsJsonSchema) {
    const std::string schema = outer_schema().json_schema();
    EXPECT_NE(schema.find("\"additionalProperties\": false"), std::string::npos);
    EXPECT_NE(schema.find("\"default\": \"5s\""), std::string::npos);
    EXPECT_NE(schema.find("\"required\": [\n    \"url\"\n  ]"), std::string::npos);
    EXPECT_NE(outer_schema().markdown().find("| `wait` | 5s | how long |"), std::string::npos);
}

TEST(Schema, NeverShowsASecretInAMessage) {
    Problems problems;
    read_outer("url: x\nkey: hunter2", problems);
    EXPECT_EQ(format(problems.front()).find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace shopwire::config
