// Goal: programs keep number text, see nothing but their input, and fail with one line that shows no value.
#include "common/dialect/jq.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

namespace shopwire::dialect {
namespace {

std::string run(const std::string& source, const std::string& input = "null",
                const std::vector<std::string>& arguments = {}) {
    auto program = Program::compile(source, {"a", "b"});
    if (!program) return "compile: " + program.error().message;
    const Result<std::string> output = (*program)->run_one(input, arguments);
    return output ? *output : "run: " + output.error().message;
}

TEST(Jq, KeepsTheTextOfNumbers) {
    EXPECT_EQ("{\"price\":1299.00,\"id\":12345678901234567890}",
              run("{price: .p, id: .i}", R"({"p":1299.00,"i":12345678901234567890})"));
    EXPECT_EQ("1299.00", run(". | tonumber", R"("1299.00")"));
}

TEST(Jq, TakesNamedArgumentsAndNullForThoseThatAreMissing) {
    EXPECT_EQ(R"([{"x":1},null])", run("[$a, $b]", "0", {R"({"x":1})"}));
}

TEST(Jq, SeesNoEnvironmentAndNoFile) {
    setenv("SHOPWIRE_JQ_TEST", "secret", 1);
    EXPECT_EQ("{}", run("env"));
    EXPECT_EQ("{}", run("$ENV"));
    EXPECT_EQ("null", run("$ENV.SHOPWIRE_JQ_TEST"));
    EXPECT_EQ("run: modules are not available", run("\"x\" | modulemeta"));
    EXPECT_EQ("run: input is not available", run("input"));
    EXPECT_EQ("run: the time is not available", run("now"));
    EXPECT_EQ("run: halt is not available", run("halt"));
    EXPECT_TRUE(run("include \"x\"; .").starts_with("compile: line 1")) << run("include \"x\"; .");
}

TEST(Jq, NamesLineAndColumnOfAMistake) {
    EXPECT_EQ("compile: line 2, column 3: $since is not defined", run(".\n| $since").substr(0, 49));
    EXPECT_TRUE(run(".foo |||").starts_with("compile: line 1, column 7: syntax error")) << run(".foo |||");
    EXPECT_TRUE(run("{a: 1").starts_with("compile: line 2")) << run("{a: 1");
}

TEST(Jq, CountsLinesBelowItsFunctions) {
    const auto program = Program::compile(".\n| nothing", {}, "def one: 1;\ndef two: 2;\n");
    ASSERT_FALSE(program);
    EXPECT_TRUE(program.error().message.starts_with("line 2, column 3: nothing/0")) << program.error().message;
}

TEST(Jq, HidesTheValuesInAnError) {
    EXPECT_EQ("run: string (...) cannot be parsed as a number", run("tonumber", R"("Petar (Niš) Petrović")"));
    EXPECT_EQ("run: string (...) cannot be added", run(". + 1", R"("Petar")"));
    EXPECT_EQ("run: date ...", run("strptime(\"%Y\")", R"("Petar")"));
    EXPECT_EQ("run: Invalid path expression with result ...",
              run("({email} | .) |= 1", R"({"email": "petar@example.test"})"));
}

TEST(Jq, WantsExactlyOneOutput) {
    EXPECT_EQ("run: expected one output, got 0", run("empty"));
    EXPECT_EQ("run: expected one output, got 2", run("1, 2"));
}

TEST(Jq, RefusesInputThatIsNotJson) { EXPECT_EQ("run: input is not JSON", run(".", "<html>")); }

TEST(Jq, BoundsWhatAProgramGives) {
    const auto program = Program::compile("range(1000000000)", {});
    const auto outputs = (*program)->run("null");
    ASSERT_FALSE(outputs);
    EXPECT_EQ("gives more than is allowed", outputs.error().message);
}

TEST(Jq, GoesOnAfterAnErrorAndRunsOnManyThreads) {
    const auto program = Program::compile("if . == 0 then error(\"zero\") else . * 2 end", {});
    std::vector<std::jthread> threads(8);
    std::atomic<int> good = 0;
    for (std::jthread& thread : threads)
        thread = std::jthread([&] {
            for (int i = 0; i < 50; ++i) {
                const Result<std::string> output = (*program)->run_one(std::to_string(i % 5));
                good += i % 5 == 0 ? !output : output && *output == std::to_string(i % 5 * 2);
            }
        });
    threads.clear();
    EXPECT_EQ(400, good);
}

TEST(Jq, EqualProgramsOutliveEachOtherAndUnlikeOnesAreNotMixedUp) {
    auto first = Program::compile("$a", {"a", "b"});
    const auto same = Program::compile("$a", {"a", "b"});
    const auto other = Program::compile("$a", {"b", "a"});
    const std::vector<std::string> arguments{"1", "2"};
    EXPECT_EQ("1", (*first)->run_one("null", arguments).value());
    first->reset();
    EXPECT_EQ("1", (*same)->run_one("null", arguments).value());
    EXPECT_EQ("2", (*other)->run_one("null", arguments).value());
}

}  // namespace
}  // namespace shopwire::dialect
