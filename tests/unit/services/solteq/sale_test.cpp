// Goal: an order becomes rows whose arithmetic is exact; what cannot be a sale is refused with the reason.
#include "services/solteq/sale.h"

#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

const dialect::Zone kZone = *dialect::Zone::locate("Europe/Helsinki");

Settings settings() {
    Settings made;
    made.shipping_sku = "SHIPPING";
    made.fee_sku = "FEE";
    made.refund_sku = "REFUND";
    return made;
}

Result<NewSale> sale_of(const events::v1::Order& order, const Settings& with = settings()) {
    return make_sale(order, "woo:main:10231", with, kZone);
}

struct Day {
    const char* name;
    const char* utc;
    const char* end;
    const char* date;
};
void PrintTo(const Day& day, std::ostream* out) { *out << day.name; }
class BusinessDate : public ::testing::TestWithParam<Day> {};
TEST_P(BusinessDate, IsLocalAndEndsLate) {
    EXPECT_EQ(GetParam().date, business_date(*parse_utc(GetParam().utc), kZone, GetParam().end));
}
INSTANTIATE_TEST_SUITE_P(Of, BusinessDate,
                         ::testing::Values(Day{"Noon", "2026-11-21T10:00:00Z", "00:00", "2026-11-21"},
                                           Day{"AfterLocalMidnight", "2026-11-21T22:30:00Z", "00:00", "2026-11-22"},
                                           Day{"BeforeTheEnd", "2026-11-22T01:59:00Z", "04:00", "2026-11-21"},
                                           Day{"AtTheEnd", "2026-11-22T02:00:00Z", "04:00", "2026-11-22"},
                                           Day{"FirstOfMonth", "2026-12-01T00:30:00Z", "04:00", "2026-11-30"},
                                           Day{"DayOf25Hours", "2026-10-26T00:30:00Z", "04:00", "2026-10-25"},
                                           Day{"DayOf23Hours", "2026-03-29T23:30:00Z", "04:00", "2026-03-29"}),
                         [](const auto& test) { return test.param.name; });

