// The connection as a whole: settings, the client's errors, the probe, the spec.
#include "services/woocommerce/shop.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "services/woocommerce/connector.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

config::Problems problems_of(const std::string& yaml) {
    ::setenv("WOO_TEST_SECRET", "hidden", 1);
    config::Problems problems;
    const config::Node node = config::Node::parse(yaml, "acme.yaml", problems);
    spec().check(node, problems);
    return problems;
}

const std::string kKey = "consumer_key: ck_1\nconsumer_secret: ${env:WOO_TEST_SECRET}\n";
const std::string kGood = "base_url: https://shop.example\n" + kKey + "webhook_secrets: [\"${env:WOO_TEST_SECRET}\"]\n";

struct BadSettings {
    const char* name = "";
    std::string yaml{};
    const char* message = "";
};
void PrintTo(const BadSettings& row, std::ostream* out) { *out << row.name; }

class SettingsRefused : public ::testing::TestWithParam<BadSettings> {};

TEST_P(SettingsRefused, WithAMessageThatNamesWhatIsExpected) {
    const config::Problems problems = problems_of(GetParam().yaml);
    ASSERT_FALSE(problems.empty());
    EXPECT_NE(config::format(problems[0]).find(GetParam().message), std::string::npos) << config::format(problems[0]);
    EXPECT_EQ(config::format(problems[0]).find("hidden"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Woo, SettingsRefused,
    ::testing::Values(BadSettings{"Nothing", "{}", "expected the key \"base_url\", got nothing"},
                      BadSettings{"Http", "base_url: http://shop.example\n" + kKey + "webhooks: off\n",
                                  "over http only auth: oauth1"},
                      BadSettings{"NoAddress", "base_url: shop\n" + kKey + "webhooks: off\n", "expected an address"},
                      BadSettings{"ApiAddress", "base_url: https://a/wp-json/wc/v3\n" + kKey + "webhooks: off\n",
                                  "without wp-json"},
                      BadSettings{"NoSecret", "base_url: https://shop.example\n" + kKey,
                                  "expected webhook_secrets, or webhooks: off"},
                      BadSettings{"Overlap", kGood + "overlap: 1s\n", "expected 2s to 1h"},
                      BadSettings{"Page", kGood + "page_size: 101\n", "expected 10 to 100"},
                      BadSettings{"Batch", kGood + "batch_size: 0\n", "expected 1 to 100"},
                      BadSettings{"Auth", kGood + "auth: bearer\n", "expected"},
                      BadSettings{"Unknown", kGood + "page_sise: 10\n", "page_sise"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Settings, TakeAGoodFileAndOAuthOverHttp) {
    EXPECT_TRUE(problems_of(kGood).empty());
    EXPECT_TRUE(problems_of("base_url: http://shop.example\n" + kKey + "auth: oauth1\nwebhooks: off\n").empty());
}

struct Answer {
    const char* name = "";
    const char* method = "";
    int status = 0;
    std::string body{};
    ErrorKind kind = ErrorKind::kTransient;
};
void PrintTo(const Answer& row, std::ostream* out) { *out << row.name; }

class Classified : public ::testing::TestWithParam<Answer> {};

TEST_P(Classified, ByWhatHasToBeDoneNext) {
    const Answer& row = GetParam();
    const http::Request request{
        .method = row.method, .idempotent = std::string_view(row.method) == "GET", .operation = "asking"};
    const Status status = classify_answer(request, {.status = row.status, .body = row.body});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, row.kind) << status.error().message;
    EXPECT_EQ(status.error().message.find("Anna"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Woo, Classified,
    ::testing::Values(
        Answer{"Firewall", "POST", 403, "<html>Anna</html>", ErrorKind::kTransient},
        Answer{"Forbidden", "GET", 403, R"({"code":"woocommerce_rest_cannot_edit"})", ErrorKind::kAuth},
        Answer{"ReadOnlyKey", "POST", 401, R"({"code":"woocommerce_rest_authentication_error"})", ErrorKind::kAuth},
        Answer{"BlockedMethod", "PUT", 405, "<html>", ErrorKind::kTransient},
        Answer{"NoShop", "GET", 404, "<html>Anna</html>", ErrorKind::kTransient},
        Answer{"NoPlugin", "POST", 404, R"({"code":"rest_no_route"})", ErrorKind::kTransient},
        Answer{"NoOrder", "GET", 404, R"({"code":"woocommerce_rest_shop_order_invalid_id"})", ErrorKind::kRejected},
        Answer{"TooMany", "GET", 429, "<html>", ErrorKind::kRateLimited},
        Answer{"GatewayRead", "GET", 502, "<html>", ErrorKind::kTransient},
        Answer{"GatewayWrite", "POST", 504, "<html>", ErrorKind::kAmbiguous},
        Answer{"IntegerData", "POST", 500, R"({"code":"odd","message":"Anna","data":500})", ErrorKind::kAmbiguous},
        Answer{"Redirect", "GET", 301, "", ErrorKind::kRejected},
        Answer{"CodeOfAnotherType", "POST", 400, R"({"code":7})", ErrorKind::kRejected}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Shop, ProbesReadingAndWriting) {
    TestShop test;
    test.transport.reply(200, answered("products-batch-empty-200.json"));
    test.reply_facts();
    EXPECT_TRUE(test.shop->probe({}));
    EXPECT_EQ(test.path(0), "POST products/batch");
    EXPECT_EQ(test.transport.requests()[0].body, "{}");
    test.transport.reply(401, answered("products-batch-readonly-key.json"));
    EXPECT_EQ(test.shop->probe({}).error().kind, ErrorKind::kAuth);
}

TEST(Shop, MustBeTheOneThatTheSettingsDescribe) {
    Settings serbian = settings();
    serbian.currency = "RSD";
    TestShop test(serbian);
    test.transport.reply(200, "[]");
    test.reply_facts();
    EXPECT_EQ(test.shop->probe({}).error().message, "checking the shop: its currency is EUR, the settings say RSD");
}

TEST(Shop, ReadsItsFactsAgainAfterAWhile) {
    TestShop test;
    EXPECT_FALSE(test.shop->known_facts());
    test.reply_facts("EUR", false);
    EXPECT_FALSE(test.shop->facts({})->prices_include_tax);
    EXPECT_EQ(test.shop->known_facts().value().currency, "EUR");
    EXPECT_TRUE(test.shop->facts({}));
    EXPECT_EQ(test.transport.requests().size(), 4U);
    test.clock.advance(std::chrono::minutes(11));
    test.reply_facts("EUR", true);
    EXPECT_TRUE(test.shop->facts({})->prices_include_tax);
}

TEST(Shop, WorksWithoutMeasuresWhereTheShopDoesNotTellItsUnits) {
    TestShop test;
    test.transport.reply(200, R"({"code":"EUR"})");
    test.transport.reply(200, R"({"value":"yes"})");
    for (int i = 0; i < 2; ++i)
        test.transport.reply(404, R"({"code":"rest_setting_setting_invalid","message":"x","data":{"status":404}})");
    const Result<ShopFacts> facts = test.shop->facts({});
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->units.weight + facts->units.length, "");
}

TEST(Shop, AsksAgainForWhatAnAnswerDidNotHave) {
    TestShop test;
    test.transport.reply(200, R"({"code":"EUR"})");
    test.transport.reply(200, R"({"value":"yes"})");
    test.transport.reply(200, "{}");  // of the unit of weights: nothing that may be kept
    const Result<ShopFacts> none = test.shop->facts({});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::kTransient);
    test.reply_facts();
    EXPECT_EQ(test.shop->facts({})->units.weight, "g");
}

TEST(Shop, SignsEveryRequest) {
    for (const char* auth : {"basic", "query", "oauth1"}) {
        Settings with = settings();
        with.auth = auth;
        TestShop test(with);
        test.transport.reply(200, R"({"code":"EUR"})");
        ASSERT_TRUE(test.shop->client().currency({}));
        const http::Request sent = test.transport.last();
        EXPECT_EQ(http::find_header(sent.headers, "Authorization") != nullptr, std::string_view(auth) == "basic");
        EXPECT_EQ(test.query(0, "consumer_key") == "ck_1", std::string_view(auth) == "query");
        EXPECT_EQ(!test.query(0, "oauth_signature").empty(), std::string_view(auth) == "oauth1");
    }
}

TEST(Connector, NamesItsStreamsAndActions) {
    const runtime::ConnectorSpec connector = spec();
    EXPECT_EQ(connector.system, "woocommerce");
    EXPECT_EQ(connector.streams.size(), 5U);
    for (const runtime::ActionRule& rule : connector.actions) {
        // Made twice they would be there twice: they are looked for first.
        const bool makes =
            rule.action == events::Command::kAddOrderNote || rule.action == events::Command::kSetTracking ||
            rule.action == events::Command::kUpsertProduct || rule.action == events::Command::kUpsertCustomer;
        EXPECT_EQ(rule.write == runtime::ActionRule::Write::kCreate, makes) << rule.action;
    }
    EXPECT_TRUE(json::Document::parse(connector.schema()));
}

TEST(Connector, IsMadeFromItsSettings) {
    ::setenv("WOO_TEST_SECRET", "hidden", 1);
    TestShop around;
    config::Problems problems;
    const runtime::ConnectionContext context{.merchant = "acme",
                                             .connection = "shop",
                                             .clock = around.clock,
                                             .transport = around.transport,
                                             .limiter = *around.limiter,
                                             .metrics = *around.metrics};
    const Result<runtime::Connector> made = spec().create(config::Node::parse(kGood, "acme.yaml", problems), context);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->source && made->sink && made->intake && made->upkeep && made->probe);
    EXPECT_FALSE(spec().create(config::Node::parse("{}", "acme.yaml", problems), context));
}

}  // namespace
}  // namespace shopwire::woocommerce
