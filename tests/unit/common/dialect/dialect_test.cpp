// Goal: each mistake in a dialect file is one problem with file and line.
#include "common/dialect/dialect.h"

#include <gtest/gtest.h>

#include "tests/unit/common/dialect/rig.h"

namespace shopwire::dialect {
namespace {

std::string problems_of(const std::string& yaml) {
    config::Problems problems;
    const config::Node node = config::Node::parse(yaml, "test.yaml", problems);
    (void)parse_dialect(node, test_vocabulary(), problems);
    return problems_text(problems);
}

const std::string kStart = "dialect: test\nschema: 1\n";

struct Mistake {
    const char* name;
    std::string yaml;
    const char* line;     // how the problem begins
    const char* message;  // what it holds
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class DialectMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(DialectMistake, IsOneLineWithItsPlace) {
    const std::string text = problems_of(GetParam().yaml);
    EXPECT_TRUE(text.starts_with(GetParam().line)) << text;
    EXPECT_NE(std::string::npos, text.find(GetParam().message)) << text;
    EXPECT_EQ(1, std::count(text.begin(), text.end(), '\n')) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Dialect, DialectMistake,
    ::testing::Values(
        Mistake{"UnknownKey", kStart + "operations: {}\nlimitz: 3\n", "test.yaml:4", "limitz"},
        Mistake{"OtherSchema", "dialect: test\nschema: 2\noperations: {}\n", "test.yaml:2", "expected 1"},
        Mistake{"UnknownOperation", kStart + "operations:\n  list_thinks: {request: {path: /x}}\n", "test.yaml:4",
                "no operation is called \"list_thinks\""},
        Mistake{"UnknownKeyOfAnOperation",
                kStart + "operations:\n  list_things:\n    request: {path: /x}\n    bodi: .\n", "test.yaml:6", "bodi"},
        Mistake{"ProgramThatDoesNotCompile",
                kStart + "operations:\n  list_things:\n    request: {path: /x}\n    records: '.data['\n", "test.yaml:6",
                "jq: line"},
        Mistake{"UnknownVariable",
                kStart + "operations:\n  list_things:\n    request: {path: /x}\n    query: '{a: $settings}'\n",
                "test.yaml:6", "$settings is not defined"},
        Mistake{"UnknownPlaceholder", kStart + "operations:\n  get_thing: {request: {path: '/x/{ident}'}}\n",
                "test.yaml:4", "{ident}"},
        Mistake{"UnknownSetting", kStart + "operations:\n  get_thing: {request: {path: '/{connection.databaze}/x'}}\n",
                "test.yaml:4", "{connection.databaze}"},
        Mistake{"BraceNotClosed", kStart + "operations:\n  get_thing: {request: {path: '/x/{id'}}\n", "test.yaml:4",
                "a { is not closed"},
        Mistake{"PathWithoutSlash", kStart + "operations:\n  get_thing: {request: {path: 'x'}}\n", "test.yaml:4",
                "begins with /"},
        Mistake{"SecretInTheFile",
                kStart + "auth: {kind: header, name: Authorization, value: 'ApiKey abc123'}\noperations: {}\n",
                "test.yaml:3", "a secret never stands in the file"},
        Mistake{"SecretInAHeader", kStart + "headers: {Accept: x, X-Api-Key: abc123}\noperations: {}\n", "test.yaml:3",
                "a secret never stands in the file"},
        Mistake{"ListWithoutRecords", kStart + "operations:\n  list_all: {request: {path: /x}}\n", "test.yaml:4",
                "expected the key \"records\""},
        Mistake{"UnknownSecret",
                kStart + "auth: {kind: header, name: Authorization, value: 'ApiKey {kei}'}\noperations: {}\n",
                "test.yaml:3", "{kei}"},
        Mistake{"UnknownAuthKind", kStart + "auth: {kind: magic}\noperations: {}\n", "test.yaml:3", "magic"},
        Mistake{"UnknownClass", kStart + "answer: {status: {409: perhaps}}\noperations: {}\n", "test.yaml:3",
                "perhaps"},
        Mistake{"NoStatus", kStart + "answer: {status: {409x: duplicate}}\noperations: {}\n", "test.yaml:3", "409x"},
        Mistake{"UnknownZone", kStart + "time_zone: Europe/Atlantis\noperations: {}\n", "test.yaml:3",
                "Europe/Atlantis"},
        Mistake{"FunctionsThatDoNotCompile", kStart + "functions: 'def f: ;'\noperations: {}\n", "test.yaml:3",
                "jq: line"},
        Mistake{
            "TotalWithoutProgram",
            kStart +
                "operations:\n  list_things: {request: {path: /x}, records: .a, paging: {style: page, stop: total}}\n",
            "test.yaml:4", "needs the key \"total\""},
        Mistake{"PagingWithoutRecords",
                kStart + "operations:\n  list_things: {request: {path: /x}, paging: {style: page}}\n", "test.yaml:4",
                "needs the key \"records\""},
        Mistake{"UnknownTimeFormat",
                kStart + "operations:\n  list_things: {request: {path: /x}, incremental: {format: rfc}}\n",
                "test.yaml:4", "strftime"}),
    [](const auto& test) { return test.param.name; });

TEST(Dialect, LeavesOutOperationsThatTheFileLeavesOut) {
    const Rig rig(kHead + "operations: {list_things: {request: {path: /things}, records: .data}}\n");
    EXPECT_TRUE(rig.engine->can("list_things"));
    EXPECT_FALSE(rig.engine->can("make_thing"));
    const Outcome<std::string> made = rig.engine->call({.operation = "make_thing"});
    ASSERT_FALSE(made);
    EXPECT_EQ("dialect test has no operation make_thing", made.error().error.message);
}

TEST(Dialect, HasASchemaForEditors) { EXPECT_NE(std::string::npos, dialect_schema().find("\"operations\"")); }

}  // namespace
}  // namespace shopwire::dialect
