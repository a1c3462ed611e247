// Goal: the key is sent once and again when it changes; parcels are asked for while they are under way, and a failure
// loses neither a parcel nor what was read.
#include "services/logistos/source.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "services/logistos/connector.h"
#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

using Json = nlohmann::json;

class SourceOf : public DialectTest {
 protected:
    std::string list(const std::vector<std::string>& awbs) const {
        Json rows = Json::array();
        for (const std::string& awb : awbs)
            rows.push_back(
                flat_ ? Json{{"awb", awb}, {"store_url", "https://shop.example.test"}, {"order_number", "WC-" + awb}}
                      : Json{{"number", awb}, {"shop", "https://shop.example.test"}, {"order", "WC-" + awb}});
        return flat_ ? Json{{"count", rows.size()}, {"results", rows}}.dump()
                     : Json{{"total", rows.size()}, {"rows", rows}}.dump();
    }
};
INSTANTIATE_TEST_SUITE_P(Dialect, SourceOf, both_dialects(), dialect_name);

std::string parcel(const std::string& status) {
    return Json{{"id", 90001}, {"status", status}, {"delivery_partner_name", "DemoExpress"}}.dump();
}

// One whole pass; gives "awb status" of each event.
std::vector<std::string> pass(Rig& rig, std::string& cursor) {
    std::vector<std::string> out;
    for (bool more = true; more;) {
        const Result<runtime::Page> page = rig.source->read("tracking", {cursor}, {});
        EXPECT_TRUE(page) << page.error().message;
        if (!page) return out;
        for (const runtime::Change& change : page->changes)
            out.push_back(change.event
                              ? change.event->shipment().tracking_number() + " " + change.event->shipment().status()
                              : "unreadable");
        cursor = page->next.text;
        more = page->more;
    }
    return out;
}

const std::string kLogin = R"({"access":"b34rer"})";

TEST_P(SourceOf, SendsTheKeyOnceAndAgainWhenItChanges) {
    std::string cursor;
    {
        Rig rig(GetParam());
        rig.transport.reply(200, wire_.connected);
        const auto page = rig.source->read("integration", {}, {});
        ASSERT_TRUE(page) << page.error().message;
        EXPECT_TRUE(rig.room->connected);
        cursor = page->next.text;
        EXPECT_EQ(std::string::npos, cursor.find(kSecret.substr(3)));
        EXPECT_EQ(std::string::npos, cursor.find(kKey.substr(3)));
    }
    {
        Rig restarted(GetParam());
        const auto page = restarted.source->read("integration", {cursor}, {});
        ASSERT_TRUE(page);
        EXPECT_EQ(cursor, page->next.text);
        EXPECT_TRUE(restarted.room->connected);
        EXPECT_TRUE(restarted.transport.requests().empty());
    }
    Rig rotated(GetParam());
    rotated.room->settings.consumer_secret = Secret("cs_rotated");
    rotated.transport.reply(200, wire_.connected);
    const auto page = rotated.source->read("integration", {cursor}, {});
    ASSERT_TRUE(page);
    EXPECT_NE(cursor, page->next.text);
    EXPECT_NE(std::string::npos, rotated.transport.last().body.find("cs_rotated"));
}

TEST_P(SourceOf, StopsTheConnectionWhenTheStoreIsRefused) {
    for (const int status : {400, 403, 404, 409, 301}) {
        Rig rig(GetParam());
        rig.transport.reply(status, status == 301 ? "" : wire_.unknown_store);
        const auto page = rig.source->read("integration", {}, {});
        ASSERT_FALSE(page) << status;
        EXPECT_EQ(ErrorKind::kAuth, page.error().kind) << status << ": " << page.error().message;
        EXPECT_FALSE(rig.room->connected);
        EXPECT_TRUE(rig.room->refused);
    }
}

