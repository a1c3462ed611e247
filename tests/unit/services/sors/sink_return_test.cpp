// Goal: goods that left come back by one return, as many as came back, whatever became of the answers.
#include "tests/unit/services/sors/change_rig.h"

namespace shopwire::sors {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;
using events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_RESERVATION;
using Texts = std::vector<std::string>;

class ReturnOf : public ChangeOf {};
INSTANTIATE_TEST_SUITE_P(Dialect, ReturnOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

TEST_P(ReturnOf, WhatRefundsTookOffComesBackAgainstWhatTheStaffIssued) {
    for (const std::string type : {"delivery-note", "invoice-delivery-note"}) {
        SCOPED_TRACE(type);
        control("reset", "");
        connect();
        const Decimal before = free();
        const std::string first = made();
        control("fulfil", R"({"documentId": 55120, "type": ")" + type + R"("})");
        fault(R"([{"match": {"method": "POST", "path_regex": "(dokumenti|documents/return)$"}, "times": 1,
                   "fault": {"kind": "apply_then_drop"}}])");
        EXPECT_EQ(ErrorKind::kAmbiguous, apply(refunded("2", "1166.67", first)).error().kind);
        for (int i = 0; i < 2; ++i) {
            const Result<runtime::Applied> again = apply(refunded("2", "1166.67", first));
            ASSERT_TRUE(again) << again.error().message;
            EXPECT_EQ(OUTCOME_UNCHANGED, again->result.outcome()) << "the pieces that came back stand in the document";
            EXPECT_EQ(first, again->result.native_id()) << "the order's document stays the same";
        }
        ASSERT_EQ(3U, documents().size());
        EXPECT_TRUE(documents().back().starts_with("return WC-10231-RU1 posted 1166.67")) << documents().back();
        EXPECT_EQ(dec("2"), before - free());
        const Result<runtime::Applied> second = apply(refunded("1", "2333.34", first));
        ASSERT_TRUE(second) << second.error().message;
        EXPECT_EQ(OUTCOME_APPLIED, second->result.outcome());
        EXPECT_TRUE(documents().back().starts_with("return WC-10231-RU2 posted")) << documents().back();
        const Result<runtime::Applied> rest = apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first));
        ASSERT_TRUE(rest) << rest.error().message;
        EXPECT_TRUE(documents().back().starts_with("return WC-10231-RC posted")) << documents().back();
        EXPECT_EQ(before, free());
        ASSERT_TRUE(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first)));
        EXPECT_EQ(5U, documents().size()) << "once";
    }
}

TEST_P(ReturnOf, OneArticleAtTwoPricesComesBackOnlyWhereThePriceIsRight) {
    for (const bool right : {false, true}) {
        SCOPED_TRACE(right);
        control("reset", "");
        connect();
        events::Command both = order_as(DOCUMENT_TYPE_RESERVATION);
        events::v1::Order& order = *both.mutable_export_order()->mutable_order();
        const auto price = [](events::v1::OrderLine& line, const std::string& total) {
            *line.mutable_quantity() = pdec("1");
            for (auto* amount : {line.mutable_subtotal(), line.mutable_total()}) *amount = pdec(total);
            for (auto* tax : {line.mutable_subtotal_tax(), line.mutable_total_tax()}) *tax = pdec("0");
        };
        *order.add_lines() = order.lines(0);
        price(*order.mutable_lines(0), "100");
        price(*order.mutable_lines(1), "50");
        *order.mutable_total() = pdec("150");
        const Result<runtime::Applied> made = apply(both);
        ASSERT_TRUE(made) << made.error().message;
        control("fulfil", R"({"documentId": 55120, "type": "delivery-note"})");
        const std::string kept = right ? "100" : "50";
        const events::Command back = refunded_to("1", kept, right ? "50" : "100", made->result.native_id());
        if (right) {
            const Result<runtime::Applied> returned = apply(back);
            ASSERT_TRUE(returned) << returned.error().message;
            EXPECT_EQ("return WC-10231-RU1 posted 50.00", documents().back());
        } else {
            EXPECT_TRUE(refusal(back).ends_with("do it by hand in SORS"));
        }
    }
}

