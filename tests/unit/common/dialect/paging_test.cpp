// Goal: every paging style reads the whole list or fails; half a list is never taken for a whole.
#include <gtest/gtest.h>

#include "common/json/value.h"
#include "tests/unit/common/dialect/rig.h"

namespace shopwire::dialect {
namespace {

std::string list(const std::string& paging) {
    return kHead + "operations: {list_things: {request: {path: /things}, records: '(.data // [])[]', paging: {" +
           paging + "}}}\n";
}

std::string data(std::vector<int> rows, const std::string& more = "") {
    std::string text = R"({"ok":true,"data":[)";
    for (std::size_t i = 0; i < rows.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(rows[i]);
    return text + "]" + more + "}";
}

std::string queries(const testing::FakeTransport& transport) {
    std::string text;
    for (const http::Request& request : transport.requests()) text += http::query_string(request.query) + " ";
    return text;
}

const std::string kPage = "style: page, parameter: page, size_parameter: size, first: 1, size: 2";

TEST(Paging, CountsPagesUntilAShortOne) {
    Rig rig(list(kPage));
    rig.transport.reply(200, data({1, 2}));
    rig.transport.reply(200, data({3}));
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows) << rows.error().error.message;
    EXPECT_EQ(3U, rows->size());
    EXPECT_EQ("page=1&size=2 page=2&size=2 ", queries(rig.transport));
}

TEST(Paging, CountsRowsAsOffset) {
    Rig rig(list("style: offset, parameter: skip, size_parameter: limit, size: 2, stop: empty_page, total: .total"));
    rig.transport.reply(200, data({1}));  // trimmed by the remote: the next offset is what came
    rig.transport.reply(200, data({2, 3}));
    rig.transport.reply(200, data({}));
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows) << rows.error().error.message;
    EXPECT_EQ(3U, rows->size());
    EXPECT_EQ("skip=0&limit=2 skip=1&limit=2 skip=3&limit=2 ", queries(rig.transport));
}

TEST(Paging, NamesARangeOfRowsUntilTheTotal) {
    Rig rig(list("style: range, parameter: from, size_parameter: to, size: 2, stop: total, total: .total"));
    rig.transport.reply(200, data({1, 2}, R"(,"total":"3")"));
    rig.transport.reply(200, data({3}, R"(,"total":3)"));
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows) << rows.error().error.message;
    EXPECT_EQ("from=0&to=2 from=2&to=4 ", queries(rig.transport));
}

TEST(Paging, TellsHowManyRecordsAreLeftWhereTheRemoteTellsATotal) {
    Rig rig(list("style: range, parameter: from, size_parameter: to, size: 2, stop: total, total: .total"));
    rig.transport.reply(200, data({1, 2}, R"(,"total":"3")"));
    const auto first = rig.engine->page({.operation = "list_things"}, {});
    ASSERT_TRUE(first) << first.error().error.message;
    EXPECT_EQ(first->left, 1);
    Rig silent(list(kPage));
    silent.transport.reply(200, data({1, 2}));
    EXPECT_FALSE(silent.engine->page({.operation = "list_things"}, {})->left);
}

TEST(Paging, FollowsTokensThroughAnEmptyPage) {
    Rig rig(list("style: token, parameter: after, token: .next"));
    rig.transport.reply(200, data({1}, R"(,"next":"a+b&c")"));
    rig.transport.reply(200, data({}, R"(,"next":"d")"));
    rig.transport.reply(200, data({2}, R"(,"next":null)"));
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows) << rows.error().error.message;
    EXPECT_EQ(2U, rows->size());
    EXPECT_EQ(" after=a%2Bb%26c after=d ", queries(rig.transport));
}

const std::string kToken = "style: token, parameter: after, token: .next";

TEST(Paging, SendsATokenOfSeveralKilobytesAsItCame) {
    Rig rig(list(kToken));
    std::string token = R"({"t":"+RID:~a==#RT:1&x","p":"%2F\n"})";
    for (int i = 0; i < 10; ++i) token += token.substr(0, 600);
    json::Writer quoted;
    quoted.string(token);
    rig.transport.reply(200, data({1}, ",\"next\":" + quoted.take()));
    rig.transport.reply(200, data({2}));
    ASSERT_TRUE(rig.engine->all({.operation = "list_things"}));
    EXPECT_GT(token.size(), 4'000U);
    EXPECT_EQ((std::pair<std::string, std::string>{"after", token}), rig.transport.last().query.front());
}

TEST(Paging, CarriesTheTokenInAHeader) {
    Rig rig(kHead +
            "operations: {list_things: {request: {path: /things}, headers: '{\"X-Next\": $page.token}', records: "
            "'.data[]', paging: {style: token, token: .next}}}\n");
    rig.transport.reply(200, data({1}, R"(,"next":"b")"));
    rig.transport.reply(200, data({2}));
    ASSERT_TRUE(rig.engine->all({.operation = "list_things"}));
    EXPECT_EQ(nullptr, http::find_header(rig.transport.requests().front().headers, "X-Next"));
    EXPECT_EQ("b", *http::find_header(rig.transport.last().headers, "X-Next"));
}

TEST(Paging, StartsAnewWhenTheRemoteRefusesAToken) {
    Rig rig(list(kToken));
    rig.transport.reply(200, data({1}, R"(,"next":"b")"));
    rig.transport.reply(400, R"({"ok":false,"message":"the token ended"})");
    rig.transport.reply(200, data({1}, R"(,"next":"c")"));
    rig.transport.reply(200, data({2}));
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows) << rows.error().error.message;
    EXPECT_EQ(2U, rows->size());
    EXPECT_EQ(" after=b  after=c ", queries(rig.transport));
}

