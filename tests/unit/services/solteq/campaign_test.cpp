// Goal: the sale price of contract solteq 3.6, rule by rule.  Tables: campaigns in, one price and window out.
#include "services/solteq/campaign.h"

#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kNow = testing::FakeClock::kStartMs;

Goods shirt() {
    return {.id = "p-1",
            .code = "C-1",
            .sku = "TS-M",
            .category_ids = {"cat-12"},
            .supplier_id = "sup-3",
            .regular = dec("29.90")};
}

struct Terms {
    Discount discount = Discount::kPercentage;
    const char* value = "15";
    std::int64_t from_ms = kNow - kDay;
    std::int64_t to_ms = kNow + kDay;
};

Campaign campaign(const char* id, Level level, const char* target, const Terms& terms = {}) {
    return {.id = id,
            .discount = terms.discount,
            .value = dec(terms.value),
            .targets = {{.level = level, .id = target}},
            .from_ms = terms.from_ms,
            .to_ms = terms.to_ms};
}

std::optional<Sale> sale(std::vector<Campaign> campaigns, CampaignRules rules = {}, const Goods& goods = shirt(),
                         std::int64_t now = kNow) {
    rules.store_id = "store-1";
    const CampaignBook book(std::move(campaigns), {{"cat-12", "cat-1"}, {"cat-1", "cat-0"}}, std::move(rules));
    return book.sale_of(goods, now);
}

std::string price(const std::optional<Sale>& sale) { return sale ? sale->price.text(2) : "none"; }

struct Priced {
    const char* name;
    Terms terms;
    const char* regular;
    const char* expected;
};
void PrintTo(const Priced& priced, std::ostream* out) { *out << priced.name; }
class CampaignPrice : public ::testing::TestWithParam<Priced> {};
TEST_P(CampaignPrice, IsComputed) {
    Goods goods = shirt();
    goods.regular = dec(GetParam().regular);
    EXPECT_EQ(GetParam().expected, price(sale({campaign("d", Level::kProduct, "p-1", GetParam().terms)}, {}, goods)));
}
INSTANTIATE_TEST_SUITE_P(
    Rule, CampaignPrice,
    ::testing::Values(Priced{"Percentage", {Discount::kPercentage, "15"}, "29.90", "25.42"},  // 25.415
                      Priced{"HalfUp", {Discount::kPercentage, "50"}, "0.05", "0.03"},
                      Priced{"OddPercentage", {Discount::kPercentage, "33.333"}, "30.00", "20.00"},
                      Priced{"Amount", {Discount::kAmount, "5"}, "29.90", "24.90"},
                      Priced{"AmountAboveThePrice", {Discount::kAmount, "50"}, "29.90", "0.00"},
                      Priced{"PercentageAboveAHundred", {Discount::kPercentage, "120"}, "29.90", "0.00"},
                      Priced{"Fixed", {Discount::kFixed, "19.9"}, "29.90", "19.90"},
                      Priced{"FixedAtRegular", {Discount::kFixed, "29.90"}, "29.90", "none"},
                      Priced{"FixedAboveRegular", {Discount::kFixed, "35"}, "29.90", "none"},
                      Priced{"NothingOff", {Discount::kPercentage, "0"}, "29.90", "none"},
                      Priced{"NoRegular", {Discount::kPercentage, "15"}, "0", "none"}),
    [](const auto& test) { return test.param.name; });

struct Reached {
    const char* name;
    Level level;
    const char* target;
    bool subcategories;
    bool reached;
};
void PrintTo(const Reached& reached, std::ostream* out) { *out << reached.name; }
class CampaignTargets : public ::testing::TestWithParam<Reached> {};
TEST_P(CampaignTargets, ReachWhatTheyName) {
    const CampaignRules rules{.subcategories = GetParam().subcategories};
    EXPECT_EQ(GetParam().reached, sale({campaign("d", GetParam().level, GetParam().target)}, rules).has_value());
}
INSTANTIATE_TEST_SUITE_P(Level, CampaignTargets,
                         ::testing::Values(Reached{"ProductById", Level::kProduct, "p-1", true, true},
                                           Reached{"ProductByCode", Level::kProduct, "C-1", true, true},
                                           Reached{"ProductBySku", Level::kProduct, "TS-M", true, true},
                                           Reached{"OtherProduct", Level::kProduct, "p-2", true, false},
                                           Reached{"Supplier", Level::kSupplier, "sup-3", true, true},
                                           Reached{"OtherSupplier", Level::kSupplier, "sup-4", true, false},
                                           Reached{"Group", Level::kGroup, "cat-12", false, true},
                                           Reached{"GroupAbove", Level::kGroup, "cat-0", true, true},
                                           Reached{"GroupAboveAlone", Level::kGroup, "cat-0", false, false},
                                           Reached{"IdOfAnotherLevel", Level::kGroup, "p-1", true, false}),
                         [](const auto& test) { return test.param.name; });

