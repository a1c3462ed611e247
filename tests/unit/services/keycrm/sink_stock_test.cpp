// Goal: the number that KeyCRM may sell becomes the shop's, whatever it reserves and wherever else it stands, and
// nothing is written that is so already.
#include "services/keycrm/sink_stock.h"

#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

struct Shelf {
    int quantity = 0;
    int reserve = 0;
};

std::string row(int id, const std::string& sku, Shelf first, Shelf second = {}) {
    const auto shelf = [](int warehouse, Shelf one) {
        return R"({"id":)" + std::to_string(warehouse) + R"(,"name":"W","quantity":)" + std::to_string(one.quantity) +
               R"(,"reserve":)" + std::to_string(one.reserve) + "}";
    };
    return R"({"id":)" + std::to_string(id) + R"(,"sku":")" + sku + R"(","quantity":)" +
           std::to_string(first.quantity + second.quantity) + R"(,"reserve":)" +
           std::to_string(first.reserve + second.reserve) + R"(,"warehouse":[)" + shelf(1, first) + "," +
           shelf(2, second) + "]}";
}

events::Command stock(const std::string& sku, const std::string& quantity, const std::string& native_id = "") {
    events::Command command;
    command.set_native_id(native_id);
    command.mutable_set_stock()->set_sku(sku);
    set(command.mutable_set_stock()->mutable_quantity(), quantity);
    return command;
}

class KeycrmStock : public ::testing::Test {
 protected:
    std::vector<Result<runtime::Applied>> apply(const std::vector<events::Command>& batch) {
        return test.sink.apply(batch, {});
    }
    const std::string kDone = R"({"status":true})";
    TestAccount test{};
};

