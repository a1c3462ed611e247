// The account's own rules: totals, payments, reserve, buyers, duplicates.
#include "tests/unit/sandbox/keycrm/crm_fixture.h"

namespace sandbox::keycrm {
namespace {

class KeycrmRules : public CrmTest {
 protected:
    Json make(const Json& body) {
        const Got got = ask("POST", "/order", body);
        EXPECT_EQ(got.status, 201) << got.body;
        return got.body;
    }
    std::string path(const Json& order) { return "/order/" + std::to_string(order["id"].get<Id>()); }
    Decimal on_hand(Id id) { return crm.offers[id].shelves[1].quantity; }
    Decimal reserve(Id id) { return crm.offers[id].shelves[1].reserve; }
};

TEST_F(KeycrmRules, TheTotalIsTheContractsFormula) {
    const Json made = make(order_body());
    EXPECT_EQ(made["grand_total"], 816) << "2 x 390 + 5 - 39 + 70";
    EXPECT_EQ(made["payment_status"], "paid");
    EXPECT_FALSE(made.contains("products")) << "short form";
    Json discounted = order_body("A-2");
    discounted["products"][0]["discount_amount"] = 10;
    EXPECT_EQ(make(discounted)["grand_total"], 796) << "per unit";
    change({{"discount_per_line", true}});
    discounted["source_uuid"] = "A-3";
    EXPECT_EQ(make(discounted)["grand_total"], 806);
    EXPECT_EQ(ask("GET", path(made)).body["grand_total"], 816);
}

TEST_F(KeycrmRules, PaymentsDecideThePaymentStatus) {
    Json body = order_body();
    body.erase("payments");
    const Json made = make(body);
    EXPECT_EQ(made["payment_status"], "not_paid");
    ask("POST", path(made) + "/payment", Json{{"amount", 800}, {"payment_method", "Gift card"}});
    EXPECT_EQ(ask("GET", path(made)).body["payment_status"], "part_paid");
    const Json payment = ask("POST", path(made) + "/payment", Json{{"amount", 100}, {"payment_method_id", 1}}).body;
    EXPECT_EQ(payment["status"], "paid") << "the default";
    EXPECT_EQ(ask("GET", path(made)).body["payment_status"], "overpaid");
    ask("PUT", path(made) + "/payment/" + std::to_string(payment["id"].get<Id>()),
        Json{{"status", "canceled"}, {"amount", 1}});
    EXPECT_EQ(ask("GET", path(made)).body["payment_status"], "part_paid");
    EXPECT_EQ(ask("GET", path(made) + "?include=payments").body["payments"][1]["amount"], 100) << "an amount stays";
}

TEST_F(KeycrmRules, ARepeatedPostMakesASecondOrder) {
    make(order_body());
    make(order_body());
    EXPECT_EQ(ask("GET", "/order?filter[source_uuid]=A-1").body["total"], 2);
    change({{"dedupe", "return_existing"}});
    make(order_body());
    change({{"dedupe", "422"}});
    EXPECT_EQ(ask("POST", "/order", order_body()).status, 422);
    EXPECT_EQ(crm.orders.size(), 2U);
    Json other = order_body();
    other["source_id"] = 5;
    make(other);
    EXPECT_EQ(ask("GET", "/order?filter[source_uuid]=A-1").body["total"], 3) << "the filter is not limited to a source";
    EXPECT_EQ(ask("GET", "/order?filter[source_uuid]=A-1&filter[source_id]=5").body["total"], 1);
}

TEST_F(KeycrmRules, StatusesReserveAndWriteOffBySourcesWarehouse) {
    const Json made = make(order_body());
    EXPECT_EQ(reserve(9001).text(), "0") << "status new changes nothing";
    ask("PUT", path(made), Json{{"status_id", 4}});
    EXPECT_EQ(reserve(9001).text(), "2");
    EXPECT_EQ(on_hand(9001).text(), "10");
    ask("PUT", path(made), Json{{"products", {{{"sku", "K-1"}, {"quantity", 3}}, {{"sku", "K-9"}, {"quantity", 1}}}}});
    EXPECT_EQ(reserve(9001).text(), "3") << "changed lines are held anew, new ones are not added";
    EXPECT_EQ(ask("GET", path(made) + "?include=products").body["products"].size(), 2U);
    ask("PUT", path(made), Json{{"status_id", 12}});
    EXPECT_EQ(reserve(9001).text(), "0");
    EXPECT_EQ(on_hand(9001).text(), "7");
    ask("PUT", path(made), Json{{"status_id", 19}});
    EXPECT_EQ(on_hand(9001).text(), "10") << "reverted";
    Json by_phone = order_body("B");
    by_phone["source_id"] = 5;
    ask("PUT", path(make(by_phone)), Json{{"status_id", 4}});
    EXPECT_EQ(reserve(9001).text(), "0") << "its source has no warehouse";
}

TEST_F(KeycrmRules, StockIsAbsoluteAndMayShowLate) {
    const auto put = [&](const Json& row) {
        return ask("PUT", "/offers/stocks", Json{{"warehouse_id", 1}, {"stocks", Json::array({row})}}).status;
    };
    EXPECT_EQ(put({{"sku", "K-1"}, {"quantity", 7}}), 202);
    EXPECT_EQ(on_hand(9001).text(), "7");
    EXPECT_EQ(put({{"id", 9001}, {"quantity", 2.5}}), 202);
    EXPECT_EQ(on_hand(9001).text(), "2.5");
    EXPECT_EQ(put({{"sku", "K-59"}, {"quantity", 1}}), 202);
    EXPECT_EQ(on_hand(9059).text(), "1") << "the first of the doubled";
    EXPECT_EQ(put({{"sku", "none"}, {"quantity", 1}}), 202) << "skipped";
    change({{"unknown_sku", "422"}, {"stock_lag_ms", 100'000}});
    EXPECT_EQ(put({{"sku", "none"}, {"quantity", 1}}), 422);
    EXPECT_EQ(put({{"sku", "K-1"}, {"quantity", 5}}), 202);
    EXPECT_EQ(on_hand(9001).text(), "2.5");
    crm.run_due(kit::now_micros() + 200'000'000);
    EXPECT_EQ(on_hand(9001).text(), "5");
}

TEST_F(KeycrmRules, ATrackingCodeIsSetOnce) {
    const Json made = make(order_body());
    EXPECT_EQ(ask("PUT", path(made), Json{{"shipping", {{"tracking_code", "59"}}}}).status, 202);
    EXPECT_EQ(ask("PUT", path(made), Json{{"shipping", {{"tracking_code", ""}}}}).status, 422);
    EXPECT_EQ(ask("GET", "/order?filter[has_tracking_code]=true").body["total"], 1);
}

TEST_F(KeycrmRules, BuyersAreMatchedByPhoneThenEmail) {
    make(order_body());
    Json again = order_body("A-2");
    again["buyer"] = {{"full_name", "O."}, {"phone", "380 50 111 22 33"}, {"email", "o@example.test"}};
    make(again);
    EXPECT_EQ(crm.buyers.size(), 1U);
    again["buyer"] = {{"full_name", "Other"}, {"email", "other@example.test"}};
    make(again);
    EXPECT_EQ(crm.buyers.size(), 2U);
    EXPECT_TRUE(ask("GET", "/buyer").body["data"][0]["phone"].is_array());
}

TEST_F(KeycrmRules, CreatedBetweenIsAboutTheOrdersOwnDate) {
    Json old = order_body();
    old["ordered_at"] = "2020-01-01 10:00:00";
    make(old);
    const auto total = [&](const std::string& filter) { return ask("GET", "/order?filter[" + filter).body["total"]; };
    EXPECT_EQ(total("created_between]=2020-01-01, 2020-01-01"), 1);
    EXPECT_EQ(total("created_between]=2020-01-02 00:00:00, 2040-01-01 00:00:00"), 0);
    EXPECT_EQ(total("updated_between]=2020-01-02 00:00:00, 2040-01-01 00:00:00"), 1);
}

TEST_F(KeycrmRules, StatusOnCreateAndNamedSourcesAreSwitches) {
    Json body = order_body();
    body["status_id"] = 4;
    EXPECT_EQ(make(body)["status_id"], 4);
    change({{"status_on_create", false}});
    EXPECT_EQ(make(body)["status_id"], 1);
    body.erase("source_id");
    body["source_name"] = "New shop";
    EXPECT_EQ(ask("POST", "/order", body).status, 422);
    change({{"named_sources", true}});
    EXPECT_EQ(ask("POST", "/order", body).status, 201);
}

}  // namespace
}  // namespace sandbox::keycrm
