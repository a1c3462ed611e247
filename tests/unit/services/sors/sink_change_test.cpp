// Goal: an edit, a refund or a cancellation leaves one right state in the ledger, wherever it was cut short.
#include "tests/unit/services/sors/change_rig.h"

namespace shopwire::sors {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;
using events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_INVOICE;
using events::v1::DOCUMENT_TYPE_RESERVATION;
using Texts = std::vector<std::string>;

const Texts kReplaced{"reservation WC-10231 cancelled 3500.00", "reservation WC-10231-V2 open 2400.00"};

INSTANTIATE_TEST_SUITE_P(Dialect, ChangeOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

TEST_P(ChangeOf, AnEditedReservationIsReplacedOnce) {
    const std::string first = made();
    const Decimal before = free();
    const Result<runtime::Applied> changed = apply(update_command("2", "2400", first));
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, changed->result.outcome());
    EXPECT_NE(first, changed->result.native_id());
    EXPECT_EQ("WC-10231", changed->result.document().external_number());
    EXPECT_EQ(kReplaced, documents());
    EXPECT_EQ(dec("1"), free() - before);
    const Result<runtime::Applied> again = apply(update_command("2", "2400", changed->result.native_id()));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, again->result.outcome());
    EXPECT_EQ(changed->result.native_id(), again->result.native_id());
    EXPECT_EQ(kReplaced, documents());
    ASSERT_TRUE(apply(update_command("3", "3600", changed->result.native_id())));
    EXPECT_EQ("reservation WC-10231-V3 open 3600.00", documents().back());
}

TEST_P(ChangeOf, AnEditThatTheDocumentDoesNotHoldWritesNothing) {
    const std::string first = made();
    events::Command same = update_command("3", "3500", first);
    *same.mutable_update_order()->mutable_order() = export_command().export_order().order();
    same.mutable_update_order()->mutable_order()->set_status("completed");
    const Result<runtime::Applied> applied = apply(same);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
    EXPECT_EQ(1U, documents().size());
}

// Wherever it is cut, the same command brings it to its end.
TEST_P(ChangeOf, AReplacementGoesOnWhereItStopped) {
    const std::string creates = R"("method": "POST", "path_regex": "(dokumenti|documents/reservation)$")";
    for (const std::string& match : {creates, cancels()})
        for (const char* kind : {"apply_then_drop", "drop_before", "html"}) {
            SCOPED_TRACE(match + " " + kind);
            control("reset", "");
            connect();
            const std::string first = made();
            fault(R"([{"match": {)" + match + R"(}, "times": 1, "fault": {"kind": ")" + kind + "\"}}]");
            const events::Command command = update_command("2", "2400", first);
            const Result<runtime::Applied> cut = apply(command);
            if (!cut) {
                EXPECT_NE(ErrorKind::kRejected, cut.error().kind) << cut.error().message;
                connect();  // by another process
                const auto found = connector_.sink->find(command, {});
                ASSERT_TRUE(found) << found.error().message;
                EXPECT_FALSE(*found);
                const Result<runtime::Applied> again = apply(command);
                ASSERT_TRUE(again) << again.error().message;
            }
            EXPECT_EQ(kReplaced, documents());
            no_fault();
        }
}

TEST_P(ChangeOf, AReservationThatBecameAFinalDocumentIsLeftToPeople) {
    const std::string first = made();
    control("fulfil", R"({"documentId": 55120})");
    EXPECT_TRUE(refusal(update_command("2", "2400", first)).ends_with("do it by hand in SORS"));
    EXPECT_TRUE(refusal(refunded("4", "1166.67", first)).contains("holds more of")) << "a piece that nobody issued";
    EXPECT_TRUE(refusal(refunded("1", "1166.67", first)).ends_with("do it by hand in SORS"))
        << "two pieces less, one paid back: the other was edited away";
    EXPECT_TRUE(refusal(refunded_to("2", "2000", "1166.67", first)).ends_with("do it by hand in SORS"))
        << "one piece paid back, and the price of the others lowered";
    connect("order_changes: reject");
    EXPECT_TRUE(refusal(refunded("2", "1166.67", first)).ends_with("do it by hand in SORS"));
    EXPECT_FALSE(refusal(cancel_command(DOCUMENT_TYPE_RESERVATION, first)).empty());
    EXPECT_EQ((Texts{"reservation WC-10231 posted 3500.00", "invoice-delivery-note WC-10231 posted 3500.00"}),
              documents());
}

