#include "services/woocommerce/sink.h"

#include "tests/unit/services/woocommerce/sink_fixture.h"

namespace shopwire::woocommerce {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_STALE;
using commands::v1::OUTCOME_UNCHANGED;

std::string order(int id, const std::string& status, const std::string& sku,
                  const std::string& modified = "2026-11-21T20:00:00") {
    return R"({"id":)" + std::to_string(id) + R"(,"number":"1","status":")" + status + R"(","date_modified_gmt":")" +
           modified +
           R"(","currency":"EUR","prices_include_tax":true,"discount_total":"0","total":"1",)"
           R"("total_tax":"0","line_items":[{"id":1,"sku":")" +
           sku + R"(","quantity":1,"subtotal":"1","subtotal_tax":"0","total":"1","total_tax":"0"}]})";
}

events::Command stock(const std::string& sku, const char* quantity,
                      const std::vector<std::pair<std::string, std::int64_t>>& counted = {}) {
    events::Command command;
    command.mutable_set_stock()->set_sku(sku);
    *command.mutable_set_stock()->mutable_quantity() = events::to_proto(decimal(quantity));
    for (const auto& [id, modified_ms] : counted) {
        commands::v1::CountedOrder& order = *command.mutable_set_stock()->add_counted();
        order.set_native_id(id);
        order.set_modified_at_ms(modified_ms);
    }
    return command;
}

TEST_F(SinkTest, LowersStockWithOneReadAndOneBatch) {
    test.transport.reply(200, "[" + product(1, "A", "9") + "," + product(2, "b", "5") + "]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "7") + "," + product(2, "b", "2") + "]}");
    const auto answers = apply({stock("A", "7"), stock("B", "2.9")});
    ASSERT_TRUE(answers[0] && answers[1]);
    EXPECT_EQ(answers[0]->result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(answers[1]->result.native_id(), "2");
    EXPECT_EQ(events::from_proto(answers[1]->result.stock().quantity()), decimal("2"));
    EXPECT_EQ(test.path(0), "GET products");
    EXPECT_EQ(test.query(0, "sku"), "A,B");
    EXPECT_EQ(test.path(1), "POST products/batch");
    EXPECT_EQ(body(1), R"({"update":[{"id":1,"stock_quantity":7},{"id":2,"stock_quantity":2}]})");
    EXPECT_EQ(asked(), 2U);
}

