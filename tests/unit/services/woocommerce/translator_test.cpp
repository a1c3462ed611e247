#include <gtest/gtest.h>

#include "services/woocommerce/translator_order.h"
#include "services/woocommerce/translator_parts.h"
#include "services/woocommerce/translator_product.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

std::string text(const events::v1::Decimal& value) { return events::from_proto(value).text(); }

TEST(OrderTranslator, CarriesEverythingOfAnOrder) {
    const json::Document document = parsed(answered("order-get-with-refunds-200.json"));
    const events::Event event = order_events(document.root(), {}).value().at(0);
    const events::v1::Order& order = event.order();
    EXPECT_EQ(event.source().modified_at_ms(), 1'795'292'249'000);
    EXPECT_EQ(order.number(), "37");
    EXPECT_EQ(order.currency(), "EUR");
    EXPECT_TRUE(order.prices_include_tax());
    EXPECT_EQ(order.created_at_ms(), 1'795'292'242'000);
    EXPECT_EQ(order.paid_at_ms(), 1'795'292'246'000);
    EXPECT_EQ(order.payment_method(), "bacs");
    EXPECT_EQ(order.transaction_id(), "tx-1");
    EXPECT_EQ(order.customer_native_id(), "3");
    const events::v1::OrderLine& line = order.lines(0);
    EXPECT_EQ(line.sku(), "OI-1");
    EXPECT_EQ(line.variation_native_id(), "");
    EXPECT_EQ(text(line.quantity()), "3");
    EXPECT_EQ(text(line.total()), "19.76");
    EXPECT_EQ(text(line.total_tax()), "5.04");
    EXPECT_EQ(text(line.vat_rate()), "25.5");
    EXPECT_EQ(order.shipping(0).code(), "flat_rate");
    EXPECT_EQ(text(order.shipping(0).total()), "5.9");
    EXPECT_EQ(order.fees(0).name(), "Gift wrap");
    EXPECT_EQ(text(order.taxes(0).rate()), "25.5");
    EXPECT_EQ(text(order.refunds(1).total()), "12.4");
    EXPECT_EQ(text(order.total()), "35.96");
    const events::v1::PersonalFields& personal = order.personal().clear();
    EXPECT_EQ(personal.billing().company(), "Oy Esimerkki Ab");
    EXPECT_EQ(personal.billing().postal_code(), "00100");
    EXPECT_EQ(personal.email(), "matti.meikalainen@example.test");
    EXPECT_EQ(personal.note(), "Please ring the bell");
}

TEST(OrderTranslator, TakesAGuestsOrderOfTheStorefront) {
    const json::Document document = parsed(answered("order-from-real-checkout-get-200.json"));
    const events::v1::Order order = order_events(document.root(), {}).value().at(0).order();
    EXPECT_EQ(order.customer_native_id(), "");
    EXPECT_EQ(order.created_via(), "store-api");
    EXPECT_EQ(order.paid_at_ms(), 0);
}

std::string order_with(const std::string& extra) {
    return R"({"id":1,"number":"1","status":"processing","currency":"EUR",)"
           R"("prices_include_tax":true,"discount_total":"0",)"
           R"("total":"1","total_tax":"0","line_items":[])" +
           (extra.empty() ? "" : "," + extra) + "}";
}

TEST(OrderTranslator, FindsTheTaxNumberWhereTheShopKeepsIt) {
    const PersonalKeys keys{.tax_id = {"pib", "_billing_pib"}, .company = {"firma"}};
    const json::Document meta =
        parsed(order_with(R"("billing":{"company":""},"meta_data":[{"key":"pib","value":""},{"key":"_billing_pib",)"
                          R"("value":"100000008"},{"key":"firma","value":"X doo"}])"));
    const events::v1::PersonalFields of_meta = order_events(meta.root(), keys)->at(0).order().personal().clear();
    EXPECT_EQ(of_meta.tax_id(), "100000008");
    EXPECT_EQ(of_meta.billing().company(), "X doo");
    const json::Document field =
        parsed(order_with(R"("billing":{"company":"Y","pib":102030400},"meta_data":[{"key":"pib","value":[]}])"));
    const events::v1::PersonalFields of_field = order_events(field.root(), keys)->at(0).order().personal().clear();
    EXPECT_EQ(of_field.tax_id(), "102030400");
    EXPECT_EQ(of_field.billing().company(), "Y");
}

struct Rate {
    const char* name = "";
    const char* taxes = "";
    const char* expected = "";
};
void PrintTo(const Rate& row, std::ostream* out) { *out << row.name; }

class LineRate : public ::testing::TestWithParam<Rate> {};

TEST_P(LineRate, IsWhatTheTaxesOfTheLineSay) {
    std::string order = order_with(
        R"("tax_lines":[{"id":1,"rate_id":7,"rate_percent":20,"tax_total":"1","shipping_tax_total":"0"},)"
        R"({"id":2,"rate_id":8,"rate_percent":2.5,"tax_total":"1","shipping_tax_total":"0"},)"
        R"({"id":3,"rate_id":9,"rate_percent":3,"compound":true,"tax_total":"1","shipping_tax_total":"0"}])");
    const std::string line = R"("line_items":[{"id":1,"sku":null,"quantity":1,"subtotal":"5","subtotal_tax":"1",)"
                             R"("total":"5","total_tax":"1","taxes":)";
    order.replace(order.find(R"("line_items":[)"), 15, line + GetParam().taxes + "}]");
    const json::Document document = parsed(order);
    const Result<Events> events = order_events(document.root(), {});
    ASSERT_TRUE(events) << events.error().message;
    const events::v1::OrderLine& read = events->at(0).order().lines(0);
    EXPECT_EQ(read.has_vat_rate() ? text(read.vat_rate()) : "", GetParam().expected);
    EXPECT_EQ(read.sku(), "");
}

