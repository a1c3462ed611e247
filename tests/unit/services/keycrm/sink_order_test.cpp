// Goal: one order, one order in KeyCRM; a change writes what a PUT can say and nothing else.  Method: scripted answers,
// and every request that leaves is looked at.
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;
using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

std::string found_row(const std::string& id, const std::string& uuid, int source) {
    return R"({"id":)" + id + R"(,"source_uuid":")" + uuid + R"(","source_id":)" + std::to_string(source) +
           R"(,"grand_total":"811.00"})";
}

const std::string kStatuses = page({R"({"id":1,"group_id":1})", R"({"id":4,"group_id":2})", R"({"id":11,"group_id":4})",
                                    R"({"id":12,"group_id":5})", R"({"id":19,"group_id":6})"});

class KeycrmOrders : public ::testing::Test {
 protected:
    events::Command update(const events::v1::Order& order = shop_order()) {
        events::Command command;
        command.set_native_id("7001");
        *command.mutable_update_order()->mutable_order() = order;
        command.mutable_update_order()->set_external_number("WC-10234");
        command.mutable_update_order()->set_order_connection("shop");
        return command;
    }
    events::Command cancel(const std::string& native_id = "7001") {
        events::Command command;
        command.mutable_cancel_document()->set_external_number("WC-10234");
        command.mutable_cancel_document()->set_native_id(native_id);
        return command;
    }
    TestAccount test{};
};

TEST_F(KeycrmOrders, LooksBeforeItMakes) {
    test.transport.reply(200, page({}));
    test.transport.reply(201, kMade);
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(applied->result.native_id(), "7001");
    EXPECT_EQ(applied->result.error(), "");
    EXPECT_FALSE(applied->result.document().found());
    EXPECT_EQ(test.asked(), (std::vector<std::string>{"GET /order", "POST /order"}));
    EXPECT_EQ(test.query(0, "filter[source_uuid]"), "WC-10234");
    EXPECT_EQ(test.query(0, "filter[source_id]"), "4");
    EXPECT_EQ(test.sent(1).root().member("source_uuid").text(), "WC-10234");
}

TEST_F(KeycrmOrders, AdoptsWhatIsThereAndMakesNoSecond) {
    test.transport.reply(200, page({found_row("7001", "WC-10234", 4)}));
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(applied->result.document().found());
    EXPECT_EQ(test.asked().size(), 1U);
}

TEST_F(KeycrmOrders, AnOrderOfAnotherSourceOrNumberIsNotOurs) {
    test.transport.reply(200, page({found_row("1", "WC-10234", 5), found_row("2", "WC-1023", 4)}));
    test.transport.reply(201, kMade);
    ASSERT_TRUE(test.apply(export_command()));
    EXPECT_EQ(test.asked().back(), "POST /order");
}

TEST_F(KeycrmOrders, AFilterThatIsIgnoredMakesNothing) {
    std::vector<std::string> rows;
    rows.reserve(50);
    for (int i = 0; i < 50; ++i) rows.push_back(found_row(std::to_string(i + 1), "other", 4));
    test.transport.reply(200, page(rows, 1, 900));
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind, ErrorKind::kTransient);
    EXPECT_EQ(test.asked().size(), 1U);
}

TEST_F(KeycrmOrders, EachShopHasItsSource) {
    Settings with = settings();
    with.sources = {{"shop", 5}};
    TestAccount two(with);
    two.transport.reply(200, page({}));
    two.transport.reply(201, kMade);
    ASSERT_TRUE(two.apply(export_command()));
    EXPECT_EQ(two.query(0, "filter[source_id]"), "5");
    EXPECT_EQ(two.sent(1).root().member("source_id").text(), "5");
}