TEST_F(SinkTest, SendsNothingForWhatIsShownAlready) {
    test.transport.reply(200, "[" + product(1, "A", "7") + "]");
    EXPECT_EQ(apply_one(stock("a", "7.5"))->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(asked(), 1U);
}

TEST_F(SinkTest, WritesVariationsPerParent) {
    const std::string managed = R"("manage_stock":true)";
    test.transport.reply(200, "[" + product(17, "V1", "5", managed, "variation", 16) + "," + product(3, "A", "5") +
                                  "," + product(27, "V2", "5", managed, "variation", 26) + "]");
    test.transport.reply(200, R"({"update":[)" + product(3, "A", "1") + "]}");
    test.transport.reply(200, R"({"update":[)" + product(17, "V1", "1", managed, "variation", 16) + "]}");
    test.transport.reply(200, R"({"update":[)" + product(27, "V2", "1", managed, "variation", 26) + "]}");
    for (const auto& answer : apply({stock("V1", "1"), stock("A", "1"), stock("V2", "1")}))
        EXPECT_EQ(answer.value().result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(test.path(2), "POST products/16/variations/batch");
    EXPECT_EQ(test.path(3), "POST products/26/variations/batch");
}

TEST_F(SinkTest, SplitsABatchThatIsTooBigForTheShop) {
    Settings two = settings();
    two.batch_size = 2;
    TestShop small(two);
    Sink splitting(small.shop);
    small.transport.reply(200,
                          "[" + product(1, "A", "5") + "," + product(2, "B", "5") + "," + product(3, "C", "5") + "]");
    small.transport.reply(200, R"({"update":[)" + product(1, "A", "1") + "," + product(2, "B", "1") + "]}");
    small.transport.reply(200, R"({"update":[)" + product(3, "C", "1") + "]}");
    const std::vector<events::Command> batch{stock("A", "1"), stock("B", "1"), stock("C", "1")};
    for (const auto& answer : splitting.apply(batch, {})) EXPECT_TRUE(answer);
    EXPECT_EQ(small.transport.unused(), 0U);
}

struct Refused {
    const char* name = "";
    std::string rows{};
    const char* message = "";
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

class StockRefused : public SinkTest, public ::testing::WithParamInterface<Refused> {};

TEST_P(StockRefused, WithItsReasonAndNothingIsWritten) {
    test.transport.reply(200, GetParam().rows);
    const Result<runtime::Applied> answer = apply_one(stock("A", "1"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(answer.error().message, GetParam().message);
    EXPECT_EQ(asked(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Product, StockRefused,
    ::testing::Values(Refused{"Doubled", "[" + product(1, "A", "5") + "," + product(2, "a", "5") + "]",
                              "finding a product: several products with SKU A"},
                      Refused{"Unreadable", R"([{"id":1,"sku":"A","manage_stock":"odd"}])",
                              "finding a product: unreadable answer for SKU A"},
                      Refused{"ByParent",
                              "[" + product(1, "A", "5", R"("manage_stock":"parent")", "variation", 16) + "]",
                              "setting stock: variation 1 shows the stock of its parent product"},
                      Refused{"Variable", "[" + product(1, "A", "null", R"("manage_stock":false)", "variable") + "]",
                              "setting stock: product 1 has its stock in its variations"},
                      Refused{"Grouped", "[" + product(1, "A", "null", R"("manage_stock":false)", "grouped") + "]",
                              "setting stock: a grouped product holds no stock"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(SinkTest, CannotAskForASkuWithAComma) {
    EXPECT_EQ(apply_one(stock("A,B", "1")).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(apply_one(stock("", "1")).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(asked(), 0U);
}

TEST_F(SinkTest, ChecksEveryItemOfTheAnswer) {
    test.transport.reply(200, "[" + product(1, "A", "9") + "," + product(2, "B", "9") + "," + product(3, "C", "9") +
                                  "," + product(4, "D", "9") + "]");
    test.transport.reply(
        200, R"({"update":[{"id":1,"error":{"code":"woocommerce_rest_product_invalid_id","data":{"status":400}}},)" +
                 product(2, "B", "8") + "," + product(7, "C", "1") +
                 R"(,{"id":4,"error":{"code":"odd","data":500}}]})");
    const auto answers = apply({stock("A", "1"), stock("B", "1"), stock("C", "1"), stock("D", "1")});
    EXPECT_EQ(answers[0].error().message,
              "setting stock: writing a batch: item refused: woocommerce_rest_product_invalid_id");
    EXPECT_EQ(answers[1].error().message, "setting stock: product 2 shows 8 after writing 1");
    EXPECT_EQ(answers[2].error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(answers[3].error().kind, ErrorKind::kTransient);
}

TEST_F(SinkTest, TakesABatchWithoutAnAnswerForAmbiguousAndSendsNoMore) {
    test.transport.reply(
        200, "[" + product(1, "A", "9") + "," + product(17, "V", "9", R"("manage_stock":true)", "variation", 16) + "]");
    test.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "timed out"});
    const auto answers = apply({stock("A", "1"), stock("V", "1")});
    EXPECT_EQ(answers[0].error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(answers[1].error().kind, ErrorKind::kTransient);  // never left
    EXPECT_EQ(asked(), 2U);
}

TEST_F(SinkTest, TakesAShortOrUnreadableAnswerForAmbiguous) {
    for (const char* text : {R"({"update":[]})", "[]", "<p>Fatal error</p>"}) {
        test.transport.reply(200, "[" + product(1, "A", "9") + "]");
        test.transport.reply(200, text);
        EXPECT_EQ(apply_one(stock("A", "1")).error().kind, ErrorKind::kAmbiguous) << text;
    }
}

TEST_F(SinkTest, StopsForAKeyThatMayOnlyRead) {
    test.transport.reply(200, "[" + product(1, "A", "9") + "]");
    test.transport.reply(401, answered("products-batch-readonly-key.json"));
    EXPECT_EQ(apply_one(stock("A", "1")).error().kind, ErrorKind::kAuth);
}

TEST_F(SinkTest, RaisesStockAfterOneReadOfOrdersWhenAllAreCounted) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "a") + "," + order(56, "pending", "A") + "," +
                                  order(57, "cancelled", "A") + "," + order(58, "completed", "OTHER") + "]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "5") + "]}");
    EXPECT_EQ(apply_one(stock("A", "5", {{"55", kModifiedMs}})).value().result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(test.path(1), "GET orders");
    EXPECT_EQ(test.query(1, "modified_after"), "2026-11-19T23:59:59");  // 48 h
    EXPECT_EQ(asked(), 3U);
}

TEST_F(SinkTest, ReadsOnlyWhatChangedBeforeTheNextRaise) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "A") + "]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "5") + "]}");
    ASSERT_TRUE(apply_one(stock("A", "5", {{"55", kModifiedMs}})));
    test.transport.reply(200, "[" + product(1, "A", "5") + "]");
    test.transport.reply(200, "[]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "6") + "]}");
    EXPECT_TRUE(apply_one(stock("A", "6", {{"55", kModifiedMs}})));
    EXPECT_EQ(test.query(4, "modified_after"), "2026-11-21T19:59:00");  // newest minus the overlap
}

TEST_F(SinkTest, ReadsNoOrdersForARaiseThatAKnownOneForbidsAndPublishesThatOneOnce) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "A") + "]");
    test.transport.reply(200, order(55, "processing", "A"));
    EXPECT_EQ(apply_one(stock("A", "5")).value().seen.size(), 1U);
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    const Result<runtime::Applied> again = apply_one(stock("A", "6"));
    EXPECT_EQ(again.value().result.outcome(), OUTCOME_STALE);
    EXPECT_TRUE(again->seen.empty());  // on its way
    EXPECT_EQ(asked(), 4U);
    test.clock.advance(std::chrono::seconds(10));  // it never arrived
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, order(55, "processing", "A"));
    EXPECT_EQ(apply_one(stock("A", "7")).value().seen.size(), 1U);
}

