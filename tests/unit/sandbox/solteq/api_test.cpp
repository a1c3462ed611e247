// Goal: the simulator keeps contract solteq 3.8, so that what passes against it is worth something. Asked without a
// network, in both shapes. One thread.
#include "tests/sandbox/solteq/api.h"
#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/solteq/control_api.h"
#include "tests/sandbox/solteq/customers.h"

#include <gtest/gtest.h>

namespace sandbox::solteq {
namespace {

constexpr const char* kAllScopes = "administration-api catalog-api stock-api customer-api order-api";

struct Reply {
    int status = 0;
    Json json{};
    kit::Response whole{};
};

class ApiTest : public ::testing::Test {
 protected:
    ApiTest() { add_solteq_control_routes(control_, world_); }

    static kit::Request request_of(const std::string& method, const std::string& target, const Json& body) {
        kit::Request request{.method = method, .path = {}, .raw_query = {}, .query = {}, .headers = {}, .body = {}};
        const std::size_t mark = std::min(target.find('?'), target.size());
        request.path = kit::url_decode(target.substr(0, mark), false);
        if (mark < target.size()) request.raw_query = target.substr(mark + 1);
        request.query = kit::parse_query(request.raw_query);
        if (!body.is_null()) request.body = body.is_string() ? body.get<std::string>() : body.dump();
        return request;
    }
    static Reply reply_of(kit::Response response) {
        Json json = Json::parse(response.body, nullptr, false);
        return {.status = response.status, .json = std::move(json), .whole = std::move(response)};
    }
    Reply token(const std::string& form, const std::string& authorization = {}) {
        kit::Request request = request_of("POST", "/connect/token", Json(form));
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
        return reply_of(rest_.handle(request));
    }
    std::string bearer(const std::string& scope = kAllScopes) {
        return token("grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret&scope=" +
                     kit::url_encode(scope))
            .json.value("access_token", "");
    }
    Reply ask(const Api& api, const std::string& method, const std::string& target, const Json& body = {},
              const kit::Pairs& more = {}) {
        kit::Request request = request_of(method, target, body);
        if (bearer_.empty()) bearer_ = bearer();
        request.headers = more;
        request.headers.emplace_back("Authorization", "Bearer " + bearer_);
        return reply_of(api.handle(request));
    }
    Reply rest(const std::string& method, const std::string& target, const Json& body = {}) {
        return ask(rest_, method, target, body);
    }
    Reply alt(const std::string& method, const std::string& target, const Json& body = {}) {
        return ask(alt_, method, target, body);
    }
    void control(const std::string& route, const Json& body) {
        ASSERT_EQ(control_.route(request_of("POST", "/__sandbox/" + route, body)).status, 200);
    }
    static Json sale(const std::string& external_id, int quantity = 2) {
        const double total = quantity * 29.9;
        return {{"externalId", external_id},
                {"orderType", "sale"},
                {"storeId", "store-1"},
                {"createdAt", "2026-11-21T09:15:00+02:00"},
                {"businessDate", "2026-11-21"},
                {"currency", "EUR"},
                {"rows",
                 {{{"rowNumber", 1},
                   {"sku", "K-100"},
                   {"quantity", quantity},
                   {"unitPrice", 29.9},
                   {"discountAmount", 0},
                   {"rowTotal", total},
                   {"vatRate", 0},
                   {"vatAmount", 0}}}},
                {"payments", {{{"type", "Cash"}, {"amount", total}}}},
                {"total", total},
                {"totalVat", 0}};
    }

