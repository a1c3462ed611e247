// Goal: both dialects send and read the files of tests/fixtures/solteq.
#include "common/json/value.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

class WireOf : public ::testing::TestWithParam<const char*> {
 protected:
    bool rest_ = GetParam() == std::string("solteq-rest");
};
INSTANTIATE_TEST_SUITE_P(Dialect, WireOf, ::testing::Values("solteq-rest", "solteq-alt"),
                         [](const auto& test) { return std::string(test.param) == "solteq-rest" ? "Rest" : "Alt"; });

// Order of members aside: each member of the file's object has the text that we sent.
void expect_same(const json::Value& file, const json::Value& sent, const std::string& path) {
    EXPECT_EQ(file.type(), sent.type()) << path;
    EXPECT_EQ(file.size(), sent.size()) << path << " " << sent.dump();
    if (file.is_array()) {
        for (std::size_t i = 0; i < file.size(); ++i)
            expect_same(file.at(i), sent.at(i), path + "/" + std::to_string(i));
        return;
    }
    EXPECT_EQ(file.text(), sent.text()) << path;
    for (const char* name :
         {"externalId",   "orderNumber", "orderType",  "storeId",   "channel",        "createdAt", "paidAt",
          "businessDate", "currency",    "customerId", "note",      "rows",           "rowNumber", "sku",
          "stockItem",    "name",        "quantity",   "unitPrice", "discountAmount", "rowTotal",  "vatRate",
          "vatAmount",    "payments",    "type",       "amount",    "reference",      "total",     "totalVat"})
        if (file.has(name)) expect_same(file.member(name), sent.member(name), path + "/" + name);
}

TEST_P(WireOf, SendsTheSaleOfTheContract) {
    Rig rig(GetParam(), "payment_types: {stripe: PaymentTerminal}");
    rig.reply(list_of(GetParam(), {}));
    const std::string page = fixture("customers", GetParam());
    rig.reply(page);
    rig.reply(sale_row_of(GetParam()), 201);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    const auto file = json::Document::parse(fixture("sale", GetParam()));
    const auto sent = json::Document::parse(rig.transport.last().body);
    ASSERT_TRUE(file && sent) << rig.transport.last().body;
    expect_same(file->root(), sent->root(), "");
    EXPECT_EQ(
        (std::vector<std::string>{rest_ ? "GET /order/v1-ext/orders?externalId=woo%3Amain%3A10231"
                                        : "GET /order/v1-ext/orders?externalId=woo%3Amain%3A10231&page=1&pageSize=50",
                                  rest_ ? "GET /customer/v1-ext/customers?taxCode=FI12345671&pageSize=200"
                                        : "GET /customer/v1-ext/customers?taxCode=FI12345671&page=1&pageSize=200",
                                  "POST /order/v1-ext/orders"}),
        rig.asked());
}

TEST_P(WireOf, SendsARefundWithItsSigns) {
    for (const char* sign : {"negative", "positive"}) {
        Rig rig(GetParam(), std::string("refund_sign: ") + sign);
        rig.reply(list_of(GetParam(), {}));
        rig.reply(sale_row_of(GetParam()), 201);
        const Result<runtime::Applied> applied = rig.apply(refund_command());
        ASSERT_TRUE(applied) << applied.error().message;
        const auto sent = json::Document::parse(rig.transport.last().body);
        ASSERT_TRUE(sent);
        const json::Value row = sent->root().member("rows").at(0);
        const bool negative = rest_ && sign == std::string("negative");
        EXPECT_EQ(negative ? "-1" : "1", row.member("quantity").text());
        EXPECT_EQ("24.90", row.member("unitPrice").text());
        EXPECT_EQ(negative ? "-24.90" : "24.90", sent->root().member("total").text());
        EXPECT_EQ(negative ? "-24.90" : "24.90", sent->root().member("payments").at(0).member("amount").text());
        EXPECT_EQ("refund", sent->root().member("orderType").text());
        EXPECT_EQ("woo:main:10231", sent->root().member("originalExternalId").text());
    }
}