TEST_P(SourceOf, TakesNoAnswerForAConnectionThatSaysNothingOfIt) {
    for (const int status : {200, 202})
        for (const std::string& body : no_word()) {
            Rig rig(GetParam());
            rig.transport.otherwise(
                [&](const http::Request&, std::stop_token) { return http::Response{.status = status, .body = body}; });
            const auto page = rig.source->read("integration", {}, {});
            ASSERT_FALSE(page) << status << " " << body;
            EXPECT_EQ(ErrorKind::kTransient, page.error().kind) << status << " " << body;
            EXPECT_FALSE(rig.room->connected);
            EXPECT_FALSE(rig.room->refused);
        }
}

TEST_P(SourceOf, TriesAgainWhenLogistosIsDown) {
    Rig rig(GetParam());
    rig.transport.otherwise([](const http::Request&, std::stop_token) {
        return http::Response{.status = 503, .body = "<html>down</html>"};
    });
    const auto page = rig.source->read("integration", {}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kTransient, page.error().kind);
    EXPECT_FALSE(rig.room->refused);
}

TEST_P(SourceOf, DisconnectsOnceAsFarAsTheDialectCan) {
    Rig rig(GetParam(), "integration: disconnect");
    EXPECT_EQ("", rig.source->read("integration", {}, {})->next.text);  // never connected by us
    EXPECT_TRUE(rig.transport.requests().empty());
    rig.transport.otherwise(
        [](const http::Request&, std::stop_token) { return http::Response{.status = 200, .body = R"({"ok":true})"}; });
    const auto page = rig.source->read("integration", {"1 connected abc"}, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ("1 disconnected", page->next.text);
    EXPECT_EQ(flat_ ? 0U : 1U, rig.transport.requests().size());
    EXPECT_EQ(page->next.text, rig.source->read("integration", page->next, {})->next.text);
    EXPECT_EQ(flat_ ? 0U : 1U, rig.transport.requests().size());
}

TEST_P(SourceOf, AReadingFromTheStartForgetsNothing) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1"}), parcel("BOOKED")}) rig.transport.reply(200, body);
    EXPECT_EQ(1U, pass(rig, cursor).size());
    rig.clock.advance(std::chrono::minutes(15));
    cursor = tracking_from_start({cursor})->text;
    for (const std::string& body : {list({}), parcel("BOOKED")}) rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"LG1 BOOKED"}), pass(rig, cursor)) << "it is told again, and still tracked";
    rig.transport.reply(200, wire_.connected);
    const std::string sent = rig.source->read("integration", {}, {})->next.text;
    rig.transport.reply(200, wire_.connected);
    const runtime::Cursor again = integration_from_start({sent}).value();
    EXPECT_EQ(sent, rig.source->read("integration", again, {})->next.text);
    EXPECT_EQ(0U, rig.transport.unused()) << "the key is sent again";
    Rig leaving(GetParam(), "integration: disconnect");
    leaving.transport.otherwise(
        [](const http::Request&, std::stop_token) { return http::Response{.status = 200, .body = R"({"ok":true})"}; });
    EXPECT_EQ("1 disconnected", leaving.source->read("integration", again, {})->next.text);
    for (const char* text : {"", "1 disconnected"}) EXPECT_EQ(text, integration_from_start({text})->text);
}

// A wrong address, or a proxy without a route, answers 404 too: then Logistos still has the key.
TEST_P(SourceOf, IsDisconnectedOnlyByLogistosOwnWord) {
    if (flat_) GTEST_SKIP() << "this dialect has no such call";
    Rig rig(GetParam(), "integration: disconnect");
    rig.transport.reply(404, "<html>Not Found</html>");
    const auto page = rig.source->read("integration", {"1 connected abc"}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kTransient, page.error().kind);  // it is tried again
    EXPECT_NE(std::string::npos, page.error().message.find("check base_url")) << page.error().message;
    rig.transport.reply(404, R"({"ok":false,"error":{"code":"NO_ORDER"}})");
    const auto gone = rig.source->read("integration", {"1 connected abc"}, {});
    ASSERT_TRUE(gone) << gone.error().message;
    EXPECT_EQ("1 disconnected", gone->next.text);
}