// rules 6.6, case 2: applied, answer lost.
TEST_F(KeycrmOrders, ALostAnswerIsAmbiguousAndFoundAgain) {
    test.transport.reply(200, page({}));
    test.transport.fail(ambiguous("no answer").error());
    const Result<runtime::Applied> lost = test.apply(export_command());
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(test.asked().size(), 2U) << "never sent twice";
    test.transport.reply(200, page({}));
    EXPECT_FALSE(test.sink.find(export_command(), {}).value().has_value());
    test.transport.reply(200, page({found_row("7001", "WC-10234", 4)}));
    EXPECT_EQ(test.sink.find(export_command(), {}).value().value().result.native_id(), "7001");
}

TEST_F(KeycrmOrders, AnAnswerThatCannotBeReadIsAmbiguous) {
    for (const char* body : {"<html>", "{}", R"({"id":7001})", ""}) {
        TestAccount one;
        one.transport.reply(200, page({}));
        one.transport.reply(201, body);
        const Result<runtime::Applied> applied = one.apply(export_command());
        ASSERT_FALSE(applied) << body;
        EXPECT_EQ(applied.error().kind, ErrorKind::kAmbiguous) << body;
    }
}

TEST_F(KeycrmOrders, ServerErrorsAndLimitsHaveTheirKinds) {
    const std::pair<int, ErrorKind> cases[] = {{500, ErrorKind::kAmbiguous},
                                               {429, ErrorKind::kRateLimited},
                                               {401, ErrorKind::kAuth},
                                               {400, ErrorKind::kRejected}};
    for (const auto& [status, kind] : cases) {
        TestAccount one;
        one.transport.reply(200, page({}));
        one.transport.reply(status, R"({"message":"x"})");
        const Result<runtime::Applied> applied = one.apply(export_command());
        ASSERT_FALSE(applied) << status;
        EXPECT_EQ(applied.error().kind, kind) << status;
        EXPECT_EQ(one.asked().size(), 2U) << "a create is never repeated by itself";
    }
}

TEST_F(KeycrmOrders, ARefusalNamesTheFields) {
    test.transport.reply(200, page({}));
    test.transport.reply(
        422,
        R"({"message":"The given data was invalid.","errors":{"buyer.full_name":["a \"b\": c"],"source_id":["x"]}})");
    test.transport.reply(200, page({}));
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind, ErrorKind::kRejected);
    EXPECT_NE(applied.error().message.find("refused: buyer.full_name,source_id"), std::string::npos)
        << applied.error().message;
}

TEST_F(KeycrmOrders, AnAccountThatRefusesADoubledNumberHasTheOrder) {
    test.transport.reply(200, page({}));
    test.transport.reply(422, R"({"message":"The given data was invalid.","errors":{"source_uuid":["taken"]}})");
    test.transport.reply(200, page({found_row("7001", "WC-10234", 4)}));
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(applied->result.document().found());
}

// Its turn came after another owner may have looked and found nothing: nothing leaves.
TEST_F(KeycrmOrders, AnOrderThatWaitedTooLongForItsTurnIsNotSent) {
    Settings with = settings();
    with.send_within = 5s;
    TestAccount slow(with, {.per_second = 0.1, .burst = 1, .concurrency = 1});
    slow.transport.reply(200, page({}));
    const Result<runtime::Applied> applied = slow.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind, ErrorKind::kRateLimited) << "costs no attempt";
    EXPECT_EQ(slow.asked().size(), 1U);
}

TEST_F(KeycrmOrders, WhatCannotBeLookedForIsNotMade) {
    events::Command comma = export_command();
    comma.mutable_export_order()->set_external_number("WC,1");
    events::Command none = export_command();
    none.mutable_export_order()->clear_external_number();
    for (const events::Command& command : {comma, none})
        EXPECT_EQ(test.apply(command).error().kind, ErrorKind::kRejected);
    Settings with = settings();
    with.source_id = 0;
    TestAccount nowhere(with);
    EXPECT_EQ(nowhere.apply(export_command()).error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(test.asked().empty());
}

TEST_F(KeycrmOrders, ADifferenceOfTotalsIsTold) {
    test.transport.reply(200, page({}));
    test.transport.reply(201, R"({"id":7001,"grand_total":810.5})");
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->result.error(), "exported with difference: KeyCRM has 810.50, the order 811.00");
}

