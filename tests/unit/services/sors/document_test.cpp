// Goal: the document's total, computed as the ERP computes it, equals what the customer pays, or is flagged.
#include "services/sors/document.h"

#include <random>

#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

std::string show(const std::vector<DocumentLine>& lines) {
    std::string text;
    for (const DocumentLine& line : lines)
        text += line.quantity.text() + "x" + line.unit_price.text(2) +
                (line.discount_percent.is_zero() ? "" : "-" + line.discount_percent.text() + "%") + " ";
    return text;
}

struct Vector {
    const char* name;
    const char *quantity, *before, *after;
    int decimals;
    bool split;
    const char* lines;
};
void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }
class Discount : public ::testing::TestWithParam<Vector> {};

TEST_P(Discount, GivesTheExactAmountWhereItCan) {
    Settings settings;
    settings.discount_decimals = GetParam().decimals;
    settings.split_lines = GetParam().split;
    const auto lines = document_lines({.sku = "A",
                                       .quantity = dec(GetParam().quantity),
                                       .before_discount = dec(GetParam().before),
                                       .after_discount = dec(GetParam().after)},
                                      settings);
    ASSERT_TRUE(lines) << lines.error().message;
    EXPECT_EQ(GetParam().lines, show(*lines));
}

INSTANTIATE_TEST_SUITE_P(
    Document, Discount,
    ::testing::Values(Vector{"NoDiscount", "3", "3897", "3897", 4, true, "3x1299.00 "},
                      Vector{"FourDecimals", "3", "3897", "3500", 4, true, "3x1299.00-10.1873% "},  // rules 7.2
                      Vector{"TwoDecimalsSplit", "3", "3897", "3500", 2, true, "2x1166.67 1x1166.66 "},
                      Vector{"TwoDecimalsFlagged", "3", "3897", "3500", 2, false, "3x1299.00-10.19% "},
                      Vector{"Free", "2", "100", "0", 4, true, "2x50.00-100% "},
                      Vector{"OddThird", "3", "10", "10", 4, true, "2x3.33 1x3.34 "},
                      Vector{"Surcharge", "2", "10", "12", 4, true, "2x6.00 "},
                      Vector{"Weight", "0.333", "10", "10", 4, true, "0.333x30.03 "},
                      Vector{"WeightAndDiscount", "1.5", "15", "9.99", 4, true, "1.5x10.00-33.4% "},
                      Vector{"CentOverMany", "5", "0.03", "0.03", 4, true, "5x0.01-40% "}),
    [](const auto& test) { return test.param.name; });

Settings defaults() {
    Settings settings;
    settings.shipping_article_code = "DOSTAVA";
    settings.fee_article_code = "POUZECE";
    return settings;
}

events::v1::Order& order_of(events::Command& command) { return *command.mutable_export_order()->mutable_order(); }

Result<Draft> draft_of(const events::Command& command, const Settings& settings, const std::string& date,
                       const std::vector<std::string>& unknown = {}) {
    const commands::v1::ExportOrder& exported = command.export_order();
    return make_draft(exported.order(),
                      {.type = exported.document_type(), .external_number = exported.external_number(), .date = date},
                      settings, unknown);
}

TEST(Draft, IsTheExampleOfTheContract) {
    const events::Command command = export_command();
    const Result<Draft> draft = draft_of(command, defaults(), "2026-11-21");
    ASSERT_TRUE(draft) << draft.error().message;
    EXPECT_EQ("3x1299.00-10.1873% ", show(draft->document.lines));
    EXPECT_EQ("reservation", draft->document.type);
    EXPECT_EQ("Pozvati pre isporuke", draft->document.note);
    EXPECT_EQ(dec("3500"), draft->computed_total);
    EXPECT_EQ("", difference(*draft, dec("3500")));
    EXPECT_EQ("", difference(*draft, dec("3500.01")));
    EXPECT_EQ("exported with difference 0.02: SORS has 3500.02, the order 3500.00", difference(*draft, dec("3500.02")));
    Draft dinars{.expected_total = dec("12.345")};
    dinars.document.lines.resize(1);
    EXPECT_EQ("exported with difference -0.005: SORS has 12.34, the order 12.345", difference(dinars, dec("12.34")));
    EXPECT_EQ("", difference(dinars, dec("12.345")));
}

