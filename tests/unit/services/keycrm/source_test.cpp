// Goal: every stream tells all of what changed, and nothing of a list that was not read to its end.  Method: scripted
// pages, and an account that answers by its window of time.
#include "services/keycrm/source.h"

#include <map>

#include "services/keycrm/connector.h"
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;

std::string stock_json(int id, const std::string& sku, int quantity, int reserve = 0) {
    return R"({"id":)" + std::to_string(id) + R"(,"sku":")" + sku + R"(","quantity":)" + std::to_string(quantity) +
           R"(,"reserve":)" + std::to_string(reserve) + "}";
}

std::vector<std::string> stock_rows(int from, int to) {
    std::vector<std::string> rows;
    for (int id = from; id <= to; ++id) rows.push_back(stock_json(id, "K-" + std::to_string(id), 10));
    return rows;
}

class KeycrmSource : public ::testing::Test {
 protected:
    // All pages of a reading as one, or its first error.
    Result<runtime::Page> read(std::string_view stream) {
        runtime::Page all;
        do {
            Result<runtime::Page> page = source.read(stream, all.next, {});
            if (!page) return page;
            std::ranges::move(page->changes, std::back_inserter(all.changes));
            all.next = page->next;
            all.more = page->more;
        } while (all.more);
        return all;
    }
    // Every change from a cursor on.
    std::vector<runtime::Change> drain(std::string_view stream, runtime::Cursor& cursor) {
        std::vector<runtime::Change> all;
        for (bool more = true; more;) {
            Result<runtime::Page> page = source.read(stream, cursor, {});
            if (!page) throw std::runtime_error(page.error().message);
            for (runtime::Change& change : page->changes) all.push_back(std::move(change));
            cursor = page->next;
            more = page->more;
        }
        return all;
    }
    TestAccount test{};
    Source source{test.account};
};

TEST_F(KeycrmSource, ReadsAllPagesOfStock) {
    test.transport.reply(200, page(stock_rows(1, 50), 1, 101));
    test.transport.reply(200, page(stock_rows(51, 100), 2, 101));
    test.transport.reply(200, page(stock_rows(101, 101), 3, 101));
    const Result<runtime::Page> read = this->read(kStock);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->changes.size(), 101U);
    EXPECT_FALSE(read->more);
    EXPECT_EQ(test.query(1, "page"), "2");
    EXPECT_EQ(test.query(1, "limit"), "50");
    EXPECT_EQ(test.query(0, "filter[details]"), "") << "the split is asked for only where it is needed";
    EXPECT_GT(read->changes[0].event->source().read_started_at_ms(), 0);
}

// rules 6.6, case 15.
TEST_F(KeycrmSource, StockThatBreaksAtAPageTellsNothing) {
    test.transport.reply(200, page(stock_rows(1, 50), 1, 101));
    test.transport.reply(200, page(stock_rows(51, 100), 2, 101));
    for (int i = 0; i < 3; ++i) test.transport.reply(502, "<html>Bad gateway</html>");
    const Result<runtime::Page> read = this->read(kStock);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kTransient);
}

TEST_F(KeycrmSource, AListThatShiftsIsReadAgain) {
    test.transport.reply(200, page(stock_rows(1, 50), 1, 60));
    test.transport.reply(200, page(stock_rows(52, 60), 2, 59));  // one was removed: 51 slipped to page 1
    test.transport.reply(200, page(stock_rows(2, 51), 1, 59));
    test.transport.reply(200, page(stock_rows(52, 60), 2, 59));
    runtime::Cursor cursor;
    std::int64_t done = 0;
    std::size_t changes = 0;
    for (const std::int64_t expected : {50, 0, 50, 59}) {
        const Result<runtime::Page> page = source.read(kStock, cursor, {});
        ASSERT_TRUE(page) << page.error().message;
        EXPECT_EQ(done += page->rows.value(), expected);
        EXPECT_EQ(page->more, expected != 59);
        changes += page->changes.size();
        cursor = page->next;
    }
    EXPECT_EQ(changes, 59U);
}

// A pass of many pages goes on where it failed, and tells meanwhile how far it is.
TEST_F(KeycrmSource, APageThatFailsIsAskedForAgain) {
    test.transport.reply(200, page(stock_rows(1, 50), 1, 60));
    for (int i = 0; i < 3; ++i) test.transport.reply(502, "<html>Bad gateway</html>");
    test.transport.reply(200, page(stock_rows(51, 60), 2, 60));
    const Result<runtime::Page> first = source.read(kStock, {}, {});
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->more && first->changes.empty());
    EXPECT_EQ(first->rows, 50);
    EXPECT_EQ(first->left, 10);
    EXPECT_FALSE(source.read(kStock, first->next, {}));
    const Result<runtime::Page> second = source.read(kStock, first->next, {});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->changes.size(), 60U);
    EXPECT_EQ(second->left, 0);
}

