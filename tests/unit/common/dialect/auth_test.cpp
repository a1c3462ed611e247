// Goal: each scheme signs as it should, tokens are renewed, and no secret shows in an error.
#include <gtest/gtest.h>

#include "tests/unit/common/dialect/rig.h"

namespace shopwire::dialect {
namespace {

const std::string kGet = "operations: {get_thing: {request: {path: '/things/{id}'}}}\n";
const Call kCall{.operation = "get_thing", .input = R"({"id":"7"})"};

std::string header(const http::Request& request, std::string_view name) {
    const std::string* value = http::find_header(request.headers, name);
    return value == nullptr ? "" : *value;
}

TEST(DialectAuth, PutsTheKeyIntoAHeader) {
    Rig rig(kHead + "auth: {kind: header, name: Authorization, value: 'ApiKey {key}'}\n" + kGet);
    rig.transport.reply(200, R"({"ok":true})");
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("ApiKey k3y", header(rig.transport.last(), "Authorization"));
}

TEST(DialectAuth, PutsTheKeyIntoTheQuery) {
    Rig rig(kHead + "auth: {kind: query, name: token, value: '{key}'}\n" + kGet);
    rig.transport.reply(200, R"({"ok":true})");
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ((std::vector<std::pair<std::string, std::string>>{{"token", "k3y"}}), rig.transport.last().query);
}

TEST(DialectAuth, SendsBasic) {
    Rig rig(kHead + "auth: {kind: basic, user: '{user}', password: '{key}'}\n" + kGet);
    rig.transport.reply(200, R"({"ok":true})");
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("Basic dXMzcjprM3k=", header(rig.transport.last(), "Authorization"));
}

TEST(DialectAuth, StopsWithoutASecret) {
    Rig rig(kHead + "auth: {kind: header, name: Authorization, value: 'ApiKey {key}'}\n" + kGet,
            {.secrets = {{"key", Secret()}}});
    const Outcome<std::string> answer = rig.engine->call(kCall);
    ASSERT_FALSE(answer);
    EXPECT_EQ(ErrorKind::kAuth, answer.error().error.kind);
}

const std::string kOAuth =
    kHead + "auth: {kind: oauth2, token_url: /token, client_id: '{user}', client_secret: '{key}', scope: a b}\n" + kGet;

TEST(DialectAuth, FetchesATokenOnceAndRenewsItBeforeItEnds) {
    Rig rig(kOAuth);
    rig.transport.reply(200, R"({"access_token":"t1","expires_in":3600})");
    rig.transport.reply(200, R"({"ok":true})");
    rig.transport.reply(200, R"({"ok":true})");
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("grant_type=client_credentials&scope=a%20b", rig.transport.requests().front().body);
    EXPECT_EQ("https://erp.example/token", rig.transport.requests().front().url);
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("Bearer t1", header(rig.transport.last(), "Authorization"));
    rig.clock.advance(std::chrono::seconds(3550));
    rig.transport.reply(200, R"({"access_token":"t2","expires_in":3600})");
    rig.transport.reply(200, R"({"ok":true})");
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("Bearer t2", header(rig.transport.last(), "Authorization"));
}

TEST(DialectAuth, TriesARefusedTokenOnceAgainAndThenStops) {
    Rig rig(kOAuth);
    rig.transport.reply(200, R"({"access_token":"t1"})");
    rig.transport.reply(401, "{}");
    rig.transport.reply(200, R"({"access_token":"t2"})");
    rig.transport.reply(401, "{}");
    const Outcome<std::string> answer = rig.engine->call(kCall);
    ASSERT_FALSE(answer);
    EXPECT_EQ(ErrorKind::kAuth, answer.error().error.kind);
    EXPECT_EQ(4U, rig.transport.requests().size());
}

const std::string kScoped = kHead +
                            "auth: {kind: oauth2, token_url: /token, client_id: '{user}', client_secret: '{key}', "
                            "client_authentication: body, scope: a b}\n"
                            "operations: {get_thing: {scope: a, request: {path: '/things/{id}'}}, "
                            "list_things: {scope: b, request: {path: /things}, records: '.data[]'}}\n";

TEST(DialectAuth, AsksForOneTokenPerScopeWhenAllTogetherAreRefused) {
    Rig rig(kScoped);
    rig.transport.reply(400, R"({"error":"invalid_scope"})");
    rig.transport.reply(200, R"({"access_token":"ta","expires_in":3600})");
    rig.transport.reply(200, R"({"ok":true})");
    rig.transport.reply(200, R"({"access_token":"tb","expires_in":3600})");
    rig.transport.reply(200, R"({"ok":true,"data":[]})");
    rig.transport.reply(200, R"({"ok":true})");
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("Bearer ta", header(rig.transport.last(), "Authorization"));
    ASSERT_TRUE(rig.engine->all({.operation = "list_things"}));
    EXPECT_EQ("Bearer tb", header(rig.transport.last(), "Authorization"));
    ASSERT_TRUE(rig.engine->call(kCall));
    EXPECT_EQ("Bearer ta", header(rig.transport.last(), "Authorization"));
    const auto asked = rig.transport.requests();
    EXPECT_EQ("grant_type=client_credentials&scope=a%20b&client_id=us3r&client_secret=k3y", asked[0].body);
    EXPECT_EQ("grant_type=client_credentials&scope=a&client_id=us3r&client_secret=k3y", asked[1].body);
    EXPECT_EQ("grant_type=client_credentials&scope=b&client_id=us3r&client_secret=k3y", asked[3].body);
}

TEST(DialectAuth, AScopeThatIsNotGrantedFailsItsOperationAlone) {
    Rig rig(kScoped);
    rig.transport.reply(400, R"({"error":"invalid_scope"})");
    rig.transport.reply(400, R"({"error":"invalid_scope"})");
    const Outcome<std::string> answer = rig.engine->call(kCall);
    ASSERT_FALSE(answer);
    EXPECT_EQ(ErrorKind::kRejected, answer.error().error.kind);
    EXPECT_NE(std::string::npos, answer.error().error.message.find("HTTP 400 invalid_scope"));
    EXPECT_EQ(2U, rig.transport.requests().size());
    rig.transport.reply(200, R"({"access_token":"tb","expires_in":3600})");
    rig.transport.reply(200, R"({"ok":true,"data":[]})");
    EXPECT_TRUE(rig.engine->all({.operation = "list_things"}));
}

TEST(DialectAuth, TakesARefusedClientForAWrongKey) {
    Rig rig(kOAuth);
    rig.transport.reply(400, R"({"error":"invalid_client"})");
    const Outcome<std::string> answer = rig.engine->call(kCall);
    ASSERT_FALSE(answer);
    EXPECT_EQ(ErrorKind::kAuth, answer.error().error.kind);
    EXPECT_EQ(std::string::npos, answer.error().error.message.find("k3y"));
}

}  // namespace
}  // namespace shopwire::dialect
