// What documents do to stock and debt: contract sors 2.2, asked through sors-en.
#include "tests/unit/sandbox/erp/erp_fixture.h"

namespace sandbox::erp {
namespace {

using PostingTest = ErpTest;

std::string error_code(const Reply& reply) { return reply.json["errors"][0]["code"]; }
int id_of_reply(const Reply& reply) { return reply.json["data"]["id"]; }

struct EffectCase {
    const char* type;
    const char* setting;  // switched from its default, or ""
    bool value;
    const char* on_hand;  // of 24 after a document over 2
    const char* reserved;  // of 3
    const char* debt;  // of 152340.00, the document is 200.00
};

class EffectTest : public ErpTest, public ::testing::WithParamInterface<EffectCase> {};

TEST_P(EffectTest, MovesStockAndDebtAsTheTableSays) {
    const EffectCase& expected = GetParam();
    if (std::string_view{expected.setting} != "") set(expected.setting, expected.value);
    ASSERT_EQ(post(expected.type, "WC-1", 2).status, 201);
    EXPECT_EQ(stock().on_hand.text(0), expected.on_hand);
    EXPECT_EQ(stock().reserved.text(0), expected.reserved);
    EXPECT_EQ(debt(), expected.debt);
}

INSTANTIATE_TEST_SUITE_P(DocumentTypes, EffectTest,
                         ::testing::Values(EffectCase{"reservation", "", false, "24", "5", "152340.00"},
                                           EffectCase{"delivery-note", "", false, "22", "3", "152340.00"},
                                           EffectCase{"delivery-note", "delivery_note_moves_stock", false, "24", "3",
                                                      "152340.00"},
                                           EffectCase{"invoice-delivery-note", "", false, "22", "3", "152540.00"},
                                           EffectCase{"invoice", "", false, "24", "3", "152540.00"},
                                           EffectCase{"invoice", "invoice_moves_stock", true, "22", "3", "152540.00"}));

TEST_F(PostingTest, ReturnRaisesStockAndLowersDebtOnlyWhenItsBaseMadeDebt) {
    const int with_debt = id_of_reply(post("invoice-delivery-note", "WC-1", 2));
    const int without_debt = id_of_reply(post("delivery-note", "WC-2", 2));
    ASSERT_EQ(debt(), "152540.00");
    ASSERT_EQ(post_return("WC-1-R1", "invoice-delivery-note", with_debt, 1).status, 201);
    EXPECT_EQ(stock().on_hand.text(0), "21");
    EXPECT_EQ(debt(), "152440.00");
    ASSERT_EQ(post_return("WC-2-R1", "delivery-note", without_debt, 2).status, 201);
    EXPECT_EQ(stock().on_hand.text(0), "23");
    EXPECT_EQ(debt(), "152440.00");
}

TEST_F(PostingTest, ReturnNeedsABaseThatRecordedGoodsLeaving) {
    const int reservation = id_of_reply(post("reservation", "WC-1", 2));
    const int invoice = id_of_reply(post("invoice", "WC-2", 2));
    const int note = id_of_reply(post("delivery-note", "WC-3", 2));
    EXPECT_EQ(error_code(post_return("R-1", "reservation", reservation, 1)), "BASE_DOCUMENT_REQUIRED");
    EXPECT_EQ(error_code(post_return("R-2", "invoice", invoice, 1)), "BASE_DOCUMENT_REQUIRED");
    EXPECT_EQ(error_code(post_return("R-3", "invoice-delivery-note", note, 1)), "BASE_DOCUMENT_REQUIRED")
        << "named with another type";
    EXPECT_EQ(error_code(post_return("R-4", "delivery-note", 999'999, 1)), "BASE_DOCUMENT_REQUIRED");
    const Reply without = post("return", "R-5", 1);
    EXPECT_EQ(without.status, 422);
    EXPECT_EQ(error_code(without), "BASE_DOCUMENT_REQUIRED");
    EXPECT_EQ(stock().on_hand.text(0), "22") << "nothing came back";
}

TEST_F(PostingTest, ReturnsTogetherNeverExceedWhatWasIssued) {
    const int note = id_of_reply(post("delivery-note", "WC-1", 3));
    ASSERT_EQ(post_return("R-1", "delivery-note", note, 2).status, 201);
    const Reply too_much = post_return("R-2", "delivery-note", note, 2);
    EXPECT_EQ(too_much.status, 422);
    EXPECT_EQ(error_code(too_much), "RETURN_EXCEEDS_ISSUED");
    EXPECT_EQ(post_return("R-3", "delivery-note", note, 1).status, 201);
    EXPECT_EQ(stock().on_hand.text(0), "24");
    const Json base =
        english("GET", "/api/documents/delivery-note/" + std::to_string(note) + "?database=Shop2026").json;
    EXPECT_EQ(base["data"]["items"][0]["returnedQuantity"], 3.0);
}

TEST_F(PostingTest, LinesOfOneReturnAreAddedBeforeTheyAreCompared) {
    const int note = id_of_reply(post("delivery-note", "WC-1", 3));
    const Json line{
        {"baseDocumentType", "delivery-note"}, {"baseDocumentId", note}, {"code", "A-100045"}, {"quantity", 2}};
    const Reply reply =
        english("POST", "/api/documents/return?database=Shop2026",
                {{"businessUnitId", 1}, {"date", "2026-11-25"}, {"customerId", 881}, {"items", {line, line}}});
    EXPECT_EQ(error_code(reply), "RETURN_EXCEEDS_ISSUED");
    EXPECT_EQ(reply.json["errors"][0]["field"], "items[1].quantity");
}

TEST_F(PostingTest, NumbersRunPerTypeUnitAndYear) {
    EXPECT_EQ(post("reservation", "A", 1).json["data"]["number"], "1/2026");
    EXPECT_EQ(post("reservation", "B", 1).json["data"]["number"], "2/2026");
    EXPECT_EQ(post("invoice", "C", 1).json["data"]["number"], "1/2026");
    const Json items = Json::array({{{"code", "A-100045"}, {"quantity", 1}}});
    const auto number = [&](int unit, const char* date) {
        return english("POST", "/api/documents/reservation?database=Shop2026",
                       {{"businessUnitId", unit}, {"date", date}, {"customerId", 881}, {"items", items}})
            .json["data"]["number"]
            .get<std::string>();
    };
    EXPECT_EQ(number(2, "2026-11-21"), "1/2026");
    EXPECT_EQ(number(1, "2027-01-02"), "1/2027");
    EXPECT_EQ(number(1, "2026-12-31"), "3/2026");
}

TEST_F(PostingTest, RefusedDocumentTakesNoNumberAndMovesNothing) {
    ASSERT_EQ(post("reservation", "A", 1).status, 201);
    EXPECT_EQ(error_code(post("reservation", "A", 1)), "DUPLICATE_EXTERNAL_NUMBER");
    EXPECT_EQ(stock().reserved.text(0), "4");
    EXPECT_EQ(post("reservation", "B", 1).json["data"]["number"], "2/2026");
}

TEST_F(PostingTest, SameExternalNumberIsAllowedForAnotherTypeAndWhenTheCheckIsOff) {
    ASSERT_EQ(post("reservation", "A", 1).status, 201);
    EXPECT_EQ(post("delivery-note", "A", 1).status, 201);
    set("duplicate_check", false);
    EXPECT_EQ(post("reservation", "A", 1).status, 201);
    EXPECT_EQ(english("GET", "/api/documents/reservation?database=Shop2026&externalNumber=A").json["data"].size(), 2U);
}

TEST_F(PostingTest, CancellingAReservationFreesItsGoodsOnce) {
    const int id = id_of_reply(post("reservation", "A", 4));
    const std::string path = "/api/documents/reservation/" + std::to_string(id) + "?database=Shop2026";
    EXPECT_EQ(english("DELETE", path).json["data"]["status"], "cancelled");
    EXPECT_EQ(english("DELETE", path).status, 200);
    EXPECT_EQ(stock().reserved.text(0), "3");
    EXPECT_EQ(error_code(post("reservation", "A", 1)), "DUPLICATE_EXTERNAL_NUMBER") << "the number stays taken";
    set("cancelled_frees_number", true);
    EXPECT_EQ(post("reservation", "A", 1).status, 201);
}

TEST_F(PostingTest, OnlyReservationsCanBeCancelled) {
    const int id = id_of_reply(post("delivery-note", "A", 1));
    const Reply reply = english("DELETE", "/api/documents/delivery-note/" + std::to_string(id) + "?database=Shop2026");
    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(error_code(reply), "NOT_CANCELLABLE");
    EXPECT_EQ(english("DELETE", "/api/documents/reservation/" + std::to_string(id) + "?database=Shop2026").status, 404);
}

TEST_F(PostingTest, FulfilledReservationTakesTheGoodsOnceAndIsDone) {
    const int id = id_of_reply(post("reservation", "A", 4));
    ASSERT_EQ(control("POST", "/__sandbox/fulfil", {{"documentId", id}}).status, 200);
    EXPECT_EQ(stock().on_hand.text(0), "20");
    EXPECT_EQ(stock().reserved.text(0), "3");
    EXPECT_EQ(debt(), "152740.00");
    EXPECT_EQ(english("GET", "/api/documents/invoice-delivery-note?database=Shop2026&externalNumber=A")
                  .json["data"][0]["total"],
              400.0);
    EXPECT_EQ(control("POST", "/__sandbox/fulfil", {{"documentId", id}}).status, 400);
    const Reply cancelled =
        english("DELETE", "/api/documents/reservation/" + std::to_string(id) + "?database=Shop2026");
    EXPECT_EQ(error_code(cancelled), "NOT_CANCELLABLE");
}

TEST_F(PostingTest, NegativeStockIsAllowedUnlessSwitchedOff) {
    EXPECT_EQ(post("delivery-note", "A", 30).status, 201);
    EXPECT_EQ(stock().on_hand.text(0), "-6");
    set("allow_negative_stock", false);
    EXPECT_EQ(error_code(post("delivery-note", "B", 1)), "INSUFFICIENT_STOCK");
    EXPECT_EQ(error_code(post("reservation", "C", 1)), "INSUFFICIENT_STOCK");
    EXPECT_EQ(post("invoice", "D", 1).status, 201) << "a plain invoice moves no goods";
}

TEST_F(PostingTest, ReservationLooksAtFreeStockAndIssueAtStockOnHand) {
    set("allow_negative_stock", false);
    EXPECT_EQ(error_code(post("reservation", "A", 22)), "INSUFFICIENT_STOCK");
    EXPECT_EQ(post("reservation", "B", 21).status, 201);
    EXPECT_EQ(post("delivery-note", "C", 24).status, 201);
}

TEST_F(PostingTest, TotalsAreSummedFromRoundedLines) {
    const Json line{{"code", "A-100045"}, {"quantity", 3}, {"unitPrice", 1299.0}, {"discountPercent", 10.1873}};
    const Json delivery{{"code", "U-DOSTAVA"}, {"quantity", 1}, {"unitPrice", 390}};
    const Json honey{{"code", "K-200010"}, {"quantity", 0.125}, {"unitPrice", 333.33}};
    const Reply reply = english(
        "POST", "/api/documents/reservation?database=Shop2026",
        {{"businessUnitId", 1}, {"date", "2026-11-21"}, {"customerId", 881}, {"items", {line, delivery, honey}}});
    EXPECT_EQ(reply.json["data"]["total"], 3931.67);  // 3500.00 + 390.00 + 41.67
    EXPECT_EQ(reply.json["data"]["totalVat"], 652.12);  // 583.33 + 65.00 + 3.79
}

TEST_F(PostingTest, PricesWithoutVatGetItAddedToTheTotal) {
    const Reply reply =
        english("POST", "/api/documents/invoice?database=Shop2026",
                {{"businessUnitId", 1},
                 {"date", "2026-11-21"},
                 {"customerId", 881},
                 {"pricesIncludeVat", false},
                 {"items", Json::array({{{"code", "A-100045"}, {"quantity", 2}, {"unitPrice", 1082.5}}})}});
    EXPECT_EQ(reply.json["data"]["total"], 2598.0);
    EXPECT_EQ(reply.json["data"]["totalVat"], 433.0);
    EXPECT_EQ(debt(), "154938.00");
}

TEST_F(PostingTest, MissingPriceIsThatOfTheUnit) {
    const auto total = [&](int unit) {
        return english("POST", "/api/documents/reservation?database=Shop2026",
                       {{"businessUnitId", unit},
                        {"date", "2026-11-21"},
                        {"customerId", 881},
                        {"items", Json::array({{{"productId", 1204}, {"quantity", 1}}})}})
            .json["data"]["total"]
            .get<double>();
    };
    EXPECT_EQ(total(1), 1299.0);
    EXPECT_EQ(total(2), 1349.0);
}

TEST_F(PostingTest, DefaultDiscountOfTheCustomerCountsOnlyWhenSwitchedOn) {
    const auto total = [&] {
        return english("POST", "/api/documents/reservation?database=Shop2026",
                       {{"businessUnitId", 1},
                        {"date", "2026-11-21"},
                        {"customerId", 883},
                        {"items",
                         Json::array(
                             {{{"code", "A-100045"}, {"quantity", 1}, {"unitPrice", 100}, {"discountPercent", 10}}})}})
            .json["data"]["total"]
            .get<double>();
    };
    EXPECT_EQ(total(), 90.0);
    set("customer_default_discount", true);
    EXPECT_EQ(total(), 85.5);
}

TEST_F(PostingTest, ClosedDatabaseTakesNoWrites) {
    const Json body{{"businessUnitId", 1},
                    {"date", "2025-12-31"},
                    {"customerId", 881},
                    {"items", Json::array({{{"code", "A-100045"}, {"quantity", 1}}})}};
    const Reply document = english("POST", "/api/documents/reservation?database=Shop2025", body);
    EXPECT_EQ(document.status, 409);
    EXPECT_EQ(error_code(document), "DATABASE_CLOSED");
    EXPECT_EQ(error_code(english("POST", "/api/customers?database=Shop2025", {{"type", 3}, {"name", "Petar"}})),
              "DATABASE_CLOSED");
    EXPECT_EQ(english("GET", "/api/stock?database=Shop2025").status, 200);
}

TEST_F(PostingTest, OverdueDebtIsWhatIsDueBeforeTheDay) {
    ASSERT_EQ(post("invoice", "A", 10).status, 201);  // 1000.00, due 2026-12-06
    const auto debt_on = [&](const char* day) {
        return english("GET", std::string{"/api/customers/881/debt?database=Shop2026&asOf="} + day).json["data"];
    };
    EXPECT_EQ(debt_on("2026-12-06")["overdueDebt"], 42340.0);
    EXPECT_EQ(debt_on("2026-12-07")["overdueDebt"], 43340.0);
    EXPECT_EQ(debt_on("2026-12-07")["totalDebt"], 153340.0);
}

}  // namespace
}  // namespace sandbox::erp
