// Refunds become documents of their own, or take their pieces off the order's document.
#include "tests/unit/services/router/router_orders_fixture.h"

namespace shopwire::router {
namespace {

TEST_F(OrdersTest, ARefundOfALinkedOrderBecomesADocument) {
    const Event state = with_pieces(1, 3);
    link(state);
    feed(refund("70", 1, &state));
    const Command command = one();
    EXPECT_EQ(command.connection(), "erp");
    EXPECT_EQ(command.key(), "shop/1/70");
    EXPECT_EQ(command.field_group(), "refund");
    EXPECT_EQ(command.native_id(), "");
    const commands::v1::ExportRefund& made_of = command.export_refund();
    EXPECT_EQ(made_of.external_number(), "WC-101-R70");
    EXPECT_EQ(made_of.base_external_number(), "WC-101");
    EXPECT_EQ(made_of.base_native_id(), "55");
    EXPECT_EQ(made_of.base_type(), events::v1::DOCUMENT_TYPE_INVOICE);
    EXPECT_EQ(made_of.order_connection(), "shop");
    EXPECT_EQ(made_of.refund().native_id(), "70");
    EXPECT_FALSE(made_of.refund().has_order());
    EXPECT_EQ(pieces_of(made_of.order()), 3);
    feed(refund("70", 1, &state));
    EXPECT_TRUE(sent().empty()) << "each once";
    Event touched = with_pieces(2, 3);
    touched.mutable_order()->add_refunds()->set_native_id("70");
    feed(touched);
    EXPECT_TRUE(sent().empty()) << "the order lists it now, which is no news";
}

TEST_F(OrdersTest, ARefundWaitsForTheDocument) {
    const Event state = with_pieces(1, 3);
    feed(state);
    const Command first = one();
    feed(refund("70", 1, &state));
    feed(refund("71", 1, &state));
    EXPECT_TRUE(sent().empty());
    feed(refused(first));
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(2, 3));
    feed(made(one()));
    const std::vector<Command> refunds = sent();
    ASSERT_EQ(refunds.size(), 2U);
    EXPECT_EQ(refunds[0].export_refund().external_number(), "WC-101-R70");
    EXPECT_EQ(refunds[1].export_refund().external_number(), "WC-101-R71");
    EXPECT_EQ(pieces_of(refunds[1].export_refund().order()), 3);
}

TEST_F(OrdersTest, ARefundThatComesBeforeItsOrderWaitsForIt) {
    const Event state = with_pieces(1, 3);
    feed(refund("70", 1, &state));
    EXPECT_TRUE(sent().empty());
    feed(state);
    feed(made(one()));
    EXPECT_EQ(one().export_refund().external_number(), "WC-101-R70");
}

TEST_F(OrdersTest, ARefundFollowsAnUpdateThatIsUnderWay) {
    link(with_pieces(1, 3));
    const Event more = with_pieces(2, 5);
    feed(more);
    const Command update = one();
    feed(refund("70", 4, &more));
    EXPECT_TRUE(sent().empty());
    feed(applied(update));
    EXPECT_TRUE(one().has_export_refund());
}

TEST_F(OrdersTest, ARefundOfAnOrderThatNobodyHasIsCounted) {
    Event old = with_pieces(1, 3);
    old.mutable_order()->set_created_at_ms(kYear2026 - 1);
    feed(old);
    feed(refund("70", 1, &old));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(metrics_.refunds_unexported.value(), 1);
}

TEST_F(OrdersTest, WithoutRefundsThereAreNone) {
    route("refunds: false");
    const Event state = with_pieces(1, 3);
    link(state);
    feed(refund("70", 1, &state));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(metrics_.refunds_unexported.value(), 1);
}

TEST_F(OrdersTest, ARefusedRefundIsListedAndNeitherOrderNorOthersWait) {
    const Event state = with_pieces(1, 3);
    link(state);
    feed(refund("70", 1, &state));
    const Command first = one();
    feed(refused(first, "RETURN_EXCEEDS_ISSUED"));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).refund, "70");
    EXPECT_EQ(waiting().items.at(0).reason, "RETURN_EXCEEDS_ISSUED");
    feed(refund("71", 1, &state));
    feed(made(one()));
    feed(with_pieces(2, 4));
    feed(applied(one()));
    EXPECT_EQ(waiting().count, 1U);
    feed(discarded(first));
    EXPECT_EQ(waiting().count, 0U);
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, ARefundIsToldToTheShopAsItsDocumentWas) {
    route("document_type: invoice, note: true");
    const Event state = with_pieces(1, 3);
    feed(state);
    feed(made(one()));
    one();
    feed(refund("70", 1, &state));
    CommandResult result = made(one());
    result.mutable_document()->set_number("P-3");
    result.mutable_document()->set_external_number("WC-101-R70");
    feed(result);
    EXPECT_EQ(one().add_order_note().text(), "erp: P-3 (WC-101-R70)");
    feed(result);
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, ARefundOfAReservationTakesItsPiecesOff) {
    route("document_type: reservation");
    const Event state = with_pieces(1, 3);
    link(state);
    feed(refund("70", 1, &state));
    const Command update = one();
    const events::v1::Order& left = update.update_order().order();
    EXPECT_EQ(pieces_of(left), 2);
    EXPECT_EQ(events::from_proto(left.lines(0).total()), Decimal::from_integer(200));
    EXPECT_EQ(events::from_proto(left.lines(0).subtotal()), Decimal::from_integer(200));
    EXPECT_EQ(events::from_proto(left.total()), Decimal::from_integer(200));
    feed(applied(update));
    Event touched = with_pieces(2, 3);
    touched.mutable_order()->add_refunds()->set_native_id("70");
    feed(touched);
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(3, 5));
    EXPECT_EQ(pieces_of(one().update_order().order()), 4) << "what came back stays off";
}