TEST_F(KeycrmOrders, UnknownSkusAreRefusedWhereThatIsWanted) {
    Settings with = settings();
    with.check_skus = true;
    TestAccount strict(with);
    strict.transport.reply(200, page({}));
    strict.transport.reply(200, page({}));
    const Result<runtime::Applied> applied = strict.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_NE(applied.error().message.find("SKU TS-001-M is not known"), std::string::npos);
    strict.transport.reply(200, page({}));
    strict.transport.reply(200, page({R"({"id":1,"sku":"ts-001-m"})"}));
    strict.transport.reply(201, kMade);
    EXPECT_TRUE(strict.apply(export_command()));
}

TEST_F(KeycrmOrders, AnUnchangedOrderIsReadAndLeft) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    test.transport.reply(200, held());
    const Result<runtime::Applied> applied = test.apply(update(order));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->result.outcome(), OUTCOME_UNCHANGED) << applied->result.error();
    EXPECT_EQ(test.asked(), std::vector<std::string>{"GET /order/7001"});
}

TEST_F(KeycrmOrders, AStatusMovesOnToALaterGroupAlone) {
    struct Case {
        const char* held;
        bool asks;
        bool moves;
    };
    for (const Case& one : {Case{R"("status_id":1,"status_group_id":1)", true, true},
                            Case{R"("status_id":4,"status_group_id":2)", false, false},
                            Case{R"("status_id":2,"status_group_id":2)", true, false},
                            Case{R"("status_id":11,"status_group_id":4)", true, false},
                            Case{R"("status_id":12,"status_group_id":5)", false, false},
                            Case{R"("status_id":19,"status_group_id":6)", false, false}}) {
        TestAccount each;
        each.transport.reply(200, held(one.held));
        if (one.asks) each.transport.reply(200, kStatuses);
        if (one.moves) each.transport.reply(202, kMade);
        const Result<runtime::Applied> applied = each.apply(update());
        ASSERT_TRUE(applied) << one.held << applied.error().message;
        EXPECT_EQ(applied->result.outcome(), one.moves ? OUTCOME_APPLIED : OUTCOME_UNCHANGED) << one.held;
        if (one.moves) {
            EXPECT_EQ(each.sent(2).root().dump(), R"({"status_id":4})");
        }
        EXPECT_EQ(each.transport.unused(), 0U) << one.held;
    }
}

TEST_F(KeycrmOrders, AStatusMayStandOnALaterPage) {
    std::vector<std::string> first;
    first.reserve(50);
    for (int i = 0; i < 50; ++i) first.push_back(R"({"id":)" + std::to_string(100 + i) + R"(,"group_id":3})");
    test.transport.reply(200, held());
    test.transport.reply(200, page(first, 1, 51));
    test.transport.reply(200, page({R"({"id":4,"group_id":2})"}, 2, 51));
    test.transport.reply(202, kMade);
    const Result<runtime::Applied> applied = test.apply(update());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(test.query(2, "page"), "2");
    EXPECT_EQ(test.sent(3).root().dump(), R"({"status_id":4})");
}

TEST_F(KeycrmOrders, AStatusThatStandsOnNoPageIsRefusedAndTheLookEnds) {
    test.transport.reply(200, held());
    test.transport.reply(200, page({R"({"id":100,"group_id":3})"}));
    EXPECT_NE(test.apply(update()).error().message.find("no active status 4"), std::string::npos);
    TestAccount endless;
    endless.transport.reply(200, held());
    for (int i = 1; i <= 30; ++i) endless.transport.reply(200, page({R"({"id":100,"group_id":3})"}, i, 5000));
    const Result<runtime::Applied> applied = endless.apply(update());
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(applied.error().message.find("no active status"), std::string::npos) << applied.error().message;
    EXPECT_EQ(endless.asked().size(), 21U);
}