TEST(Draft, TurnsShippingAndFeesIntoServiceArticles) {
    events::Command command = export_command();
    auto& order = order_of(command);
    auto& shipping = *order.add_shipping();
    shipping.set_name("Kurir");
    *shipping.mutable_total() = pdec("291.67");
    *shipping.mutable_total_tax() = pdec("58.33");
    auto& fee = *order.add_fees();
    *fee.mutable_total() = pdec("100");
    *order.mutable_total() = pdec("3950");
    const Result<Draft> draft = draft_of(command, defaults(), "2026-11-21");
    ASSERT_TRUE(draft) << draft.error().message;
    EXPECT_EQ("3x1299.00-10.1873% 1x350.00 1x100.00 ", show(draft->document.lines));
    EXPECT_EQ("DOSTAVA", draft->document.lines[1].sku);
    EXPECT_EQ("POUZECE", draft->document.lines[2].sku);
    EXPECT_EQ(dec("3950"), draft->computed_total);

    Settings none = defaults();
    none.shipping_article_code.clear();
    EXPECT_EQ("shipping has no service article: set shipping_article_code",
              draft_of(command, none, "d").error().message);
    none.on_missing_service_article = "put_in_note";
    const Result<Draft> noted = draft_of(command, none, "d");
    ASSERT_TRUE(noted);
    EXPECT_EQ("Kurir 350.00; Pozvati pre isporuke", noted->document.note);
    EXPECT_EQ("exported with difference -350.00: SORS has 3600.00, the order 3950.00; exported without 1 lines",
              difference(*noted, noted->computed_total));
}

TEST(Draft, SettlesTheCentsThatTheShopsRoundingLeaves) {
    events::Command command = export_command();
    *order_of(command).mutable_total() = pdec("3500.01");
    const Result<Draft> draft = draft_of(command, defaults(), "2026-11-21");
    ASSERT_TRUE(draft);
    EXPECT_EQ(dec("3500.01"), draft->computed_total);
}

TEST(Draft, TreatsUnknownArticlesAsTold) {
    const events::Command command = export_command();
    Settings settings = defaults();
    EXPECT_EQ("SKU A-100045 is not known to SORS", draft_of(command, settings, "d", {"A-100045"}).error().message);
    settings.unknown_sku = "generic_article";
    settings.generic_article_code = "RAZNO";
    const Result<Draft> generic = draft_of(command, settings, "d", {"A-100045"});
    ASSERT_TRUE(generic);
    EXPECT_EQ("RAZNO", generic->document.lines[0].sku);
    EXPECT_EQ("3 x A-100045; Pozvati pre isporuke", generic->document.note);
}

TEST(Draft, DropsLinesWithoutAPriceWhenToldTo) {
    events::Command command = export_command();
    auto& parent = *order_of(command).add_lines();
    parent.set_sku("BUNDLE");
    *parent.mutable_quantity() = pdec("1");
    Settings settings = defaults();
    EXPECT_EQ(2U, draft_of(command, settings, "d")->document.lines.size());
    settings.drop_zero_lines = true;
    EXPECT_EQ(1U, draft_of(command, settings, "d")->document.lines.size());
}

TEST(Draft, RefusesWhatIsNoDocument) {
    const auto message = [](const std::function<void(events::Command&)>& change) {
        events::Command command = export_command();
        change(command);
        const Result<Draft> draft = draft_of(command, defaults(), "d");
        return draft ? std::string("accepted") : draft.error().message;
    };
    EXPECT_EQ("currency EUR is not among the connection's currencies",
              message([](auto& c) { order_of(c).set_currency("EUR"); }));
    EXPECT_EQ("the command has no external number",
              message([](auto& c) { c.mutable_export_order()->clear_external_number(); }));
    EXPECT_EQ("an order is no document of that type",
              message([](auto& c) { c.mutable_export_order()->set_document_type(events::v1::DOCUMENT_TYPE_RETURN); }));
    EXPECT_EQ("the order has no line that SORS could take", message([](auto& c) { order_of(c).clear_lines(); }));
    EXPECT_EQ("line 1: quantity is not above zero",
              message([](auto& c) { order_of(c).mutable_lines(0)->clear_quantity(); }));
    EXPECT_EQ("line 1 without SKU is not known to SORS",
              message([](auto& c) { order_of(c).mutable_lines(0)->clear_sku(); }));
}

