#include "tests/sandbox/erp/control_seed.h"
#include "tests/unit/sandbox/erp/erp_fixture.h"

#include <random>

namespace sandbox::erp {
namespace {

using ControlTest = ErpTest;

Json entries(const Reply& reply) { return reply.json["entries"]; }

TEST_F(ControlTest, LogTellsEachDocumentAndEachMovementInOrder) {
    ASSERT_EQ(post("delivery-note", "WC-1", 2).status, 201);
    const Json log = entries(control("GET", "/__sandbox/log"));
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0]["kind"], "document_created");
    EXPECT_EQ(log[0]["externalNumber"], "WC-1");
    EXPECT_EQ(log[0]["lines"][0]["quantity"], 2.0);
    EXPECT_EQ(log[1]["kind"], "stock_moved");
    EXPECT_EQ(log[1]["onHandChange"], -2.0);
    EXPECT_EQ(log[1]["onHand"], 22.0);
    EXPECT_EQ(log[1]["cause"], "document");
    EXPECT_EQ(log[1]["sequence"], 2);
    EXPECT_GT(log[1]["at_us"].get<std::int64_t>(), 1'700'000'000'000'000);
}

TEST_F(ControlTest, LogIsReadInPieces) {
    for (int index = 0; index < 5; ++index) ASSERT_EQ(post("invoice", std::to_string(index), 1).status, 201);
    const Json first = control("GET", "/__sandbox/log?limit=3").json;
    EXPECT_EQ(first["entries"].size(), 3U);
    EXPECT_EQ(first["next"], 3);
    const Json second = control("GET", "/__sandbox/log?after=3").json;
    EXPECT_EQ(second["entries"].size(), 2U);
    EXPECT_EQ(second["next"], 5);
    EXPECT_EQ(control("GET", "/__sandbox/log?after=99").json["entries"].size(), 0U);
}

TEST_F(ControlTest, LogForgetsTheOldestWhenFullAndSaysHowMany) {
    EventLog log;
    for (std::size_t index = 0; index < EventLog::kEntriesMax + 2; ++index) log.append("x", 1, "\"a\":1");
    const Json read = Json::parse(log.read(0, 1));
    EXPECT_EQ(read["dropped"], 2);
    EXPECT_EQ(read["entries"][0]["sequence"], 3);
}

TEST_F(ControlTest, StateShowsStockDocumentsAndCustomers) {
    ASSERT_EQ(post("reservation", "WC-1", 2).status, 201);
    const Json all = Json::parse(state_text(world, ""));
    EXPECT_EQ(all["databases"].size(), 3U);
    const Json shop = control("GET", "/__sandbox/state/Shop2026").json["databases"]["Shop2026"];
    EXPECT_EQ(shop["articles"][0]["units"]["1"]["free"], 19.0);
    EXPECT_EQ(shop["documents"][0]["externalNumber"], "WC-1");
    EXPECT_EQ(shop["documents"][0]["items"][0]["quantity"], 2.0);
    EXPECT_EQ(shop["customers"][0]["debt"], 152340.0);
}

TEST_F(ControlTest, SeedReplacesTheArticlesAndCustomers) {
    const Reply reply = control("POST", "/__sandbox/seed",
                                {{"database", "Shop2026"},
                                 {"replace", true},
                                 {"articles",
                                  {{{"code", "X-1"},
                                    {"name", "Iks"},
                                    {"onHand", 7},
                                    {"priceWithVat", "120.00"},
                                    {"units", {{"2", {{"onHand", 3}, {"priceWithVat", 130}}}}}}}},
                                 {"customers", {{{"name", "Dužnik"}, {"pib", "999999995"}, {"debt", 50}}}}});
    ASSERT_EQ(reply.status, 200) << reply.text;
    const Json stock_rows = english("GET", "/api/stock?database=Shop2026").json["data"];
    ASSERT_EQ(stock_rows.size(), 2U);
    EXPECT_EQ(stock_rows[0]["onHand"], 7.0);
    EXPECT_EQ(stock_rows[0]["priceWithoutVat"], 100.0);
    EXPECT_EQ(stock_rows[1]["onHand"], 3.0);
    EXPECT_EQ(stock_rows[1]["price"], 130.0);
    EXPECT_EQ(english("GET", "/api/customers/881/debt?database=Shop2026").json["data"]["totalDebt"], 50.0);
}

TEST_F(ControlTest, WrongSeedsAreRefused) {
    EXPECT_EQ(control("POST", "/__sandbox/seed", {{"database", "Nema"}}).status, 400);
    EXPECT_EQ(control("POST", "/__sandbox/seed", {{"articles", {{{"name", "no code"}}}}}).status, 400);
    EXPECT_EQ(control("POST", "/__sandbox/seed", {{"articles", {{{"code", "A-100045"}}}}}).status, 400);
    EXPECT_EQ(control("POST", "/__sandbox/seed", {{"generate", "many"}}).status, 400);
    EXPECT_EQ(control("POST", "/__sandbox/seed", "no json").status, 400);
}

TEST_F(ControlTest, GoodsArriveAndAreCounted) {
    ASSERT_EQ(control("POST", "/__sandbox/stock", {{"code", "A-100045"}, {"unit", 1}, {"add", 10}}).status, 200);
    EXPECT_EQ(stock().on_hand.text(0), "34");
    ASSERT_EQ(control("POST", "/__sandbox/stock", {{"code", "A-100045"}, {"unit", 1}, {"onHand", 5.5}}).status, 200);
    EXPECT_EQ(stock().on_hand.text(1), "5.5");
    EXPECT_EQ(entries(control("GET", "/__sandbox/log"))[1]["onHandChange"], -28.5);
    EXPECT_EQ(control("POST", "/__sandbox/stock", {{"code", "A-100045"}}).status, 400);
    EXPECT_EQ(control("POST", "/__sandbox/stock", {{"code", "A-999"}, {"add", 1}}).status, 400);
}

TEST_F(ControlTest, NivelacijaChangesThePriceOfOneUnitAndItsChangeTime) {
    ASSERT_EQ(
        control("POST", "/__sandbox/nivelacija", {{"code", "A-100045"}, {"unit", 2}, {"priceWithVat", 1500}}).status,
        200);
    EXPECT_EQ(stock("A-100045", 1).price_gross.text(2), "1299.00");
    EXPECT_EQ(stock("A-100045", 2).price_gross.text(2), "1500.00");
    EXPECT_EQ(stock("A-100045", 2).price_net.text(2), "1250.00");
    EXPECT_EQ(english("GET", "/api/products?database=Shop2026&modifiedSince=2026-11-20T14:03:12").json["data"].size(),
              1U);
    EXPECT_EQ(control("POST", "/__sandbox/nivelacija", {{"code", "A-100045"}}).status, 400);
}

TEST_F(ControlTest, ArticleCardsAreEditedAndYearsAreClosed) {
    ASSERT_EQ(
        control("POST", "/__sandbox/article", {{"code", "A-100045"}, {"isActive", false}, {"newImage", true}}).status,
        200);
    const Json row = english("GET", "/api/products/1204?database=Shop2026").json["data"];
    EXPECT_EQ(row["isActive"], false);
    ASSERT_EQ(control("POST", "/__sandbox/close", {{"database", "Shop2026"}}).status, 200);
    EXPECT_EQ(post("reservation", "A", 1).status, 409);
}

TEST_F(ControlTest, SettingsAreAllTakenOrNone) {
    EXPECT_EQ(control("POST", "/__sandbox/settings", {{"duplicate_check", false}, {"nonsense", true}}).status, 400);
    EXPECT_EQ(control("POST", "/__sandbox/settings", {{"duplicate_check", false}, {"lookup_lag_ms", -1}}).status, 400);
    EXPECT_EQ(control("GET", "/__sandbox/settings").json["duplicate_check"], true);
    set("lookup_lag_ms", 250);
    EXPECT_EQ(control("GET", "/__sandbox/settings").json["lookup_lag_ms"], 250);
}

TEST_F(ControlTest, ResetGivesTheDemoDataBack) {
    ASSERT_EQ(post("reservation", "A", 1).status, 201);
    set("duplicate_check", false);
    world.reset();
    EXPECT_EQ(stock().reserved.text(0), "3");
    EXPECT_TRUE(world.settings.duplicate_check);
    EXPECT_EQ(control("GET", "/__sandbox/log").json["next"], 0);
    EXPECT_EQ(post("reservation", "A", 1).json["data"]["id"], 55120);
}

TEST_F(ControlTest, StrangersChangeRowsOfTheSharedDatabase) {
    const std::string before = state_text(world, "Demo2");
    std::mt19937_64 random{1};
    for (int index = 0; index < 100; ++index) mutate(world, *world.database("Demo2"), random(), index);
    EXPECT_NE(state_text(world, "Demo2"), before);
}

}  // namespace
}  // namespace sandbox::erp
