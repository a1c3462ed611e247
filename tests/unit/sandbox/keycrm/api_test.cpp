// The wire of contract keycrm A1 to A3: codes, pages, filters, errors, limits.
#include "tests/unit/sandbox/keycrm/crm_fixture.h"

namespace sandbox::keycrm {
namespace {

class KeycrmApi : public CrmTest {};

TEST_F(KeycrmApi, WantsTheKey) {
    EXPECT_EQ(ask("GET", "/order", nullptr, "Bearer other").status, 401);
    EXPECT_EQ(ask("GET", "/order", nullptr, "demo-key").body["message"], "Unauthenticated.");
}

TEST_F(KeycrmApi, UnknownRoutesAreJson404AndWarehousesAreOne) {
    for (const char* path : {"/warehouses", "/warehouse", "/storages", "/offers/warehouses", "/orders/1/products"}) {
        const Got got = ask("GET", path);
        EXPECT_EQ(got.status, 404) << path;
        EXPECT_TRUE(got.body.contains("message"));
    }
}

TEST_F(KeycrmApi, CountsTheMinuteAsLaravelDoes) {
    crm.switches.rate_per_minute = 20;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("GET", "/order/status").status, 200);
    const Got full = ask("GET", "/order/status");
    EXPECT_EQ(full.status, 429);
    EXPECT_EQ(full.body["message"], "Too Many Attempts.");
    int wait = 0;
    for (const auto& [name, value] : full.headers)
        if (name == "Retry-After") wait = std::stoi(value);
    EXPECT_GE(wait, 55);
    EXPECT_LE(wait, 60);
    api.forget_limit();
    EXPECT_EQ(ask("GET", "/order/status").status, 200);
}

TEST_F(KeycrmApi, PagesHoldFifteenAndFiftyAtMost) {
    EXPECT_EQ(ask("GET", "/offers/stocks").body["data"].size(), 15U);
    const Got large = ask("GET", "/offers/stocks?limit=500&page=4");
    EXPECT_EQ(large.body["per_page"], 50);
    EXPECT_EQ(large.body["data"].size(), 50U);
    EXPECT_EQ(large.body["total"], 200);
    EXPECT_TRUE(large.body["next_page_url"].is_null());
    EXPECT_EQ(ask("GET", "/offers/stocks?perPage=50").body["data"].size(), 15U) << "no parameter of that name";
    change({{"limit_over_is_422", true}});
    EXPECT_EQ(ask("GET", "/offers/stocks?limit=51").status, 422);
}

TEST_F(KeycrmApi, LinksLoseFilterAndLimit) {
    EXPECT_EQ(ask("GET", "/offers/stocks?limit=50&filter[details]=true").body["next_page_url"],
              "https://openapi.keycrm.app/v1/offers/stocks?page=2");
}

TEST_F(KeycrmApi, IncludesTakeBothSpellingsAndRefuseOthers) {
    ask("POST", "/order", order_body());
    for (const char* include :
         {"shipping.deliveryService", "shipping.delivery_service", "custom_fields", "customFields"})
        EXPECT_EQ(ask("GET", std::string("/order?include=") + include).status, 200) << include;
    const Got refused = ask("GET", "/order?include=products.warehouse");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body["message"].get<std::string>().find("are not allowed"), std::string::npos);
}

TEST_F(KeycrmApi, SomeFiltersAreIgnoredInSilence) {
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[warehouse_id]=1").body["total"], 200);
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[status]=active").body["total"], 200);
    change({{"strict_filters", true}});
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[status]=active").status, 400);
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[warehouse_id]=1").body["total"], 200);
}

TEST_F(KeycrmApi, StocksBySkuIdAndWarehouse) {
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[offers_sku]=K-1,K-2").body["total"], 2);
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[offers_id]=9002").body["data"][0]["sku"], "K-2");
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[offers_sku]=K-59").body["total"], 2) << "the doubled one";
    const Json row = ask("GET", "/offers/stocks?filter[offers_id]=9002&filter[details]=true").body["data"][0];
    EXPECT_EQ(row["warehouse"].size(), 2U);
    EXPECT_EQ(row["quantity"], 12);
    EXPECT_FALSE(ask("GET", "/offers/stocks?filter[offers_id]=9002").body["data"][0].contains("warehouse"));
    EXPECT_EQ(ask("GET", "/offers/stocks?filter[offers_id]=9070").body["data"][0]["quantity"], 4.5);
}