TEST_P(ReturnOf, GoodsThatStayOutAreNotBookedBack) {
    const auto paid_back = [](events::v1::DocumentType type, const std::string& id) {
        events::Command command = cancel_command(type, id);
        command.mutable_cancel_document()->set_goods_stay_out(true);
        return command;
    };
    for (const auto type : {DOCUMENT_TYPE_RESERVATION, DOCUMENT_TYPE_DELIVERY_NOTE}) {
        control("reset", "");
        connect();
        const std::string first = made(type);
        if (type == DOCUMENT_TYPE_RESERVATION) control("fulfil", R"({"documentId": 55120, "type": "delivery-note"})");
        const Decimal before = free();
        const Texts kept = documents();
        const std::string message = refusal(paid_back(type, first));
        EXPECT_TRUE(message.starts_with("cancelling document WC-10231: ")) << message;
        EXPECT_TRUE(message.ends_with("its goods did not come back, do it by hand in SORS")) << message;
        EXPECT_EQ(before, free());
        EXPECT_EQ(kept, documents());
        // The refund that puts them back may come later.
        ASSERT_TRUE(apply(cancel_command(type, first)));
        EXPECT_EQ(dec("3"), free() - before);
        const Result<runtime::Applied> again = apply(paid_back(DOCUMENT_TYPE_DELIVERY_NOTE, ""));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(OUTCOME_UNCHANGED, again->result.outcome()) << "all is back";
    }
    control("reset", "");
    connect();
    const Decimal all = free();
    ASSERT_TRUE(apply(paid_back(DOCUMENT_TYPE_RESERVATION, made()))) << "nothing left yet";
    EXPECT_EQ(all, free());
}

TEST_P(ReturnOf, ACancelledDeliveryComesBackByAReturn) {
    for (const auto type : {DOCUMENT_TYPE_DELIVERY_NOTE, DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE}) {
        control("reset", "");
        connect();  // it remembers customers
        const Decimal before = free();
        const std::string issued = made(type);
        EXPECT_EQ(dec("3"), before - free());
        ASSERT_TRUE(apply(refund_command(type, issued, "1", "1166.67", "1166.67")));
        for (int i = 0; i < 2; ++i) {
            const Result<runtime::Applied> cancelled = apply(cancel_command(type, issued));
            ASSERT_TRUE(cancelled) << cancelled.error().message;
            EXPECT_EQ(i == 0 ? OUTCOME_APPLIED : OUTCOME_UNCHANGED, cancelled->result.outcome());
            EXPECT_EQ(issued, cancelled->result.native_id());
            EXPECT_EQ(i == 0 && type == DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE,
                      cancelled->result.error().contains("credit note"));
        }
        EXPECT_EQ(before, free());
        ASSERT_EQ(3U, documents().size());
        EXPECT_TRUE(documents().back().starts_with("return WC-10231-RC posted")) << documents().back();
    }
}

TEST_P(ReturnOf, AReturnForACancellationWhoseAnswerIsLostIsMadeOnce) {
    const std::string issued = made(DOCUMENT_TYPE_DELIVERY_NOTE);
    fault(R"([{"match": {"method": "POST", "path_regex": "(dokumenti|documents/return)$"}, "times": 1,
               "fault": {"kind": "apply_then_drop"}}])");
    const events::Command command = cancel_command(DOCUMENT_TYPE_DELIVERY_NOTE, issued);
    const Result<runtime::Applied> lost = apply(command);
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind);
    const auto found = connector_.sink->find(command, {});
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
    ASSERT_TRUE(apply(command));
    EXPECT_EQ(2U, documents().size());
}

TEST_P(ReturnOf, ARefundReturnsItsPiecesOnce) {
    const std::string issued = made(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE);
    const Decimal before = free();
    const events::Command command =
        refund_command(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, issued, "1", "1166.67", "1266.67");
    fault(R"([{"match": {"method": "POST", "path_regex": "(dokumenti|documents/return)$"}, "times": 1,
               "fault": {"kind": "apply_then_drop"}}])");
    const Result<runtime::Applied> lost = apply(command);
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind) << lost.error().message;
    const auto found = connector_.sink->find(command, {});
    ASSERT_TRUE(found && *found);
    const Result<runtime::Applied> again = apply(command);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(events::v1::DOCUMENT_TYPE_RETURN, again->result.document().type());
    EXPECT_EQ("WC-10231-R77", again->result.document().external_number());
    EXPECT_EQ((Texts{"invoice-delivery-note WC-10231 posted 3500.00", "return WC-10231-R77 posted 1166.67"}),
              documents());
    EXPECT_EQ(dec("1"), free() - before);
}