TEST_F(KeycrmSource, AListThatNeverStandsStillIsAnError) {
    for (int i = 0; i < 3; ++i) {
        test.transport.reply(200, page(stock_rows(1, 50), 1, 60));
        test.transport.reply(200, page(stock_rows(50, 59), 2, 60));  // one was added in front: 50 comes twice
    }
    const Result<runtime::Page> read = this->read(kStock);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kRejected) << "whoever waits for it is told";
    EXPECT_EQ(read.error().retry_after, std::chrono::minutes(15)) << "and it is not a day until the next one";
    EXPECT_EQ(test.transport.unused(), 0U);
}

TEST_F(KeycrmSource, OfOffersThatShareASkuTheLowestCounts) {
    test.transport.reply(200, page({stock_json(1, "A", 9), stock_json(2, "a ", 5, 3), stock_json(3, "B", 1)}));
    const Result<runtime::Page> read = this->read(kStock);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->changes.size(), 2U);
    EXPECT_EQ(read->changes[0].event->stock().native_id(), "2");
    EXPECT_TRUE(test.account->is_doubled("A"));
    EXPECT_FALSE(test.account->is_doubled("B"));
}

TEST_F(KeycrmSource, DoubledSkusAreNamedOnceForEachChange) {
    const auto read_with = [this](const std::string& second) {
        test.transport.reply(200, page({stock_json(1, "A", 9), stock_json(2, second, 5)}));
        ::testing::internal::CaptureStderr();
        EXPECT_TRUE(this->read(kStock));
        return ::testing::internal::GetCapturedStderr();
    };
    EXPECT_NE(read_with("A").find("skus=a"), std::string::npos);
    EXPECT_EQ(read_with("A"), "") << "the same as in the last pass";
    EXPECT_EQ(read_with("B"), "");
    EXPECT_NE(read_with("A").find("skus=a"), std::string::npos) << "again";
}

TEST_F(KeycrmSource, AnOfferWithoutSkuGoesByItsId) {
    test.transport.reply(200, page({R"({"id":9050,"sku":null,"quantity":1,"reserve":0})"}));
    const Result<runtime::Page> read = this->read(kStock);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->changes.at(0).event->stock().native_id(), "9050");
}

// Else an offer that was deleted would stay for as long as any other row is broken.
TEST_F(KeycrmSource, ARowThatIsNotUnderstoodTellsWhichOneItIs) {
    test.transport.reply(200, page({stock_json(1, "A", 9), R"({"id":2,"sku":"B","quantity":"many"})"}));
    const Result<runtime::Page> stock = this->read(kStock);
    ASSERT_TRUE(stock) << stock.error().message;
    ASSERT_EQ(stock->changes.size(), 2U);
    EXPECT_EQ(stock->changes[0].failed_key, "");
    EXPECT_FALSE(stock->changes[1].event);
    EXPECT_EQ(stock->changes[1].failed_key, "2") << "as events name it";
    EXPECT_EQ(stock->changes[0].event->stock().native_id(), "1");
    test.transport.reply(200, page({R"({"id":"?","sku":"B","quantity":"many"})"}));
    EXPECT_EQ(this->read(kStock)->changes.at(0).failed_key, "") << "any row may be meant";
}

TEST_F(KeycrmSource, LongPassesAreHandedOutInSlices) {
    const int rows = static_cast<int>(Source::kSlice) + 50;
    for (int at = 0; at < rows; at += 50)
        test.transport.reply(200, page(stock_rows(at + 1, at + 50), at / 50 + 1, rows));
    runtime::Cursor cursor;
    EXPECT_EQ(drain(kStock, cursor).size(), static_cast<std::size_t>(rows));
    EXPECT_EQ(test.transport.unused(), 0U);
    // The cursor of a pass that another process held begins anew.
    test.transport.reply(200, page(stock_rows(1, 3)));
    const Result<runtime::Page> read = source.read(kStock, {.text = "5000"}, {});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->changes.size(), 3U);
}

TEST_F(KeycrmSource, ACardOfSeveralVariantsComesOnce) {
    const std::string one = fixture("offer.json");
    std::string two = one;
    two.replace(two.find("9001"), 4, "9002");
    test.transport.reply(200, page({one, two}));
    const Result<runtime::Page> read = this->read(kProducts);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->changes.size(), 5U) << "a card, two prices, two variants";
    EXPECT_EQ(test.query(0, "include"), "product");
}

