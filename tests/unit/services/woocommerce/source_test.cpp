#include "services/woocommerce/source.h"

#include <gtest/gtest.h>

#include "services/woocommerce/connector.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::int64_t kT = 1'795'300'000;  // 2026-11-21T22:26:40

std::string order(int id, std::int64_t modified_s, const std::string& status = "processing",
                  const std::string& extra = "") {
    return R"({"id":)" + std::to_string(id) + R"(,"number":")" + std::to_string(id) + R"(","status":")" + status +
           R"(","currency":"EUR","prices_include_tax":true,"date_modified_gmt":")" + naive_utc(modified_s) +
           R"(","discount_total":"0.00","total":"1.00","total_tax":"0.00","line_items":[])" + extra + "}";
}

std::string product(int id, std::int64_t modified_s, const std::string& type = "simple", int parent = 0) {
    return R"({"id":)" + std::to_string(id) + R"(,"parent_id":)" + std::to_string(parent) + R"(,"type":")" + type +
           R"(","status":"publish","name":"P","sku":"S-)" + std::to_string(id) + R"(","date_modified_gmt":")" +
           naive_utc(modified_s) +
           R"(","regular_price":"1.00","sale_price":"","manage_stock":true,"stock_quantity":3})";
}

std::string list(const std::vector<std::string>& rows) {
    std::string text = "[";
    for (const std::string& row : rows) text += (text.size() > 1 ? "," : "") + row;
    return text + "]";
}

std::vector<std::string> ids(const runtime::Page& page) {
    std::vector<std::string> out;
    for (const runtime::Change& change : page.changes) {
        if (!change.event)
            out.push_back("error " + change.event.error().message);
        else if (change.event->has_order())
            out.push_back(change.event->order().native_id());
        else if (change.event->has_refund())
            out.push_back("refund " + change.event->refund().native_id());
        else if (change.event->has_product())
            out.push_back(change.event->product().native_id());
        else if (change.event->has_deleted())
            out.push_back("gone " + change.event->deleted().native_id());
    }
    return out;
}

using Ids = std::vector<std::string>;

class SourceTest : public ::testing::Test {
 protected:
    static Settings small() {
        Settings settings = woocommerce::settings();
        settings.page_size = 10;
        return settings;
    }
    runtime::Page read(std::string_view stream, const runtime::Cursor& from = {}) {
        Result<runtime::Page> page = source.read(stream, from, {});
        if (!page) throw std::runtime_error(page.error().message);
        return *std::move(page);
    }
    TestShop test{small()};
    Source source{test.shop};
};

TEST_F(SourceTest, AsksForOrdersByTheirChangeInNaiveUtc) {
    test.transport.reply(200, "[]");
    const runtime::Page page = read(kOrders);
    EXPECT_FALSE(page.more);
    EXPECT_EQ(test.path(0), "GET orders");
    EXPECT_EQ(test.query(0, "modified_after"), "2026-10-23T00:00:00");  // 30 days before the clock
    EXPECT_EQ(test.query(0, "dates_are_gmt"), "true");
    EXPECT_EQ(test.query(0, "orderby"), "modified");
    EXPECT_EQ(test.query(0, "order"), "asc");
}

TEST_F(SourceTest, ReadsBackByTheOverlapAndEmitsNothingTwice) {
    test.transport.reply(200, list({order(1, kT), order(2, kT + 5)}));
    const runtime::Page first = read(kOrders);
    EXPECT_EQ(ids(first), (Ids{"1", "2"}));
    test.transport.reply(200, list({order(1, kT), order(2, kT + 5), order(3, kT + 5)}));
    const runtime::Page second = read(kOrders, first.next);
    EXPECT_EQ(test.query(1, "modified_after"), naive_utc(kT + 5 - 60));
    EXPECT_EQ(ids(second), Ids{"3"});
    EXPECT_EQ(second.rows, 3) << "they are progress all the same";
}

