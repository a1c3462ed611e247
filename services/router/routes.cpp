#include "services/router/routes.h"

#include <algorithm>

#include "common/core/clock.h"
#include "common/events/codec.h"

namespace shopwire::router {
namespace {

using config::Schema;

const std::vector<std::string> kDocumentTypes = {"invoice", "invoice_delivery_note", "reservation", "delivery_note"};

const Schema<DocumentRule>& rule_schema() {
    using R = DocumentRule;
    static const Schema<R> schema =
        Schema<R>("document_rule", "Names the document type of an order when all its conditions hold.")
            .optional("payment_methods", &R::payment_methods, "the order was paid by one of these")
            .optional("statuses", &R::statuses, "the order has one of these statuses")
            .optional("has_tax_id", &R::has_tax_id, "the buyer gave a tax number")
            .choice("type", &R::type, kDocumentTypes, "the document type");
    return schema;
}

const Schema<OrderRoute>& order_schema() {
    using R = OrderRoute;
    static const Schema<R> schema =
        Schema<R>("order_route", "Orders of one connection become documents at another.")
            .required("from", &R::from, "connection where orders are placed")
            .required("to", &R::to, "connection that gets the documents")
            .optional("export", &R::exports, "whether orders are sent at all")
            .required("export_since", &R::export_since, "orders created before this time (UTC) are never sent")
            .required("prefix", &R::prefix, "start of the external number; one per shop and target")
            .optional("statuses", &R::statuses, "statuses in which an order is sent")
            .optional("cancel_statuses", &R::cancel_statuses, "statuses in which its document is cancelled")
            .optional("ignored_statuses", &R::ignored_statuses,
                      "statuses that change nothing; any other status parks the order")
            .choice("document_type", &R::document_type, kDocumentTypes, "type when no rule holds")
            .object("document_rules", &R::document_rules, rule_schema(), "rules, the first that holds wins")
            .optional("note", &R::note, "add a note with the document's number to the order")
            .optional("status_after", &R::status_after, "status that the order gets once it is sent; empty leaves it");
    return schema;
}

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
    static const Schema<R> schema = Schema<R>("price_route", "Prices of one connection are shown by another.")
                                        .required("from", &R::from, "connection that owns the prices")
                                        .required("to", &R::to, "connection that shows them");
    return schema;
}

const Schema<MerchantRoutes>& routing_schema() {
    using R = MerchantRoutes;
    static const Schema<R> schema =
        Schema<R>("routing", "What goes where, for one merchant.")
            .object("orders", &R::orders, order_schema(), "orders to documents")
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

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::ranges::find(list, value) != list.end();
}

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

events::v1::DocumentType document_type_of(std::string_view name) {
    if (name == "invoice") return events::v1::DOCUMENT_TYPE_INVOICE;
    if (name == "invoice_delivery_note") return events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
    if (name == "reservation") return events::v1::DOCUMENT_TYPE_RESERVATION;
    if (name == "return") return events::v1::DOCUMENT_TYPE_RETURN;
    if (name == "delivery_note") return events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
    return events::v1::DOCUMENT_TYPE_UNSPECIFIED;
}

MerchantRoutes parse_routes(const config::Merchant& merchant, config::Problems& problems) {
    if (merchant.routing.is_null()) return {};
    MerchantRoutes routes = routing_schema().parse(merchant.routing, problems);
    const std::vector<config::Node> orders = merchant.routing.member("orders").items();
    for (std::size_t i = 0; i < routes.orders.size() && i < orders.size(); ++i) {
        OrderRoute& route = routes.orders[i];
        expect_connection(merchant, route.from, orders[i], "from", problems);
        expect_connection(merchant, route.to, orders[i], "to", problems);
        if (route.export_since.empty()) continue;  // missed already
        const Result<std::int64_t> since = parse_utc(route.export_since);
        if (!since)
            orders[i].member("export_since").problem(problems, since.error().message);
        else
            route.export_since_ms = *since;
        for (const std::string& status : route.statuses)
            if (contains(route.cancel_statuses, status))
                orders[i].problem(problems, "the status \"" + status + "\" stands in statuses and in cancel_statuses");
    }
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