TEST_P(ReturnOf, MoneyWithoutGoodsIsToldAndLeftToPeople) {
    const std::string issued = made(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE);
    const Result<runtime::Applied> more =
        apply(refund_command(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, issued, "1", "1166.67", "1266.67"));
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_EQ("100.00 are for no goods. SORS takes no credit note here: make it by hand", more->result.error());
    events::Command money = refund_command(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, issued, "0", "0", "100");
    money.mutable_export_refund()->set_external_number("WC-10231-R78");
    EXPECT_EQ("making return WC-10231-R78: no goods came back. SORS takes no credit note here: make it by hand",
              refusal(money));
    control("reset", "");
    connect();
    const std::string note = made(DOCUMENT_TYPE_DELIVERY_NOTE);
    events::Command lost_goods = refund_command(DOCUMENT_TYPE_DELIVERY_NOTE, note, "1", "1166.67", "1166.67");
    lost_goods.mutable_export_refund()->mutable_refund()->set_restocked(false);
    const Result<runtime::Applied> nothing = apply(lost_goods);
    ASSERT_TRUE(nothing) << nothing.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, nothing->result.outcome());
    EXPECT_EQ(1U, documents().size());
}

TEST_P(ReturnOf, ARefundOfADeliveredReservationReturnsAgainstTheDelivery) {
    const std::string first = made();
    const Result<runtime::Applied> changed = apply(update_command("2", "2400", first));
    ASSERT_TRUE(changed);
    control("fulfil", R"({"documentId": 55121, "type": "delivery-note"})");
    const Result<runtime::Applied> refund =
        apply(refund_command(DOCUMENT_TYPE_RESERVATION, changed->result.native_id(), "1", "1200", "1200"));
    ASSERT_TRUE(refund) << refund.error().message;
    EXPECT_EQ("return WC-10231-R77 posted 1200.00", documents().back());
}

// Found by a second look: the return that the cancellation of a reservation made may have landed.
TEST_P(ReturnOf, AReturnThatNoLookupCanTellIsNotMadeAgainByItself) {
    connect("lookup_reliable: false");
    const std::string first = made();
    const events::Command command = cancel_command(DOCUMENT_TYPE_RESERVATION, first);
    const auto nothing_left = connector_.sink->find(command, {});
    ASSERT_TRUE(nothing_left) << nothing_left.error().message;
    EXPECT_FALSE(*nothing_left) << "to cancel a reservation once more does no harm";
    control("fulfil", R"({"documentId": 55120, "type": "delivery-note"})");
    fault(R"([{"match": {"method": "POST", "path_regex": "(dokumenti|documents/return)$"}, "times": 1,
               "fault": {"kind": "apply_then_drop"}}])");
    EXPECT_EQ(ErrorKind::kAmbiguous, apply(command).error().kind);
    const auto found = connector_.sink->find(command, {});
    ASSERT_FALSE(found);
    EXPECT_EQ(ErrorKind::kAmbiguous, found.error().kind) << found.error().message;
    connect();
    const auto told = connector_.sink->find(command, {});
    ASSERT_TRUE(told) << told.error().message;
    ASSERT_TRUE(apply(command));
    EXPECT_EQ(3U, documents().size()) << "one return";
}

// A dialect that does not tell what came back: zero would be a guess, and the pieces would come back twice.
TEST_P(ReturnOf, WhereSorsDoesNotTellWhatCameBackAPersonDecides) {
    std::string text = dialect_text(GetParam());
    const std::size_t told = text.find("returned:", text.find("  get_document:"));
    ASSERT_NE(std::string::npos, told);
    const std::size_t comma = text.rfind(',', told);
    text.erase(comma, text.find("}]}", told) - comma);
    connect("", text);
    const std::string first = made();
    control("fulfil", R"({"documentId": 55120, "type": "delivery-note"})");
    ASSERT_TRUE(apply(refund_command(DOCUMENT_TYPE_RESERVATION, first, "1", "1166.67", "1166.67")))
        << "one refund is one return";
    const Texts before = documents();
    for (const events::Command& command :
         {cancel_command(DOCUMENT_TYPE_RESERVATION, first), refunded("2", "1166.67", first)}) {
        const std::string message = refusal(command);
        EXPECT_TRUE(message.contains("SORS does not tell what came back")) << message;
    }
    EXPECT_EQ(before, documents());
}

}  // namespace
}  // namespace shopwire::sors