// X-WP-Total counts what the query finds: the row at the seam of two pages stands in both.
TEST_F(SourceTest, TellsHowManyRowsAreLeft) {
    std::vector<std::string> rows;
    rows.reserve(10);
    for (int i = 0; i < 10; ++i) rows.push_back(order(i + 1, kT + i));
    test.transport.reply(200, list(rows), {{"X-WP-Total", "25"}});
    const runtime::Page first = read(kOrders);
    EXPECT_EQ(first.rows, 10);
    EXPECT_EQ(first.left, 15);
    rows = {order(10, kT + 9)};
    for (int i = 10; i < 19; ++i) rows.push_back(order(i + 1, kT + i));
    test.transport.reply(200, list(rows), {{"x-wp-total", "16"}});
    const runtime::Page second = read(kOrders, first.next);
    EXPECT_EQ(second.rows, 9);
    EXPECT_EQ(second.left, 6);
    test.transport.reply(200, "[]", {{"X-WP-Total", "many"}});
    EXPECT_FALSE(read(kOrders, second.next).left);
}

TEST_F(SourceTest, TellsHowMuchOfTheCatalogueIsLeft) {
    std::vector<std::string> rows;
    for (int i = 1; i <= 10; ++i) rows.push_back(product(i, kT));
    test.reply_facts();
    test.transport.reply(200, list(rows), {{"X-WP-Total", "12"}});
    const runtime::Page first = read(kCatalogue);
    EXPECT_EQ(first.rows, 10);
    EXPECT_EQ(first.left, 2);
    test.transport.reply(200, list({product(8, kT), product(9, kT), product(10, kT), product(11, kT), product(12, kT)}),
                         {{"X-WP-Total", "12"}});
    const runtime::Page second = read(kCatalogue, first.next);
    EXPECT_EQ(second.rows, 2);
    EXPECT_EQ(second.left, 0);
}

