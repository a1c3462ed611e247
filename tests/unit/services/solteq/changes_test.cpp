// Goal: an order that is edited or cancelled leaves one sale that stands; a refund goes back the way the sale was paid.
#include "services/solteq/sink.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

class ChangesOf : public ::testing::TestWithParam<const char*> {
 protected:
    std::string none() const { return list_of(GetParam(), {}); }
    std::string one() const { return list_of(GetParam(), {sale_row_of(GetParam())}); }
};
INSTANTIATE_TEST_SUITE_P(Dialect, ChangesOf, ::testing::Values("solteq-rest", "solteq-alt"),
                         [](const auto& test) { return std::string(test.param) == "solteq-rest" ? "Rest" : "Alt"; });

events::Command update_command() {
    events::Command command;
    auto& update = *command.mutable_update_order();
    update.set_external_number("woo:main:10231");
    update.set_document_type(events::v1::DOCUMENT_TYPE_INVOICE);
    *update.mutable_order() = the_order();
    return command;
}

events::Command edited_command() {
    events::Command command = update_command();
    events::v1::Order& order = *command.mutable_update_order()->mutable_order();
    *order.mutable_total() = pdec("24.90");
    *order.mutable_lines(0)->mutable_quantity() = pdec("1");
    *order.mutable_lines(0)->mutable_total() = pdec("19.84");
    *order.mutable_lines(0)->mutable_total_tax() = pdec("5.06");
    return command;
}

events::Command cancel_command() {
    events::Command command;
    command.mutable_cancel_document()->set_external_number("woo:main:10231");
    command.mutable_cancel_document()->set_native_id("o-1");
    return command;
}