TEST_F(OrdersTest, AReservationThatIsRefundedWholeIsCancelled) {
    route("document_type: reservation");
    const Event state = with_pieces(1, 3);
    link(state);
    feed(refund("70", 1, &state));
    feed(applied(one()));
    feed(refund("71", 2, &state));
    const Command cancel = one();
    ASSERT_TRUE(cancel.has_cancel_document());
    EXPECT_FALSE(cancel.cancel_document().goods_stay_out());
}

// The shop sets the status, and its refund of everything names no line.
TEST_F(OrdersTest, AReservationWhoseMoneyIsPaidBackIsCancelled) {
    route("document_type: reservation");
    link(with_pieces(1, 3));
    Event back = with_pieces(2, 3, "refunded");
    events::v1::OrderRefund& listed = *back.mutable_order()->add_refunds();
    listed.set_native_id("70");
    *listed.mutable_total() = back.order().total();
    feed(back);
    const Command cancel = one();
    ASSERT_TRUE(cancel.has_cancel_document());
    EXPECT_TRUE(cancel.cancel_document().goods_stay_out()) << "no refund put its pieces back: a parcel may be lost";
    feed(refused(cancel));
    feed(back);
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(waiting().count, 1U);
}

// Orders and refunds are read from two topics: a refund may come after the state of the order that lists it.
TEST_F(OrdersTest, ARefundThatPutsAllBackCancelsAgain) {
    for (const char* settings : {"document_type: reservation",
                                 "document_type: delivery_note, cancel_statuses: [refunded], ignored_statuses: []",
                                 "refunds: false, cancel_statuses: [refunded], ignored_statuses: []"}) {
        SCOPED_TRACE(settings);
        links_ = {};
        route(settings);
        link(with_pieces(1, 3));
        Event back = with_pieces(60, 3, "refunded");
        for (const auto& [id, pieces] : {std::pair{"70", 1}, {"71", 2}}) {
            events::v1::OrderRefund& listed = *back.mutable_order()->add_refunds();
            listed.set_native_id(id);
            *listed.mutable_total() = events::to_proto(Decimal::from_integer(100 * pieces));
        }
        feed(back);
        const Command first = one();
        EXPECT_TRUE(first.cancel_document().goods_stay_out());
        feed(refused(first));
        feed(refund("70", 1, nullptr));
        EXPECT_TRUE(one().has_refresh());
        back.mutable_source()->set_read_started_at_ms(at(70));
        feed(back);
        EXPECT_TRUE(sent().empty()) << "two pieces are still out";
        feed(refund("71", 2, &back));
        const Command again = one();
        ASSERT_TRUE(again.has_cancel_document());
        EXPECT_FALSE(again.cancel_document().goods_stay_out());
        EXPECT_GT(again.sequence(), first.sequence());
        feed(applied(again));
        feed(back);
        EXPECT_TRUE(sent().empty());
        EXPECT_EQ(waiting().count, 0U);
    }
}