TEST_F(SourceTest, ReadsAgainFromATimeThatIsAskedForAndNeverLeavesAnythingOut) {
    test.transport.reply(200, list({order(1, kT), order(2, kT + 500)}));
    const runtime::Page first = read(kOrders);
    const Result<runtime::Cursor> since = cursor_since(kT * 1000, first.next);
    ASSERT_TRUE(since);
    test.transport.reply(200, list({order(1, kT), order(2, kT + 500)}));
    EXPECT_EQ(ids(read(kOrders, *since)), (Ids{"1", "2"}));
    EXPECT_EQ(test.query(1, "modified_after"), naive_utc(kT - 1)) << "the bound is exclusive";
    EXPECT_EQ(cursor_since((kT + 10'000) * 1000, first.next)->text, first.next.text)
        << "what lies between is not skipped";
    EXPECT_EQ(cursor_since(kT * 1000, {})->text, "") << "its first reading is still to come";
    EXPECT_FALSE(cursor_since(kT * 1000, {.text = R"({"v":2})"}));
}

// A new connection reads so many days back; what an outage or a backlog left unread may be older.
TEST_F(SourceTest, AReadingFromTheStartLeavesNothingOutThatIsStillToBeRead) {
    const auto asked = [&](const runtime::Cursor& from) {
        test.transport.reply(200, list({order(1, kT)}));
        EXPECT_FALSE(parse_change_cursor(read(kOrders, from).next)->from_start) << "it is for that one reading";
        return test.query(test.transport.requests().size() - 1, "modified_after");
    };
    const auto from_start = [](std::int64_t after_s) {
        return cursor_from_start(format_cursor(ChangeCursor{.position = {.after_s = after_s}})).value();
    };
    EXPECT_EQ(asked(from_start(test.clock.now_ms() / 1000)), asked({})) << "as a new connection";
    EXPECT_EQ(asked(from_start(1'000'000)), naive_utc(1'000'000));
    EXPECT_EQ(cursor_from_start({})->text, "");
    EXPECT_FALSE(cursor_from_start({.text = R"({"v":2})"}));
}

TEST(Streams, AReadingFromTheStartForgetsNoOrderThatMayBeGone) {
    for (const runtime::Stream& stream : spec().streams) {
        EXPECT_EQ(stream.pass == runtime::Pass::kIncremental, stream.from_start != nullptr) << stream.name;
        if (stream.name != kDeletes) continue;
        EXPECT_EQ(stream.from_start({.text = R"({"v":1,"ids":"5,2"})"})->text, R"({"v":1,"ids":"5,2"})");
    }
}

TEST_F(SourceTest, EmitsAnotherStateOfTheSameSecond) {
    test.transport.reply(200, list({order(1, kT)}));
    const runtime::Page first = read(kOrders);
    test.transport.reply(200, list({order(1, kT, "completed")}));
    EXPECT_EQ(ids(read(kOrders, first.next)), Ids{"1"});
}

TEST_F(SourceTest, GivesTheSamePageForTheSameCursor) {
    const std::string rows = list({order(1, kT)});
    test.transport.reply(200, rows);
    test.transport.reply(200, rows);
    EXPECT_EQ(ids(read(kOrders)), ids(read(kOrders)));
}

TEST_F(SourceTest, GoesOnFromTheLastSecondOfAFullPage) {
    std::vector<std::string> rows;
    rows.reserve(10);
    for (int i = 0; i < 10; ++i) rows.push_back(order(i + 1, kT + i));
    test.transport.reply(200, list(rows));
    const runtime::Page first = read(kOrders);
    EXPECT_TRUE(first.more);
    // Order 10 is shown again; 11 changed in its second and would have been lost behind a page number.
    test.transport.reply(200, list({order(10, kT + 9), order(11, kT + 9)}));
    const runtime::Page second = read(kOrders, first.next);
    EXPECT_EQ(test.query(1, "modified_after"), naive_utc(kT + 8));
    EXPECT_EQ(ids(second), Ids{"11"});
    EXPECT_FALSE(second.more);
}

TEST_F(SourceTest, WalksOneSecondThatIsLongerThanAPageById) {
    std::vector<std::string> rows;
    for (int i = 1; i <= 10; ++i) rows.push_back(order(i, kT));
    test.transport.reply(200, list(rows));
    const runtime::Page first = read(kOrders);  // moves to the second before kT
    test.transport.reply(200, list(rows));
    const runtime::Page second = read(kOrders, first.next);  // the same page again: now by id
    EXPECT_EQ(ids(second), Ids{});
    test.transport.reply(200, list(rows));
    const runtime::Page third = read(kOrders, second.next);
    EXPECT_EQ(test.query(2, "orderby"), "id");
    EXPECT_EQ(test.query(2, "modified_after"), naive_utc(kT - 1));
    EXPECT_EQ(test.query(2, "modified_before"), naive_utc(kT + 1));
    test.transport.reply(200, list({order(8, kT), order(9, kT), order(10, kT), order(11, kT), order(12, kT)}));
    const runtime::Page fourth = read(kOrders, third.next);
    EXPECT_EQ(test.query(3, "offset"), "7");
    EXPECT_EQ(ids(fourth), (Ids{"11", "12"}));
    EXPECT_TRUE(fourth.more);
    test.transport.reply(200, list({order(13, kT + 1)}));
    const runtime::Page fifth = read(kOrders, fourth.next);
    EXPECT_EQ(test.query(4, "modified_after"), naive_utc(kT));
    EXPECT_EQ(test.query(4, "orderby"), "modified");
    EXPECT_EQ(ids(fifth), Ids{"13"});
    EXPECT_FALSE(fifth.more);
}

TEST_F(SourceTest, StepsBackWhenRowsBeforeThePositionAreGone) {
    std::vector<std::string> rows;
    for (int i = 1; i <= 10; ++i) rows.push_back(product(i, kT));
    test.reply_facts();
    test.transport.reply(200, list(rows));
    const runtime::Page first = read(kCatalogue);
    EXPECT_TRUE(first.more);
    // Five of them were deleted: the page at offset 7 begins behind 10, and 11 might have been missed.
    test.transport.reply(200, list({product(13, kT)}));
    test.transport.reply(200, list({product(1, kT), product(2, kT), product(3, kT), product(4, kT), product(5, kT),
                                    product(11, kT), product(12, kT), product(13, kT)}));
    const runtime::Page second = read(kCatalogue, first.next);
    EXPECT_EQ(test.query(5, "offset"), "7");
    EXPECT_EQ(test.query(6, "offset"), "");
    EXPECT_EQ(ids(second), (Ids{"11", "12", "13"}));
    EXPECT_FALSE(second.more);
    EXPECT_EQ(second.next.text, "");
}

TEST_F(SourceTest, GivesUpWhenRowsKeepMoving) {
    test.reply_facts();
    test.transport.otherwise([](const http::Request&, std::stop_token) -> Result<http::Response> {
        return http::Response{.status = 200, .body = list({product(500, kT)})};
    });
    const Result<runtime::Page> page = source.read(kCatalogue, {.text = R"({"v":1,"offset":900,"last":400})"}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().kind, ErrorKind::kTransient);
}

TEST_F(SourceTest, ReadsTheVariationsOfAParentThatChanged) {
    test.reply_facts();
    test.transport.reply(200, list({product(16, kT, "variable")}));
    test.transport.reply(200, list({product(17, kT, "variation", 16), product(18, kT, "variation", 16)}));
    const runtime::Page page = read(kProducts);
    EXPECT_EQ(ids(page), (Ids{"16", "17", "18"}));
    EXPECT_EQ(test.path(5), "GET products/16/variations");
    ASSERT_TRUE(page.changes.front().event);
    EXPECT_EQ(page.changes.front().event->product().variants_size(), 2);
    EXPECT_EQ(page.changes.size(), 9U);  // product, stock and price of each
}

TEST_F(SourceTest, ReadsTheRefundsOfAnOrderThatHasSome) {
    test.transport.reply(200,
                         list({order(37, kT, "processing", R"(,"refunds":[{"id":45,"reason":"","total":"-5.00"}])")}));
    test.transport.reply(200, answered("refunds-list-200.json"));
    EXPECT_EQ(ids(read(kOrders)), (Ids{"37", "refund 46", "refund 45"}));
    EXPECT_EQ(test.path(1), "GET orders/37/refunds");
}

TEST_F(SourceTest, LeavesOutDetailsOfWhatIsGoneMeanwhile) {
    test.transport.reply(200,
                         list({order(37, kT, "processing", R"(,"refunds":[{"id":45,"reason":"","total":"-5.00"}])")}));
    test.transport.reply(404, answered("order-get-invalid-id-404.json"));
    EXPECT_EQ(ids(read(kOrders)), Ids{"37"});
}

TEST_F(SourceTest, DeadLettersARowThatCannotBeReadOnceAndGoesOn) {
    const std::string broken = R"({"id":7,"status":"processing","date_modified_gmt":")" + naive_utc(kT) + R"("})";
    test.transport.reply(200, list({broken, order(8, kT)}));
    const runtime::Page page = read(kOrders);
    EXPECT_EQ(ids(page), (Ids{"error reading an order: $.number: expected id, got nothing", "8"}));
    EXPECT_EQ(page.changes[0].raw, broken);
    test.transport.reply(200, list({broken, order(8, kT)}));
    EXPECT_EQ(ids(read(kOrders, page.next)), Ids{});
}

TEST_F(SourceTest, IgnoresDraftsAndTellsTrash) {
    test.transport.reply(200,
                         list({order(1, kT, "checkout-draft"), order(2, kT, "auto-draft"), order(3, kT, "trash")}));
    EXPECT_EQ(ids(read(kOrders)), Ids{"gone 3"});
}

TEST_F(SourceTest, KeepsTheCursorSmallHoweverManyRowsChangeAtOnce) {
    ChangeCursor cursor{.newest_s = kT};
    for (int i = 0; i < 6'000; ++i)
        cursor.seen.push_back({.id = std::to_string(i), .modified_s = kT - i % 30, .hash = "x"});
    prune_seen(cursor, 60);
    EXPECT_EQ(cursor.seen.size(), 5'000U);
    prune_seen(cursor, 10);
    EXPECT_TRUE(std::ranges::all_of(cursor.seen, [](const SeenRow& row) { return row.modified_s > kT - 10; }));
    const Result<ChangeCursor> again = parse_change_cursor(format_cursor(cursor));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->seen, cursor.seen);
}

TEST_F(SourceTest, RefusesACursorOfAnotherVersion) {
    for (const char* text : {R"({"v":2})", "{", R"({"v":1})"}) {
        const Result<runtime::Page> page = source.read(kOrders, {.text = text}, {});
        ASSERT_FALSE(page) << text;
        EXPECT_EQ(page.error().kind, ErrorKind::kRejected);
    }
    EXPECT_FALSE(source.read("nothing", {}, {}));
}

TEST_F(SourceTest, TellsOrdersThatWereDeletedInSilence) {
    test.transport.reply(200, R"([{"id":5},{"id":7},{"id":9},{"id":11},{"id":12}])");
    const runtime::Page first = read(kDeletes);
    EXPECT_EQ(ids(first), Ids{});
    test.transport.reply(200, R"([{"id":7},{"id":20}])");
    test.transport.reply(404, answered("order-get-invalid-id-404.json"));
    test.transport.reply(200, R"({"id":11,"status":"trash"})");
    test.transport.reply(200, R"({"id":12,"status":"completed"})");  // missed by the scan, but there
    const runtime::Page second = read(kDeletes, first.next);         // 5 left the window by its age
    EXPECT_EQ(ids(second), (Ids{"gone 9", "gone 11"}));
    EXPECT_EQ(second.next.text, R"({"v":1,"ids":"7,13"})");
}

TEST_F(SourceTest, TakesOnlyTheShopsOwnWordForADeletedOrder) {
    test.transport.reply(200, R"([{"id":7},{"id":9}])");
    const runtime::Page first = read(kDeletes);
    test.transport.reply(200, R"([{"id":7},{"id":20}])");
    test.transport.reply(400, R"({"code":"rest_invalid_param"})");
    EXPECT_FALSE(source.read(kDeletes, first.next, {}));
}

TEST_F(SourceTest, ARowWithoutAnIdFailsTheWalkAndIsNotSkipped) {
    for (const std::string_view stream : {kCustomers, kDeletes}) {
        test.transport.reply(200, R"([{"id":1},{}])");
        const Result<runtime::Page> page = source.read(stream, {}, {});
        ASSERT_FALSE(page) << stream;
        EXPECT_EQ(page.error().kind, ErrorKind::kTransient);
    }
}

TEST_F(SourceTest, VariationsThatAreRefusedFailThePageAndAreNotGone) {
    for (const int status : {400, 410, 422}) {
        TestShop other;
        Source refused(other.shop);
        other.reply_facts();
        other.transport.reply(200, R"([{"id":16,"sku":"TS","name":"Shirt","type":"variable","status":"publish"}])");
        other.transport.reply(status, R"({"code":"rest_invalid_param"})");
        EXPECT_FALSE(refused.read(kCatalogue, {}, {})) << status;
    }
}

TEST_F(SourceTest, StopsWhenTooManyOrdersAreGoneAtOnce) {
    std::vector<std::int64_t> before;
    for (std::int64_t id = 1; id <= 100; ++id) before.push_back(id);
    test.transport.reply(200, R"([{"id":1},{"id":200}])");
    const Result<runtime::Page> page = source.read(kDeletes, format_id_set(before), {});
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().message, "listing order ids: 99 of 100 vanished since the last scan");
}

TEST_F(SourceTest, WalksOverAllCustomers) {
    test.transport.reply(200, answered("customers-list-200.json"));
    const runtime::Page page = read(kCustomers);
    EXPECT_FALSE(page.more);
    EXPECT_EQ(test.query(0, "orderby"), "id");
    EXPECT_EQ(page.changes.size(), capture("customers-list-200.json").root().member("response").member("body").size());
}

TEST_F(SourceTest, PassesOnWhatTheShopAnswers) {
    test.transport.reply(401, answered("auth-basic-unknown-key-401.json"));
    EXPECT_EQ(source.read(kOrders, {}, {}).error().kind, ErrorKind::kAuth);
    test.transport.reply(200, "<html>maintenance</html>");
    EXPECT_EQ(source.read(kOrders, {}, {}).error().kind, ErrorKind::kTransient);
    test.transport.reply(200, R"({"code":"odd"})");
    EXPECT_EQ(source.read(kOrders, {}, {}).error().kind, ErrorKind::kTransient);
}

}  // namespace
}  // namespace shopwire::woocommerce