    World world_;
    Api rest_{world_, Shape::kRest};
    Api alt_{world_, Shape::kAlt};
    kit::Router control_;
    std::string bearer_;
};

TEST_F(ApiTest, GivesTokensToTheClientInBothPlacements) {
    const std::string form = "grant_type=client_credentials&scope=catalog-api";
    const Reply in_body = token(form + "&client_id=sandbox-client&client_secret=sandbox-secret");
    EXPECT_EQ(in_body.status, 200);
    EXPECT_EQ(in_body.json["token_type"], "Bearer");
    EXPECT_EQ(in_body.json["expires_in"], 3600);
    EXPECT_EQ(token(form, "Basic " + kit::base64_encode("sandbox-client:sandbox-secret")).status, 200);
    EXPECT_EQ(token(form + "&client_id=sandbox-client&client_secret=wrong").json["error"], "invalid_client");
    EXPECT_EQ(token(form).status, 400);
    EXPECT_EQ(token("grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret").json["error"],
              "unsupported_grant_type");
    const std::string known = "&client_id=sandbox-client&client_secret=sandbox-secret";
    EXPECT_EQ(token("grant_type=client_credentials&scope=admin" + known).json["error"], "invalid_scope");
    control("settings", {{"one_scope_per_token", true}});
    EXPECT_EQ(token("grant_type=client_credentials&scope=catalog-api%20stock-api" + known).json["error"],
              "invalid_scope");
    EXPECT_EQ(token(form + known).status, 200);
}

TEST_F(ApiTest, ChecksIssuerEndScopeAndCredential) {
    const std::string path = "/catalog/v1-ext/products";
    EXPECT_EQ(rest("GET", path).status, 200);
    control("reissue", Json::object());
    const Reply ended = rest("GET", path);
    EXPECT_EQ(ended.status, 401);
    EXPECT_EQ(ended.json["statusCode"], 401);
    bearer_ = bearer("stock-api");
    EXPECT_EQ(rest("GET", path).status, 403);
    EXPECT_EQ(rest("GET", "/stock/v1-ext/balances").status, 200);
    bearer_ = bearer();
    world_.issuer = "https://elsewhere.example";
    EXPECT_EQ(rest("GET", path).status, 401);
    control("settings", {{"token_seconds", 0}});
    bearer_ = bearer();
    EXPECT_EQ(rest("GET", path).status, 401);
    bearer_ = "a.b.c";
    EXPECT_EQ(rest("GET", path).status, 401);
    control("settings", {{"token_seconds", 60}, {"bearer_uses", 1}});
    bearer_ = bearer();
    EXPECT_EQ(rest("GET", path).status, 200);
    EXPECT_EQ(rest("GET", path).status, 401);
}

TEST_F(ApiTest, PagesByTokensOfPunctuation) {
    const std::string path = "/catalog/v1-ext/products?pageSize=3";
    Reply reply = rest("GET", path);
    ASSERT_EQ(reply.json["documents"].size(), 3U);
    const std::string token = reply.json["continuationToken"];
    EXPECT_GT(token.size(), 2900U);
    for (const char c : std::string("+\"{}#&=%\\ ")) EXPECT_NE(token.find(c), std::string::npos) << c;
    reply = rest("GET", path + "&continuationToken=" + kit::url_encode(token));
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json["documents"][0]["id"], "p-4");
    EXPECT_EQ(rest("GET", path + "&continuationToken=" + token).status, 400) << "not encoded";
    EXPECT_EQ(rest("GET", "/catalog/v1-ext/products?pageSize=2&continuationToken=" + kit::url_encode(token)).status,
              400)
        << "of another query";
    control("expire-page-tokens", Json::object());
    const Reply ended = rest("GET", path + "&continuationToken=" + kit::url_encode(token));
    EXPECT_EQ(ended.status, 400);
    EXPECT_EQ(ended.json["errors"]["continuationToken"][0], "Has ended");
}

TEST_F(ApiTest, HasEmptyPagesWithAToken) {
    control("settings", {{"empty_page_every", 2}});
    const std::string path = "/catalog/v1-ext/products?pageSize=3";
    const std::string first = rest("GET", path).json["continuationToken"];
    const Reply second = rest("GET", path + "&continuationToken=" + kit::url_encode(first));
    EXPECT_TRUE(second.json["documents"].empty());
    const std::string next = second.json["continuationToken"];
    EXPECT_EQ(rest("GET", path + "&continuationToken=" + kit::url_encode(next)).json["documents"][0]["id"], "p-4");
}

TEST_F(ApiTest, LimitsAsTheGatewayDoes) {
    control("settings", {{"requests_max", 1}, {"window_seconds", 60}});
    EXPECT_EQ(rest("GET", "/stock/v1-ext/balances").status, 200);
    const Reply limited = rest("GET", "/stock/v1-ext/balances");
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.whole.headers.front().first, "Retry-After");
    EXPECT_TRUE(limited.json["message"].get<std::string>().starts_with("Rate limit is exceeded. Try again in "));
}