// The key that was made for Logistos: it forgets it, and a person revokes it, whatever Logistos says.
TEST_P(SourceOf, LeavesAsFarAsTheDialectCanAndSaysWhereTheKeyIsRevoked) {
    Rig rig(GetParam());
    rig.transport.otherwise(
        [](const http::Request&, std::stop_token) { return http::Response{.status = 200, .body = R"({"ok":true})"}; });
    const auto lines = leave(*rig.room, {});
    ASSERT_TRUE(lines) << lines.error().message;
    EXPECT_EQ(flat_ ? 0U : 1U, rig.transport.requests().size());
    ASSERT_EQ(2U, lines->size());
    EXPECT_EQ(flat_ ? "by hand: remove the store in Logistos' portal; this dialect has no call for it"
                    : "the store is disconnected from Logistos, which has no key of it any more",
              lines->front());
    EXPECT_TRUE(lines->back().contains("revoke Logistos' REST key in the shop: WooCommerce, Settings, Advanced"));

    Rig off(GetParam(), "integration: off");
    EXPECT_TRUE(leave(*off.room, {})->front().contains("connected by other means"));
    EXPECT_TRUE(off.transport.requests().empty());
    EXPECT_TRUE(off.room->connected) << "resumed, its orders wait for nothing";
    if (flat_) return;
    Rig down(GetParam());
    down.transport.otherwise(
        [](const http::Request&, std::stop_token) { return http::Response{.status = 503, .body = "down"}; });
    const auto failed = leave(*down.room, {});
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().message.contains("in any case revoke Logistos' REST key")) << failed.error().message;
}

// Resumed without a change of its settings, in this process or another one: the runtime begins the stream anew, which
// its spec asks for.
TEST_P(SourceOf, IsMadeKnownAgainWhenItComesBackAfterLeaving) {
    const auto streams = spec().streams;
    const auto stream = std::ranges::find(streams, "integration", &runtime::Stream::name);
    ASSERT_TRUE(stream->undone_by_leaving);
    Rig rig(GetParam());
    Rig later(GetParam());
    for (Rig* one : {&rig, &later})
        one->transport.otherwise([this](const http::Request&, std::stop_token) {
            return http::Response{.status = 200, .body = wire_.connected};
        });
    const auto known = rig.source->read("integration", {}, {});
    ASSERT_TRUE(known) << known.error().message;
    ASSERT_TRUE(leave(*rig.room, {}));
    EXPECT_FALSE(rig.room->connected) << "no order goes out before the store is known again";
    const std::size_t before = rig.transport.requests().size();
    for (Rig* one : {&rig, &later}) {
        runtime::Cursor cursor = stream->from_start(known->next).value();
        EXPECT_FALSE(one->room->connected);
        for (int i = 0; i < 2; ++i) cursor = one->source->read("integration", cursor, {}).value().next;
        EXPECT_EQ(known->next.text, cursor.text);
        EXPECT_TRUE(one->room->connected);
    }
    EXPECT_EQ(before + 1, rig.transport.requests().size()) << "once";
    EXPECT_EQ(1U, later.transport.requests().size());
}

TEST_P(SourceOf, TracksFromTheListUntilAParcelIsFinal) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1", "LG2"}), parcel("PICKED_UP"), parcel("DELIVERED")})
        rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"LG1 PICKED_UP", "LG2 DELIVERED"}), pass(rig, cursor));
    rig.clock.advance(std::chrono::minutes(15));
    for (const std::string& body : {list({"LG1", "LG2"}), parcel("PICKED_UP")}) rig.transport.reply(200, body);
    EXPECT_TRUE(pass(rig, cursor).empty());  // nothing new, and the final one is not asked for
    rig.clock.advance(std::chrono::minutes(15));
    for (const std::string& body : {list({}), parcel("HELD_AT_CUSTOMS")}) rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"LG1 HELD_AT_CUSTOMS"}), pass(rig, cursor));  // unknown: kept
    EXPECT_EQ(0U, rig.transport.unused());
}