TEST_F(KeycrmOrders, ASuccessThatSaysNoIsARefusal) {
    const std::string no = R"({"status":false})";
    events::v1::Order order = shop_order();
    order.set_status("pending");
    const auto refused = [](TestAccount& account, const events::Command& command) {
        const Result<runtime::Applied> applied = account.apply(command);
        ASSERT_FALSE(applied);
        EXPECT_EQ(applied.error().kind, ErrorKind::kRejected);
        EXPECT_NE(applied.error().message.find("status: false"), std::string::npos) << applied.error().message;
    };
    TestAccount settle;
    settle.transport.reply(200, held(R"("status_id":1,"status_group_id":1)", "not_paid"));
    settle.transport.reply(202, no);
    refused(settle, update(order));
    TestAccount change;
    change.transport.reply(200, held());
    change.transport.reply(200, kStatuses);
    change.transport.reply(202, no);
    refused(change, update());
    TestAccount status;
    status.transport.reply(200, held());
    status.transport.reply(202, no);
    refused(status, cancel());
    TestAccount payment;
    payment.transport.reply(200, held(R"("status_id":19,"status_group_id":6)", "not_paid"));
    payment.transport.reply(202, no);
    refused(payment, cancel());
    TestAccount create;
    create.transport.reply(200, page({}));
    create.transport.reply(201, no);
    create.transport.reply(200, page({}));
    refused(create, export_command());
}

TEST_F(KeycrmOrders, AChangedLineIsWrittenByItsIdAndANewOneIsToldAlone) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    events::v1::OrderLine& line = *order.mutable_lines(0);
    set(line.mutable_quantity(), "3");
    set(line.mutable_subtotal(), "975");
    set(line.mutable_subtotal_tax(), "195");
    set(line.mutable_total(), "975");
    set(line.mutable_total_tax(), "195");
    events::v1::OrderLine& added = *order.add_lines();
    added.set_sku("NEW");
    set(added.mutable_quantity(), "1");
    set(added.mutable_subtotal(), "10");
    set(added.mutable_total(), "10");
    set(order.mutable_total(), "1250");
    test.transport.reply(200, held());
    test.transport.reply(202, R"({"id":7001,"grand_total":1240})");
    const Result<runtime::Applied> applied = test.apply(update(order));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(test.sent(1).root().dump(),
              R"({"products":[{"id":88,"price":390.00,"quantity":3,"discount_amount":0.00}]})");
    EXPECT_NE(applied->result.error().find("1 lines are new"), std::string::npos) << applied->result.error();
    EXPECT_NE(applied->result.error().find("KeyCRM has 1240.00, the order 1250.00"), std::string::npos);
    EXPECT_NE(applied->result.error().find("paid 811.00 of 1250.00"), std::string::npos);
}

TEST_F(KeycrmOrders, ALineThatIsGoneIsTold) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    order.mutable_lines(0)->set_sku("OTHER");
    test.transport.reply(200, held());
    const Result<runtime::Applied> applied = test.apply(update(order));
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_NE(applied->result.error().find("1 lines are gone"), std::string::npos) << applied->result.error();
}

TEST_F(KeycrmOrders, AnAddressIsChangedAndATrackingCodeNeverTouched) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    order.mutable_personal()->mutable_clear()->mutable_billing()->set_line_1("Branch 13");
    std::string state = held();
    state.replace(state.find("\"tracking_code\":null"), 20, R"("tracking_code":"59")");
    test.transport.reply(200, state);
    test.transport.reply(202, kMade);
    ASSERT_TRUE(test.apply(update(order)));
    EXPECT_EQ(test.sent(1).root().dump(), R"({"shipping":{"shipping_receive_point":"Branch 13"}})");
}

