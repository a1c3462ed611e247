// Goal: a refund is noted once, in the form that was chosen, and nothing that staff wrote is lost.
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

class KeycrmRefunds : public ::testing::Test {
 protected:
    static events::Command refund(const std::string& amount) {
        events::Command command;
        commands::v1::ExportRefund& action = *command.mutable_export_refund();
        action.mutable_refund()->set_native_id("9");
        action.mutable_refund()->set_reason("Too small");
        action.mutable_refund()->set_created_at_ms(1'780'301'700'000);
        set(action.mutable_refund()->mutable_amount(), amount);
        *action.mutable_order() = shop_order();
        action.set_external_number("WC-10234-R9");
        action.set_base_external_number("WC-10234");
        action.set_base_native_id("7001");
        action.set_order_connection("shop");
        return command;
    }
    static Settings as(const std::string& how) {
        Settings with = settings();
        with.refund_as = how;
        return with;
    }
    TestAccount test{};
};

TEST_F(KeycrmRefunds, ARefundIsAnExpenseOnce) {
    test.transport.reply(200, held());
    test.transport.reply(201, R"({"id":77})");
    const Result<runtime::Applied> applied = test.apply(refund("100"));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->result.native_id(), "7001/expenses/77");
    EXPECT_EQ(applied->result.document().type(), events::v1::DOCUMENT_TYPE_RETURN);
    const json::Document sent = test.sent(1);
    EXPECT_EQ(sent.root().member("amount").text(), "100.00");
    EXPECT_EQ(sent.root().member("expense_type").text(), "Refund");
    EXPECT_EQ(sent.root().member("description").text(), "Refund WC-10234-R9: 100.00, Too small");
    const std::string noted = held(R"("status_id":1,"status_group_id":1)", "paid",
                                   R"(,"expenses":[{"id":76,"description":"Refund WC-10234-R91: 5"},)"
                                   R"({"id":77,"description":"Refund WC-10234-R9: 100.00, Too small"}])");
    test.transport.reply(200, noted);
    EXPECT_TRUE(test.apply(refund("100"))->result.document().found());
    test.transport.reply(200, noted);
    EXPECT_EQ(test.sink.find(refund("100"), {}).value().value().result.native_id(), "7001/expenses/77");
    test.transport.reply(200, held());
    EXPECT_FALSE(test.sink.find(refund("100"), {}).value().has_value());
}

TEST_F(KeycrmRefunds, AWholePaymentIsCancelledAndAPartIsAnExpense) {
    TestAccount whole(as("cancel_payment"));
    whole.transport.reply(200, held());
    whole.transport.reply(202, R"({"id":55})");
    ASSERT_TRUE(whole.apply(refund("811")));
    EXPECT_EQ(whole.asked().back(), "PUT /order/7001/payment/55");
    EXPECT_EQ(whole.sent(1).root().member("status").text(), "canceled");
    TestAccount part(as("cancel_payment"));
    part.transport.reply(200, held());
    part.transport.reply(201, R"({"id":77})");
    ASSERT_TRUE(part.apply(refund("100")));
    EXPECT_EQ(part.asked().back(), "POST /order/7001/expense");
}

TEST_F(KeycrmRefunds, ACommentKeepsWhatStaffWrote) {
    TestAccount comment(as("comment"));
    comment.transport.reply(200, held());
    comment.transport.reply(202, kMade);
    ASSERT_TRUE(comment.apply(refund("100")));
    EXPECT_EQ(comment.sent(1).root().member("manager_comment").text(),
              "Order 10234\nRefund WC-10234-R9: 100.00, Too small");
}

TEST_F(KeycrmRefunds, ALostExpenseIsAmbiguous) {
    test.transport.reply(200, held());
    test.transport.fail(ambiguous("no answer").error());
    EXPECT_EQ(test.apply(refund("100")).error().kind, ErrorKind::kAmbiguous);
}

TEST_F(KeycrmRefunds, ASuccessThatSaysNoIsARefusal) {
    for (const auto& [how, amount] :
         {std::pair{"expense", "100"}, std::pair{"comment", "100"}, std::pair{"cancel_payment", "811"}}) {
        TestAccount each(as(how));
        each.transport.reply(200, held());
        each.transport.reply(202, R"({"status":false})");
        const Result<runtime::Applied> applied = each.apply(refund(amount));
        ASSERT_FALSE(applied) << how;
        EXPECT_EQ(applied.error().kind, ErrorKind::kRejected) << how;
    }
}

TEST_F(KeycrmRefunds, ASuccessThatShowsNothingIsInDoubt) {
    for (const auto& [how, amount] :
         {std::pair{"expense", "100"}, std::pair{"comment", "100"}, std::pair{"cancel_payment", "811"}}) {
        for (const char* nothing : {"{}", R"({"status":true})", R"({"id":null})"}) {
            TestAccount each(as(how));
            each.transport.reply(200, held());
            each.transport.reply(200, nothing);
            const Result<runtime::Applied> applied = each.apply(refund(amount));
            ASSERT_FALSE(applied) << how << nothing;
            EXPECT_EQ(applied.error().kind, ErrorKind::kAmbiguous) << how << nothing;
        }
    }
}

TEST_F(KeycrmRefunds, NothingIsNotedOfNothing) {
    EXPECT_EQ(test.apply(refund("0")).error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(test.asked().empty());
    test.transport.reply(404, R"({"message":"Not found"})");
    EXPECT_EQ(test.apply(refund("1")).error().kind, ErrorKind::kRejected);
}

}  // namespace
}  // namespace shopwire::keycrm