// An account with an order for each of `seconds`, all of which answer by the window that is asked for.
class KeycrmWindows : public KeycrmSource {
 protected:
    void serve() {
        test.transport.otherwise([this](const http::Request& request, std::stop_token) -> Result<http::Response> {
            std::string range;
            int number = 1;
            for (const auto& [name, value] : request.query) {
                if (name == "filter[updated_between]") range = value;
                if (name == "page") number = std::stoi(value);
            }
            const std::int64_t from = parse_utc(range.substr(0, 19)).value() / 1000;
            const std::int64_t to = parse_utc(range.substr(21)).value() / 1000;
            std::vector<std::string> rows;
            for (const auto& [id, second] : orders)
                if (from <= second && second <= to)
                    rows.push_back(R"({"id":)" + std::to_string(id) + R"(,"source_id":)" + (id % 7 == 0 ? "9" : "4") +
                                   R"(,"source_uuid":"WC-1","status_id":1,"grand_total":1,)" + R"("updated_at":")" +
                                   keycrm_time(second * 1000) + "\"}");
            largest = std::max(largest, rows.size());
            const auto begin = std::min<std::size_t>(rows.size(), static_cast<std::size_t>(number - 1) * 50);
            const auto end = std::min<std::size_t>(rows.size(), begin + 50);
            const int total = static_cast<int>(rows.size());
            return http::Response{.status = 200,
                                  .body = page({rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                                rows.begin() + static_cast<std::ptrdiff_t>(end)},
                                               number, total)};
        });
    }
    std::int64_t now_s() const { return test.clock.now_ms() / 1000; }
    std::map<int, std::int64_t> orders{};
    std::size_t largest = 0;
};

TEST_F(KeycrmWindows, EveryChangeComesOnceHoweverManyThereAre) {
    for (int id = 1; id <= 400; ++id) orders[id] = now_s() - 80'000 + id * 150;
    for (int id = 401; id <= 520; ++id) orders[id] = now_s() - 500;  // more than a page in one second
    serve();
    runtime::Cursor cursor;
    std::set<std::string> ids;
    for (const runtime::Change& change : drain(kOrders, cursor)) {
        ASSERT_TRUE(change.event) << change.event.error().message;
        EXPECT_TRUE(ids.insert(change.event->document().native_id()).second) << "twice";
    }
    std::size_t expected = 0;
    for (const auto& [id, second] : orders)
        if (id % 7 != 0) ++expected;
    EXPECT_EQ(ids.size(), expected) << "all but those of another source";
    const std::size_t asked = test.transport.requests().size();
    EXPECT_TRUE(drain(kOrders, cursor).empty()) << "the overlap is read and known";
    EXPECT_GT(test.transport.requests().size(), asked + 1) << "all of it: it holds more than a page";
    orders[521] = now_s() - 550;  // became visible late, before the backlog's last row
    EXPECT_EQ(drain(kOrders, cursor).size(), 1U);
    orders.erase(521);
    test.clock.advance(60s);
    orders[3] = now_s();
    const std::vector<runtime::Change> again = drain(kOrders, cursor);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].event->document().native_id(), "3");
}

TEST_F(KeycrmWindows, TellsHowManyAreLeftAndReadsAgainFromATime) {
    for (int id = 1; id <= 400; ++id) orders[id] = now_s() - 80'000 + id * 150;
    serve();
    runtime::Cursor cursor;
    std::int64_t done = 0;
    for (bool more = true; more;) {
        const Result<runtime::Page> page = source.read(kOrders, cursor, {});
        ASSERT_TRUE(page) << page.error().message;
        ASSERT_TRUE(page->rows && page->left);
        done += *page->rows;
        EXPECT_NEAR(static_cast<double>(done + page->left.value()), 400, 20) << "right to 5 %";
        cursor = page->next;
        more = page->more;
    }
    const std::int64_t hour_ago = now_s() - 80'000 + 390 * 150;
    cursor = cursor_since(hour_ago * 1000, cursor).value();
    EXPECT_EQ(drain(kOrders, cursor).size(), 9U) << "392 and 399 are of another source";
    EXPECT_EQ(cursor_since(now_s() * 1000, cursor)->text, cursor.text);
    EXPECT_EQ(cursor_since(hour_ago * 1000, {})->text, "");
}