// A PUT replaces the whole record: what Solteq has beside ours must go back with it.
TEST_P(WireOf, ReplacesACustomerWithoutLosingTheRest) {
    Rig rig(GetParam());
    rig.reply(fixture("customers", GetParam()));
    const auto cards = rig.room->client->customers("email", "osto@esimerkki.example", {});
    ASSERT_TRUE(cards) << cards.error().error.message;
    CustomerCard card = cards->at(0);
    EXPECT_EQ("990001", card.card);
    EXPECT_EQ((std::vector<std::string>{"STAFF"}), card.groups);
    card.phone = "+358409999999";
    card.external_id = "other";
    card.addresses.push_back(
        {.kind = "shipping", .street = "Tie 2", .postal_code = "20100", .city = "Turku", .country = "FI"});
    rig.reply(R"({"id":"c-991","customerType":"company"})");
    ASSERT_TRUE(rig.room->client->save_customer(card, {}));
    EXPECT_EQ("PUT /customer/v1-ext/customers/c-991", rig.asked().back());
    const auto sent = json::Document::parse(rig.transport.last().body);
    ASSERT_TRUE(sent);
    const json::Value body = sent->root();
    EXPECT_EQ("+358409999999", body.member("phone").text());
    EXPECT_EQ("STAFF", body.member("customerGroups").at(0).member("externalId").text());
    EXPECT_TRUE(body.member("marketingPermissions").member("email").boolean());
    EXPECT_EQ("990001", body.member("identifiers").at(0).member("value").text());
    EXPECT_EQ("woo:main:77", body.member("externalId").text());
    EXPECT_EQ(2U, body.member("addresses").size());
    EXPECT_FALSE(body.has("modifiedAt"));
    EXPECT_FALSE(body.has("current"));
}

TEST(Wire, TimesCarryTheirOffset) {
    const dialect::Zone zone = *dialect::Zone::locate("Europe/Helsinki");
    EXPECT_EQ("2026-11-21T09:15:00+02:00", local_time(zone, 1795245300000));
    EXPECT_EQ("2026-07-01T03:00:00+03:00", local_time(zone, *parse_utc("2026-07-01T00:00:00Z")));
    EXPECT_EQ("2026-11-20T20:15:00-11:00", local_time(*dialect::Zone::locate("Pacific/Niue"), 1795245300000));
}

struct Answer {
    const char* name;
    int status;
    const char* body;
    ErrorKind read;   // of a list
    ErrorKind write;  // of a sale
};
void PrintTo(const Answer& answer, std::ostream* out) { *out << answer.name; }
class AnswerOf : public ::testing::TestWithParam<Answer> {};
TEST_P(AnswerOf, MeansOneReaction) {
    Rig reading;
    reading.transport.otherwise([](const http::Request&, std::stop_token) {
        return http::Response{.status = GetParam().status, .body = GetParam().body};
    });
    const auto page = reading.room->client->page("list_products", 0, {}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(GetParam().read, page.error().error.kind) << page.error().error.message;
    EXPECT_NE(std::string::npos, page.error().error.message.find("list_products")) << page.error().error.message;
    EXPECT_EQ(std::string::npos, page.error().error.message.find("maija")) << "values stay out of messages";
    Rig writing;
    writing.reply(GetParam().body, GetParam().status);
    const auto sale = writing.room->client->create_sale({.external_id = "x"}, {});
    ASSERT_FALSE(sale);
    EXPECT_EQ(GetParam().write, sale.error().error.kind) << sale.error().error.message;
}
INSTANTIATE_TEST_SUITE_P(
    Of, AnswerOf,
    ::testing::Values(Answer{"Invalid", 400,
                             R"({"title":"Invalid","errors":{"email":["maija@example.test is taken"]}})",
                             ErrorKind::kRejected, ErrorKind::kRejected},
                      Answer{"Forbidden", 403, R"({"statusCode":403,"message":"Forbidden"})", ErrorKind::kRejected,
                             ErrorKind::kRejected},
                      Answer{"WrongPath", 404, "", ErrorKind::kRejected, ErrorKind::kRejected},
                      Answer{"WrongMethod", 405, "", ErrorKind::kRejected, ErrorKind::kRejected},
                      Answer{"Limited", 429, R"({"statusCode":429,"message":"Rate limit is exceeded."})",
                             ErrorKind::kRateLimited, ErrorKind::kRateLimited},
                      Answer{"Html", 502, "<html>Bad gateway</html>", ErrorKind::kTransient, ErrorKind::kAmbiguous},
                      Answer{"NotJson", 200, "<html>", ErrorKind::kTransient, ErrorKind::kAmbiguous},
                      Answer{"Cut", 200, R"({"documents":[)", ErrorKind::kTransient, ErrorKind::kAmbiguous},
                      Answer{"NoList", 200, R"({"documents":7})", ErrorKind::kTransient, ErrorKind::kAmbiguous}),
    [](const auto& test) { return test.param.name; });

// Rules 6.6 case 20.
TEST(Wire, ARefusedBearerIsRenewedOnceAndThenTheConnectionStops) {
    Rig rig;
    rig.reply("{}", 401);
    rig.reply(R"({"access_token":"t2","expires_in":3600})");
    rig.reply("{}", 401);
    const auto page = rig.room->client->page("list_products", 0, {}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kAuth, page.error().error.kind);
    EXPECT_EQ(4U, rig.transport.requests().size());
}

}  // namespace
}  // namespace shopwire::solteq