TEST_P(SourceOf, LooksForParcelsOnlySinceTheLastLook) {
    Rig rig(GetParam(), "list_overlap: 1h\ntrack_for: 48h");
    std::string cursor;
    for (const std::string& body : {kLogin, list({})}) rig.transport.reply(200, body);
    (void)pass(rig, cursor);
    rig.clock.advance(std::chrono::hours(3));
    rig.transport.reply(200, list({}));
    (void)pass(rig, cursor);
    const std::vector<std::string> asked = rig.asked();
    const std::string first = flat_ ? "2026-11-20T00%3A00%3A00Z" : "1795132800";
    const std::string second = flat_ ? "2026-11-21T23%3A00%3A00Z" : "1795302000";
    EXPECT_NE(std::string::npos, asked.at(1).find(first)) << asked.at(1);
    EXPECT_NE(std::string::npos, asked.at(2).find(second)) << asked.at(2);
}

TEST_P(SourceOf, LeavesParcelsOfOtherStoresAndUnbookedOrders) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body :
         {kLogin, fixture(flat_ ? "list-flat.json" : "list-batch.json"), parcel("A"), parcel("B")})
        rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"LG1000001 A", "LG1000004 B"}), pass(rig, cursor));
}

TEST_P(SourceOf, KeepsWhatWasReadWhenTheRestFails) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1", "LG2"}), parcel("BOOKED")}) rig.transport.reply(200, body);
    rig.transport.otherwise([](const http::Request&, std::stop_token) {
        return http::Response{.status = 429, .headers = {{"Retry-After", "9"}}};
    });
    const auto page = rig.source->read("tracking", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(1U, page->changes.size());
    EXPECT_TRUE(page->more);
    const auto limited = rig.source->read("tracking", page->next, {});
    ASSERT_FALSE(limited);
    EXPECT_EQ(ErrorKind::kRateLimited, limited.error().kind);
    rig.transport.reply(200, parcel("BOOKED"));
    cursor = page->next.text;
    EXPECT_EQ((std::vector<std::string>{"LG2 BOOKED"}), pass(rig, cursor));
}

TEST_P(SourceOf, StepsOverAParcelThatCannotBeReadAndOneThatIsNotThere) {
    Rig rig(GetParam());
    std::string cursor;
    rig.transport.reply(200, kLogin);
    rig.transport.reply(200, list({"LG1", "LG2", "LG3"}));
    rig.transport.otherwise([](const http::Request& request, std::stop_token) {
        if (request.url.ends_with("LG1/")) return http::Response{.status = 500, .body = "<html>oops</html>"};
        if (request.url.ends_with("LG2/")) return http::Response{.status = 404, .body = R"({"detail":"Not found."})"};
        return http::Response{.status = 200, .body = parcel("BOOKED")};
    });
    EXPECT_EQ((std::vector<std::string>{"LG3 BOOKED"}), pass(rig, cursor));
    EXPECT_EQ(3U, Watch::parse(cursor)->parcels.size());
}

TEST_P(SourceOf, SetsAnUnreadableParcelAsideOnce) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1"}), std::string(R"({"id":1,"status":null})")})
        rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"unreadable"}), pass(rig, cursor));
    rig.clock.advance(std::chrono::minutes(15));
    for (const std::string& body : {list({}), std::string(R"({"id":1,"status":null})")}) rig.transport.reply(200, body);
    EXPECT_TRUE(pass(rig, cursor).empty());
}