INSTANTIATE_TEST_SUITE_P(Woo, LineRate,
                         ::testing::Values(Rate{"One", R"([{"id":7,"total":"1"}])", "20"},
                                           Rate{"Two", R"([{"id":7,"total":"1"},{"id":8,"total":"0.1"}])", "22.5"},
                                           Rate{"NotOfThisLine", R"([{"id":7,"total":""},{"id":8,"total":"0.1"}])",
                                                "2.5"},
                                           Rate{"Compound", R"([{"id":7,"total":"1"},{"id":9,"total":"1"}])", ""},
                                           Rate{"Unknown", R"([{"id":5,"total":"1"}])", ""}, Rate{"None", "[]", ""}),
                         [](const auto& test) { return std::string(test.param.name); });

struct BadOrder {
    const char* name = "";
    std::string order{};
    const char* message = "";
};
void PrintTo(const BadOrder& row, std::ostream* out) { *out << row.name; }

class OrderRefused : public ::testing::TestWithParam<BadOrder> {};

TEST_P(OrderRefused, WithThePathOfWhatIsWrong) {
    const json::Document document = parsed(GetParam().order);
    const Result<Events> events = order_events(document.root(), {});
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(events.error().message, std::string("reading an order: ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Woo, OrderRefused,
                         ::testing::Values(BadOrder{"Array", "[]", "$: expected object, got array"},
                                           BadOrder{"Empty", "{}", "$.id: expected id, got nothing"},
                                           BadOrder{"Line", order_with(R"("line_items":[{"id":1,"quantity":"x"}])"),
                                                    "$.line_items[0].quantity: expected decimal, got string"},
                                           BadOrder{"Time", order_with(R"("date_modified_gmt":"yesterday")"),
                                                    "$.date_modified_gmt: expected time, got string"},
                                           BadOrder{"Coupon", order_with(R"("coupon_lines":[{}])"),
                                                    "$.coupon_lines[0].code: expected string, got nothing"},
                                           BadOrder{"Billing", order_with(R"("billing":"x")"),
                                                    "$.billing: expected object, got string"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(RefundTranslator, TurnsTheShopsNegativeNumbersAround) {
    const json::Document document = parsed(answered("refund-create-line-items-201.json"));
    const events::v1::Refund refund = refund_events(document.root(), "37").value().at(0).refund();
    EXPECT_EQ(text(refund.amount()), "12.4");
    EXPECT_EQ(refund.order_native_id(), "37");
    EXPECT_EQ(refund.lines(0).order_line_native_id(), "10");
    EXPECT_EQ(text(refund.lines(0).quantity()), "1");
    EXPECT_EQ(text(refund.lines(0).total_tax()), "2.52");
}

TEST(ProductTranslator, TellsProductStockAndPrice) {
    const json::Document document = parsed(answered("product-update-sale-active-gmt-200.json"));
    const Events events =
        product_events(document.root(), ShopFacts{.currency = "EUR", .prices_include_tax = true}).value();
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].product().gtin(), "6417182041488");
    EXPECT_TRUE(events[0].product().active());
    EXPECT_EQ(events[0].product().categories(0).name(), "Tools");
    EXPECT_EQ(text(events[1].stock().free()), "10");
    EXPECT_EQ(text(events[2].price().regular()), "24.9");
    EXPECT_EQ(text(events[2].price().sale()), "19.9");
    EXPECT_EQ(events[2].price().sale_from_ms(), 1'793'491'200'000);
}

TEST(ProductTranslator, DoesNotCountAVariationThatShowsItsParentsStock) {
    const json::Document document = parsed(answered("variation-update-stock-by-parent.json"));
    const Events events = product_events(document.root(), std::nullopt).value();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].product().parent_native_id(), "2364");
    EXPECT_EQ(read_shown(document.root())->managed, Managed::kByParent);
}

TEST(ProductTranslator, RefusesAPriceThatIsNone) {
    const json::Document document = parsed(R"({"id":1,"sku":"A","regular_price":"1,50"})");
    EXPECT_EQ(product_events(document.root(), std::nullopt).error().message,
              "reading a product: $.regular_price: expected decimal, got string");
}

TEST(Unescaping, TurnsWhatTheShopEscapedBack) {
    EXPECT_EQ(unescape_html("Salt &amp; Pepper"), "Salt & Pepper");
    EXPECT_EQ(unescape_html("&lt;b&gt; &quot;x&quot; &#039;y&#x27; &#8211; &euro"), "<b> \"x\" 'y' \u2013 &euro");
    EXPECT_EQ(unescape_html("a & b; &bogus; &#xD800; &#0; &"), "a & b; &bogus; &#xD800; &#0; &");
    EXPECT_EQ(unescape_html("&#x1F600;"), "\U0001F600");
}

}  // namespace
}  // namespace shopwire::woocommerce