TEST_F(KeycrmOrders, AnAnnouncedPaymentBecomesPaid) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    test.transport.reply(200, held(R"("status_id":1,"status_group_id":1)", "not_paid"));
    test.transport.reply(202, R"({"id":55})");
    const Result<runtime::Applied> applied = test.apply(update(order));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(test.asked().back(), "PUT /order/7001/payment/55");
    EXPECT_EQ(test.sent(1).root().member("status").text(), "paid");
}

TEST_F(KeycrmOrders, APaymentThatIsMissingIsAddedOnce) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    std::string none = held();
    none.replace(none.find("\"payments\":["), none.find("],\"shipping\"") - none.find("\"payments\":["),
                 "\"payments\":[");
    test.transport.reply(200, none);
    test.transport.reply(201, R"({"id":56})");
    ASSERT_TRUE(test.apply(update(order)));
    EXPECT_EQ(test.asked().back(), "POST /order/7001/payment");
    EXPECT_EQ(test.sent(1).root().member("amount").text(), "811.00");
    EXPECT_EQ(test.sent(1).root().member("payment_method_id").text(), "2");
    test.transport.reply(200, held());  // repeated after a lost answer: it is seen
    EXPECT_EQ(test.apply(update(order))->result.outcome(), OUTCOME_UNCHANGED);
}

// By a refund of ours or by a person: either way it is not to come back.
TEST_F(KeycrmOrders, APaymentThatWasCancelledIsNotMadeAgain) {
    events::v1::Order order = shop_order();
    order.set_status("pending");
    test.transport.reply(200, held(R"("status_id":1,"status_group_id":1)", "canceled"));
    const Result<runtime::Applied> applied = test.apply(update(order));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_NE(applied->result.error().find("a payment was cancelled"), std::string::npos) << applied->result.error();
    EXPECT_EQ(test.asked(), std::vector<std::string>{"GET /order/7001"});
}

TEST_F(KeycrmOrders, OnlyTheChosenPartsAreWritten) {
    Settings with = settings();
    with.update = {"status"};
    TestAccount status_only(with);
    events::v1::Order order = shop_order();
    order.mutable_personal()->mutable_clear()->set_note("Other");
    order.mutable_personal()->mutable_clear()->mutable_billing()->set_city("Lviv");
    set(order.mutable_lines(0)->mutable_quantity(), "9");
    status_only.transport.reply(200, held(R"("status_id":1,"status_group_id":1)", "not_paid"));
    status_only.transport.reply(200, kStatuses);
    status_only.transport.reply(202, kMade);
    ASSERT_TRUE(status_only.apply(update(order)));
    EXPECT_EQ(status_only.sent(2).root().dump(), R"({"status_id":4})");
}

TEST_F(KeycrmOrders, OfAClosedOrderOnlyAPaymentIsWritten) {
    events::v1::Order order = shop_order();
    order.mutable_personal()->mutable_clear()->mutable_billing()->set_city("Lviv");
    set(order.mutable_lines(0)->mutable_quantity(), "1");
    test.transport.reply(200, held(R"("status_id":12,"status_group_id":5)", "not_paid"));
    test.transport.reply(202, R"({"id":55})");
    const Result<runtime::Applied> completed = test.apply(update(order));
    ASSERT_TRUE(completed) << completed.error().message;
    EXPECT_EQ(test.asked().back(), "PUT /order/7001/payment/55");
    test.transport.reply(200, held(R"("status_id":19,"status_group_id":6)", "not_paid"));
    EXPECT_EQ(test.apply(update(order))->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(test.asked().size(), 3U);
}

TEST_F(KeycrmOrders, AnOrderThatIsFoundCancelledIsAdoptedAndTold) {
    std::string row = found_row("7001", "WC-10234", 4);
    row.replace(row.size() - 1, 1, R"(,"status_group_id":6})");
    test.transport.reply(200, page({row}));
    const Result<runtime::Applied> applied = test.apply(export_command());
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->result.error(), "KeyCRM shows it as cancelled");
}