// The usual day: the staff makes the delivery note of the reservation, and later a customer sends pieces back.
// One article on two lines: which of them came back shows in the money alone.
// A parcel is lost: the money was paid back, and its pieces are nowhere.
// The staff is quicker than our cancellation: the goods left by the old reservation.
TEST_P(ChangeOf, ANewReservationDoesNotStandBesideADeliveredOne) {
    const std::string first = left_with_two();
    control("fulfil", R"({"documentId": 55120})");
    EXPECT_TRUE(refusal(update_command("2", "2400", first)).ends_with("do it by hand in SORS"));
    EXPECT_EQ((Texts{"reservation WC-10231 posted 3500.00", "reservation WC-10231-V2 cancelled 2400.00",
                     "invoice-delivery-note WC-10231 posted 3500.00"}),
              documents());
}

// Cut between the new reservation and the end of the old one, and then the staff delivers one of them.
TEST_P(ChangeOf, NoReservationStaysOpenBesideADeliveredOne) {
    const auto begin = [this] {
        control("reset", "");
        connect();
        const std::string first = left_with_two();
        EXPECT_EQ((Texts{"reservation WC-10231 open 3500.00", "reservation WC-10231-V2 open 2400.00"}), documents());
        return first;
    };
    for (const bool returned : {true, false}) {
        SCOPED_TRACE(returned);
        const std::string first = begin();
        control("fulfil", R"({"documentId": 55121, "type": "delivery-note"})");
        if (returned) {
            const Result<runtime::Applied> applied = apply(refunded_to("1", "1200", "1200", first));
            ASSERT_TRUE(applied) << applied.error().message;
            EXPECT_EQ("return WC-10231-RU1 posted 1200.00", documents().back());
        } else {
            EXPECT_TRUE(refusal(update_command("1", "1300", first)).ends_with("do it by hand in SORS"));
        }
        EXPECT_EQ("reservation WC-10231 cancelled 3500.00", documents().front());
    }
    const std::string first = begin();
    control("fulfil", R"({"documentId": 55120, "type": "delivery-note"})");
    EXPECT_TRUE(refusal(update_command("1", "1200", first)).contains("has become a final document"));
    EXPECT_EQ((Texts{"reservation WC-10231 posted 3500.00", "reservation WC-10231-V2 cancelled 2400.00",
                     "delivery-note WC-10231 posted 3500.00", "reservation WC-10231-V3 cancelled 1200.00"}),
              documents());
}

// What must not, or cannot, be cancelled by us stands until a person looks at it.
TEST_P(ChangeOf, ALeftOverReservationIsCancelledOnlyWhereThatIsAllowed) {
    const std::string first = left_with_two();
    control("fulfil", R"({"documentId": 55121, "type": "delivery-note"})");
    const Texts kept = documents();
    const auto expect_nothing_done = [&] {
        EXPECT_EQ("changing document WC-10231: another reservation stands beside a final one, do it by hand in SORS",
                  refusal(refunded_to("1", "1200", "1200", first)));
        EXPECT_EQ(kept, documents());
    };
    connect("order_changes: reject");
    expect_nothing_done();
    connect({}, without_operation(dialect_text(GetParam()), "cancel_document"));
    expect_nothing_done();
    connect();
    ASSERT_TRUE(apply(refunded_to("1", "1200", "1200", first)));
    EXPECT_EQ("reservation WC-10231 cancelled 3500.00", documents().front());
}

TEST_P(ChangeOf, OneRefusedCancellationKeepsNoOtherReservation) {
    const std::string first = left_with_two();
    control("fulfil", R"({"documentId": 55120, "type": "delivery-note"})");
    connect("order_changes: reject");
    EXPECT_TRUE(refusal(cancel_command(DOCUMENT_TYPE_RESERVATION, first)).starts_with("cancelling document WC-10231"));
    EXPECT_EQ((Texts{"reservation WC-10231 posted 3500.00", "reservation WC-10231-V2 cancelled 2400.00",
                     "delivery-note WC-10231 posted 3500.00"}),
              documents());
}