TEST_F(SinkTest, PublishesAnOrderWithAnotherAnswerWhenItIsOutOfTheFirstOnesWay) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "," + product(2, "B", "2") + "]");
    std::string both = order(55, "processing", "A");
    both.replace(both.find(R"("line_items":[)"), 14, R"("line_items":[{"id":2,"sku":"B","quantity":1},)");
    test.transport.reply(200, "[" + both + "]");
    test.transport.reply(200, order(55, "processing", "B", "2026-11-21T20:00:01"));  // its line of A is gone meanwhile
    const auto answers = apply({stock("A", "5"), stock("B", "5")});
    EXPECT_EQ(answers[0].error().kind, ErrorKind::kTransient);
    ASSERT_TRUE(answers[1]);
    EXPECT_EQ(answers[1]->result.outcome(), OUTCOME_STALE);
    EXPECT_EQ(answers[1]->seen.size(), 1U);
}

TEST_F(SinkTest, AnswersStaleAndPublishesTheOrderThatIsNotCounted) {
    test.transport.reply(200,
                         "[" + product(1, "A", "2") + "," + product(2, "B", "9") + "," + product(3, "C", "1") + "]");
    test.transport.reply(200, R"({"update":[)" + product(2, "B", "4") + "]}");
    test.transport.reply(200, "[" + order(55, "processing", "A") + "]");
    test.transport.reply(200, R"({"update":[)" + product(3, "C", "8") + "]}");
    test.transport.reply(200, order(55, "processing", "A"));
    const auto answers = apply({stock("A", "5"), stock("B", "4"), stock("C", "8")});
    ASSERT_TRUE(answers[0]);
    EXPECT_EQ(answers[0]->result.outcome(), OUTCOME_STALE);
    EXPECT_EQ(answers[0]->result.error(), "setting stock: 1 orders are not counted, first 55");
    ASSERT_EQ(answers[0]->seen.size(), 1U);
    EXPECT_EQ(answers[0]->seen[0].event.value().order().native_id(), "55");
    EXPECT_EQ(answers[1].value().result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(answers[2].value().result.outcome(), OUTCOME_APPLIED);
    // What lowers goes first and what may be raised right after the check: nothing stands between them that takes time.
    EXPECT_EQ(body(1), R"({"update":[{"id":2,"stock_quantity":4}]})");
    EXPECT_EQ(body(3), R"({"update":[{"id":3,"stock_quantity":8}]})");
}

TEST_F(SinkTest, TakesAnOrderThatChangedSinceItWasCountedForUncounted) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "A", "2026-11-21T20:00:01") + "]");
    test.transport.reply(200, order(55, "processing", "A", "2026-11-21T20:00:01"));
    EXPECT_EQ(apply_one(stock("A", "5", {{"55", kModifiedMs}})).value().result.outcome(), OUTCOME_STALE);
}