TEST(Paging, GivesUpWhenTokensAreRefusedAgainAndAgain) {
    Rig rig(list(kToken));
    rig.transport.otherwise([](const http::Request& request, std::stop_token) {
        return request.query.empty() ? http::Response{.status = 200, .body = data({1}, R"(,"next":"b")")}
                                     : http::Response{.status = 400, .body = "{}"};
    });
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_FALSE(rows);
    EXPECT_EQ(ErrorKind::kTransient, rows.error().error.kind);
    EXPECT_EQ(2U * (Engine::kRestartsMax + 1), rig.transport.requests().size());
}

TEST(Paging, TakesA400WithoutATokenForARefusal) {
    Rig rig(list(kToken));
    rig.transport.reply(400, R"({"ok":false})");
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_FALSE(rows);
    EXPECT_EQ(ErrorKind::kRejected, rows.error().error.kind);
}

TEST(Paging, GoesOnFromASavedCursor) {
    Rig rig(list(kPage));
    rig.transport.reply(200, data({1, 2}));
    const auto first = rig.engine->page({.operation = "list_things"}, "");
    ASSERT_TRUE(first && first->more);
    rig.transport.reply(200, data({3}));
    const auto second = rig.engine->page({.operation = "list_things"}, first->next);
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->more);
    EXPECT_FALSE(rig.engine->page({.operation = "list_things"}, "{}"));
}

struct Broken {
    const char* name;
    std::string paging;
    std::vector<std::string> pages;
    const char* message;
    ErrorKind kind = ErrorKind::kTransient;
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class BrokenList : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenList, IsAnError) {
    Rig rig(list(GetParam().paging));
    for (const std::string& page : GetParam().pages) rig.transport.reply(200, page);
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_FALSE(rows);
    EXPECT_EQ(GetParam().kind, rows.error().error.kind);
    EXPECT_EQ(GetParam().message, rows.error().error.message);
}

const std::string kTotal = kPage + ", stop: total, total: .total";

INSTANTIATE_TEST_SUITE_P(Paging, BrokenList,
                         ::testing::Values(Broken{"PageThatRepeats",
                                                  kPage,
                                                  {data({1, 2}), data({1, 2})},
                                                  "list_things: page 2: the page before it came again"},
                                           Broken{"EmptyPageInTheMiddle",
                                                  kTotal,
                                                  {data({1, 2}, R"(,"total":5)"), data({}, R"(,"total":5)")},
                                                  "list_things: page 2: empty, after 2 of 5 rows"},
                                           Broken{"ListThatChanges",
                                                  kTotal,
                                                  {data({1, 2}, R"(,"total":5)"), data({3, 4}, R"(,"total":4)")},
                                                  "list_things: page 2: the list changed while it was read"},
                                           Broken{"TooManyPages",
                                                  kPage + ", pages_max: 2",
                                                  {data({1, 2}), data({3, 4})},
                                                  "list_things: page 2: more than 2 pages",
                                                  ErrorKind::kRejected},
                                           Broken{"TokenThatRepeats",
                                                  kToken,
                                                  {data({1}, R"(,"next":"b")"), data({}, R"(,"next":"b")")},
                                                  "list_things: page 2: the token of the page before it came again"},
                                           Broken{"PageThatIsHtml",
                                                  kPage,
                                                  {data({1, 2}), "<html>"},
                                                  "list_things: HTTP 200: the answer is not JSON"},
                                           Broken{"PageThatIsEmpty", kPage, {""}, "list_things: the answer is empty"},
                                           Broken{"RecordsThatAreNoList",
                                                  kPage,
                                                  {R"({"ok":true,"data":7})"},
                                                  "list_things: reading records: Cannot iterate over number (...)"}),
                         [](const auto& test) { return test.param.name; });

TEST(Paging, MapsARecordThatCameOnAnotherWay) {
    Rig rig(kHead +
            "operations: {list_things: {request: {path: /things}, records: '.data[]', record: '{price: .p}'}, "
            "get_thing: {request: {path: '/things/{id}'}}}\n");
    EXPECT_EQ(R"({"price":1.50})", rig.engine->record("list_things", R"({"p":1.50,"q":2})").value_or(""));
    EXPECT_FALSE(rig.engine->record("list_things", "[]"));
    EXPECT_FALSE(rig.engine->record("get_thing", "{}"));
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST(Paging, TakesNullForAnEmptyList) {
    Rig rig(list(kPage));
    rig.transport.reply(200, R"({"ok":true,"data":null})");
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows);
    EXPECT_TRUE(rows->empty());
}

TEST(Paging, KeepsTheRawTextOfARecordThatCannotBeRead) {
    Rig rig(kHead +
            "operations: {list_things: {request: {path: /things}, records: '.data[]', record: '{price: (.p | "
            "tonumber)}'}}\n");
    rig.transport.reply(200, R"({"ok":true,"data":[{"p":"1.50"},{"p":"x"}]})");
    const auto rows = rig.engine->all({.operation = "list_things"});
    ASSERT_TRUE(rows);
    EXPECT_EQ(R"({"price":1.50})", rows->at(0).value.value_or(""));
    EXPECT_FALSE(rows->at(1).value);
    EXPECT_EQ(R"({"p":"x"})", rows->at(1).raw);
}

}  // namespace
}  // namespace shopwire::dialect
