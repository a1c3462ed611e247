#include "tests/sandbox/kit/encoding.h"
#include "tests/unit/sandbox/erp/erp_fixture.h"

namespace sandbox::erp {
namespace {

using EnglishApiTest = ErpTest;

std::string error_code(const Reply& reply) { return reply.json["errors"][0]["code"]; }

TEST_F(EnglishApiTest, OnlyTheApiKeySchemeIsLetIn) {
    for (const char* header : {"", "demo-key", "Bearer demo-key", "ApiKey", "ApiKey ", "ApiKey  demo-key",
                               "apikey demo-key", "ApiKey wrong", "ApiKey demo-key ", "Basic ZGVtby1rZXk="}) {
        const Reply reply = english("GET", "/api/databases", {}, header);
        EXPECT_EQ(reply.status, 401) << header;
        EXPECT_EQ(error_code(reply), "UNAUTHORIZED") << header;
    }
    EXPECT_EQ(english("GET", "/api/databases").status, 200);
}

TEST_F(EnglishApiTest, KeyOpensItsOwnDatabasesOnly) {
    const std::string narrow = "ApiKey narrow-key";
    EXPECT_EQ(english("GET", "/api/databases", {}, narrow).json["data"].size(), 1U);
    EXPECT_EQ(english("GET", "/api/stock?database=Demo2", {}, narrow).status, 200);
    const Reply forbidden = english("GET", "/api/stock?database=Shop2026", {}, narrow);
    EXPECT_EQ(forbidden.status, 403);
    EXPECT_EQ(error_code(forbidden), "DATABASE_FORBIDDEN");
}

TEST_F(EnglishApiTest, DatabaseMustBeNamedAndExist) {
    EXPECT_EQ(english("GET", "/api/stock").status, 400);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2099").status, 404);
    EXPECT_EQ(english("GET", "/api/nothing?database=Shop2026").status, 404);
    EXPECT_EQ(english("POST", "/api/documents/proforma?database=Shop2026", Json::object()).status, 404);
}

TEST_F(EnglishApiTest, PagesCoverTheListOnceAndThenAreEmpty) {
    std::vector<std::string> codes;
    for (int page = 1; page <= 4; ++page) {
        const Json body =
            english("GET", "/api/products?database=Shop2026&pageSize=2&page=" + std::to_string(page)).json;
        EXPECT_EQ(body["pagination"]["totalItems"], 6);
        EXPECT_EQ(body["pagination"]["totalPages"], 3);
        for (const Json& row : body["data"]) codes.push_back(row["code"]);
    }
    EXPECT_EQ(codes,
              (std::vector<std::string>{"A-100045", "A-100046", "K-200010", "T-300001", "U-DOSTAVA", "A-100099"}));
}

TEST_F(EnglishApiTest, PageSizeIsCutAtFiveHundredAndSaysSo) {
    ASSERT_EQ(control("POST", "/__sandbox/seed", {{"generate", 700}}).status, 200);
    const Json body = english("GET", "/api/stock?database=Shop2026&businessUnitId=1&pageSize=5000").json;
    EXPECT_EQ(body["data"].size(), 500U);
    EXPECT_EQ(body["pagination"]["pageSize"], 500);
    EXPECT_EQ(body["pagination"]["totalPages"], 2);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&page=0").status, 400);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&pageSize=x").status, 400);
}

TEST_F(EnglishApiTest, ModifiedSinceGivesOnlyWhatChanged) {
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&modifiedSince=2026-11-20T14:03:12").json["data"].size(), 0U);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&businessUnitId=1&modifiedSince=2026-11-20T14:03:11")
                  .json["data"]
                  .size(),
              5U);
    ASSERT_EQ(post("reservation", "A", 1).status, 201);
    const Json changed = english("GET", "/api/stock?database=Shop2026&modifiedSince=2026-11-20T14:03:12").json;
    ASSERT_EQ(changed["data"].size(), 1U);
    EXPECT_EQ(changed["data"][0]["code"], "A-100045");
    EXPECT_EQ(english("GET", "/api/products?database=Shop2026&modifiedSince=2026-11-20T14:03:12").json["data"].size(),
              0U)
        << "stock does not touch the article's card";
    EXPECT_EQ(english("GET", "/api/products?database=Shop2026&modifiedSince=yesterday").status, 400);
}