// A new connection begins a day back; what an outage or a backlog left unread may be older.
TEST_F(KeycrmWindows, AReadingFromTheStartLeavesNothingOutThatIsStillToBeRead) {
    serve();
    runtime::Cursor cursor;
    orders[1] = now_s() - 3'600;
    ASSERT_EQ(drain(kOrders, cursor).size(), 1U);
    cursor = cursor_from_start(cursor).value();
    EXPECT_EQ(drain(kOrders, cursor).size(), 1U) << "a day back, as a new connection";
    orders[2] = now_s() + 60;
    test.clock.advance(72h);
    orders[3] = now_s() - 3'600;
    const runtime::Cursor start = cursor_from_start(cursor).value();
    EXPECT_EQ(cursor_from_start(start)->text, start.text);
    EXPECT_EQ(cursor_since(now_s() * 1000, start)->text, start.text) << "it begins before that already";
    cursor = start;
    EXPECT_EQ(drain(kOrders, cursor).size(), 2U) << "2 was still to be read";
    orders[4] = now_s();
    EXPECT_EQ(drain(kOrders, cursor).size(), 1U) << "it was for that one reading";
    EXPECT_EQ(cursor_from_start({})->text, "");
    EXPECT_FALSE(cursor_from_start({.text = "junk"}));
    for (const runtime::Stream& stream : spec().streams)
        EXPECT_EQ(stream.since != nullptr, stream.from_start != nullptr) << stream.name;
}

TEST_F(KeycrmWindows, AChangeThatBecameVisibleLateIsFoundByTheOverlap) {
    serve();
    runtime::Cursor cursor;
    EXPECT_TRUE(drain(kOrders, cursor).empty());
    test.clock.advance(5min);
    orders[1] = now_s() - 540;  // before the last reading ended
    EXPECT_EQ(drain(kOrders, cursor).size(), 1U);
}

TEST_F(KeycrmWindows, OnlyOurSourcesAreAskedFor) {
    serve();
    ASSERT_TRUE(read(kOrders));
    EXPECT_EQ(test.query(0, "filter[source_id]"), "4");
    EXPECT_EQ(test.query(0, "include"), "buyer,products.offer,shipping.deliveryService");
}

TEST_F(KeycrmSource, WithoutASourceThereAreNoOrdersToAskFor) {
    Settings with = settings();
    with.source_id = 0;
    TestAccount stock_only(with);
    const Result<runtime::Page> read = Source(stock_only.account).read(kOrders, {}, {});
    ASSERT_TRUE(read);
    EXPECT_TRUE(stock_only.transport.requests().empty());
}

TEST_F(KeycrmSource, ACursorOfAnotherVersionStopsTheStream) {
    for (const char* text : {R"({"v":2,"from":1,"seen":[]})", "junk", R"({"v":1})"}) {
        const Result<runtime::Page> read = source.read(kOrders, {.text = text}, {});
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().kind, ErrorKind::kRejected);
    }
}

TEST_F(KeycrmSource, BuyersAreReadByTheirChanges) {
    test.transport.reply(200, page({fixture("buyer.json")}));
    const Result<runtime::Page> read = this->read(kBuyers);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->changes.size(), 1U);
    EXPECT_EQ(read->changes[0].event->customer().native_id(), "310");
}

TEST_F(KeycrmSource, FollowsUpWhatWebhooksTold) {
    test.account->follow_ups().add_offer("9001");
    test.account->follow_ups().add_offer("9002");
    test.account->follow_ups().add_order("7001");
    test.transport.reply(200, page({stock_json(9001, "A", 3), stock_json(9002, "B", 4)}));
    test.transport.reply(200, fixture("order.json"));
    const Result<runtime::Page> read = this->read(kFollowUps);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->changes.size(), 4U) << "two numbers, an order, its parcel";
    EXPECT_FALSE(read->more);
    EXPECT_EQ(test.query(0, "filter[offers_id]"), "9001,9002");
    EXPECT_TRUE(this->read(kFollowUps)->changes.empty()) << "without a request";
    EXPECT_EQ(test.transport.requests().size(), 2U);
}

TEST_F(KeycrmSource, WhatCouldNotBeFollowedUpIsTriedAgain) {
    test.account->follow_ups().add_offer("9001");
    test.account->follow_ups().add_order("7001");
    for (int i = 0; i < 3; ++i) test.transport.reply(503);
    EXPECT_FALSE(read(kFollowUps));
    test.transport.reply(200, page({stock_json(9001, "A", 3)}));
    for (int i = 0; i < 3; ++i) test.transport.reply(503);
    EXPECT_EQ(read(kFollowUps)->changes.size(), 1U);
    test.transport.reply(404, R"({"message":"Not found"})");
    EXPECT_TRUE(read(kFollowUps)->changes.empty());
    EXPECT_TRUE(test.account->follow_ups().empty());
}

struct Refusal {
    int status;
    const char* body;
    ErrorKind kind;
};