TEST_F(SinkTest, AnAnswerThatIsOlderThanWhatIsKnownOfAnOrderChangesNothing) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "A", "2026-11-21T20:00:01") + "]");
    test.transport.reply(200, order(55, "processing", "A"));
    EXPECT_EQ(apply_one(stock("A", "5", {{"55", kModifiedMs}})).value().result.outcome(), OUTCOME_STALE);
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "5") + "]}");
    EXPECT_EQ(apply_one(stock("A", "5", {{"55", kModifiedMs}})).value().result.outcome(), OUTCOME_STALE);
}

TEST_F(SinkTest, LeavesOutOrdersThatAreOlderThanWhatTheNumberLists) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "A") + "]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "5") + "]}");
    events::Command command = stock("A", "5");
    command.mutable_set_stock()->set_counted_since_ms(kModifiedMs + 1000);
    EXPECT_EQ(apply_one(command).value().result.outcome(), OUTCOME_APPLIED);
}

TEST_F(SinkTest, ComesBackAtOnceWhenTheOrderInTheWayIsGone) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[" + order(55, "processing", "A") + "]");
    test.transport.reply(404, answered("order-get-invalid-id-404.json"));
    EXPECT_EQ(apply_one(stock("A", "5")).error().kind, ErrorKind::kTransient);
    test.transport.reply(200, "[" + product(1, "A", "2") + "]");
    test.transport.reply(200, "[]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "5") + "]}");
    EXPECT_EQ(apply_one(stock("A", "5")).value().result.outcome(), OUTCOME_APPLIED);
}

TEST_F(SinkTest, RaisesNothingWhenOrdersCannotBeReadButLowers) {
    test.transport.reply(200, "[" + product(1, "A", "2") + "," + product(2, "B", "9") + "]");
    test.transport.reply(200, R"({"update":[)" + product(2, "B", "1") + "]}");
    test.transport.reply(401, "{}");
    const auto answers = apply({stock("A", "5"), stock("B", "1")});
    EXPECT_EQ(answers[0].error().kind, ErrorKind::kAuth);
    EXPECT_TRUE(answers[1]);
}

TEST_F(SinkTest, SwitchesStockManagementOnAndTreatsItAsARaise) {
    test.transport.reply(200, "[" + product(1, "A", "null", R"("manage_stock":false)") + "]");
    test.transport.reply(200, "[]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "0") + "]}");
    EXPECT_TRUE(apply_one(stock("A", "0")));
    EXPECT_EQ(body(2), R"({"update":[{"id":1,"manage_stock":true,"stock_quantity":0}]})");
}

TEST_F(SinkTest, DoesNotLookForOrdersWhenTheCheckIsOff) {
    Settings off = settings();
    off.stale_check = false;
    TestShop unchecked(off);
    Sink direct(unchecked.shop);
    unchecked.transport.reply(200, "[" + product(1, "A", "2") + "]");
    unchecked.transport.reply(200, R"({"update":[)" + product(1, "A", "5") + "]}");
    const std::vector<events::Command> batch{stock("A", "5")};
    EXPECT_TRUE(direct.apply(batch, {}).at(0));
}

events::Command status(const std::string& id, const std::string& status) {
    events::Command command;
    command.mutable_set_order_status()->set_order_native_id(id);
    command.mutable_set_order_status()->set_status(status);
    return command;
}