// The contract's edge case: KeyCRM subtracts its reserve itself.
TEST_F(KeycrmStock, WritesThePhysicalNumberSoThatTheFreeOneIsTheShops) {
    test.transport.reply(200, page({row(9001, "A", {10, 3})}));
    test.transport.reply(202, kDone);
    const auto answers = apply({stock("A", "5")});
    ASSERT_TRUE(answers.at(0)) << answers[0].error().message;
    EXPECT_EQ(answers[0]->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(answers[0]->result.native_id(), "9001");
    EXPECT_EQ(events::from_proto(answers[0]->result.stock().quantity()), decimal("5"));
    EXPECT_EQ(test.sent(1).root().dump(), R"({"warehouse_id":1,"stocks":[{"id":9001,"quantity":8}]})");
    EXPECT_EQ(test.query(0, "filter[details]"), "true");
    EXPECT_EQ(test.query(0, "filter[offers_sku]"), "A");
    EXPECT_TRUE(test.account->echoes().is_echo("9001", decimal("8"), decimal("3"))) << "it will come back";
}

TEST_F(KeycrmStock, OtherWarehousesHoldWhatTheyHold) {
    test.transport.reply(200, page({row(9001, "A", {10, 3}, {4, 1})}));
    test.transport.reply(202, kDone);
    ASSERT_TRUE(apply({stock("A", "9")}).at(0));
    EXPECT_EQ(test.sent(1).root().member("stocks").at(0).member("quantity").text(), "9") << "9 + 3 here, 4 - 1 there";
    EXPECT_TRUE(test.account->echoes().is_echo("9001", decimal("13"), decimal("4"))) << "webhooks tell the sum";
}

TEST_F(KeycrmStock, OnlyTheConfiguredWarehousesCount) {
    Settings with = settings();
    with.warehouses = {1};
    TestAccount one(with);
    one.transport.reply(200, page({row(9001, "A", {10, 3}, {4, 1})}));
    one.transport.reply(202, kDone);
    const std::vector<events::Command> batch{stock("A", "9")};
    ASSERT_TRUE(one.sink.apply(batch, {}).at(0));
    EXPECT_EQ(one.sent(1).root().member("stocks").at(0).member("quantity").text(), "12");
    EXPECT_TRUE(one.account->echoes().is_echo("9001", decimal("12"), decimal("3")));
}

TEST_F(KeycrmStock, APhysicalNumberIsWrittenAsItIs) {
    Settings with = settings();
    with.stock_basis = "physical";
    TestAccount as_is(with);
    as_is.transport.reply(200, page({row(9001, "A", {10, 3}, {4, 1})}));
    as_is.transport.reply(202, kDone);
    const std::vector<events::Command> batch{stock("A", "9")};
    ASSERT_TRUE(as_is.sink.apply(batch, {}).at(0));
    EXPECT_EQ(as_is.sent(1).root().member("stocks").at(0).member("quantity").text(), "5");
}

TEST_F(KeycrmStock, MoreElsewhereThanTheShopHasIsZeroAndTold) {
    test.transport.reply(200, page({row(9001, "A", {10, 0}, {4, 0})}));
    test.transport.reply(202, kDone);
    const auto answers = apply({stock("A", "1")});
    ASSERT_TRUE(answers.at(0));
    EXPECT_EQ(test.sent(1).root().member("stocks").at(0).member("quantity").text(), "0");
    EXPECT_FALSE(answers[0]->result.error().empty());
}

TEST_F(KeycrmStock, OnlyRowsThatDifferAreSent) {
    test.transport.reply(200, page({row(1, "A", {10, 3}), row(2, "B", {5, 0}), row(3, "c", {1, 0})}));
    test.transport.reply(202, kDone);
    const auto answers = apply({stock("A", "7"), stock("b", "6"), stock("C", "1"), stock("D", "1")});
    EXPECT_EQ(answers.at(0)->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(answers.at(1)->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(answers.at(2)->result.outcome(), OUTCOME_UNCHANGED);
    ASSERT_TRUE(answers.at(3)) << "an article that KeyCRM lacks is no dead letter";
    EXPECT_EQ(answers[3]->result.outcome(), commands::v1::OUTCOME_REJECTED);
    EXPECT_EQ(answers[3]->result.error(), "setting stock: KeyCRM has no such SKU");
    EXPECT_EQ(test.metrics->gauge("shopwire_sink_articles_absent", "", {{"connection", "acme/crm"}}).value(), 1);
    EXPECT_EQ(test.sent(1).root().member("stocks").dump(), R"([{"id":2,"quantity":6}])");
    test.transport.reply(200, page({row(1, "A", {10, 3})}));
    EXPECT_EQ(apply({stock("A", "7")}).at(0)->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(test.asked().size(), 3U) << "nothing to write, nothing sent";
}

TEST_F(KeycrmStock, ASkuOfSeveralOffersAndOneWithACommaAreRefused) {
    test.transport.reply(200, page({row(1, "A", {1, 0}), row(2, "A", {2, 0})}));
    const auto answers = apply({stock("A", "7"), stock("X,Y", "1")});
    for (const auto& answer : answers) EXPECT_EQ(answer.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(test.query(0, "filter[offers_sku]"), "A");
    // By the offer's id both can be meant.
    test.transport.reply(200, page({row(1, "A", {1, 0}), row(2, "A", {2, 0})}));
    test.transport.reply(202, kDone);
    EXPECT_TRUE(apply({stock("A", "7", "2")}).at(0));
    EXPECT_EQ(test.query(1, "filter[offers_sku]"), "A");
    EXPECT_EQ(test.sent(2).root().member("stocks").dump(), R"([{"id":2,"quantity":7}])");
    test.transport.reply(200, page({row(3, "X,Y", {2, 0})}));
    test.transport.reply(202, kDone);
    EXPECT_TRUE(apply({stock("x,y", "7", "3")}).at(0));
    EXPECT_EQ(test.query(3, "filter[offers_id]"), "3");
}

// Staff gave offer 9001, which was A, another SKU: A's number is for the offer that is A now, or for none.
TEST_F(KeycrmStock, ARememberedOfferThatHasAnotherSkuNowIsNotWritten) {
    test.transport.reply(200, page({row(9002, "A", {1, 0})}));
    test.transport.reply(202, kDone);
    EXPECT_EQ(apply({stock("A", "7", "9001")}).at(0)->result.native_id(), "9002");
    EXPECT_EQ(test.query(0, "filter[offers_sku]"), "A");
    EXPECT_EQ(test.sent(1).root().member("stocks").dump(), R"([{"id":9002,"quantity":7}])");
    test.transport.reply(200, page({}));
    EXPECT_EQ(apply({stock("A", "7", "9001")}).at(0)->result.outcome(), commands::v1::OUTCOME_REJECTED);
    test.transport.reply(200, page({row(3, "Z", {1, 0})}));
    const auto comma = apply({stock("X,Y", "7", "3")});
    EXPECT_EQ(comma.at(0).error().kind, ErrorKind::kRejected);
    EXPECT_NE(comma[0].error().message.find("another SKU"), std::string::npos) << comma[0].error().message;
    EXPECT_EQ(test.asked().size(), 4U) << "one write";
}

TEST_F(KeycrmStock, AnOfferWithoutSkuGoesByItsId) {
    test.transport.reply(200, page({row(9050, "", {1, 0})}));
    test.transport.reply(200, page({row(9001, "A", {1, 0}), row(9050, "A", {1, 0})}));
    const auto answers = apply({stock("", "7", "9050"), stock("A", "7"), stock("", "7")});
    EXPECT_FALSE(answers.at(1)) << "doubled";
    EXPECT_EQ(answers.at(2).error().kind, ErrorKind::kRejected) << "names nothing";
    EXPECT_EQ(test.query(0, "filter[offers_id]"), "9050");
    EXPECT_EQ(test.query(1, "filter[offers_sku]"), "A");
    EXPECT_EQ(test.sent(2).root().member("stocks").dump(), R"([{"id":9050,"quantity":7}])");
}

TEST_F(KeycrmStock, ALargeBatchIsReadInFiftiesAndWrittenAtOnce) {
    std::vector<events::Command> batch;
    for (int at = 0; at < kStockBatchMax; at += kPageMax) {
        std::vector<std::string> rows;
        for (int i = at; i < at + kPageMax; ++i) {
            batch.push_back(stock("S" + std::to_string(i), "2"));
            rows.push_back(row(i + 1, "S" + std::to_string(i), {1, 0}));
        }
        test.transport.reply(200, page(rows));
    }
    test.transport.reply(202, kDone);
    for (const auto& answer : apply(batch)) ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(test.asked().size(), 11U);
    EXPECT_EQ(test.sent(10).root().member("stocks").size(), static_cast<std::size_t>(kStockBatchMax));
}

TEST_F(KeycrmStock, ARefusedRowIsTakenOutAndTheRestIsWritten) {
    test.transport.reply(200, page({row(1, "A", {1, 0}), row(2, "B", {1, 0}), row(3, "C", {1, 0})}));
    test.transport.reply(422, R"({"message":"The given data was invalid.","errors":{"stocks.1.quantity":["x"]}})");
    test.transport.reply(202, kDone);
    const auto answers = apply({stock("A", "5"), stock("B", "5"), stock("C", "5")});
    EXPECT_TRUE(answers.at(0));
    EXPECT_EQ(answers.at(1).error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(answers.at(2));
    EXPECT_EQ(test.sent(2).root().member("stocks").dump(), R"([{"id":1,"quantity":5},{"id":3,"quantity":5}])");
}

TEST_F(KeycrmStock, ARefusalThatNamesNoRowIsOfAll) {
    test.transport.reply(200, page({row(1, "A", {1, 0}), row(2, "B", {1, 0})}));
    test.transport.reply(422, R"({"message":"The given data was invalid.","errors":{"warehouse_id":["x"]}})");
    for (const auto& answer : apply({stock("A", "5"), stock("B", "5")}))
        EXPECT_EQ(answer.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(test.asked().size(), 2U);
}

TEST_F(KeycrmStock, ALostAnswerIsAmbiguousForItsRowsAlone) {
    test.transport.reply(200, page({row(1, "A", {1, 0}), row(2, "B", {5, 0})}));
    test.transport.fail(ambiguous("no answer").error());
    const auto answers = apply({stock("A", "5"), stock("B", "5")});
    EXPECT_EQ(answers.at(0).error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(answers.at(1)->result.outcome(), OUTCOME_UNCHANGED);
}

TEST_F(KeycrmStock, WhatCannotBeReadIsNotWritten) {
    for (int i = 0; i < 3; ++i) test.transport.reply(503);
    for (const auto& answer : apply({stock("A", "5"), stock("B", "5")}))
        EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
    test.transport.reply(200, page({R"({"id":1,"sku":"A","quantity":"?","reserve":0})"}));
    EXPECT_FALSE(apply({stock("A", "5")}).at(0));
}

// A missing split read as an empty warehouse would add the whole stock once more.
TEST_F(KeycrmStock, ARowWithoutItsWarehousesIsNotWrittenAndHoldsUpNoOther) {
    for (const char* split : {"", R"(,"warehouse":null)"}) {
        TestAccount each;
        each.transport.reply(200, page({R"({"id":1,"sku":"A","quantity":5,"reserve":0)" + std::string(split) + "}",
                                        row(2, "B", {1, 0})}));
        each.transport.reply(202, kDone);
        const std::vector<events::Command> batch{stock("A", "7"), stock("B", "7")};
        const auto answers = each.sink.apply(batch, {});
        ASSERT_FALSE(answers.at(0)) << split;
        EXPECT_EQ(answers[0].error().kind, ErrorKind::kTransient) << "of this answer, not of this article";
        EXPECT_TRUE(answers.at(1));
        EXPECT_EQ(each.sent(1).root().member("stocks").dump(), R"([{"id":2,"quantity":7}])");
    }
}

// 10 pieces; 5 is written and does not show yet; the shop is back at 10.  Left alone, KeyCRM would stay at 5.
TEST_F(KeycrmStock, WhatReadsAsWantedIsWrittenWhileAnotherNumberOfOursMayStillShow) {
    const auto reads_as_10 = [&] { test.transport.reply(200, page({row(1, "A", {10, 0})})); };
    const auto write = [&](const std::string& quantity) {
        test.transport.reply(202, kDone);
        return apply({stock("A", quantity)}).at(0)->result.outcome();
    };
    reads_as_10();
    EXPECT_EQ(write("5"), OUTCOME_APPLIED);
    test.account->echoes().is_echo("1", decimal("10"), decimal("1"));  // a webhook of something else changes nothing
    reads_as_10();
    EXPECT_EQ(write("10"), OUTCOME_APPLIED);
    EXPECT_EQ(test.sent(3).root().member("stocks").dump(), R"([{"id":1,"quantity":10}])");
    reads_as_10();
    EXPECT_EQ(apply({stock("A", "10")}).at(0)->result.outcome(), OUTCOME_UNCHANGED) << "the last one is this";
    reads_as_10();
    EXPECT_EQ(write("5"), OUTCOME_APPLIED);
    test.clock.advance(Echoes::kKeep);
    reads_as_10();
    EXPECT_EQ(apply({stock("A", "10")}).at(0)->result.outcome(), OUTCOME_UNCHANGED) << "it never will";
}

TEST_F(KeycrmStock, AWriteThatFailedHidesNoneThatMayStillShow) {
    for (const ErrorKind kind : {ErrorKind::kAmbiguous, ErrorKind::kRejected}) {
        TestAccount each;
        const auto reads_as_10 = [&] { each.transport.reply(200, page({row(1, "A", {10, 0})})); };
        reads_as_10();
        each.transport.reply(202, kDone);
        ASSERT_TRUE(each.apply(stock("A", "6")));
        reads_as_10();
        if (kind == ErrorKind::kAmbiguous)
            each.transport.fail(ambiguous("no answer").error());
        else
            each.transport.reply(422, R"({"message":"x","errors":{"warehouse_id":["x"]}})");
        EXPECT_EQ(each.apply(stock("A", "11")).error().kind, kind);
        each.transport.reply(200, page({row(1, "A", {11, 0})}));
        each.transport.reply(202, kDone);
        EXPECT_EQ(each.apply(stock("A", "11"))->result.outcome(), OUTCOME_APPLIED) << "6 may show yet";
        each.transport.reply(200, page({row(1, "A", {11, 0})}));
        EXPECT_EQ(each.apply(stock("A", "11"))->result.outcome(), OUTCOME_UNCHANGED);
    }
}

TEST_F(KeycrmStock, ASuccessThatSaysNoIsARefusal) {
    test.transport.reply(200, page({row(1, "A", {1, 0})}));
    test.transport.reply(202, R"({"status":false})");
    const auto answers = apply({stock("A", "5")});
    ASSERT_FALSE(answers.at(0));
    EXPECT_EQ(answers[0].error().kind, ErrorKind::kRejected);
    EXPECT_NE(answers[0].error().message.find("status: false"), std::string::npos) << answers[0].error().message;
}

// A 200 of something in between: the number may be there or not, so it is written again.
TEST_F(KeycrmStock, ASuccessThatShowsNothingIsInDoubt) {
    for (const char* nothing :
         {"{}", "[]", "null", R"({"status":"ok"})", R"({"status":null})", R"({"status":200})", R"({"id":1})"}) {
        TestAccount each;
        each.transport.reply(200, page({row(1, "A", {1, 0})}));
        each.transport.reply(200, nothing);
        const Result<runtime::Applied> in_doubt = each.apply(stock("A", "5"));
        ASSERT_FALSE(in_doubt) << nothing;
        EXPECT_EQ(in_doubt.error().kind, ErrorKind::kAmbiguous) << nothing;
        each.transport.reply(200, page({row(1, "A", {1, 0})}));
        each.transport.reply(202, kDone);
        EXPECT_EQ(each.apply(stock("A", "5"))->result.outcome(), OUTCOME_APPLIED) << nothing;
        EXPECT_EQ(each.sent(3).root().member("stocks").dump(), R"([{"id":1,"quantity":5}])");
    }
}

TEST_F(KeycrmStock, WithoutAWarehouseNothingIsWritten) {
    Settings with = settings();
    with.warehouse_id = 0;
    TestAccount none(with);
    const std::vector<events::Command> batch{stock("A", "5")};
    EXPECT_EQ(none.sink.apply(batch, {}).at(0).error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(none.transport.requests().empty());
}

}  // namespace
}  // namespace shopwire::keycrm