TEST_F(KeycrmOrders, AChangeOfAnOrderThatIsNotThereParks) {
    test.transport.reply(404, R"({"message":"Not found"})");
    EXPECT_EQ(test.apply(update()).error().kind, ErrorKind::kRejected);
    events::Command unknown = update();
    unknown.clear_native_id();
    test.transport.reply(200, page({}));
    EXPECT_EQ(test.apply(unknown).error().kind, ErrorKind::kRejected);
}

TEST_F(KeycrmOrders, CancellingIsAStatusAndAnnouncedPayments) {
    test.transport.reply(200, held(R"("status_id":4,"status_group_id":2)", "not_paid"));
    test.transport.reply(202, kMade);
    test.transport.reply(202, R"({"id":55})");
    const Result<runtime::Applied> applied = test.apply(cancel());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(test.sent(1).root().dump(), R"({"status_id":19})");
    EXPECT_EQ(test.sent(2).root().dump(), R"({"status":"canceled"})");
}

TEST_F(KeycrmOrders, CancellingTwiceChangesNothing) {
    test.transport.reply(200, held(R"("status_id":19,"status_group_id":6)"));
    EXPECT_EQ(test.apply(cancel())->result.outcome(), OUTCOME_UNCHANGED);
    test.transport.reply(404, R"({"message":"Not found"})");
    EXPECT_EQ(test.apply(cancel())->result.outcome(), OUTCOME_UNCHANGED);
    test.transport.reply(200, page({}));
    EXPECT_EQ(test.apply(cancel(""))->result.outcome(), OUTCOME_UNCHANGED) << "never made";
    EXPECT_EQ(test.asked().size(), 3U);
}

// Two shops may use the same number: the order of the shop that cancels is meant.
TEST_F(KeycrmOrders, ACancellationWithoutAnIdLooksInItsShopsSourceAlone) {
    Settings with = settings();
    with.sources = {{"other", 5}};
    TestAccount two(with);
    events::Command command = cancel("");
    command.set_cause_connection("other");
    two.transport.reply(200, page({found_row("1", "WC-10234", 4)}));
    EXPECT_EQ(two.apply(command)->result.outcome(), OUTCOME_UNCHANGED) << "the other shop's was never made";
    EXPECT_EQ(two.query(0, "filter[source_id]"), "5");
    EXPECT_EQ(two.asked().size(), 1U);
    two.transport.reply(200, page({found_row("1", "WC-10234", 4), found_row("7001", "WC-10234", 5)}));
    two.transport.reply(200, held());
    two.transport.reply(202, kMade);
    EXPECT_EQ(two.apply(command)->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(two.asked().back(), "PUT /order/7001");
}

TEST_F(KeycrmOrders, ACompletedOrderIsNotCancelledByUs) {
    test.transport.reply(200, held(R"("status_id":12,"status_group_id":5)"));
    const Result<runtime::Applied> applied = test.apply(cancel());
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(test.asked().size(), 1U);
}

TEST_F(KeycrmOrders, GoodsThatLeftAndDidNotComeBackAreNotGivenBack) {
    events::Command command = cancel();
    command.mutable_cancel_document()->set_goods_stay_out(true);
    test.transport.reply(200, held(R"("status_id":11,"status_group_id":4)"));
    const Result<runtime::Applied> refused = test.apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(test.asked().size(), 1U);
    test.transport.reply(200, held(R"("status_id":4,"status_group_id":2)"));
    test.transport.reply(202, kMade);
    ASSERT_TRUE(test.apply(command)) << "they are in the house still";
    EXPECT_EQ(test.sent(2).root().dump(), R"({"status_id":19})");
}

}  // namespace
}  // namespace shopwire::keycrm