struct Row {
    const char* name;
    const char* quantity;
    const char* before;
    const char* after;
    const char* unit;
    const char* discount;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
class SaleRowOf : public ::testing::TestWithParam<Row> {};
TEST_P(SaleRowOf, AddsUp) {
    const auto row =
        sale_row("A", "a", dec(GetParam().quantity), dec(GetParam().before), dec(GetParam().after), dec("25.5"));
    ASSERT_TRUE(row);
    EXPECT_EQ(GetParam().unit, row->unit_price.text(2));
    EXPECT_EQ(GetParam().discount, row->discount.text(2));
    EXPECT_EQ(row->total, *multiply(row->unit_price, row->quantity, 2) - row->discount);
}
INSTANTIATE_TEST_SUITE_P(Of, SaleRowOf,
                         ::testing::Values(Row{"Plain", "2", "59.80", "59.80", "29.90", "0.00"},
                                           Row{"Discounted", "2", "59.80", "49.80", "29.90", "10.00"},
                                           Row{"Thirds", "3", "100.00", "100.00", "33.34", "0.02"},
                                           Row{"Vector", "3", "3897.00", "3500.00", "1299.00", "397.00"},
                                           Row{"Decimals", "0.333", "10.00", "10.00", "30.03", "0.00"},
                                           Row{"Raised", "1", "10.00", "12.00", "12.00", "0.00"},
                                           Row{"Free", "1", "10.00", "0.00", "10.00", "10.00"}),
                         [](const auto& test) { return test.param.name; });

TEST(Sale, VatIsThatOfTheTotal) {
    EXPECT_EQ(dec("10.12"), vat_of(dec("49.8"), dec("25.5")));
    EXPECT_EQ(dec("0"), vat_of(dec("49.8"), dec("0")));
    EXPECT_EQ(dec("583.33"), vat_of(dec("3500"), dec("20")));
}

TEST(Sale, HoldsLinesShippingFeesAndPayment) {
    events::v1::Order order = the_order();
    auto& shipping = *order.add_shipping();
    shipping.set_name("Posti");
    *shipping.mutable_total() = pdec("4.74");
    *shipping.mutable_total_tax() = pdec("1.21");
    auto& fee = *order.add_fees();
    *fee.mutable_total() = pdec("1.00");
    *fee.mutable_total_tax() = pdec("0.14");
    for (const char* rate : {"25.5", "14"}) *order.add_taxes()->mutable_rate() = pdec(rate);
    *order.mutable_total() = pdec("56.89");
    Settings with = settings();
    with.payment_types = {{"stripe", "PaymentTerminal"}};
    const auto sale = sale_of(order, with);
    ASSERT_TRUE(sale) << sale.error().message;
    ASSERT_EQ(3U, sale->rows.size());
    EXPECT_EQ("SHIPPING", sale->rows[1].sku);
    EXPECT_EQ(dec("25.5"), sale->rows[1].vat_rate);
    EXPECT_EQ(dec("14"), sale->rows[2].vat_rate);
    EXPECT_EQ(dec("56.89"), sale->total);
    EXPECT_EQ("PaymentTerminal", sale->payments.at(0).type);
    EXPECT_EQ("txn-1", sale->payments.at(0).reference);
    EXPECT_EQ(sale->total, sale->payments.at(0).amount);
    EXPECT_EQ("2026-11-21", sale->business_date);
    order.set_payment_method("unheard-of");
    EXPECT_EQ("Other", sale_of(order, with)->payments.at(0).type);
}

TEST(Sale, TheLargestRowTakesCentsOfTheShopsRounding) {
    events::v1::Order order = the_order();
    *order.mutable_total() = pdec("49.81");
    const auto sale = sale_of(order);
    ASSERT_TRUE(sale) << sale.error().message;
    EXPECT_EQ(dec("49.81"), sale->total);
    EXPECT_EQ(dec("9.99"), sale->rows[0].discount);
    *order.mutable_total() = pdec("49.90");
    EXPECT_FALSE(sale_of(order));
}

struct Refused {
    const char* name;
    void (*change)(events::v1::Order&, Settings&);
    const char* message;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }
class RefusedOrder : public ::testing::TestWithParam<Refused> {};
TEST_P(RefusedOrder, SaysWhy) {
    events::v1::Order order = the_order();
    Settings with = settings();
    GetParam().change(order, with);
    const auto sale = sale_of(order, with);
    ASSERT_FALSE(sale);
    EXPECT_EQ(ErrorKind::kRejected, sale.error().kind);
    EXPECT_EQ(GetParam().message, sale.error().message);
}
INSTANTIATE_TEST_SUITE_P(
    Of, RefusedOrder,
    ::testing::Values(
        Refused{"Unpaid", [](auto& order, auto&) { order.set_paid_at_ms(0); },
                "the order is not paid: only_paid is on, and the business date is the day of payment"},
        Refused{"Currency", [](auto& order, auto&) { order.set_currency("SEK"); }, "currency SEK is not EUR"},
        Refused{"NoSku", [](auto& order, auto&) { order.mutable_lines(0)->clear_sku(); }, "line 1 has no SKU"},
        Refused{"GiftCard", [](auto&, auto& with) { with.special_skus = {"ts-2041-blk-m"}; },
                "line 1 is a deposit or gift card: export_special_types is off"},
        Refused{"ShippingWithoutArticle",
                [](auto& order, auto& with) {
                    *order.add_shipping()->mutable_total() = pdec("5");
                    with.shipping_sku.clear();
                },
                "shipping has no service product: set shipping_sku"},
        Refused{"NegativeFee", [](auto& order, auto&) { *order.add_fees()->mutable_total() = pdec("-5"); },
                "fee is negative, which a row cannot be"},
        Refused{"NoRows", [](auto& order, auto&) { order.clear_lines(); }, "the order has no row"}),
    [](const auto& test) { return test.param.name; });

TEST(Sale, SpecialTypesAndUnpaidOrdersGoByConfiguration) {
    events::v1::Order order = the_order();
    order.set_paid_at_ms(0);
    Settings with = settings();
    with.only_paid = false;
    with.special_skus = {"TS-2041-BLK-M"};
    with.export_special_types = true;
    EXPECT_TRUE(sale_of(order, with));
}

TEST(Refund, HasTheRowsThatComeBack) {
    const auto refund = make_refund(refund_command().export_refund(), settings(), kZone);
    ASSERT_TRUE(refund) << refund.error().message;
    ASSERT_EQ(1U, refund->rows.size());
    EXPECT_EQ("TS-2041-BLK-M", refund->rows[0].sku);
    EXPECT_EQ(dec("25.5"), refund->rows[0].vat_rate);
    EXPECT_EQ(dec("24.90"), refund->total);
    EXPECT_EQ("woo:main:10231", refund->original_external_id);
    EXPECT_EQ("2026-11-22", refund->business_date);
}

TEST(Refund, AmountsWithoutPiecesNeverMoveStock) {
    events::Command command = refund_command();
    events::v1::Refund& refund = *command.mutable_export_refund()->mutable_refund();
    *refund.mutable_amount() = pdec("30");
    const auto more = make_refund(command.export_refund(), settings(), kZone);
    ASSERT_TRUE(more) << more.error().message;
    ASSERT_EQ(2U, more->rows.size());
    EXPECT_EQ("REFUND", more->rows[1].sku);
    EXPECT_EQ(dec("5.10"), more->rows[1].total);

    refund.set_restocked(false);
    const auto kept = make_refund(command.export_refund(), settings(), kZone);
    ASSERT_TRUE(kept);
    ASSERT_EQ(1U, kept->rows.size());
    EXPECT_EQ("REFUND", kept->rows[0].sku);
    EXPECT_EQ(dec("30"), kept->total);

    const auto refused = make_refund(command.export_refund(), {}, kZone);
    ASSERT_FALSE(refused);
    EXPECT_EQ("30.00 of the refund belongs to no line: set refund_sku", refused.error().message);
    *refund.mutable_amount() = pdec("10");
    refund.set_restocked(true);
    EXPECT_FALSE(make_refund(command.export_refund(), settings(), kZone));  // lines are more than the amount
}

TEST(Void, IsPaidBackAsTheSaleWasPaid) {
    const NewSale sale = *sale_of(the_order());
    StoredSale stored{.external_id = "woo:main:10231",
                      .total = sale.total,
                      .rows = sale.rows,
                      .payments = {{.type = "GiftCard", .amount = dec("9.80")}, {.type = "Card", .amount = dec("40")}}};
    const auto paid_back = [&stored](const std::string& type) {
        return void_of(stored, "woo:main:10231:void", type, settings(), kZone, 1795331700000);
    };
    const auto refund = paid_back("Invoice");  // what the sale shows comes before what the order says
    ASSERT_TRUE(refund) << refund.error().message;
    ASSERT_EQ(2U, refund->payments.size());
    EXPECT_EQ("GiftCard", refund->payments[0].type);
    EXPECT_EQ(dec("9.80"), refund->payments[0].amount);
    EXPECT_EQ("Card", refund->payments[1].type);
    EXPECT_EQ(dec("10.12"), refund->total_vat);
    stored.payments[1].amount = dec("39");
    EXPECT_FALSE(paid_back("Invoice"));  // not the whole of it
    stored.payments[1] = {.amount = dec("40")};
    EXPECT_FALSE(paid_back("Invoice"));  // without a type
    stored.payments.clear();
    EXPECT_EQ("Invoice", paid_back("Invoice")->payments.at(0).type);
    EXPECT_FALSE(paid_back(""));
}

TEST(Sale, ComparesRowsWithoutSigns) {
    const NewSale sale = *sale_of(the_order());
    StoredSale stored{.total = -sale.total, .rows = sale.rows};
    for (SaleRow& row : stored.rows) {
        row.quantity = -row.quantity;
        row.total = -row.total;
        row.sku = " ts-2041-blk-m";
    }
    EXPECT_TRUE(same_content(sale, stored));
    stored.rows[0].quantity = dec("3");
    EXPECT_FALSE(same_content(sale, stored));
    EXPECT_TRUE(same_content(sale, {.total = sale.total}));  // rows are not shown
    EXPECT_FALSE(same_content(sale, {.total = dec("1")}));
}

}  // namespace
}  // namespace shopwire::solteq
