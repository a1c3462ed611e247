// Goal: requests come out as the file says, and each kind of answer means the right thing, above all for writes.
#include "common/dialect/engine.h"

#include <gtest/gtest.h>

#include "tests/unit/common/dialect/rig.h"

namespace shopwire::dialect {
namespace {

const std::string kFile = kHead + R"(time_zone: Europe/Belgrade
headers: {X-Client: test}
enums: {kind: {small: "1"}}
operations:
  list_things:
    request: {path: /things}
    incremental: {format: '%d.%m.%Y'}
    query: '{database: $connection.database, since: $since, none: null, several: ["a", "b"], number: 1.50}'
    records: '(.data // [])[]'
  get_thing:
    request: {path: '/{connection.database}/things/{id}'}
    headers: '{"X-Database": $connection.database}'
    result: .data
  make_thing:
    request: {method: POST, path: '/kinds/{kind}'}
    body: '{name, kind: $enum.kind[.kind], input: $input.name}'
    result: '{id: .data.id}'
)";

TEST(Engine, RendersQueryHeadersAndTimes) {
    Rig rig(kFile);
    rig.transport.reply(200, R"({"ok":true,"data":[]})");
    ASSERT_TRUE(rig.engine->all(
        {.operation = "list_things", .connection = R"({"database":"Shop 2026"})", .since_ms = 1795302000000}));
    EXPECT_EQ("https://erp.example/things", rig.transport.last().url);
    EXPECT_EQ("database=Shop%202026&since=22.11.2026&several=a&several=b&number=1.50",
              http::query_string(rig.transport.last().query));
    EXPECT_EQ("test", *http::find_header(rig.transport.last().headers, "X-Client"));
    EXPECT_TRUE(rig.transport.last().idempotent);
}

TEST(Engine, EncodesWhatGoesIntoAPath) {
    Rig rig(kFile);
    rig.transport.reply(200, R"({"ok":true,"data":{"n":1.00}})");
    const Outcome<std::string> thing = rig.engine->call(
        {.operation = "get_thing", .input = R"({"id":"a/b?c"})", .connection = R"({"database":"Š1"})"});
    EXPECT_EQ(R"({"n":1.00})", thing.value_or(""));
    EXPECT_EQ("https://erp.example/%C5%A01/things/a%2Fb%3Fc", rig.transport.last().url);
    EXPECT_EQ("Š1", *http::find_header(rig.transport.last().headers, "X-Database"));
}

TEST(Engine, RendersABodyAndMapsByTable) {
    Rig rig(kFile);
    rig.transport.reply(201, "\xEF\xBB\xBF{\"ok\":true,\"data\":{\"id\":7}}");
    const Outcome<std::string> made =
        rig.engine->call({.operation = "make_thing", .input = R"({"name":"x","kind":"small"})"});
    EXPECT_EQ(R"({"id":7})", made.value_or(""));
    EXPECT_EQ("https://erp.example/kinds/1", rig.transport.last().url);
    EXPECT_EQ(R"({"name":"x","kind":"1","input":"x"})", rig.transport.last().body);
    EXPECT_FALSE(rig.transport.last().idempotent);
}

TEST(Engine, SendsNothingWhenThePathIsNotKnown) {
    Rig rig(kFile);
    const Outcome<std::string> made = rig.engine->call({.operation = "make_thing", .input = R"({"kind":"big"})"});
    ASSERT_FALSE(made);
    EXPECT_EQ("rendering make_thing: the table kind has no \"big\"", made.error().error.message);
    const Outcome<std::string> got = rig.engine->call({.operation = "get_thing", .connection = R"({"database":"d"})"});
    ASSERT_FALSE(got);
    EXPECT_EQ("rendering get_thing: the path needs {id}, which is not known", got.error().error.message);
    EXPECT_TRUE(rig.transport.requests().empty());
}

struct Answered {
    const char* name;
    int status;
    std::string body;
    ErrorKind read;   // what it means for a read
    ErrorKind write;  // and for a write
    FailureClass reason;
    const char* words = "";
};
void PrintTo(const Answered& answered, std::ostream* out) { *out << answered.name; }

class FailedAnswer : public ::testing::TestWithParam<Answered> {};

TEST_P(FailedAnswer, IsClassified) {
    for (const bool write : {false, true}) {
        Rig rig(kFile);
        rig.transport.otherwise(
            [](const http::Request&, std::stop_token) {  // the client itself asks again after some of them
                return http::Response{.status = GetParam().status, .body = GetParam().body};
            });
        const Outcome<std::string> answer = rig.engine->call({.operation = write ? "make_thing" : "get_thing",
                                                              .input = R"({"id":"1","kind":"small"})",
                                                              .connection = R"({"database":"d"})"});
        ASSERT_FALSE(answer);
        EXPECT_EQ(write ? GetParam().write : GetParam().read, answer.error().error.kind)
            << write << answer.error().error.message;
        EXPECT_EQ(GetParam().reason, answer.error().reason);
        EXPECT_NE(std::string::npos, answer.error().error.with_words().find(GetParam().words))
            << answer.error().error.with_words();
    }
}

using enum ErrorKind;
INSTANTIATE_TEST_SUITE_P(
    Engine, FailedAnswer,
    ::testing::Values(
        Answered{"RefusedInsideHttp200", 200, R"({"ok":false,"code":"NO","message":"ne može"})", kRejected, kRejected,
                 FailureClass::kRejected, "HTTP 200 NO: ne može"},
        Answered{"NotFoundByCode", 200, R"({"ok":false,"code":"GONE"})", kRejected, kRejected, FailureClass::kNotFound},
        Answered{"SlowDownByCode", 200, R"({"ok":false,"code":"SLOW"})", kRateLimited, kRateLimited,
                 FailureClass::kRateLimited},
        Answered{"WrongKeyByCode", 200, R"({"ok":false,"code":"KEY"})", kAuth, kAuth, FailureClass::kAuth},
        Answered{"DownByCodeAndNotApplied", 200, R"({"ok":false,"code":"DOWN"})", kTransient, kTransient,
                 FailureClass::kTransient},
        Answered{"DownByCodeWithABrokenServer", 500, R"({"ok":false,"code":"DOWN"})", kTransient, kAmbiguous,
                 FailureClass::kTransient},
        Answered{"Duplicate", 409, R"({"ok":false})", kRejected, kRejected, FailureClass::kDuplicate},
        Answered{"CodeBeforeStatus", 409, R"({"ok":false,"code":"GONE"})", kRejected, kRejected,
                 FailureClass::kNotFound},
        Answered{"Unauthorized", 401, "", kAuth, kAuth, FailureClass::kAuth},
        Answered{"TooMany", 429, "", kRateLimited, kRateLimited, FailureClass::kRateLimited},
        Answered{"HtmlFromAGateway", 502, "<html>Bad Gateway</html>", kTransient, kAmbiguous, FailureClass::kTransient,
                 "HTTP 502"},
        Answered{"HtmlWithHttp200", 200, "<html>Održavanje</html>", kTransient, kAmbiguous, FailureClass::kTransient,
                 "not JSON"},
        Answered{"CutBody", 200, R"({"ok":true,"data":{"id")", kTransient, kAmbiguous, FailureClass::kTransient,
                 "text ends too early"},
        Answered{"NeitherGoodNorBad", 200, R"([1])", kTransient, kAmbiguous, FailureClass::kTransient},
        Answered{"BadRequest", 400, R"({"ok":false,"message":"line\none"})", kRejected, kRejected,
                 FailureClass::kRejected, "line one"}),
    [](const auto& test) { return test.param.name; });

TEST(Engine, TellsHowLongToWait) {
    Rig rig(kFile);
    rig.transport.otherwise([](const http::Request&, std::stop_token) {
        return http::Response{.status = 429, .headers = {{"Retry-After", "7"}}};
    });
    const Outcome<std::string> answer = rig.engine->call({.operation = "make_thing", .input = R"({"kind":"small"})"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(std::chrono::milliseconds(7000), answer.error().error.retry_after);
}

TEST(Engine, LeavesOpenWhatAWriteMadeWhenItsAnswerHasNoResult) {
    Rig rig(
        kHead +
        "operations: {make_thing: {request: {method: POST, path: /x}, result: '.data.id | ltrimstr(1) | tonumber'}}\n");
    rig.transport.reply(201, R"({"ok":true,"data":{"id":"none"}})");
    const Outcome<std::string> made = rig.engine->call({.operation = "make_thing"});
    ASSERT_FALSE(made);
    EXPECT_EQ(ErrorKind::kAmbiguous, made.error().error.kind);
}

TEST(Engine, PassesOnThatNoAnswerCame) {
    Rig rig(kFile);
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    const Outcome<std::string> made = rig.engine->call({.operation = "make_thing", .input = R"({"kind":"small"})"});
    ASSERT_FALSE(made);
    EXPECT_EQ(ErrorKind::kAmbiguous, made.error().error.kind);
}

TEST(Engine, CutsTheSystemsWordsBetweenCharacters) {
    Rig rig(kFile);
    std::string words;
    for (int i = 0; i < 400; ++i) words += "š";
    rig.transport.reply(400, R"({"ok":false,"message":")" + words + "\"}");
    const Outcome<std::string> made = rig.engine->call({.operation = "make_thing", .input = R"({"kind":"small"})"});
    ASSERT_FALSE(made);
    EXPECT_EQ("make_thing: HTTP 400", made.error().error.message) << "what is logged has none of them";
    EXPECT_EQ("make_thing: HTTP 400: " + words.substr(0, Engine::kMessageBytesMax), made.error().error.with_words());
}

TEST(Engine, HidesAKeyThatTheSystemSaysBack) {
    Rig rig(kFile, {.secrets = {{"key", Secret("k3y-of-ours")}, {"user", Secret("us3r")}}});
    rig.transport.reply(400, R"({"ok":false,"code":"BAD k3y-of-ours","message":"no k3y-of-ours here"})");
    const Outcome<std::string> made = rig.engine->call({.operation = "make_thing", .input = R"({"kind":"small"})"});
    ASSERT_FALSE(made);
    EXPECT_EQ("make_thing: HTTP 400 BAD ***: no *** here", made.error().error.with_words());
}

}  // namespace
}  // namespace shopwire::dialect
