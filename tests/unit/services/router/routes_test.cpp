// Every mistake in a merchant's routing is named with its place.
#include "services/router/routes.h"

#include <gtest/gtest.h>

namespace shopwire::router {
namespace {

struct Mistake {
    const char* name;
    const char* routing;
    const char* expected;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class RoutesName : public ::testing::TestWithParam<Mistake> {};

config::Merchant merchant(const std::string& yaml, config::Problems& problems) {
    config::Merchant out;
    out.name = "acme";
    out.connections["shop"].name = "shop";
    out.connections["shop2"].name = "shop2";
    out.connections["erp"].name = "erp";
    out.connections["crm"].name = "crm";
    setenv("SHOPWIRE_TEST_IDENTITY_KEY", "0123456789abcdef", 1);
    out.routing = config::Node::parse(yaml, "a.yaml", problems);
    return out;
}

TEST_P(RoutesName, TheMistakeWithItsPlace) {
    config::Problems problems;
    parse_routes(merchant(GetParam().routing, problems), problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(config::format(problems.front()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RoutesName,
    ::testing::Values(
        Mistake{"UnknownConnection", "stock: [{owner: erp, to: shpo}]",
                "a.yaml:1: stock[0].to: expected a connection of this merchant, got \"shpo\""},
        Mistake{"NoGoLive", "orders: [{from: shop, to: erp, prefix: W}]",
                "a.yaml:1: orders[0]: expected the key \"export_since\", got nothing"},
        Mistake{"BadTime", "orders: [{from: shop, to: erp, prefix: W, export_since: yesterday}]",
                "a.yaml:1: orders[0].export_since: expected a time like 2026-11-22T00:35:01, got \"yesterday\""},
        Mistake{
            "BadType",
            "orders: [{from: shop, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\", document_type: bill}]",
            "a.yaml:1: orders[0].document_type: expected one of invoice, invoice_delivery_note, reservation, "
            "delivery_note, got \"bill\""},
        Mistake{"TwoOwners", "stock: [{owner: erp, to: shop}, {owner: erp, to: shop}]",
                "a.yaml:1: stock[1].to: the stock of \"shop\" has two owners"},
        Mistake{"StatusTwice",
                "orders: [{from: shop, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\", cancel_statuses: "
                "[pending]}]",
                "a.yaml:1: orders[0]: the status \"pending\" stands in statuses and in cancel_statuses"},
        Mistake{"TwoRoutes",
                "orders: [{from: shop, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\"}, "
                "{from: shop, to: erp, prefix: V, export_since: \"2026-01-01T00:00:00Z\"}]",
                "a.yaml:1: orders[1]: orders of \"shop\" go to \"erp\" already"},
        Mistake{"OnePrefixForTwoShops",
                "orders: [{from: shop, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\"}, "
                "{from: shop2, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\"}]",
                "a.yaml:1: orders[1].prefix: another shop of \"erp\" has this prefix"},
        Mistake{"NamesAFieldThatIsNot",
                "orders: [{from: shop, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\", fields: [name]}]",
                "a.yaml:1: orders[0].fields: expected some of email, phone, tax_id, note, billing, shipping, "
                "customer, coupons, payment, got \"name\""},
        Mistake{"NoProgram",
                "orders: [{from: shop, to: erp, prefix: W, export_since: \"2026-01-01T00:00:00Z\", jq: \".a |\"}]",
                "a.yaml:1: orders[0].jq: expected a jq program: line 2, column 1: syntax error, unexpected ')'"},
        Mistake{"AliasOfNobody", "sku_aliases: {shopp: {a: b}}",
                "a.yaml:1: sku_aliases.shopp: expected a connection of this merchant"},
        Mistake{
            "FieldWithTwoOwners",
            "products: [{from: erp, to: shop}, {from: crm, to: shop, fields: [description, gtin]}]",
            "a.yaml:1: products[1]: the field \"gtin\" of the products of \"shop\" has two owners, see products[0]"},
        Mistake{"UnknownField", "products: [{from: erp, to: shop, fields: [title]}]",
                "a.yaml:1: products[0].fields: expected some of name, description, images, categories, attributes, "
                "measures, gtin, unit, vat, status, got \"title\""},
        Mistake{"StockInACircle", "stock: [{owner: erp, to: shop}, {owner: shop, to: erp}]",
                "a.yaml:1: stock[1]: \"shop\" and \"erp\" would own each other's stock"},
        Mistake{"FilterThatDoesNotCompile", "filters: [{from: erp, entity: price, jq: \".price |\"}]",
                "a.yaml:1: filters[0].jq: expected a jq program: line 2, column 1: syntax error, unexpected ')'"},
        Mistake{"PricesWithTwoOwners", "prices: [{from: erp, to: shop}, {from: crm, to: shop}]",
                "a.yaml:1: prices[1].to: the prices of \"shop\" have two owners"},
        Mistake{"NoIdentityKey", "customers: [{between: [shop, erp], master: erp}]",
                "a.yaml:1: customers: expected an `identity_key` beside it, got nothing"},
        Mistake{"OneSide",
                "identity_key: \"${env:SHOPWIRE_TEST_IDENTITY_KEY}\"\ncustomers: [{between: [shop], master: shop}]",
                "a.yaml:2: customers[0].between: expected two connections"},
        Mistake{"StrangeMaster",
                "identity_key: \"${env:SHOPWIRE_TEST_IDENTITY_KEY}\"\ncustomers: [{between: [shop, erp], master: crm}]",
                "a.yaml:2: customers[0].master: expected one of the connections in `between`, got \"crm\""},
        Mistake{"CustomersWithTwoOwners",
                "identity_key: \"${env:SHOPWIRE_TEST_IDENTITY_KEY}\"\ncustomers: [{between: [shop, erp], master: erp}, "
                "{between: [shop, crm], master: crm, fields: [email]}]",
                "a.yaml:2: customers[1]: the field \"email\" of the customers of \"shop\" has two owners, see "
                "customers[0]"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Routes, AliasesMeetInOneCanonicalSku) {
    config::Problems problems;
    const MerchantRoutes routes =
        parse_routes(merchant("sku_aliases: {shop: {OLD: A-1, OLDER: a-1}}", problems), problems);
    EXPECT_EQ(routes.canonical("shop", " old "), "a-1");
    EXPECT_EQ(routes.canonical("erp", "A-1"), "a-1");
    EXPECT_EQ(routes.own_skus("shop", "a-1", "A-1"), (std::vector<std::string>{"OLD", "OLDER"}));
    EXPECT_EQ(routes.own_skus("erp", "a-1", "A-1"), (std::vector<std::string>{"A-1"}));
}

}  // namespace
}  // namespace shopwire::router