TEST(Draft, CutsTheNoteBetweenCharacters) {
    EXPECT_EQ("šđ", cut("šđčć", 2));
    EXPECT_EQ("abc", cut("abc", 3));
    EXPECT_EQ("", cut("abc", 0));
}

// Goal: over random orders the recomputed total is the order's.  Method: random quantities, prices with tax at two
// decimals, discounts, taxes rounded per line as a shop does; the ERP's arithmetic is done here once more, with
// integers of its own.
TEST(Draft, AddsUpOverRandomOrders) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    const auto pick = [&random](std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random);
    };
    for (int round = 0; round < 2'000; ++round) {
        events::Command command = export_command();
        auto& order = order_of(command);
        order.clear_lines();
        std::int64_t total_cents = 0;
        for (std::int64_t i = pick(1, 6); i > 0; --i) {
            const std::int64_t quantity_milli = pick(0, 3) == 0 ? pick(1, 9'999) : pick(1, 50) * 1'000;
            const std::int64_t before = pick(0, 5'000'000);
            const std::int64_t after = pick(0, 2) == 0 ? before : pick(0, before);
            auto& line = *order.add_lines();
            line.set_sku("S" + std::to_string(i));
            line.mutable_quantity()->set_micros(quantity_milli * 1'000);
            const std::int64_t tax = before * 20 / 120, tax_after = after * 20 / 120;
            line.mutable_subtotal()->set_micros((before - tax) * 10'000);
            line.mutable_subtotal_tax()->set_micros(tax * 10'000);
            line.mutable_total()->set_micros((after - tax_after) * 10'000);
            line.mutable_total_tax()->set_micros(tax_after * 10'000);
            total_cents += after;
        }
        order.mutable_total()->set_micros(total_cents * 10'000);
        Settings settings = defaults();
        settings.discount_decimals = static_cast<int>(pick(0, 4));
        const Result<Draft> draft = draft_of(command, settings, "2026-11-21");
        ASSERT_TRUE(draft) << "seed " << seed << ": " << draft.error().message;
        std::int64_t erp_cents = 0;
        for (const DocumentLine& line : draft->document.lines) {
            ASSERT_FALSE(line.unit_price.is_negative());
            // cents x thousandths x (100 % in ten-thousandths of a percent) / 10^9, half up
            const __int128 exact = __int128{line.unit_price.micros() / 10'000} * (line.quantity.micros() / 1'000) *
                                   ((100'000'000 - line.discount_percent.micros()) / 100);
            erp_cents += static_cast<std::int64_t>((exact + 500'000'000) / 1'000'000'000);
        }
        EXPECT_EQ(total_cents, erp_cents)
            << "seed " << seed << " round " << round << ": " << show(draft->document.lines);
        EXPECT_EQ(draft->computed_total.micros(), erp_cents * 10'000);
    }
}

// An edit that makes one article dearer and another one as much cheaper changes no total.
TEST(Surplus, TellsTheArticleWhosePriceIsFarthestOff) {
    const auto line = [](const char* sku, const char* price) {
        return DocumentLine{.sku = sku, .quantity = dec("1"), .unit_price = dec(price), .returned = dec("0")};
    };
    Draft order;
    order.document.lines = {line("a-1", "110"), line("B-1", "90")};
    StoredDocument base{.id = "1", .lines = {line("A-1", "100"), line("B-1", "100"), line("C-1", "7")}};
    const Result<Surplus> surplus = surplus_return(order, base, events::v1::DOCUMENT_TYPE_DELIVERY_NOTE, "2026-11-21");
    ASSERT_TRUE(surplus) << surplus.error().message;
    EXPECT_EQ(dec("10"), surplus->off);
    ASSERT_EQ(1U, surplus->draft.document.lines.size());
    EXPECT_EQ("C-1", surplus->draft.document.lines[0].sku);
    base.lines[1].returned.reset();
    EXPECT_FALSE(surplus_return(order, base, events::v1::DOCUMENT_TYPE_DELIVERY_NOTE, "2026-11-21"));
}

}  // namespace
}  // namespace shopwire::sors