TEST_F(ApiTest, CampaignsHoldOnTheWallClockOfTheZone) {
    control("seed",
            {{"discounts", {{{"id", "d"}, {"validFrom", "2026-11-27T00:00:00"}, {"validTo", "2026-11-30T23:59:59"}}}}});
    const auto found = [&](const std::string& at) {
        return rest("GET", "/catalog/v1-ext/discounts?validAt=" + at).json["documents"].size();
    };
    EXPECT_EQ(found("2026-11-26T23:59:59"), 0U);
    EXPECT_EQ(found("2026-11-27T00:00:00"), 1U);
    EXPECT_EQ(found("2026-12-01T00:00:00"), 0U);
    EXPECT_EQ(utc_of_local("Europe/Helsinki", "2026-11-27T00:00:00"), 1795730400);
    EXPECT_EQ(utc_of_local("Europe/Stockholm", "2026-07-01T00:00:00"), 1782856800);
    EXPECT_EQ(offset_seconds("Europe/Helsinki", 1792890000 - 1), 3 * 3600);  // 2026-10-25 01:00 UTC
    EXPECT_EQ(offset_seconds("Europe/Helsinki", 1792890000), 2 * 3600);
}

TEST_F(ApiTest, ListsASharedStockUnderEachStore) {
    const auto rows = [&](const std::string& store) {
        return rest("GET", "/stock/v1-ext/balances?storeId=" + store).json["documents"].size();
    };
    EXPECT_EQ(rows("store-1"), 4U);
    EXPECT_EQ(rows("store-2"), 3U);
    EXPECT_EQ(rest("GET", "/stock/v1-ext/balances?stockId=stock-3").json["documents"].size(), 2U);
    control("settings", {{"replacement_in_each_store", false}});
    EXPECT_EQ(rows("store-2"), 2U);
}

TEST_F(ApiTest, SellsOnceAndFromTheRightStock) {
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", sale("A")).status, 201);
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", sale("A")).status, 409);
    EXPECT_EQ((world_.balances[{"K-100", "stock-1"}].free.text()), "3");
    EXPECT_EQ(rest("GET", "/order/v1-ext/orders?externalId=A").json["documents"][0]["rows"][0]["quantity"], 2);
    EXPECT_TRUE(rest("GET", "/order/v1-ext/orders?externalId=B").json["documents"].empty());
    Json shirts = sale("B", 20);
    shirts["rows"][0]["sku"] = "TS-2041-BLK-M";  // more than the store has: the replacement stock gives them
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", shirts).status, 201);
    EXPECT_EQ((world_.balances[{"TS-2041-BLK-M", "stock-3"}].free.text()), "20");
    control("settings", {{"lookup_lag_ms", 60000}});
    EXPECT_TRUE(rest("GET", "/order/v1-ext/orders?externalId=A").json["documents"].empty());
}

TEST_F(ApiTest, RefundsWithTheRightSignAndNeverMoreThanWasSold) {
    ASSERT_EQ(rest("POST", "/order/v1-ext/orders", sale("A")).status, 201);
    Json refund = sale("A:refund:1", 2);
    refund["orderType"] = "refund";
    refund["originalExternalId"] = "A";
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", refund).json["errors"].begin().key(), "rows[0].quantity");
    control("settings", {{"refund_positive", true}});
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", refund).status, 201);
    EXPECT_EQ((world_.balances[{"K-100", "stock-1"}].free.text()), "5");
    refund["externalId"] = "A:refund:2";
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", refund).json["errors"].begin().key(), "rows.quantity");
    refund["originalExternalId"] = "nothing";
    EXPECT_EQ(rest("POST", "/order/v1-ext/orders", refund).status, 400);
}

