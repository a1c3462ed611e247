#include "services/router/routing_text.h"

#include "common/json/value.h"

namespace shopwire::router {
namespace {

void write(json::Writer& out, std::string_view name, const std::vector<std::string>& words) {
    out.key(name).begin_array();
    for (const std::string& word : words) out.string(word);
    out.end_array();
}

void write(json::Writer& out, const OrderRoute& route) {
    out.begin_object().key("from").string(route.from).key("to").string(route.to);
    out.key("export").boolean(route.exports).key("export_since").string(route.export_since);
    write(out, "statuses", route.statuses);
    write(out, "cancel_statuses", route.cancel_statuses);
    write(out, "ignored_statuses", route.ignored_statuses);
    out.key("document_type").string(route.document_type);
    std::vector<std::string> ruled;
    for (const DocumentRule& rule : route.document_rules)
        ruled.insert(ruled.end(), rule.payment_methods.begin(), rule.payment_methods.end());
    write(out, "rule_payment_methods", ruled);
    write(out, "filter_payment_methods", route.filters.payment_methods);
    out.end_object();
}

template <class Route>
void write_pairs(json::Writer& out, std::string_view name, const std::vector<Route>& routes,
                 std::string Route::* from) {
    out.key(name).begin_array();
    for (const Route& route : routes)
        out.begin_object().key("from").string(route.*from).key("to").string(route.to).end_object();
    out.end_array();
}

void write(json::Writer& out, const MerchantRoutes& routes) {
    out.begin_object().key("orders").begin_array();
    for (const OrderRoute& route : routes.orders) write(out, route);
    out.end_array();
    write_pairs(out, "stock", routes.stock, &StockRoute::owner);
    write_pairs(out, "prices", routes.prices, &PriceRoute::from);
    write_pairs(out, "products", routes.products, &ProductRoute::from);
    out.key("sku_aliases").begin_object();
    for (const auto& [connection, aliases] : routes.sku_aliases) {
        out.key(connection).begin_object();
        for (const auto& [own, meant] : aliases) out.key(own).string(meant);
        out.end_object();
    }
    out.end_object().end_object();
}

}  // namespace

std::string text_of(const Routing& routing) {
    json::Writer out;
    out.begin_object().key("merchants").begin_object();
    for (const auto& [name, merchant] : routing.merchants) {
        out.key(name);
        write(out, merchant->routes);
    }
    out.end_object().end_object();
    return out.take();
}

}  // namespace shopwire::router