TEST_P(ChangesOf, AnEditThatTouchesNoSaleChangesNothing) {
    Rig rig(GetParam());
    rig.reply(one());
    rig.reply(none());  // no second revision
    rig.reply(none());  // not voided
    const Result<runtime::Applied> applied = rig.apply(update_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
}

TEST_P(ChangesOf, EditsAndCancellationsAreRefusedUnlessConfigured) {
    for (const events::Command& command : {edited_command(), cancel_command()}) {
        Rig rig(GetParam());
        rig.reply(one());
        rig.reply(none());
        rig.reply(none());
        const Result<runtime::Applied> applied = rig.apply(command);
        ASSERT_FALSE(applied);
        EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
        EXPECT_NE(std::string::npos, applied.error().message.find("Solteq has no way to change a sale"));
    }
}

TEST_P(ChangesOf, AnEditIsARefundAndANewSaleWhenConfigured) {
    Rig rig(GetParam(), "order_changes: refund_and_resend");
    for (const std::string& body : {one(), none(), none(), fixture("customers", GetParam())}) rig.reply(body);
    rig.reply(sale_row_of(GetParam()), 201);  // the refund
    rig.reply(with(sale_row_of(GetParam()), "o-1", "o-3"), 201);
    const Result<runtime::Applied> applied = rig.apply(edited_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("o-3", applied->result.native_id());
    EXPECT_EQ("woo:main:10231", applied->result.document().external_number());
    const auto requests = rig.transport.requests();
    const std::string& refund = requests[requests.size() - 2].body;
    EXPECT_NE(std::string::npos, refund.find(R"("externalId":"woo:main:10231:void")")) << refund;
    EXPECT_NE(std::string::npos, refund.find(R"("originalExternalId":"woo:main:10231")")) << refund;
    EXPECT_NE(std::string::npos, rig.transport.last().body.find(R"("externalId":"woo:main:10231:2")"));
}

// The process died between the refund and the new sale: only the new sale is missing.
TEST_P(ChangesOf, AnEditGoesOnWhereItStopped) {
    Rig rig(GetParam(), "order_changes: refund_and_resend");
    const std::string voided =
        list_of(GetParam(), {with(sale_row_of(GetParam()), "woo:main:10231", "woo:main:10231:void")});
    for (const std::string& body : {one(), none(), voided, fixture("customers", GetParam())}) rig.reply(body);
    rig.reply(with(sale_row_of(GetParam()), "o-1", "o-3"), 201);
    const Result<runtime::Applied> applied = rig.apply(edited_command());
    ASSERT_TRUE(applied) << applied.error().message;
    std::size_t writes = 0;
    for (const std::string& line : rig.asked()) writes += line.starts_with("POST") ? 1U : 0U;
    EXPECT_EQ(1U, writes);
    // And once more: the second revision stands and has this content.
    const std::string second =
        list_of(GetParam(), {with(sale_row_of(GetParam()), "woo:main:10231", "woo:main:10231:2")});
    for (const std::string& body : {one(), second, none(), none()}) rig.reply(body);
    const Result<runtime::Applied> again = rig.apply(update_command());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, again->result.outcome());
}

TEST(Changes, AnOrderWithRefundsIsNotRefundedWhole) {
    Rig rig("solteq-rest", "order_changes: refund_and_resend");
    rig.reply(list_of("solteq-rest", {sale_row_of("solteq-rest")}));
    rig.reply(list_of("solteq-rest", {}));
    rig.reply(list_of("solteq-rest", {}));
    events::Command command = edited_command();
    command.mutable_update_order()->mutable_order()->add_refunds()->set_native_id("77");
    const Result<runtime::Applied> applied = rig.apply(command);
    ASSERT_FALSE(applied);
    EXPECT_NE(std::string::npos, applied.error().message.find("refunds"));
}

TEST_P(ChangesOf, CancellingIsAWholeRefundWhenConfigured) {
    Rig rig(GetParam(), "order_changes: refund_and_resend");
    for (const std::string& body : {one(), none(), none()}) rig.reply(body);
    rig.reply(sale_row_of(GetParam()), 201);
    const Result<runtime::Applied> applied = rig.apply(cancel_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    const std::string voided =
        list_of(GetParam(), {with(sale_row_of(GetParam()), "woo:main:10231", "woo:main:10231:void")});
    for (const std::string& body : {one(), none(), voided}) rig.reply(body);
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(cancel_command())->result.outcome());
}

// The fixture was paid by PaymentTerminal; today's settings would say Other.
TEST_P(ChangesOf, AWholeRefundGoesBackByThePaymentsOfTheSale) {
    const bool rest = GetParam() == std::string("solteq-rest");
    Rig rig(GetParam(), "order_changes: refund_and_resend");
    for (const std::string& body : {one(), none(), none()}) rig.reply(body);
    rig.reply(sale_row_of(GetParam()), 201);
    ASSERT_TRUE(rig.apply(cancel_command()));
    const std::string expected = rest ? R"({"type":"PaymentTerminal","amount":-49.80,"reference":"txn-1"})"
                                      : R"({"type":"PaymentTerminal","amount":"49.80","reference":"txn-1"})";
    EXPECT_NE(std::string::npos, rig.transport.last().body.find(R"("payments":[)" + expected + "]"))
        << rig.transport.last().body;
}

std::string without(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    const std::size_t end = text.find(to, at);
    EXPECT_TRUE(at != std::string::npos && end != std::string::npos) << from;
    return text.erase(at, end - at);
}

// Where Solteq does not show how a sale was paid, an edit knows it of its order, and a cancellation does not.
TEST_P(ChangesOf, PaymentsThatAreNotShownAreThoseOfTheOrder) {
    const std::string unpaid = list_of(GetParam(), {without(sale_row_of(GetParam()), R"("payments")", R"("total": )")});
    const std::string settings = "order_changes: refund_and_resend\npayment_types: {stripe: Card}";
    Rig edited(GetParam(), settings);
    for (const std::string& body : {unpaid, none(), none(), fixture("customers", GetParam())}) edited.reply(body);
    edited.reply(sale_row_of(GetParam()), 201);
    edited.reply(with(sale_row_of(GetParam()), "o-1", "o-3"), 201);
    ASSERT_TRUE(edited.apply(edited_command()));
    const auto requests = edited.transport.requests();
    EXPECT_NE(std::string::npos, requests[requests.size() - 2].body.find(R"("payments":[{"type":"Card")"));
    Rig cancelled(GetParam(), settings);
    for (const std::string& body : {unpaid, none(), none()}) cancelled.reply(body);
    const Result<runtime::Applied> refused = cancelled.apply(cancel_command());
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
    EXPECT_EQ(
        "cancelling sale woo:main:10231: Solteq shows payments of 0.00 for the 49.80 of sale woo:main:10231: refund it "
        "by hand",
        refused.error().message);
}

TEST_P(ChangesOf, AWholeRefundNeedsTheVatOfTheRows) {
    for (const auto& [from, to] : {std::pair{R"(, "vatRate")", R"(, "vatAmount")"}, {R"(, "vatAmount")", "}]"}}) {
        Rig rig(GetParam(), "order_changes: refund_and_resend");
        for (const std::string& body :
             {list_of(GetParam(), {without(sale_row_of(GetParam()), from, to)}), none(), none()})
            rig.reply(body);
        const Result<runtime::Applied> refused = rig.apply(cancel_command());
        ASSERT_FALSE(refused);
        EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
        EXPECT_EQ(
            "cancelling sale woo:main:10231: Solteq does not show the VAT of sale woo:main:10231: refund it by hand",
            refused.error().message);
    }
}

TEST_P(ChangesOf, GoodsThatStayOutAreNotBookedBack) {
    Rig rig(GetParam(), "order_changes: refund_and_resend");
    for (const std::string& body : {one(), none(), none()}) rig.reply(body);
    events::Command command = cancel_command();
    command.mutable_cancel_document()->set_goods_stay_out(true);
    const Result<runtime::Applied> refused = rig.apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
    EXPECT_TRUE(refused.error().message.ends_with("do it by hand in Solteq")) << refused.error().message;
}

TEST(Changes, CancellingWhatWasNeverMadeIsDone) {
    Rig rig;
    rig.reply(list_of("solteq-rest", {}));
    EXPECT_EQ(ErrorKind::kTransient, rig.apply(cancel_command()).error().kind);  // it was made, and does not show yet
    events::Command command = cancel_command();
    command.mutable_cancel_document()->clear_native_id();
    rig.reply(list_of("solteq-rest", {}));
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(command)->result.outcome());
}

TEST_P(ChangesOf, RefundsBelongToTheSaleThatStands) {
    Rig rig(GetParam(), "order_changes: refund_and_resend");
    const std::string second =
        list_of(GetParam(), {with(sale_row_of(GetParam()), "woo:main:10231", "woo:main:10231:2")});
    for (const std::string& body : {none(), one(), second, none(), none()}) rig.reply(body);
    rig.reply(with(sale_row_of(GetParam()), "o-1", "o-9"), 201);
    const Result<runtime::Applied> applied = rig.apply(refund_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("o-9", applied->result.document().native_id());
    EXPECT_EQ(events::v1::DOCUMENT_TYPE_RETURN, applied->result.document().type());
    EXPECT_NE(std::string::npos, rig.transport.last().body.find(R"("originalExternalId":"woo:main:10231:2")"));
}

}  // namespace
}  // namespace shopwire::solteq