// A person tidies up in the shop: that brings no lost parcel back.
TEST_F(OrdersTest, AStatusThatIsSetLaterPutsNothingBack) {
    route("document_type: delivery_note, cancel_statuses: [refunded, cancelled], ignored_statuses: []");
    link(with_pieces(1, 3));
    feed(with_pieces(60, 3, "refunded"));
    const Command first = one();
    EXPECT_TRUE(first.cancel_document().goods_stay_out());
    feed(refused(first));
    feed(with_pieces(70, 3, "cancelled"));
    EXPECT_TRUE(sent().empty()) << "it waits for a person";
    EXPECT_EQ(waiting().count, 1U);
}

TEST_F(OrdersTest, MoneyAloneChangesNoReservation) {
    route("document_type: reservation");
    const Event state = with_pieces(1, 3);
    link(state);
    Event money = refund("70", 0, &state);
    *money.mutable_refund()->mutable_amount() = events::to_proto(Decimal::from_integer(10));
    feed(money);
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, TheRouteMayWantADocumentForAReservationToo) {
    route("document_type: reservation, refund_as: document");
    const Event state = with_pieces(1, 3);
    link(state);
    feed(refund("70", 1, &state));
    EXPECT_TRUE(one().has_export_refund());
}

TEST_F(OrdersTest, WhatWasRefundedBeforeTheExportIsNotReserved) {
    route("document_type: reservation");
    const Event state = with_pieces(1, 3);
    feed(refund("70", 1, &state));
    feed(state);
    EXPECT_EQ(pieces_of(one().export_order().order()), 2);
}

TEST_F(OrdersTest, ARefundWithoutItsOrderHasTheOrderReadAgain) {
    for (const char* type : {"document_type: reservation", "document_type: invoice"}) {
        links_ = {};
        route(type);
        Event state = with_pieces(1, 3);
        link(state);
        Event alone = refund("70", 1, nullptr);
        alone.mutable_source()->set_read_started_at_ms(0);
        feed(alone);
        EXPECT_EQ(one().refresh().native_id(), "1");
        state.mutable_source()->set_read_started_at_ms(at(60));
        feed(state);
        const Command command = one();
        EXPECT_TRUE(command.has_update_order() || command.has_export_refund()) << type;
        feed(state);
        EXPECT_TRUE(sent().empty());
    }
}

// The order was edited after the refund was read: its older state must not come back.
TEST_F(OrdersTest, ARefundReadWithAnOlderStateBringsThatOneNotBack) {
    route("document_type: reservation");
    const Event old = with_pieces(1, 3);
    link(old);
    feed(with_pieces(60, 5));
    feed(applied(one()));
    feed(refund("70", 1, &old));
    EXPECT_TRUE(one().has_refresh());
    Event again = with_pieces(60, 5);
    again.mutable_source()->set_read_started_at_ms(at(61));
    feed(again);
    EXPECT_EQ(pieces_of(one().update_order().order()), 4);
}