struct Wrong {
    const char* name;
    void (*change)(Json&);
    const char* field;
};
class WrongOrder : public ApiTest, public ::testing::WithParamInterface<Wrong> {};
TEST_P(WrongOrder, IsRefusedByField) {
    Json order = sale("A");
    GetParam().change(order);
    const Reply reply = rest("POST", "/order/v1-ext/orders", order);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.json["errors"].begin().key(), GetParam().field);
    EXPECT_TRUE(world_.orders.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Of, WrongOrder,
    ::testing::Values(Wrong{"Store", [](Json& o) { o["storeId"] = "store-9"; }, "storeId"},
                      Wrong{"Sku", [](Json& o) { o["rows"][0]["sku"] = "X"; }, "rows[0].sku"},
                      Wrong{"RowTotal", [](Json& o) { o["rows"][0]["rowTotal"] = 50.0; }, "rows[0].rowTotal"},
                      Wrong{"Vat", [](Json& o) { o["rows"][0]["vatRate"] = 25.5; }, "rows[0].vatAmount"},
                      Wrong{"Total", [](Json& o) { o["total"] = 59.81; }, "total"},
                      Wrong{"Payment", [](Json& o) { o["payments"][0]["amount"] = 1; }, "payments"},
                      Wrong{"Date", [](Json& o) { o["businessDate"] = "21.11.2026"; }, "businessDate"},
                      Wrong{"Customer", [](Json& o) { o["customerId"] = "c-9"; }, "customerId"},
                      Wrong{"NoId", [](Json& o) { o.erase("externalId"); }, "externalId"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ApiTest, KeepsCompaniesByTaxCodeAndPeopleByMail) {
    for (const char* good : {"FI12345671", "SE556677889901", "DK12345678", "DE123456789"})
        EXPECT_TRUE(is_tax_code(good)) << good;
    for (const char* bad : {"FI1234567-1", "FI12345672", "12345671", "SE5566778899", "fi12345671", ""})
        EXPECT_FALSE(is_tax_code(bad)) << bad;
    const std::string path = "/customer/v1-ext/customers";
    const Json company{{"customerType", "company"}, {"companyName", "Uusi Oy"}, {"taxCode", "FI20000008"}};
    const Reply made = rest("POST", path, company);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(rest("POST", path, company).status, 409);
    Json wrong = company;
    wrong["taxCode"] = "2000000-8";
    EXPECT_EQ(rest("POST", path, wrong).json["errors"].begin().key(), "taxCode");
    EXPECT_EQ(rest("POST", path, {{"customerType", "private"}}).json["errors"].begin().key(), "email");
    EXPECT_EQ(rest("GET", path + "?email=MAIJA@example.test").json["documents"][0]["id"], "c-2");
    EXPECT_EQ(rest("GET", path + "?taxCode=FI12345671").json["documents"][0]["id"], "c-1");
    // A replacement empties what it leaves out.
    const std::string id = made.json["id"];
    EXPECT_EQ(rest("PUT", path + "/c-1", {{"customerType", "company"}, {"companyName", "E"}, {"taxCode", "FI12345671"}})
                  .status,
              200);
    EXPECT_TRUE(world_.customers["c-1"]["phone"].is_null());
    EXPECT_EQ(rest("PUT", path + "/c-0", company).status, 404);
    EXPECT_EQ(rest("GET", path + "/" + id).json["companyName"], "Uusi Oy");
}

TEST_F(ApiTest, SpeaksTheSecondShape) {
    const Reply products = alt("GET", "/catalog/v1-ext/products?page=2&pageSize=3");
    EXPECT_EQ(products.json["total"], 7);
    const Json& card = products.json["items"][0];
    EXPECT_EQ(card["stockItem"]["sku"], "GC-50");
    EXPECT_EQ(card["prices"][0], (Json{{"kind", "regular"}, {"amount", "50.00"}}));
    EXPECT_EQ(card["modifiedAt"], 1793512800000);
    EXPECT_FALSE(card.contains("salesPrice"));
    const Reply balances = alt("GET", "/stock/v1-ext/balances?pageSize=2");
    EXPECT_EQ(balances.json["items"][0]["freeBalance"], "5.000");
    const Reply more = ask(alt_, "GET", "/stock/v1-ext/balances?pageSize=2", {},
                           {{"X-Continuation-Token", balances.json["continuationToken"].get<std::string>()}});
    EXPECT_EQ(more.status, 200);
    EXPECT_NE(more.json["items"][0], balances.json["items"][0]);
    const Reply strict = alt("POST", "/order/v1-ext/orders", sale("A"));
    EXPECT_EQ(strict.status, 400) << "numbers must be text";
}

}  // namespace
}  // namespace sandbox::solteq
