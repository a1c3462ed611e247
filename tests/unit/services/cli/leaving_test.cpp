#include "services/cli/leaving.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

const ConnectionRef kShop{.merchant = "example", .connection = "shop"};
const ConnectionRef kErp{.merchant = "example", .connection = "erp"};

std::string text_of(const StockShare& share) {
    return fmt::format("placed {}+{}, owned {}+{}, {}", share.placed.confirmed, share.placed.unconfirmed,
                       share.owned.confirmed, share.owned.unconfirmed, share.is_shown ? "shown" : "not shown");
}

TEST(ShareOf, IsOfOrdersOfTheConnectionOrOfItsStock) {
    internal::v1::Ledger ledger = ledger_of_seven();
    const auto share = [&ledger](const ConnectionRef& ref) { return text_of(share_of(ledger_record(ledger), ref)); };
    EXPECT_EQ(share(kShop), "placed 0+1, owned 0+0, not shown");
    EXPECT_EQ(share(kErp), "placed 0+0, owned 0+1, shown");
    ledger.mutable_orders(0)->set_confirmed_at_ms(kSeenMs);
    EXPECT_EQ(share(kShop), "placed 1+0, owned 0+0, not shown");
    EXPECT_EQ(share(kErp), "placed 0+0, owned 1+0, shown");
    EXPECT_EQ(share({.merchant = "example", .connection = "crm"}), "placed 0+0, owned 0+0, not shown");
    EXPECT_EQ(share({.merchant = "other", .connection = "shop"}), "placed 0+0, owned 0+0, not shown");
    ledger.mutable_orders(0)->set_released_at_ms(kSeenMs);
    ledger.mutable_locations(0)->set_gone(true);
    EXPECT_EQ(share(kErp), "placed 0+0, owned 0+0, not shown");
    kafka::Record gone = ledger_record(ledger_of_seven());
    gone.value.reset();
    EXPECT_EQ(text_of(share_of(gone, kShop)), "placed 0+0, owned 0+0, not shown");
}

TEST(ReadToOf, IsOfEachPartition) {
    EXPECT_EQ(read_to_of(nlohmann::json::parse(R"({"read_to":[{"topic":"t","partition":2,"offset":5000000000},
                                                               {"topic":"u","partition":0,"offset":0}]})")),
              (kafka::Offsets{{{.topic = "t", .number = 2}, 5'000'000'000}, {{.topic = "u", .number = 0}, 0}}));
    for (const char* text : {"{}", "[]"}) EXPECT_TRUE(read_to_of(nlohmann::json::parse(text)).empty());
}

TEST(LeftAs, SaysWhetherItRuns) {
    EXPECT_TRUE(left_as(ConnectionRow{}).starts_with("it runs on: "));
    EXPECT_EQ(left_as(ConnectionRow{.stopped = "paused"}), "it is stopped (paused): resume it, or try again");
    EXPECT_EQ(left_as(transient("connection refused")), "whether it runs is not known: connection refused");
}

TEST(LinesOf, TellWhatStaysAndWhatToDo) {
    EXPECT_TRUE(lines_of({}).empty());
    const auto owner = lines_of({.owned = {.confirmed = 2, .unconfirmed = 1}, .is_shown = true});
    ASSERT_EQ(owner.size(), 3U);
    EXPECT_TRUE(owner[0].contains("name another owner in routing.stock"));
    EXPECT_TRUE(owner[1].contains("3 order lines are subtracted from its numbers, and stay so"));
    EXPECT_TRUE(owner[2].starts_with("orders: 1 order line is not confirmed by it"));
    const auto shop = lines_of({.placed = {.confirmed = 1, .unconfirmed = 2}});
    ASSERT_EQ(shop.size(), 2U);
    EXPECT_TRUE(shop[0].contains("1 order line is let go by the owner's next reading: keep its routes until then"));
    EXPECT_TRUE(shop[1].starts_with("orders: 2 order lines are in no document of the owner yet"));
}

}  // namespace
}  // namespace shopwire::cli
