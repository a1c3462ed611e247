// Goal: the connector against an account that speaks the wire for real.  Method: the simulator as a process of its own;
// its control port plays the manager, and its own state is the truth that results are compared with.
#include <set>

#include "tests/unit/services/keycrm/simulator.h"

namespace shopwire::keycrm {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

TEST_F(KeycrmContract, TheProbeAcceptsTheKeyAndRefusesAnother) {
    const Status probed = account->probe({});
    EXPECT_TRUE(probed) << probed.error().message;
    Settings wrong = with();
    wrong.api_key = Secret("other");
    connect(wrong);
    EXPECT_EQ(account->probe({}).error().kind, ErrorKind::kAuth);
}

TEST_F(KeycrmContract, AnOrderIsMadeOnceWithTheShopsTotalAndIsPaid) {
    const runtime::Applied made = done(order());
    EXPECT_EQ(made.result.error(), "");
    const runtime::Applied again = done(order());
    EXPECT_TRUE(again.result.document().found());
    EXPECT_EQ(again.result.native_id(), made.result.native_id());
    const json::Document all = orders();
    ASSERT_EQ(all.root().size(), 1U);
    EXPECT_EQ(all.root().at(0).member("grand_total").text(), "811");
    EXPECT_EQ(all.root().at(0).member("payment_status").text(), "paid");
    EXPECT_EQ(all.root().at(0).member("buyer").member("phone").text(), "+380501112233");
}

TEST_F(KeycrmContract, WhateverTheAccountsHabitsTheTotalsAgree) {
    int number = 0;
    for (const char* habits :
         {R"({"numbers_as_strings":true,"iso_times":true})", R"({"discount_per_line":true})", R"({"dedupe":"422"})",
          R"({"dedupe":"return_existing"})", R"({"status_on_create":false})"}) {
        simulator.control("switches", R"({"numbers_as_strings":false,"iso_times":false,"discount_per_line":false})");
        simulator.control("switches", habits);
        Settings settings = with();
        if (std::string(habits).find("per_line") != std::string::npos) settings.line_discount = "per_line";
        settings.create_status_id = 4;
        connect(settings);
        const events::Command command = order("H-" + std::to_string(++number));
        EXPECT_EQ(done(command).result.error(), "") << habits;
        EXPECT_TRUE(done(command).result.document().found()) << habits;
    }
    EXPECT_EQ(orders().root().size(), 5U);
}

TEST_F(KeycrmContract, ALostAnswerLeavesOneOrder) {
    fault(R"([{"match":{"method":"POST","path_regex":"/order$"},"times":1,"fault":{"kind":"apply_then_drop"}}])");
    EXPECT_EQ(apply(order()).error().kind, ErrorKind::kAmbiguous);
    const Result<std::optional<runtime::Applied>> found = Sink(account).find(order(), {});
    ASSERT_TRUE(found && *found);
    EXPECT_TRUE(found->value().result.document().found());
    EXPECT_EQ(orders().root().size(), 1U);
}

TEST_F(KeycrmContract, AFailureBeforeTheWriteLeavesNone) {
    fault(R"([{"match":{"method":"POST","path_regex":"/order$"},"times":1,"fault":{"kind":"status","status":500}}])");
    EXPECT_EQ(apply(order()).error().kind, ErrorKind::kAmbiguous);
    EXPECT_FALSE(Sink(account).find(order(), {}).value().has_value());
    done(order());
    EXPECT_EQ(orders().root().size(), 1U);
}

TEST_F(KeycrmContract, AnOrderOfAnotherShopWithTheSameNumberIsLeftAlone) {
    Settings other = with();
    other.source_id = 5;
    connect(other);
    const std::string theirs = done(order()).result.native_id();
    connect(with());
    EXPECT_NE(done(order()).result.native_id(), theirs);
    EXPECT_EQ(orders().root().size(), 2U);
}

TEST_F(KeycrmContract, ChangesArriveAsFarAsTheApiCanTakeThem) {
    events::Command command = order();
    command.mutable_export_order()->mutable_order()->set_paid_at_ms(0);
    const std::string id = done(command).result.native_id();
    EXPECT_EQ(orders().root().at(0).member("payment_status").text(), "not_paid");
    events::v1::Order now = shop_order();
    now.mutable_lines(0)->set_sku("K-1");
    set(now.mutable_lines(0)->mutable_quantity(), "3");
    for (auto* field : {now.mutable_lines(0)->mutable_subtotal(), now.mutable_lines(0)->mutable_total()})
        set(field, "975");
    for (auto* field : {now.mutable_lines(0)->mutable_subtotal_tax(), now.mutable_lines(0)->mutable_total_tax()})
        set(field, "195");
    set(now.mutable_total(), "1240");
    now.mutable_personal()->mutable_clear()->mutable_billing()->set_city("Lviv");
    const runtime::Applied applied = done(changed(now, id));
    EXPECT_EQ(applied.result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(applied.result.error(), "");
    const json::Document all = orders();
    const json::Value held = all.root().at(0);
    EXPECT_EQ(held.member("grand_total").text(), "1240");
    EXPECT_EQ(held.member("payment_status").text(), "paid")
        << "a payment was added: the announced one had another amount";
    EXPECT_EQ(held.member("status_id").text(), "4");
    EXPECT_EQ(held.member("shipping").member("shipping_address_city").text(), "Lviv");
    EXPECT_EQ(done(changed(now, id)).result.outcome(), OUTCOME_UNCHANGED) << "once is enough";
}

TEST_F(KeycrmContract, APaymentWhoseAnswerWasLostIsNotMadeTwice) {
    events::Command command = order();
    command.mutable_export_order()->mutable_order()->set_paid_at_ms(0);
    const std::string id = done(command).result.native_id();
    events::v1::Order now = shop_order();
    now.mutable_lines(0)->set_sku("K-1");
    set(now.mutable_shipping(0)->mutable_total(), "71");  // an amount that no announced payment has
    set(now.mutable_total(), "812");
    fault(R"([{"match":{"method":"POST","path_regex":"/payment$"},"times":1,"fault":{"kind":"apply_then_drop"}}])");
    EXPECT_EQ(apply(changed(now, id)).error().kind, ErrorKind::kAmbiguous);
    done(changed(now, id));
    const json::Document all = orders();
    EXPECT_EQ(all.root().at(0).member("payments").size(), 2U) << "the announced one and one that is paid";
}

TEST_F(KeycrmContract, AnAnnouncedPaymentIsSettled) {
    events::Command command = order();
    command.mutable_export_order()->mutable_order()->set_paid_at_ms(0);
    const std::string id = done(command).result.native_id();
    events::v1::Order now = shop_order();
    now.mutable_lines(0)->set_sku("K-1");
    done(changed(now, id));
    const json::Document all = orders();
    EXPECT_EQ(all.root().at(0).member("payments").size(), 1U);
    EXPECT_EQ(all.root().at(0).member("payment_status").text(), "paid");
}

TEST_F(KeycrmContract, ACancelledOrderIsCancelledAndItsReserveGivenBack) {
    Settings settings = with();
    settings.create_status_id = 4;
    connect(settings);
    const std::string id = done(order()).result.native_id();
    EXPECT_EQ(free_of("9001"), decimal("8"));
    events::Command cancel;
    cancel.mutable_cancel_document()->set_external_number("WC-1");
    EXPECT_EQ(done(cancel).result.native_id(), id) << "found by its number";
    EXPECT_EQ(orders().root().at(0).member("status_id").text(), "19");
    EXPECT_EQ(free_of("9001"), decimal("10"));
    cancel.mutable_cancel_document()->set_native_id(id);
    EXPECT_EQ(done(cancel).result.outcome(), OUTCOME_UNCHANGED);
    cancel.mutable_cancel_document()->set_native_id("1");
    EXPECT_EQ(done(cancel).result.outcome(), OUTCOME_UNCHANGED) << "nothing is there to cancel";
}

TEST_F(KeycrmContract, RefundsAreNotedOnceInEachForm) {
    done(order());
    int number = 0;
    for (const char* how : {"expense", "comment", "cancel_payment"}) {
        Settings settings = with();
        settings.refund_as = how;
        connect(settings);
        events::Command refund;
        commands::v1::ExportRefund& action = *refund.mutable_export_refund();
        set(action.mutable_refund()->mutable_amount(), std::string(how) == "cancel_payment" ? "811" : "100");
        action.set_external_number("R-" + std::to_string(++number));
        action.set_base_external_number("WC-1");
        const runtime::Applied applied = done(refund);
        EXPECT_FALSE(applied.result.document().found());
        EXPECT_TRUE(done(refund).result.document().found()) << how;
        EXPECT_EQ(Sink(account).find(refund, {}).value().value().result.native_id(), applied.result.native_id());
    }
    const json::Document all = orders();
    EXPECT_EQ(all.root().at(0).member("expenses").size(), 1U);
    EXPECT_EQ(all.root().at(0).member("payment_status").text(), "not_paid");
    EXPECT_NE(all.root().at(0).member("manager_comment").text().find("Order 10234\nRefund R-2:"),
              std::string_view::npos);
}

TEST_F(KeycrmContract, APaymentThatARefundCancelledStaysCancelled) {
    Settings settings = with();
    settings.refund_as = "cancel_payment";
    connect(settings);
    const std::string id = done(order()).result.native_id();
    events::Command refund;
    commands::v1::ExportRefund& action = *refund.mutable_export_refund();
    set(action.mutable_refund()->mutable_amount(), "811");
    action.set_external_number("R-1");
    action.set_base_external_number("WC-1");
    done(refund);
    events::v1::Order now = shop_order();
    now.mutable_lines(0)->set_sku("K-1");
    EXPECT_NE(done(changed(now, id)).result.error().find("a payment was cancelled"), std::string::npos);
    const json::Document all = orders();
    EXPECT_EQ(all.root().at(0).member("payments").size(), 1U);
    EXPECT_EQ(all.root().at(0).member("payment_status").text(), "not_paid");
}

TEST_F(KeycrmContract, AFullReadingTellsEveryOfferOnce) {
    simulator.control("offers", R"({"count":120})");
    runtime::Cursor cursor;
    std::set<std::string> ids;
    for (const events::Event& event : drain(kStock, cursor)) EXPECT_TRUE(ids.insert(event.stock().native_id()).second);
    EXPECT_EQ(ids.size(), 319U) << "320 offers, of which two share an SKU";
    EXPECT_TRUE(account->is_doubled("K-59"));
    std::size_t offers = 0;
    std::size_t cards = 0;
    for (const events::Event& event : drain(kProducts, cursor))
        if (event.product().kind() == "card")
            ++cards;
        else if (event.has_product())
            ++offers;
    EXPECT_EQ(offers, 320U);
    EXPECT_GT(cards, 10U);
}

TEST_F(KeycrmContract, OnlyTheConfiguredWarehousesAreRead) {
    Settings settings = with();
    settings.warehouses = {2};
    settings.warehouse_id = 2;
    connect(settings);
    EXPECT_EQ(free_of("9002"), decimal("2"));
    EXPECT_EQ(free_of("9001"), decimal("0"));
}

// The contract's edge case, end to end: an order reserves, the shop's number is written, and KeyCRM may sell just that.
TEST_F(KeycrmContract, TheShopsNumberIsWhatKeycrmMaySell) {
    Settings settings = with();
    settings.create_status_id = 4;
    connect(settings);
    done(order());  // reserves 2
    EXPECT_EQ(done(stock("K-1", "5")).result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(free_of("9001"), decimal("5"));
    EXPECT_EQ(done(stock("K-1", "5")).result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(done(stock("K-2", "7.5")).result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(free_of("9002"), decimal("7.5")) << "two pieces stand in another warehouse";
    EXPECT_EQ(apply(stock("K-59", "1")).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(done(stock("none", "1")).result.outcome(), commands::v1::OUTCOME_REJECTED);
}

TEST_F(KeycrmContract, ALostStockAnswerIsAmbiguousAndThenSeen) {
    fault(
        R"([{"match":{"method":"PUT","path_regex":"/offers/stocks$"},"times":1,"fault":{"kind":"apply_then_drop"}}])");
    EXPECT_EQ(apply(stock("K-1", "4")).error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(done(stock("K-1", "4")).result.outcome(), OUTCOME_UNCHANGED);
}

// The number goes down and up again before the first write shows: the last one must stay.
TEST_F(KeycrmContract, AWriteThatShowsLateDoesNotUndoTheNextOne) {
    constexpr std::chrono::milliseconds kLag{500};
    simulator.control("switches", R"({"stock_lag_ms":500})");
    EXPECT_EQ(done(stock("K-1", "5")).result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(done(stock("K-1", "10")).result.outcome(), OUTCOME_APPLIED) << "it reads as 10, and 5 is on its way";
    system_clock().sleep_for(2 * kLag, {});
    EXPECT_EQ(free_of("9001"), decimal("10"));
    EXPECT_EQ(done(stock("K-1", "10")).result.outcome(), OUTCOME_UNCHANGED);
}

TEST_F(KeycrmContract, ManagersChangesComeBackByPolling) {
    const std::string id = done(order()).result.native_id();
    runtime::Cursor cursor;
    EXPECT_EQ(drain(kOrders, cursor).size(), 1U);
    EXPECT_TRUE(drain(kOrders, cursor).empty());
    simulator.control("order",
                      R"({"id":)" + id + R"(,"status_id":11,"tracking_code":"5900","shipping_status":"sent"})");
    const std::vector<events::Event> told = drain(kOrders, cursor);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].document().status(), "11");
    EXPECT_EQ(told[0].document().status_group(), "4");
    EXPECT_EQ(told[0].document().external_number(), "WC-1");
    EXPECT_EQ(told[1].shipment().tracking_number(), "5900");
    EXPECT_EQ(told[1].shipment().external_number(), "WC-1");
    EXPECT_EQ(drain(kBuyers, cursor = {}).size(), 1U);
    events::Command refresh;
    refresh.mutable_refresh()->set_entity("customer");
    refresh.mutable_refresh()->set_native_id(told[0].document().customer_native_id());
    EXPECT_EQ(done(refresh).seen.at(0).event->customer().personal().clear().email(), "olena@example.test");
}

}  // namespace
}  // namespace shopwire::keycrm
