#include "services/router/routing_text.h"

#include <gtest/gtest.h>

#include "common/json/value.h"

namespace shopwire::router {
namespace {

TEST(RoutingText, TellsEveryRouteWithItsDefaults) {
    auto merchant = std::make_shared<MerchantRouting>();
    OrderRoute orders{.from = "shop", .to = "erp", .export_since = "2027-01-01T00:00:00Z"};
    orders.document_rules = {{.payment_methods = {"invoice"}}, {.payment_methods = {"cod", "card"}}};
    orders.filters.payment_methods = {"cod"};
    merchant->routes.orders = {orders};
    merchant->routes.stock = {{.owner = "erp", .to = "shop"}};
    merchant->routes.prices = {{.from = "erp", .to = "shop"}};
    merchant->routes.sku_aliases["shop"]["mug"] = "A-1";
    Routing routing;
    routing.merchants.emplace("acme", merchant);

    const Result<json::Document> document = json::Document::parse(text_of(routing));
    ASSERT_TRUE(document) << document.error().message;
    const json::Value acme = document->root().member("merchants").member("acme");
    const json::Value route = acme.member("orders").at(0);
    EXPECT_EQ(route.member("from").text(), "shop");
    EXPECT_TRUE(route.member("export").boolean());
    EXPECT_EQ(route.member("export_since").text(), "2027-01-01T00:00:00Z");
    EXPECT_EQ(route.member("statuses").size(), 4U);  // what nobody wrote counts too
    EXPECT_EQ(route.member("cancel_statuses").at(0).text(), "cancelled");
    EXPECT_EQ(route.member("rule_payment_methods").dump(), R"(["invoice","cod","card"])");
    EXPECT_EQ(route.member("filter_payment_methods").dump(), R"(["cod"])");
    EXPECT_EQ(acme.member("stock").dump(), R"([{"from":"erp","to":"shop"}])");
    EXPECT_EQ(acme.member("prices").dump(), R"([{"from":"erp","to":"shop"}])");
    EXPECT_EQ(acme.member("sku_aliases").dump(), R"({"shop":{"mug":"A-1"}})");
}

}  // namespace
}  // namespace shopwire::router