// The link knows the id of the newest one.
TEST_P(ChangeOf, ACancellationByTheIdOfALaterRevisionEndsTheFirstToo) {
    left_with_two();
    ASSERT_TRUE(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, "Shop2026/55121")));
    EXPECT_EQ((Texts{"reservation WC-10231 cancelled 3500.00", "reservation WC-10231-V2 cancelled 2400.00"}),
              documents());
}

TEST_P(ChangeOf, WhatCannotBeChangedIsRefusedWithItsReason) {
    EXPECT_EQ("changing document WC-10231: SORS has no such document", refusal(update_command("2", "2400", "")));
    const Result<runtime::Applied> later = apply(update_command("2", "2400", "Shop2026/55120"));
    ASSERT_FALSE(later);
    EXPECT_EQ(ErrorKind::kTransient, later.error().kind) << "it was made, and lookups lag behind";
    const std::string first = made();
    connect("order_changes: reject");
    EXPECT_TRUE(refusal(update_command("2", "2400", first))
                    .ends_with("a reservation cannot be changed, do it by hand in SORS"));
    connect();
    ASSERT_TRUE(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first)));
    EXPECT_EQ("changing document WC-10231: it is cancelled", refusal(update_command("2", "2400", first)));
    const std::string issued = made(DOCUMENT_TYPE_DELIVERY_NOTE);
    events::Command command = update_command("2", "2400", issued);
    command.mutable_update_order()->set_document_type(DOCUMENT_TYPE_DELIVERY_NOTE);
    EXPECT_TRUE(refusal(command).ends_with("an issued document cannot be changed, do it by hand in SORS"));
}

TEST_P(ChangeOf, ACancellationEndsEveryRevision) {
    const std::string first = made();
    const Decimal reserved = free();
    ASSERT_TRUE(apply(update_command("2", "2400", first)));
    const Result<runtime::Applied> cancelled = apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first));
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, cancelled->result.outcome());
    EXPECT_EQ("reservation WC-10231-V2 cancelled 2400.00", documents().back());
    EXPECT_EQ(dec("3"), free() - reserved);
}

TEST_P(ChangeOf, AnInvoiceIsCancelledAndRefundedByPeople) {
    const std::string invoice = made(DOCUMENT_TYPE_INVOICE);
    EXPECT_TRUE(refusal(cancel_command(DOCUMENT_TYPE_INVOICE, invoice)).ends_with("do it by hand in SORS"));
    EXPECT_TRUE(refusal(refund_command(DOCUMENT_TYPE_INVOICE, invoice, "1", "1166.67", "1166.67"))
                    .ends_with("do it by hand in SORS"));
    EXPECT_EQ(1U, documents().size());
}

TEST_P(ChangeOf, ACustomerIsMadeOnceAndNeverChanged) {
    events::Command command;
    auto& upsert = *command.mutable_upsert_customer();
    upsert.set_external_id("shop:customer:77");
    *upsert.mutable_customer()->mutable_personal() = export_command().export_order().order().personal();
    const Result<runtime::Applied> first = apply(command);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ("K-0884", first->result.native_id());
    EXPECT_EQ(OUTCOME_APPLIED, first->result.outcome());
    connect();
    // Whom SORS has already was not made by us: the router must not take his state there for what was written.
    const Result<runtime::Applied> again = apply(command);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ("K-0884", again->result.native_id());
    EXPECT_EQ(OUTCOME_UNCHANGED, again->result.outcome());
    EXPECT_EQ("SORS has this customer already, and no way to change one", again->result.error());
    const auto customers = read("customers");
    ASSERT_EQ(4U, customers->size());
    const events::v1::Customer& made = customers->back().customer();
    EXPECT_EQ("shop:customer:77", made.external_id());
    EXPECT_EQ("Petar", made.personal().clear().billing().first_name());
    EXPECT_EQ("Petrović", made.personal().clear().billing().last_name());
    EXPECT_EQ("Niš", made.personal().clear().billing().city());
    command.set_native_id("K-0884");
    EXPECT_EQ(OUTCOME_UNCHANGED, apply(command)->result.outcome());
    command.clear_native_id();
    upsert.mutable_customer()->mutable_personal()->mutable_clear()->clear_email();
    upsert.mutable_customer()->mutable_personal()->mutable_clear()->clear_phone();
    EXPECT_TRUE(refusal(command).contains("could be found again"));
}