TEST_P(SourceOf, SetsAParcelAsideThatLogistosRefusesToShow) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1", "LG2"})}) rig.transport.reply(200, body);
    rig.transport.otherwise([](const http::Request& request, std::stop_token) {
        const bool odd = request.url.ends_with("LG1/");
        return http::Response{.status = odd ? 400 : 200, .body = odd ? R"({"detail":"bad number"})" : parcel("BOOKED")};
    });
    EXPECT_EQ((std::vector<std::string>{"unreadable", "LG2 BOOKED"}), pass(rig, cursor));
    rig.clock.advance(std::chrono::minutes(15));
    rig.transport.reply(200, list({}));
    EXPECT_TRUE(pass(rig, cursor).empty());
}

TEST_P(SourceOf, StopsAfterSeveralFailuresInARow) {
    Rig rig(GetParam());
    rig.transport.reply(200, kLogin);
    rig.transport.reply(200, list({"LG1", "LG2", "LG3", "LG4", "LG5"}));
    rig.transport.otherwise(
        [](const http::Request&, std::stop_token) { return http::Response{.status = 503, .body = ""}; });
    const auto page = rig.source->read("tracking", {}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kTransient, page.error().kind);
}

// Rules 6.6, case 19.
TEST_P(SourceOf, SignsInAgainWhenTheTokenEndsMidPass) {
    Rig rig(GetParam());
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1", "LG2"}), parcel("BOOKED")}) rig.transport.reply(200, body);
    rig.transport.reply(401, R"({"detail":"token not valid"})");
    for (const std::string& body : {std::string(R"({"access":"fresh"})"), parcel("BOOKED")})
        rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"LG1 BOOKED", "LG2 BOOKED"}), pass(rig, cursor));
    EXPECT_EQ("Bearer fresh", *http::find_header(rig.transport.last().headers, "Authorization"));
    EXPECT_EQ(0U, rig.transport.unused());
}

// Rules 6.6, case 20.
TEST_P(SourceOf, AWrongPasswordStopsTrackingAloneAndIsTriedOnce) {
    Rig rig(GetParam());
    rig.transport.otherwise([](const http::Request&, std::stop_token) {
        return http::Response{.status = 401, .body = R"({"detail":"No active account"})"};
    });
    const auto page = rig.source->read("tracking", {}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kRejected, page.error().kind);  // asked again slowly; orders go on
    EXPECT_EQ(1U, rig.transport.requests().size());
    EXPECT_EQ(std::string::npos, page.error().with_words().find("demo-password"));
}

TEST_P(SourceOf, ReusesTheTokenUntilItsLifeEnds) {
    Rig rig(GetParam(), "token_life: 1h");
    std::string cursor;
    for (const std::string& body : {kLogin, list({}), list({}), kLogin, list({})}) rig.transport.reply(200, body);
    (void)pass(rig, cursor);
    rig.clock.advance(std::chrono::minutes(59));
    (void)pass(rig, cursor);
    rig.clock.advance(std::chrono::minutes(2));
    (void)pass(rig, cursor);
    EXPECT_EQ(0U, rig.transport.unused());
}

TEST_P(SourceOf, LetsParcelsWaitThatItHasNoRoomForAndLosesNone) {
    Rig rig(GetParam(), "under_way_max: 2");
    std::string cursor;
    for (const std::string& body : {kLogin, list({})}) rig.transport.reply(200, body);
    EXPECT_TRUE(pass(rig, cursor).empty());
    rig.clock.advance(std::chrono::minutes(15));
    for (const std::string& body : {list({"LG1", "LG2", "LG3"}), parcel("DELIVERED"), parcel("BOOKED")})
        rig.transport.reply(200, body);
    EXPECT_EQ(2U, pass(rig, cursor).size());
    rig.clock.advance(std::chrono::minutes(15));
    for (const std::string& body : {list({"LG1", "LG2", "LG3"}), parcel("BOOKED"), parcel("BOOKED")})
        rig.transport.reply(200, body);
    EXPECT_EQ((std::vector<std::string>{"LG3 BOOKED"}), pass(rig, cursor));
    const std::vector<std::string> asked = rig.asked();
    EXPECT_EQ(asked.at(2), asked.at(5)) << "the look begins where the unfinished one did";
}