TEST_F(EnglishApiTest, StockModeAndPriceTypePickTheGenericMembers) {
    const auto row = [&](const char* query) {
        return english("GET", std::string{"/api/stock?database=Shop2026&businessUnitId=1&code=A-100045"} + query)
            .json["data"][0];
    };
    EXPECT_EQ(row("&stockMode=on_hand")["quantity"], 24.0);
    EXPECT_EQ(row("&stockMode=free")["quantity"], 21.0);
    EXPECT_EQ(row("&priceType=net")["price"], 1082.5);
    EXPECT_EQ(row("&priceType=purchase")["price"], 700.0);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&businessUnitId=2&code=A-100045").json["data"][0]["price"],
              1349.0);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&stockMode=some").status, 400);
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2026&businessUnitId=9").status, 400);
}

TEST_F(EnglishApiTest, CustomersAreFoundByEachKey) {
    const auto found = [&](const std::string& query) {
        return english("GET", "/api/customers?database=Shop2026&" + query).json["data"].size();
    };
    EXPECT_EQ(found("pib=123456788"), 1U);
    EXPECT_EQ(found("email=NABAVKA%40primer.example"), 1U);
    EXPECT_EQ(found("phone=%2B381%2021%20555-000"), 1U);
    EXPECT_EQ(found("name=primer"), 1U);
    EXPECT_EQ(found("code=K-0881"), 1U);
    EXPECT_EQ(found("code=K-0881&pib=999999995"), 0U);
    EXPECT_EQ(found("pib=999999995"), 0U);
}

TEST_F(EnglishApiTest, SecondCustomerWithTheSamePibIsAccepted) {
    const Json body{{"type", 1}, {"name", "Primer opet"}, {"pib", "123456788"}};
    EXPECT_EQ(english("POST", "/api/customers?database=Shop2026", body).status, 201);
    EXPECT_EQ(english("GET", "/api/customers?database=Shop2026&pib=123456788").json["data"].size(), 2U);
}

TEST_F(EnglishApiTest, LookUpsDoNotSeeFreshWritesWhileTheyLag) {
    set("lookup_lag_ms", 3'600'000);
    ASSERT_EQ(post("reservation", "A", 1).status, 201);
    ASSERT_EQ(english("POST", "/api/customers?database=Shop2026", {{"type", 3}, {"name", "Nova"}}).status, 201);
    EXPECT_EQ(english("GET", "/api/documents/reservation?database=Shop2026&externalNumber=A").json["data"].size(), 0U);
    EXPECT_EQ(english("GET", "/api/customers?database=Shop2026&name=Nova").json["data"].size(), 0U);
    EXPECT_EQ(error_code(post("reservation", "A", 1)), "DUPLICATE_EXTERNAL_NUMBER") << "the check itself does not lag";
    set("lookup_lag_ms", 0);
    EXPECT_EQ(english("GET", "/api/documents/reservation?database=Shop2026&externalNumber=A").json["data"].size(), 1U);
}

TEST_F(EnglishApiTest, DocumentsAreFoundByNumberDateAndCustomer) {
    ASSERT_EQ(post("reservation", "A", 1).status, 201);
    ASSERT_EQ(post("reservation", "B", 1).status, 201);
    const auto found = [&](const std::string& query) {
        return english("GET", "/api/documents/reservation?database=Shop2026&" + query).json["data"].size();
    };
    EXPECT_EQ(found("externalNumber=B"), 1U);
    EXPECT_EQ(found("externalNumber=a"), 0U);
    EXPECT_EQ(found("dateFrom=2026-11-21&dateTo=2026-11-21"), 2U);
    EXPECT_EQ(found("dateFrom=2026-11-22"), 0U);
    EXPECT_EQ(found("customerId=881"), 2U);
    EXPECT_EQ(found("customerId=882"), 0U);
    EXPECT_EQ(english("GET", "/api/documents/invoice?database=Shop2026&externalNumber=A").json["data"].size(), 0U);
}

struct BadDocument {
    const char* patch;  // merged into a good document
    int status;
    const char* code;
    const char* field;
};

class BadDocumentTest : public ErpTest, public ::testing::WithParamInterface<BadDocument> {};