events::Command company_order(const std::string& pib) {
    events::Command command = export_command();
    auto& person = *command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear();
    person.set_tax_id(pib);
    person.mutable_billing()->set_company("Firma d.o.o.");
    return command;
}

TEST_P(ChangeOf, ACompanyOverItsLimitIsHeldOrMarked) {
    control("seed",
            R"({"customers": [{"type": 1, "name": "Firma", "pib": "102030400", "debt": 6000, "creditLimit": 10000}]})");
    connect("credit_check: hold");
    ASSERT_TRUE(apply(company_order("102030400")));  // 6000 owed and 3500 of this order
    events::Command second = company_order("102030400");
    second.mutable_export_order()->set_external_number("WC-2");
    EXPECT_EQ(
        "making document WC-2: CREDIT_LIMIT: 13000.00 with this order, over the limit of 10000.00 (owed 6000.00, "
        "reserved 3500.00)",
        refusal(second));
    events::Command paid = second;
    paid.mutable_export_order()->mutable_order()->set_paid_at_ms(1);
    paid.mutable_export_order()->set_external_number("WC-3");
    EXPECT_TRUE(apply(paid)) << "what is paid owes nothing";
    connect("credit_check: warn");
    const Result<runtime::Applied> marked = apply(second);
    ASSERT_TRUE(marked) << marked.error().message;
    EXPECT_TRUE(marked->result.error().starts_with("CREDIT_LIMIT")) << marked->result.error();
    EXPECT_TRUE(metrics_->text().contains("shopwire_sors_credit_warnings_total{connection=\"acme/erp\"} 1"));
    connect("credit_check: off");
    second.mutable_export_order()->set_external_number("WC-4");
    EXPECT_EQ("", apply(second)->result.error());
}

TEST_P(ChangeOf, AnEditCountsOnlyWhatItAdds) {
    control("seed", R"({"customers": [{"type": 1, "name": "Firma", "pib": "102030400", "creditLimit": 4000}]})");
    connect("credit_check: hold");
    const auto first = apply(company_order("102030400"));
    ASSERT_TRUE(first);
    const auto edit = [&](const std::string& quantity, const std::string& total) {
        events::Command command = update_command(quantity, total, first->result.native_id());
        *command.mutable_update_order()->mutable_order()->mutable_personal() =
            company_order("102030400").export_order().order().personal();
        return command;
    };
    EXPECT_TRUE(refusal(edit("4", "4800")).contains("CREDIT_LIMIT: 4800.00"));
    EXPECT_TRUE(apply(edit("3", "3600")));
}

TEST_P(ChangeOf, TheLimitMayComeFromTheSettingsAndTheDebtMayBeAway) {
    control("seed", R"({"customers": [{"type": 1, "name": "Firma", "pib": "102030400"}]})");
    const std::string debts = R"([{"match": {"method": "GET", "path_regex": "debt|dugovanje"}, "times": 100,
                                   "fault": {"kind": "status", "status": 404}}])";
    connect("credit_check: hold");
    ASSERT_TRUE(apply(company_order("102030400"))) << "nobody says a limit";
    control("reset", "");
    control("seed", R"({"customers": [{"type": 1, "name": "Firma", "pib": "102030400"}]})");
    connect("credit_check: hold\ncredit_limit: 1000000\ncredit_limits: {'102030400': 3000}");
    EXPECT_TRUE(refusal(company_order("102030400")).contains("over the limit of 3000.00"));
    connect("credit_check: hold\ncredit_limit: 1000000");
    fault(debts);
    EXPECT_FALSE(apply(company_order("102030400")));
    connect("credit_check: hold\ncredit_limit: 1000000\ncredit_unavailable: export");
    const Result<runtime::Applied> open = apply(company_order("102030400"));
    ASSERT_TRUE(open) << open.error().message;
    EXPECT_TRUE(open->result.error().starts_with("credit was not checked")) << open->result.error();
}

}  // namespace
}  // namespace shopwire::sors