TEST_F(KeycrmApi, ThreeVocabulariesForOneNumber) {
    EXPECT_TRUE(ask("GET", "/offers?filter[id]=9001").body["data"][0].contains("in_reserve"));
    EXPECT_TRUE(ask("GET", "/offers/stocks?filter[offers_id]=9001").body["data"][0].contains("reserve"));
    change({{"in_reserve_missing", true}, {"numbers_as_strings", true}});
    const Json offer = ask("GET", "/offers?filter[id]=9001&include=product").body["data"][0];
    EXPECT_FALSE(offer.contains("in_reserve"));
    EXPECT_EQ(offer["price"], "101.00");
}

TEST_F(KeycrmApi, TimesHaveTwoForms) {
    const Json made = ask("POST", "/order", order_body()).body;
    EXPECT_EQ(made["created_at"].get<std::string>()[10], ' ');
    change({{"iso_times", true}});
    const std::string iso = ask("GET", "/order/" + std::to_string(made["id"].get<Id>())).body["created_at"];
    EXPECT_TRUE(iso.ends_with(".000000Z")) << iso;
}

TEST_F(KeycrmApi, CustomFieldsAreABareList) { EXPECT_TRUE(ask("GET", "/custom-fields").body.is_array()); }

TEST_F(KeycrmApi, EachVerbHasItsCode) {
    const Id order = ask("POST", "/order", order_body()).body["id"].get<Id>();
    const std::string path = "/order/" + std::to_string(order);
    EXPECT_EQ(ask("POST", "/order", order_body()).status, 201);
    EXPECT_EQ(ask("PUT", path, Json{{"status_id", 4}}).status, 202);
    EXPECT_EQ(ask("POST", path + "/payment", Json{{"amount", 1}, {"payment_method_id", 1}}).status, 201);
    EXPECT_EQ(ask("POST", path + "/expense", Json{{"amount", 1}, {"expense_type_id", 2}}).status, 201);
    EXPECT_EQ(ask("POST", path + "/tag/1").status, 202);
    EXPECT_EQ(ask("DELETE", path + "/tag/1").status, 204);
    EXPECT_EQ(ask("DELETE", path + "/tag/1").status, 400);
    EXPECT_EQ(
        ask("PUT", "/offers/stocks", Json{{"warehouse_id", 1}, {"stocks", {{{"sku", "K-1"}, {"quantity", 3}}}}}).status,
        202);
    EXPECT_EQ(ask("GET", "/order/1").status, 404);
    EXPECT_EQ(ask("PUT", "/order/1", Json::object()).status, 404);
    EXPECT_EQ(ask("POST", "/products", Json{{"name", "New"}, {"sku", "N-1"}}).status, 201);
    EXPECT_EQ(ask("GET", "/offers?filter[sku]=N-1").body["total"], 1) << "a simple product has one offer";
    EXPECT_EQ(ask("POST", "/buyer", Json{{"full_name", "A"}}).status, 201);
    EXPECT_EQ(ask("POST", "/buyer/import", Json::object()).status, 400);
}

TEST_F(KeycrmApi, ValidationNamesEachField) {
    const Got got = ask("POST", "/order", Json{{"buyer", {{"phone", "1"}}}, {"payments", {{{"amount", 1}}}}});
    EXPECT_EQ(got.status, 422);
    for (const char* field : {"source_id", "buyer.full_name", "payments.0.payment_method_id"})
        EXPECT_TRUE(got.body["errors"].contains(field)) << field << got.body;
    Json paid = order_body();
    paid["payments"][0]["status"] = "notpaid";
    EXPECT_EQ(ask("POST", "/order", paid).status, 422);
    EXPECT_EQ(ask("PUT", "/offers/stocks", Json{{"stocks", Json::array()}}).status, 422);
    EXPECT_EQ(
        ask("PUT", "/offers/stocks", Json{{"warehouse_id", 7}, {"stocks", {{{"sku", "K-1"}, {"quantity", 1}}}}}).status,
        422);
}

}  // namespace
}  // namespace sandbox::keycrm