struct Skipped {
    const char* name;
    void (*change)(Campaign&);
    std::optional<Skip> why;
};
void PrintTo(const Skipped& skipped, std::ostream* out) { *out << skipped.name; }
class SkippedCampaign : public ::testing::TestWithParam<Skipped> {};
TEST_P(SkippedCampaign, IsCountedAndNotApplied) {
    Campaign one = campaign("d", Level::kProduct, "p-1");
    GetParam().change(one);
    const CampaignBook book({one}, {}, {.store_id = "store-1"});
    EXPECT_EQ(!GetParam().why, book.sale_of(shirt(), kNow).has_value());
    for (std::size_t i = 0; i < kSkipNames.size(); ++i)
        EXPECT_EQ(GetParam().why == static_cast<Skip>(i) ? 1U : 0U, book.skipped(static_cast<Skip>(i)));
}
INSTANTIATE_TEST_SUITE_P(
    Reason, SkippedCampaign,
    ::testing::Values(Skipped{"Kind", [](Campaign& c) { c.simple = false; }, Skip::kKind},
                      Skipped{"Inactive", [](Campaign& c) { c.active = false; }, Skip::kInactive},
                      Skipped{"Customers", [](Campaign& c) { c.for_customers = true; }, Skip::kCustomers},
                      Skipped{"Hours", [](Campaign& c) { c.for_hours = true; }, Skip::kHours},
                      Skipped{"OtherStore", [](Campaign& c) { c.store_ids = {"store-2"}; }, Skip::kStore},
                      Skipped{"UnknownValue", [](Campaign& c) { c.discount = Discount::kUnknown; }, Skip::kValue},
                      Skipped{"NegativeValue", [](Campaign& c) { c.value = dec("-5"); }, Skip::kValue},
                      Skipped{"OurStoreToo", [](Campaign& c) { c.store_ids = {"store-2", "store-1"}; }, {}}),
    [](const auto& test) { return test.param.name; });

// Rules 6.6 case 22.
TEST(Campaigns, OverlapByPrecedence) {
    const std::vector<Campaign> both = {campaign("group", Level::kGroup, "cat-12", {.value = "10"}),
                                        campaign("supplier", Level::kSupplier, "sup-3", {.value = "20"})};
    EXPECT_EQ("23.92", price(sale(both)));
    EXPECT_EQ("26.91", price(sale(both, {.most_specific = true})));
}

TEST(Campaigns, OfOneLevelTheLatestStartIsTheMostSpecific) {
    const std::vector<Campaign> both = {
        campaign("early", Level::kGroup, "cat-12", {.value = "20", .from_ms = kNow - 2 * kDay}),
        campaign("late", Level::kGroup, "cat-12", {.value = "10", .from_ms = kNow - kDay})};
    EXPECT_EQ("26.91", price(sale(both, {.most_specific = true})));
    EXPECT_EQ("23.92", price(sale(both)));
}

TEST(Campaigns, TheMostSpecificOneHoldsEvenIfItIsNoDiscount) {
    EXPECT_EQ("none", price(sale({campaign("fixed", Level::kProduct, "p-1", {Discount::kFixed, "35"}),
                                  campaign("group", Level::kGroup, "cat-12")},
                                 {.most_specific = true})));
}

TEST(Campaigns, ShowTheCurrentWindowElseTheNextOne) {
    const Campaign now = campaign("now", Level::kProduct, "p-1", {.value = "10"});
    const Campaign soon =
        campaign("soon", Level::kProduct, "p-1", {.value = "20", .from_ms = kNow + 2 * kDay, .to_ms = kNow + 3 * kDay});
    const Campaign later =
        campaign("later", Level::kProduct, "p-1", {.value = "50", .from_ms = kNow + 5 * kDay, .to_ms = 0});
    const CampaignBook book({later, soon, now}, {}, {});
    EXPECT_EQ((Sale{dec("26.91"), kNow - kDay, kNow + kDay}), book.sale_of(shirt(), kNow));
    EXPECT_EQ((Sale{dec("26.91"), kNow - kDay, kNow + kDay}), book.sale_of(shirt(), kNow + kDay));  // its last second
    EXPECT_EQ((Sale{dec("23.92"), kNow + 2 * kDay, kNow + 3 * kDay}), book.sale_of(shirt(), kNow + kDay + 1000));
    EXPECT_EQ((Sale{dec("14.95"), kNow + 5 * kDay, 0}), book.sale_of(shirt(), kNow + 4 * kDay));

    std::vector<std::int64_t> boundaries;
    for (std::optional<std::int64_t> at = kNow; (at = book.next_boundary(*at));) boundaries.push_back(*at - kNow);
    EXPECT_EQ((std::vector<std::int64_t>{kDay + 1000, 2 * kDay, 3 * kDay + 1000, 5 * kDay}), boundaries);
}

