#include "services/router/routes.h"

#include <algorithm>

#include "common/events/codec.h"

namespace shopwire::router {
namespace {

using config::Schema;

const Schema<StockRoute>& stock_schema() {
    using R = StockRoute;
    static const Schema<R> schema =
        Schema<R>("stock_route", "What the owner can sell is what the target shows.")
            .required("owner", &R::owner, "connection that owns the stock")
            .optional("locations", &R::locations, "its warehouses or units that count; empty counts all")
            .required("to", &R::to, "connection that shows it")
            .optional("buffer", &R::buffer, "pieces held back")
            .choice("mode", &R::mode, {"free", "on_hand"}, "which number of the owner counts")
            .optional("invoice_moves_stock", &R::invoice_moves_stock, "the owner's invoices lower its stock")
            .optional("release_lag", &R::release_lag,
                      "a read counts a document when it started so long after it was confirmed")
            .optional("reservation_max", &R::reservation_max,
                      "an order that is subtracted for longer is shown and counted; it stays subtracted");
    return schema;
}

const Schema<PriceRoute>& price_schema() {
    using R = PriceRoute;
    static const Schema<R> schema =
        Schema<R>("price_route", "Prices of one connection are shown by another.")
            .required("from", &R::from, "connection that owns the prices")
            .required("to", &R::to, "connection that shows them")
            .optional("purchase", &R::purchase, "whether it also gets what the merchant pays, which it must not show");
    return schema;
}

const Schema<MerchantRoutes>& routing_schema() {
    using R = MerchantRoutes;
    static const Schema<R> schema =
        Schema<R>("routing", "What goes where, for one merchant.")
            .object("orders", &R::orders, order_route_schema(), "orders to documents")
            .object("stock", &R::stock, stock_schema(), "stock of an owner to a shop")
            .object("prices", &R::prices, price_schema(), "prices of an owner to a shop")
            .optional("sku_aliases", &R::sku_aliases, "per connection: its SKU and the one it stands for")
            .object("products", &R::products, product_schema(), "products of an owner to a shop")
            .object("customers", &R::customers, customer_schema(), "customers of two connections")
            .object("filters", &R::filters, filter_schema(), "jq programs between events and routes")
            .optional("identity_key", &R::identity_key,
                      "secret of the hashes that stand for customers in keys; never change it");
    return schema;
}

void expect_connection(const config::Merchant& merchant, const std::string& name, const config::Node& node,
                       std::string_view key, config::Problems& problems) {
    if (merchant.connections.contains(name)) return;
    node.member(key).problem(problems, "expected a connection of this merchant, got \"" + name + "\"");
}

}  // namespace

std::string MerchantRoutes::spelled(const std::string& connection, std::string_view sku) const {
    const auto aliases = sku_aliases.find(connection);
    if (aliases != sku_aliases.end())
        for (const auto& [own, meant] : aliases->second)
            if (events::fold_sku(own) == events::fold_sku(sku)) return meant;
    return std::string(sku);
}

std::string MerchantRoutes::canonical(const std::string& connection, std::string_view sku) const {
    return events::fold_sku(spelled(connection, sku));
}

std::vector<std::string> MerchantRoutes::own_skus(const std::string& connection, const std::string& canonical_sku,
                                                  const std::string& spelled) const {
    std::vector<std::string> out;
    const auto aliases = sku_aliases.find(connection);
    if (aliases != sku_aliases.end())
        for (const auto& [own, meant] : aliases->second)
            if (events::fold_sku(meant) == canonical_sku) out.push_back(own);
    if (out.empty()) out.push_back(spelled);
    return out;
}

MerchantRoutes parse_routes(const config::Merchant& merchant, config::Problems& problems) {
    if (merchant.routing.is_null()) return {};
    MerchantRoutes routes = routing_schema().parse(merchant.routing, problems);
    const std::vector<config::Node> orders = merchant.routing.member("orders").items();
    for (std::size_t i = 0; i < routes.orders.size() && i < orders.size(); ++i) {
        expect_connection(merchant, routes.orders[i].from, orders[i], "from", problems);
        expect_connection(merchant, routes.orders[i].to, orders[i], "to", problems);
    }
    check_order_routes(routes.orders, orders, problems);
    const std::vector<config::Node> stock = merchant.routing.member("stock").items();
    for (std::size_t i = 0; i < routes.stock.size() && i < stock.size(); ++i) {
        expect_connection(merchant, routes.stock[i].owner, stock[i], "owner", problems);
        expect_connection(merchant, routes.stock[i].to, stock[i], "to", problems);
        if (routes.stock[i].buffer.is_negative()) stock[i].member("buffer").problem(problems, "expected 0 or more");
        for (std::size_t j = 0; j < i; ++j)
            if (routes.stock[j].to == routes.stock[i].to)
                stock[i].member("to").problem(problems, "the stock of \"" + routes.stock[i].to + "\" has two owners");
    }
    const std::vector<config::Node> prices = merchant.routing.member("prices").items();
    for (std::size_t i = 0; i < routes.prices.size() && i < prices.size(); ++i) {
        expect_connection(merchant, routes.prices[i].from, prices[i], "from", problems);
        expect_connection(merchant, routes.prices[i].to, prices[i], "to", problems);
    }
    for (const auto& [connection, aliases] : routes.sku_aliases)
        if (!merchant.connections.contains(connection))
            merchant.routing.member("sku_aliases")
                .member(connection)
                .problem(problems, "expected a connection of this merchant");
    check_goods(routes, merchant, problems);
    compile_filters(routes.filters, merchant, problems);
    return routes;
}

std::string routes_schema() { return routing_schema().json_schema(); }

}  // namespace shopwire::router