// The list shows the same ones first each time, the finished among them too, long after they were done.
TEST_P(SourceOf, TracksEachParcelOfALongListOnceHoweverLongItTakes) {
    Rig rig(GetParam(), "under_way_max: 2\nlist_overlap: 1h");
    std::vector<std::string> awbs;
    for (int i = 1; i <= 9; ++i) awbs.push_back("LG" + std::to_string(i));
    rig.transport.otherwise([&](const http::Request& request, std::stop_token) {
        if (request.url.ends_with("/login/")) return http::Response{.status = 200, .body = kLogin};
        if (request.url.find("/track/") == std::string::npos) return http::Response{.status = 200, .body = list(awbs)};
        return http::Response{.status = 200, .body = parcel("DELIVERED")};
    });
    std::string cursor;
    std::vector<std::string> seen;
    for (int i = 0; i < 5; ++i) {
        for (const std::string& event : pass(rig, cursor)) seen.push_back(event);
        rig.clock.advance(std::chrono::hours(3));
    }
    std::vector<std::string> expected;
    expected.reserve(awbs.size());
    for (const std::string& awb : awbs) expected.push_back(awb + " DELIVERED");
    EXPECT_EQ(expected, seen);
    awbs.clear();
    EXPECT_TRUE(pass(rig, cursor).empty());
    rig.clock.advance(std::chrono::hours(3));
    EXPECT_TRUE(pass(rig, cursor).empty());
    EXPECT_TRUE(Watch::parse(cursor)->parcels.empty());
    EXPECT_TRUE(Watch::parse(cursor)->past.empty()) << "no list shows them any more";
}

TEST_P(SourceOf, GivesAParcelUpThatNeverEnds) {
    Rig rig(GetParam(), "track_for: 24h");
    std::string cursor;
    for (const std::string& body : {kLogin, list({"LG1"}), parcel("BOOKED"), list({})}) rig.transport.reply(200, body);
    EXPECT_EQ(1U, pass(rig, cursor).size());
    rig.clock.advance(std::chrono::hours(25));
    EXPECT_TRUE(pass(rig, cursor).empty());
    EXPECT_TRUE(Watch::parse(cursor)->parcels.empty());
}

TEST_P(SourceOf, TracksWhatTheSinkHandsOverWhereThereIsNoList) {
    Rig rig(GetParam(), {}, {"list_shipments"});
    rig.connected();
    rig.transport.reply(200, wire_.taken);
    ASSERT_TRUE(rig.apply(export_command()));
    for (const std::string& body : {kLogin, parcel("BOOKED")}) rig.transport.reply(200, body);
    std::string cursor;
    EXPECT_EQ((std::vector<std::string>{"90001 BOOKED"}), pass(rig, cursor));
    EXPECT_EQ(1U, rig.room->exported.waiting().size()) << "kept until the cursor that holds it is durable";
    rig.clock.advance(std::chrono::minutes(15));
    rig.transport.reply(200, parcel("BOOKED"));
    EXPECT_TRUE(pass(rig, cursor).empty());
    EXPECT_TRUE(rig.room->exported.waiting().empty());
}

TEST_P(SourceOf, StartsAnewWithACursorThatItCannotRead) {
    Rig rig(GetParam());
    for (const std::string& body : {kLogin, list({"LG1"}), parcel("BOOKED")}) rig.transport.reply(200, body);
    std::string cursor = "7 something else";
    EXPECT_EQ(1U, pass(rig, cursor).size());
}

TEST_P(SourceOf, TracksNothingWithoutALoginOrTheOperation) {
    Rig rig(GetParam(), {}, {"track_shipment"});
    const auto page = rig.source->read("tracking", {"kept"}, {});
    ASSERT_TRUE(page);
    EXPECT_EQ("kept", page->next.text);
    EXPECT_TRUE(rig.transport.requests().empty());
    EXPECT_FALSE(rig.source->read("stock", {}, {}));
}

}  // namespace
}  // namespace shopwire::logistos