TEST_F(SinkTest, SetsAStatusOnlyWhenItDiffers) {
    test.transport.reply(200, R"({"id":37,"status":"processing"})");
    EXPECT_EQ(apply_one(status("37", "processing")).value().result.outcome(), OUTCOME_UNCHANGED);
    test.transport.reply(200, R"({"id":37,"status":"pending"})");
    test.transport.reply(200, answered("order-update-status-200.json"));
    const std::string to(
        capture("order-update-status-200.json").root().member("response").member("body").member("status").text());
    EXPECT_EQ(apply_one(status("37", to)).value().result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(test.path(2), "PUT orders/37");
    EXPECT_EQ(body(2), R"({"status":")" + to + R"("})");
}

TEST_F(SinkTest, BringsNoOrderBackToLife) {
    for (const std::string final : {"cancelled", "refunded", "failed", "trash", "completed"}) {
        test.transport.reply(200, R"({"id":37,"status":")" + final + R"("})");
        const Result<runtime::Applied> kept = apply_one(status("37", "on-hold"));
        ASSERT_TRUE(kept);
        EXPECT_EQ(kept->result.outcome(), OUTCOME_UNCHANGED);
        EXPECT_EQ(kept->result.error(), "setting an order's status: it is " + final + " by now, which stays");
    }
    EXPECT_EQ(test.transport.requests().size(), 5U);  // reads alone
}

TEST_F(SinkTest, RefusesAStatusOrAnOrderThatTheShopDoesNotKnow) {
    test.transport.reply(200, R"({"id":37,"status":"processing"})");
    test.transport.reply(400, answered("order-update-status-unknown-400.json"));
    EXPECT_EQ(apply_one(status("37", "bogus")).error().message,
              "setting an order's status: update_order: HTTP 400 rest_invalid_param");
    test.transport.reply(404, answered("order-get-invalid-id-404.json"));
    EXPECT_EQ(apply_one(status("999999", "completed")).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(apply_one(status("../products", "completed")).error().kind, ErrorKind::kRejected);
}

TEST_F(SinkTest, AddsANoteAndFindsItAgain) {
    events::Command command;
    command.mutable_add_order_note()->set_order_native_id("37");
    command.mutable_add_order_note()->set_text("Sent to ERP as SO-1 & more ");
    test.transport.reply(201, answered("order-note-create-201.json"));
    EXPECT_EQ(apply_one(command).value().result.native_id(), "32");
    EXPECT_EQ(body(0), R"({"note":"Sent to ERP as SO-1 & more ","customer_note":false})");
    test.transport.reply(200, R"([{"id":33,"note":"Sent to ERP as SO-1 &amp; more","customer_note":true},)"
                              R"({"id":32,"note":"Sent to ERP as SO-1 &amp; more","customer_note":false}])");
    EXPECT_EQ(sink.find(command, {}).value().value().result.native_id(), "32");
    test.transport.reply(200, "[]");
    EXPECT_FALSE(sink.find(command, {}).value());
    test.transport.reply(502, "<html>");
    test.transport.reply(502, "<html>");
    test.transport.reply(502, "<html>");
    EXPECT_EQ(sink.find(command, {}).error().kind, ErrorKind::kTransient);
    test.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "timed out"});
    EXPECT_EQ(apply_one(command).error().kind, ErrorKind::kAmbiguous);
}

events::Command refresh(const std::string& entity, const std::string& id, const std::string& sku = "") {
    events::Command command;
    command.mutable_refresh()->set_entity(entity);
    command.mutable_refresh()->set_native_id(id);
    command.mutable_refresh()->set_sku(sku);
    return command;
}

TEST_F(SinkTest, ReadsAnEntityAgainAndPublishesIt) {
    test.transport.reply(200, answered("order-get-200.json"));
    test.reply_facts();
    test.transport.reply(200, answered("products-by-sku-200.json"));  // of its lines
    EXPECT_TRUE(apply_one(refresh("order", "37")).value().seen.at(0).event->has_order());
    test.transport.reply(404, answered("order-get-invalid-id-404.json"));
    EXPECT_EQ(apply_one(refresh("order", "38")).value().seen.at(0).event->deleted().native_id(), "38");
    test.transport.reply(200, answered("customer-get-200.json"));
    EXPECT_TRUE(apply_one(refresh("customer", "3")).value().seen.at(0).event->has_customer());
    test.transport.reply(200, answered("products-by-sku-200.json"));
    EXPECT_EQ(apply_one(refresh("stock", "", "HAM-500")).value().seen.size(), 3U);
    test.transport.reply(200, answered("variation-fetched-as-product-200.json"));
    EXPECT_EQ(apply_one(refresh("product", "17")).value().seen.at(0).event->product().parent_native_id(), "16");
    test.transport.reply(200, "[]");
    EXPECT_EQ(apply_one(refresh("price", "", "NOPE")).value().seen.at(0).event->deleted().sku(), "NOPE");
    EXPECT_FALSE(apply_one(refresh("document", "1")));
    EXPECT_FALSE(apply_one(refresh("product", "", "A,B")));
}

TEST_F(SinkTest, RefusesCommandsOfOtherSystems) {
    events::Command command;
    command.mutable_export_order();
    EXPECT_EQ(apply_one(command).error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(sink.apply({}, {}).empty());
    EXPECT_FALSE(sink.find(command, {}).value());
}

}  // namespace
}  // namespace shopwire::woocommerce