TEST(Campaigns, OpenEndsNeverEnd) {
    EXPECT_EQ((Sale{dec("25.42"), 0, 0}), sale({campaign("d", Level::kProduct, "p-1", {.from_ms = 0, .to_ms = 0})}));
    EXPECT_FALSE(
        CampaignBook({campaign("d", Level::kProduct, "p-1", {.from_ms = 0, .to_ms = 0})}, {}, {}).next_boundary(kNow));
}

struct FromSource {
    const char* name;
    const char* source;
    const char* discounted;  // "" none
    std::int64_t starts_in;
    const char* expected;
};
void PrintTo(const FromSource& source, std::ostream* out) { *out << source.name; }
class DiscountSource : public ::testing::TestWithParam<FromSource> {};
TEST_P(DiscountSource, DecidesBetweenCampaignAndProduct) {
    Goods goods = shirt();
    if (*GetParam().discounted != '\0') goods.discounted = dec(GetParam().discounted);
    const Campaign one =
        campaign("d", Level::kProduct, "p-1", {.from_ms = kNow + GetParam().starts_in, .to_ms = kNow + 9 * kDay});
    EXPECT_EQ(GetParam().expected, price(sale({one}, {.discount_source = GetParam().source}, goods)));
}
INSTANTIATE_TEST_SUITE_P(
    Of, DiscountSource,
    ::testing::Values(FromSource{"CampaignFirst", "campaigns_then_product", "20", -kDay, "25.42"},
                      FromSource{"ProductWhileNoCampaignRuns", "campaigns_then_product", "20", kDay, "20.00"},
                      FromSource{"UpcomingWithoutProduct", "campaigns_then_product", "", kDay, "25.42"},
                      FromSource{"ProductAboveRegular", "campaigns_then_product", "31", kDay, "25.42"},
                      FromSource{"ProductAlone", "product", "20", -kDay, "20.00"},
                      FromSource{"ProductAloneWithoutOne", "product", "", -kDay, "none"},
                      FromSource{"CampaignsAlone", "campaigns", "20", kDay, "25.42"},
                      FromSource{"LowestIsTheProduct", "lowest", "20", -kDay, "20.00"},
                      FromSource{"LowestIsTheCampaign", "lowest", "27", -kDay, "25.42"}),
    [](const auto& test) { return test.param.name; });

struct End {
    const char* name;
    const char* local;
    const char* zone;
    bool inclusive_day;
    const char* utc;
};
void PrintTo(const End& end, std::ostream* out) { *out << end.name; }
class WindowEnd : public ::testing::TestWithParam<End> {};
// Rules 6.6 case 21.
TEST_P(WindowEnd, IsTheRightInstant) {
    const dialect::Zone zone = *dialect::Zone::locate(GetParam().zone);
    EXPECT_EQ(GetParam().utc, format_utc(window_end(*zone.parse(GetParam().local), zone, GetParam().inclusive_day)));
}
INSTANTIATE_TEST_SUITE_P(
    Of, WindowEnd,
    ::testing::Values(
        End{"MidnightAsDay", "2026-11-30T00:00:00", "Europe/Helsinki", true, "2026-11-30T21:59:59.000Z"},
        End{"MidnightAsInstant", "2026-11-30T00:00:00", "Europe/Helsinki", false, "2026-11-29T22:00:00.000Z"},
        End{"OtherTime", "2026-11-30T23:59:59", "Europe/Helsinki", true, "2026-11-30T21:59:59.000Z"},
        End{"DayOf25Hours", "2026-10-25T00:00:00", "Europe/Helsinki", true, "2026-10-25T21:59:59.000Z"},
        End{"DayOf25HoursAsInstant", "2026-10-25T00:00:00", "Europe/Helsinki", false, "2026-10-24T21:00:00.000Z"},
        End{"DayOf23Hours", "2026-03-29T00:00:00", "Europe/Helsinki", true, "2026-03-29T20:59:59.000Z"},
        End{"OtherZone", "2026-11-30T00:00:00", "Europe/Stockholm", true, "2026-11-30T22:59:59.000Z"}),
    [](const auto& test) { return test.param.name; });

TEST(WindowEnd, OpenStaysOpen) { EXPECT_EQ(0, window_end(0, *dialect::Zone::locate("Europe/Helsinki"), true)); }

// Rules 6.6 case 23, as the book sees it: what a product is decides, not what it was.
TEST(Campaigns, AProductThatLeftItsGroupHasNoSale) {
    const std::vector<Campaign> one = {campaign("d", Level::kGroup, "cat-1")};
    EXPECT_EQ("25.42", price(sale(one)));
    Goods moved = shirt();
    moved.category_ids = {"cat-20"};
    EXPECT_EQ("none", price(sale(one, {}, moved)));
}

TEST(Campaigns, ACategoryTreeThatTurnsBackOnItselfEnds) {
    const CampaignBook book({campaign("d", Level::kGroup, "x")}, {{"cat-12", "cat-1"}, {"cat-1", "cat-12"}}, {});
    EXPECT_FALSE(book.sale_of(shirt(), kNow));
}

}  // namespace
}  // namespace shopwire::solteq