TEST_F(OrdersTest, PastItsBoundARefundIsSetAside) {
    const Event state = with_pieces(1, 3);
    for (int id = 1; id <= 501; ++id) feed(refund(std::to_string(id), 0, &state));
    EXPECT_EQ(dead_letters_.size(), 1U);
}

TEST_F(OrdersTest, ARefundThatWasDeletedInTheShopComesBackOn) {
    route("document_type: reservation");
    const Event state = with_pieces(1'000, 3);
    link(state);
    Event back = refund("70", 1, &state);
    back.mutable_refund()->set_created_at_ms(state.source().modified_at_ms());
    feed(back);
    const Command less = one();
    EXPECT_EQ(pieces_of(less.update_order().order()), 2);
    feed(applied(less));
    Event listed = with_pieces(2'000, 3);
    listed.mutable_order()->add_refunds()->set_native_id("70");
    feed(listed);
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(3'000, 3));
    EXPECT_EQ(pieces_of(one().update_order().order()), 3);
}

// A program of the operator's changes the order, and the one that came with a refund has not passed it.
TEST_F(OrdersTest, ARefundGoesWithItsOrderAsTheProgramLeftIt) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false, document_type: invoice}
  filters:
    - {from: shop, entity: order, jq: '.order.lines[0].name = "changed"'}
)");
    const Event state = with_pieces(1, 3);
    feed(state);
    const Command exported = one();
    EXPECT_EQ(exported.export_order().order().lines(0).name(), "changed");
    feed(made(exported));
    feed(refund("70", 1, &state));
    EXPECT_TRUE(one().has_refresh()) << "the order is read again, and passes the program";
    Event again = with_pieces(1, 3);
    again.mutable_source()->set_read_started_at_ms(at(60));
    feed(again);
    const Command command = one();
    EXPECT_EQ(command.export_refund().external_number(), "WC-101-R70");
    EXPECT_EQ(command.export_refund().order().lines(0).name(), "changed");
}

// Orders are large, and a refund stays in its link for ever.
TEST_F(OrdersTest, ARefundForgetsItsOrderOnceNoTargetWantsIt) {
    const auto kept = [this] {
        internal::v1::Link link;
        for (const std::int32_t partition : partitions()) {
            const auto bytes = links_.get(partition, link_key(events::join_key({"acme", "shop", "1"})));
            if (*bytes) {
                EXPECT_TRUE(link.ParseFromString(**bytes));
            }
        }
        EXPECT_EQ(link.refunds_size(), 1);
        return link.refunds(0).has_order();
    };
    const Event state = with_pieces(1, 3);
    for (const char* type : {"invoice", "reservation"}) {
        SCOPED_TRACE(type);
        links_ = {};
        route(std::string("document_type: ") + type);
        feed(refund("70", 1, &state));
        EXPECT_TRUE(kept()) << "its order may come";
        feed(state);
        EXPECT_EQ(kept(), std::string_view(type) == "invoice") << "a reservation is changed with the order's own state";
        feed(made(one()));
        sent();
        EXPECT_FALSE(kept());
    }
    links_ = {};
    route("document_type: invoice");
    feed(refund("70", 1, &state));
    Event old = with_pieces(1, 3);
    old.mutable_order()->set_created_at_ms(kYear2026 - 1);
    feed(old);
    EXPECT_FALSE(kept()) << "the order is never sent";
}

TEST_F(OrdersTest, ARefundWithoutItsLineTakesFromOneLineOfItsArticle) {
    route("document_type: reservation");
    Event state = with_pieces(1, 3);
    *state.mutable_order()->add_lines() = state.order().lines(0);
    state.mutable_order()->mutable_lines(1)->set_native_id("second");
    link(state);
    Event back = refund("70", 1, &state);
    back.mutable_refund()->mutable_lines(0)->clear_order_line_native_id();
    feed(back);
    EXPECT_EQ(pieces_of(one().update_order().order()), 5);
}

}  // namespace
}  // namespace shopwire::router