// rules 6.6, cases 1, 31, 32.
TEST(KeycrmErrors, EachAnswerHasItsReaction) {
    const Refusal cases[] = {
        {401, R"({"message":"Unauthenticated."})", ErrorKind::kAuth},
        {401, "<html>", ErrorKind::kAuth},
        {403, R"({"message":"Forbidden"})", ErrorKind::kAuth},
        {403, "<html>Attention Required! | Cloudflare</html>", ErrorKind::kTransient},
        {404, "<html>nginx</html>", ErrorKind::kTransient},
        {404, R"({"message":"Not found"})", ErrorKind::kRejected},
        {400, R"({"message":"Requested include(s) `x` are not allowed."})", ErrorKind::kRejected},
        {422, R"({"message":"The given data was invalid.","errors":{"limit":["too big"]}})", ErrorKind::kRejected},
        {500, R"({"message":"Server Error"})", ErrorKind::kTransient},
        {502, "<html>", ErrorKind::kTransient},
        {200, "<html>maintenance</html>", ErrorKind::kTransient},
        {200, "[]", ErrorKind::kTransient},
        {200, R"({"data":[],"current_page":1})", ErrorKind::kTransient},
        {200, R"({"total":1,"current_page":2,"data":[]})", ErrorKind::kTransient},
        {302, "", ErrorKind::kRejected},
    };
    for (const Refusal& one : cases) {
        TestAccount test;
        test.transport.otherwise([&](const http::Request&, std::stop_token) -> Result<http::Response> {
            return http::Response{.status = one.status, .body = one.body};
        });
        const Result<runtime::Page> read = Source(test.account).read(kStock, {}, {});
        ASSERT_FALSE(read) << one.status << one.body;
        EXPECT_EQ(read.error().kind, one.kind) << one.status << one.body << " " << read.error().message;
        EXPECT_EQ(read.error().message.find("invalid."), std::string::npos) << "KeyCRM's text is not passed on";
    }
}

TEST(KeycrmErrors, A429IsWaitedOutAsItSays) {
    TestAccount test;
    test.transport.reply(429, R"({"message":"Too Many Attempts."})", {{"Retry-After", "7"}});
    test.transport.reply(200, page({stock_json(1, "A", 1)}));
    const std::int64_t before = test.clock.now_ms();
    ASSERT_TRUE(Source(test.account).read(kStock, {}, {}));
    EXPECT_GE(test.clock.now_ms() - before, 7'000);
}

// 20 a minute and key: no minute may see more.
TEST(KeycrmErrors, ItsOwnLimitKeepsItBelowTwentyAMinute) {
    for (const double per_second : {0.3, 0.95}) {
        TestAccount test(settings(), {.per_second = per_second, .burst = 2, .concurrency = 2});
        std::vector<std::int64_t> times;
        test.transport.otherwise([&](const http::Request&, std::stop_token) -> Result<http::Response> {
            times.push_back(test.clock.now_ms());
            return http::Response{.status = 200, .body = page({})};
        });
        for (int i = 0; i < 150; ++i) ASSERT_TRUE(Source(test.account).read(kStock, {}, {}));
        const std::size_t allowed = per_second < 0.5 ? 20 : 60;
        for (std::size_t i = 0; i + allowed < times.size(); ++i) EXPECT_GE(times[i + allowed] - times[i], 60'000) << i;
    }
}

TEST(KeycrmErrors, TheProbeNamesWhatTheAccountLacks) {
    const std::string sources = page({R"({"id":4,"name":"Shop"})"});
    const std::string statuses =
        page({R"({"id":4,"group_id":2})", R"({"id":12,"group_id":5})", R"({"id":19,"group_id":6})"});
    TestAccount good;
    good.transport.reply(200, sources);
    good.transport.reply(200, statuses);
    EXPECT_TRUE(good.account->probe({}));
    EXPECT_EQ(good.transport.last().headers.at(1).second, "Bearer key");
    TestAccount other;
    other.transport.reply(200, page({R"({"id":5,"name":"Shop"})"}));
    EXPECT_NE(other.account->probe({}).error().message.find("no source 4"), std::string::npos);
    TestAccount missing;
    missing.transport.reply(200, sources);
    missing.transport.reply(200, page({R"({"id":4,"group_id":2})"}));
    EXPECT_NE(missing.account->probe({}).error().message.find("no active status 19"), std::string::npos);
    TestAccount refused;
    refused.transport.reply(401, R"({"message":"Unauthenticated."})");
    EXPECT_EQ(refused.account->probe({}).error().kind, ErrorKind::kAuth);
}

}  // namespace
}  // namespace shopwire::keycrm