TEST_P(BadDocumentTest, IsRefusedWithTheFieldThatIsWrong) {
    Json body = Json::parse(R"({"businessUnitId": 1, "externalNumber": "A", "date": "2026-11-21", "customerId": 881,
                              "items": [{"code": "A-100045", "quantity": 1.0, "unitPrice": 100.0}]})");
    body.merge_patch(Json::parse(GetParam().patch));
    const Reply reply = english("POST", "/api/documents/reservation?database=Shop2026", body);
    EXPECT_EQ(reply.status, GetParam().status);
    EXPECT_EQ(error_code(reply), GetParam().code);
    EXPECT_EQ(reply.json["errors"][0]["field"], GetParam().field);
    EXPECT_TRUE(world.database("Shop2026")->documents().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadDocumentTest,
    ::testing::Values(
        BadDocument{R"({"businessUnitId": 7})", 400, "VALIDATION", "businessUnitId"},
        BadDocument{R"({"businessUnitId": "1"})", 400, "VALIDATION", "businessUnitId"},
        BadDocument{R"({"date": "21.11.2026"})", 400, "VALIDATION", "date"},
        BadDocument{R"({"date": null})", 400, "VALIDATION", "date"},
        BadDocument{R"({"customerId": null})", 400, "VALIDATION", "customerId"},
        BadDocument{R"({"customerId": "881"})", 400, "VALIDATION", "customerId"},
        BadDocument{R"({"customerId": 9999})", 422, "CUSTOMER_NOT_FOUND", "customerId"},
        BadDocument{R"({"items": []})", 400, "VALIDATION", "items"},
        BadDocument{R"({"items": null})", 400, "VALIDATION", "items"},
        BadDocument{R"({"items": [{"code": "A-999", "quantity": 1}]})", 422, "PRODUCT_NOT_FOUND", "items[0].code"},
        BadDocument{R"({"items": [{"productId": 1205, "code": "A-100045", "quantity": 1}]})", 422, "PRODUCT_NOT_FOUND",
                    "items[0].code"},
        BadDocument{R"({"items": [{"quantity": 1}]})", 400, "VALIDATION", "items[0].code"},
        BadDocument{R"({"items": [{"code": "A-100045"}]})", 400, "VALIDATION", "items[0].quantity"},
        BadDocument{R"({"items": [{"code": "A-100045", "quantity": "1.0"}]})", 400, "VALIDATION", "items[0].quantity"},
        BadDocument{R"({"items": [{"code": "A-100045", "quantity": 0}]})", 400, "VALIDATION", "items[0].quantity"},
        BadDocument{R"({"items": [{"code": "A-100045", "quantity": 0.0001}]})", 400, "VALIDATION", "items[0].quantity"},
        BadDocument{R"({"items": [{"code": "A-100045", "quantity": 1, "unitPrice": -1}]})", 400, "VALIDATION",
                    "items[0].unitPrice"},
        BadDocument{R"({"items": [{"code": "A-100045", "quantity": 1, "unitPrice": 1.00001}]})", 400, "VALIDATION",
                    "items[0].unitPrice"},
        BadDocument{R"({"items": [{"code": "A-100045", "quantity": 1, "discountPercent": 101}]})", 400, "VALIDATION",
                    "items[0].discountPercent"},
        BadDocument{R"({"pricesIncludeVat": "yes"})", 400, "VALIDATION", "pricesIncludeVat"},
        BadDocument{R"({"note": 5})", 400, "VALIDATION", "note"}));

TEST_F(EnglishApiTest, BodyThatIsNoJsonObjectIsRefused) {
    for (const char* body : {"", "[]", "{", "null", "\xff"}) {
        EXPECT_EQ(english("POST", "/api/documents/reservation?database=Shop2026", body).status, 400) << body;
    }
}

TEST_F(EnglishApiTest, NoteIsCountedInCharacters) {
    std::string note;
    for (int index = 0; index < 1000; ++index) note += "š";
    Json body{{"businessUnitId", 1},
              {"date", "2026-11-21"},
              {"customerId", 881},
              {"note", note},
              {"items", Json::array({{{"code", "A-100045"}, {"quantity", 1}}})}};
    EXPECT_EQ(english("POST", "/api/documents/reservation?database=Shop2026", body).status, 201);
    body["note"] = note + "!";
    EXPECT_EQ(english("POST", "/api/documents/reservation?database=Shop2026", body).json["errors"][0]["field"], "note");
}

TEST_F(EnglishApiTest, ImagesComeAsBytesOrAsAnAddressWithoutKey) {
    const std::string path = "/api/products/1204/images?database=Shop2026";
    const std::string base64 = english("GET", path).json["data"][0]["base64"];
    set("image_url", true);
    const Json row = english("GET", path).json["data"][0];
    EXPECT_EQ(row["url"], "http://erp.example:8080/media/Shop2026/5501");
    EXPECT_TRUE(row["base64"].is_null());
    const Reply picture = english("GET", "/media/Shop2026/5501", {}, "");
    EXPECT_EQ(picture.status, 200);
    EXPECT_EQ(kit::base64_encode(picture.text), base64);
    EXPECT_EQ(english("GET", "/media/Shop2026/1", {}, "").status, 404);
    EXPECT_TRUE(english("GET", "/api/products/1208/images?database=Shop2026").json["data"].empty());
}

}  // namespace
}  // namespace sandbox::erp
