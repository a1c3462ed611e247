#include "services/router/routes_goods.h"

#include <algorithm>

#include "services/router/routes.h"

namespace shopwire::router {
namespace {

using config::Node;
using config::Problems;
using config::Schema;

const std::vector<std::string> kProductFields = {"name",     "description", "images", "categories", "attributes",
                                                 "measures", "gtin",        "unit",   "vat",        "status"};
const std::vector<std::string> kCustomerFields = {"name", "email", "phone", "billing", "shipping", "tax_id", "groups"};
const std::vector<std::string> kIdentities = {"tax_id", "email", "phone"};
constexpr std::size_t kIdentityKeyBytesMin = 16;

void expect_each_of(const std::vector<std::string>& given, const std::vector<std::string>& known, const Node& node,
                    Problems& problems) {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    for (const std::string& name : given)
        if (!contains(known, name)) node.problem(problems, "expected some of " + list + ", got \"" + name + "\"");
}

void expect_connection(const config::Merchant& merchant, const std::string& name, const Node& node,
                       Problems& problems) {
    if (merchant.connections.contains(name)) return;
    node.problem(problems, "expected a connection of this merchant, got \"" + name + "\"");
}

// The first group that both routes write.
std::string shared_field(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    const auto shared = std::ranges::find_if(left, [&](const std::string& field) { return contains(right, field); });
    return shared == left.end() ? std::string() : *shared;
}

void check_products(const MerchantRoutes& routes, const config::Merchant& merchant, Problems& problems) {
    const std::vector<Node> nodes = merchant.routing.member("products").items();
    for (std::size_t i = 0; i < routes.products.size() && i < nodes.size(); ++i) {
        const ProductRoute& route = routes.products[i];
        expect_connection(merchant, route.from, nodes[i].member("from"), problems);
        expect_connection(merchant, route.to, nodes[i].member("to"), problems);
        expect_each_of(route.fields, kProductFields, nodes[i].member("fields"), problems);
        if (route.from == route.to) nodes[i].member("to").problem(problems, "expected another connection than `from`");
        for (std::size_t j = 0; j < i; ++j) {
            if (routes.products[j].to != route.to) continue;
            const std::string shared = shared_field(route.fields, routes.products[j].fields);
            if (!shared.empty())
                nodes[i].problem(problems, "the field \"" + shared + "\" of the products of \"" + route.to +
                                               "\" has two owners, see products[" + std::to_string(j) + "]");
        }
    }
}

// Each would tell the other what it was told itself.
void check_stock(const MerchantRoutes& routes, const config::Merchant& merchant, Problems& problems) {
    const std::vector<Node> nodes = merchant.routing.member("stock").items();
    for (std::size_t i = 0; i < routes.stock.size() && i < nodes.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j)
            if (routes.stock[j].owner == routes.stock[i].to && routes.stock[j].to == routes.stock[i].owner)
                nodes[i].problem(problems, "\"" + routes.stock[i].owner + "\" and \"" + routes.stock[i].to +
                                               "\" would own each other's stock");
}

void check_prices(const MerchantRoutes& routes, const config::Merchant& merchant, Problems& problems) {
    const std::vector<Node> nodes = merchant.routing.member("prices").items();
    for (std::size_t i = 0; i < routes.prices.size() && i < nodes.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (routes.prices[j].to == routes.prices[i].to)
                nodes[i].member("to").problem(problems,
                                              "the prices of \"" + routes.prices[i].to + "\" have two owners");
}

void check_customer(const CustomerRoute& route, const Node& node, const config::Merchant& merchant,
                    Problems& problems) {
    expect_each_of(route.match, kIdentities, node.member("match"), problems);
    expect_each_of(route.fields, kCustomerFields, node.member("fields"), problems);
    if (route.between.size() != 2 || route.between[0] == route.between[1]) {
        node.member("between").problem(problems, "expected two connections");
        return;
    }
    for (const std::string& name : route.between) expect_connection(merchant, name, node.member("between"), problems);
    const auto one_of_both = [&](const std::vector<std::string>& names, const char* key) {
        for (const std::string& name : names)
            if (!route.has(name))
                node.member(key).problem(problems,
                                         "expected one of the connections in `between`, got \"" + name + "\"");
    };
    one_of_both({route.master}, "master");
    one_of_both(route.writes.value_or(route.between), "writes");
    one_of_both(route.creates.value_or(route.between), "creates");
}

void check_customers(const MerchantRoutes& routes, const config::Merchant& merchant, Problems& problems) {
    const std::vector<Node> nodes = merchant.routing.member("customers").items();
    for (std::size_t i = 0; i < routes.customers.size() && i < nodes.size(); ++i) {
        const CustomerRoute& route = routes.customers[i];
        const std::size_t before = problems.size();
        check_customer(route, nodes[i], merchant, problems);
        for (std::size_t j = 0; j < i && problems.size() == before; ++j) {
            const CustomerRoute& earlier = routes.customers[j];
            if (route.match != earlier.match)
                nodes[i].member("match").problem(problems, "expected the same list as in customers[" +
                                                               std::to_string(j) + "]: an identity is one for all");
            for (const std::string& to : route.between) {
                const std::string shared = shared_field(route.fields, earlier.fields);
                if (!shared.empty() && route.may_write(to) && earlier.has(to) && earlier.may_write(to))
                    nodes[i].problem(problems, "the field \"" + shared + "\" of the customers of \"" + to +
                                                   "\" has two owners, see customers[" + std::to_string(j) + "]");
            }
        }
    }
    if (routes.customers.empty() || routes.identity_key.reveal().size() >= kIdentityKeyBytesMin) return;
    if (routes.identity_key.empty())
        merchant.routing.member("customers").problem(problems, "expected an `identity_key` beside it, got nothing");
    else
        merchant.routing.member("identity_key").problem(problems, "expected at least 16 characters");
}

}  // namespace

bool CustomerRoute::has(std::string_view connection) const { return contains(between, connection); }
const std::string& CustomerRoute::other(std::string_view connection) const {
    return between[0] == connection ? between[1] : between[0];
}
bool CustomerRoute::may_write(std::string_view connection) const { return !writes || contains(*writes, connection); }
bool CustomerRoute::may_create(std::string_view connection) const {
    return may_write(connection) && (!creates || contains(*creates, connection));
}

const Schema<ProductRoute>& product_schema() {
    using R = ProductRoute;
    static const Schema<R> schema =
        Schema<R>("product_route", "Products of one connection are shown by another.")
            .required("from", &R::from, "connection that owns these fields of the products")
            .required("to", &R::to, "connection that shows them")
            .optional("fields", &R::fields,
                      "what it owns there: name, description, images, categories, attributes, measures, gtin, unit, "
                      "vat, status; nothing else is written")
            .optional("create", &R::create, "make products that the target lacks")
            .optional("publish", &R::publish, "show at once what is made; else it starts as a draft")
            .choice("categories", &R::categories, {"tree", "lists", "off"},
                    "with their parents, without, or not at all")
            .optional("category_names", &R::category_names, "names of categories whose source tells ids alone")
            .choice("vanished", &R::vanished, {"draft", "keep"},
                    "what becomes of a product that its source has no more")
            .optional("kinds", &R::kinds, "the source's kinds that are sent; empty sends all")
            .optional("variant_kinds", &R::variant_kinds, "kinds that are variants of their model number")
            .optional("model_kinds", &R::model_kinds, "kinds that have variants");
    return schema;
}

const Schema<CustomerRoute>& customer_schema() {
    using R = CustomerRoute;
    static const Schema<R> schema =
        Schema<R>("customer_route", "Customers of two connections are the same people.")
            .required("between", &R::between, "the two connections")
            .required("master", &R::master, "the one that is right when both changed a customer")
            .optional("writes", &R::writes, "connections that are written; both when absent")
            .optional("creates", &R::creates, "connections where customers may be made; both when absent")
            .optional("match", &R::match, "who a customer is: the first of these that it has: tax_id, email, phone")
            .optional("fields", &R::fields, "what crosses: name, email, phone, billing, shipping, tax_id, groups")
            .optional("conflict_window", &R::conflict_window,
                      "changes on both sides within this time are a conflict, which the master wins");
    return schema;
}

void check_goods(const MerchantRoutes& routes, const config::Merchant& merchant, Problems& problems) {
    check_products(routes, merchant, problems);
    check_stock(routes, merchant, problems);
    check_prices(routes, merchant, problems);
    check_customers(routes, merchant, problems);
}

}  // namespace shopwire::router
