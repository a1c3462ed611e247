#include "tests/unit/services/woocommerce/capture_answers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/core/clock.h"
#include "services/woocommerce/article.h"
#include "services/woocommerce/sink.h"
#include "services/woocommerce/translator_parts.h"
#include "services/woocommerce/webhooks.h"

namespace shopwire::woocommerce {
namespace {

std::string_view text(json::Value row, std::string_view name) { return row.member(name).text(); }

// The shop says 0 for "none".
std::string_view id_text(json::Value row, std::string_view name) {
    const std::string_view id = text(row, name);
    return id == "0" ? "" : id;
}

std::int64_t time_of(json::Value row, std::string_view name) { return parse_utc(text(row, name)).value_or(0); }

Decimal magnitude(json::Value value) {
    const Decimal amount = decimal_of(value);
    return amount.is_negative() ? -amount : amount;
}

void expect_order_line(const events::v1::OrderLine& line, json::Value row) {
    EXPECT_EQ(line.native_id(), text(row, "id"));
    EXPECT_EQ(line.sku(), text(row, "sku"));
    EXPECT_EQ(line.product_native_id(), id_text(row, "product_id"));
    EXPECT_EQ(line.variation_native_id(), id_text(row, "variation_id"));
    EXPECT_EQ(line.name(), unescape_html(text(row, "name")));
    EXPECT_EQ(events::from_proto(line.quantity()), decimal_of(row.member("quantity")));
    EXPECT_EQ(events::from_proto(line.subtotal()), decimal_of(row.member("subtotal")));
    EXPECT_EQ(events::from_proto(line.total()), decimal_of(row.member("total")));
    EXPECT_EQ(events::from_proto(line.total_tax()), decimal_of(row.member("total_tax")));
}

void expect_order(const Call&, json::Value row) {
    const Result<Events> events = order_events(row, {});
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(events->front().source().modified_at_ms(), time_of(row, "date_modified_gmt"));
    if (text(row, "status") == "trash") {
        EXPECT_EQ(events->front().deleted().native_id(), text(row, "id"));
        return;
    }
    const events::v1::Order& order = events->front().order();
    EXPECT_EQ(order.native_id(), text(row, "id"));
    EXPECT_EQ(order.number(), text(row, "number"));
    EXPECT_EQ(order.status(), text(row, "status"));
    EXPECT_EQ(order.currency(), text(row, "currency"));
    EXPECT_EQ(order.customer_native_id(), id_text(row, "customer_id"));
    EXPECT_EQ(order.created_at_ms(), time_of(row, "date_created_gmt"));
    EXPECT_EQ(events::from_proto(order.total()), decimal_of(row.member("total")));
    EXPECT_EQ(events::from_proto(order.total_tax()), decimal_of(row.member("total_tax")));
    EXPECT_EQ(order.personal().clear().email(), text(row.member("billing"), "email"));
    const json::Value lines = row.member("line_items");
    ASSERT_EQ(static_cast<std::size_t>(order.lines_size()), lines.size());
    for (int i = 0; i < order.lines_size(); ++i)
        expect_order_line(order.lines(i), lines.at(static_cast<std::size_t>(i)));
    EXPECT_EQ(static_cast<std::size_t>(order.shipping_size()), row.member("shipping_lines").size());
    const json::Value refunds = row.member("refunds");
    ASSERT_EQ(static_cast<std::size_t>(order.refunds_size()), refunds.size());
    for (int i = 0; i < order.refunds_size(); ++i) {
        const json::Value refund = refunds.at(static_cast<std::size_t>(i));
        EXPECT_EQ(order.refunds(i).native_id(), text(refund, "id"));
        EXPECT_EQ(events::from_proto(order.refunds(i).total()), magnitude(refund.member("total")));
    }
}

template <class Has>
const events::Event* find_event(const Events& events, const Has& has) {
    const auto found = std::ranges::find_if(events, has);
    return found == events.end() ? nullptr : &*found;
}

void expect_stock_and_price(const Events& events, json::Value row) {
    const bool named = !text(row, "sku").empty();
    const events::Event* stock = find_event(events, [](const events::Event& event) { return event.has_stock(); });
    ASSERT_EQ(stock != nullptr, named && row.member("manage_stock").boolean());
    if (stock != nullptr) {
        EXPECT_EQ(stock->stock().native_id(), text(row, "id"));
        EXPECT_EQ(stock->stock().sku(), text(row, "sku"));
        EXPECT_EQ(events::from_proto(stock->stock().free()), decimal_of(row.member("stock_quantity")));
    }
    const events::Event* price = find_event(events, [](const events::Event& event) { return event.has_price(); });
    ASSERT_EQ(price != nullptr, named && !text(row, "regular_price").empty());
    if (price == nullptr) return;
    EXPECT_EQ(price->price().sku(), text(row, "sku"));
    EXPECT_EQ(events::from_proto(price->price().regular()), decimal_of(row.member("regular_price")));
    EXPECT_EQ(price->price().has_sale(), !text(row, "sale_price").empty());
    EXPECT_EQ(events::from_proto(price->price().sale()), decimal_of(row.member("sale_price")));
}

void expect_product(const Call&, json::Value row) {
    const Result<Shown> shown = read_shown(row);
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(shown->id, text(row, "id"));
    EXPECT_EQ(shown->sku, text(row, "sku"));
    EXPECT_EQ(shown->parent_id, id_text(row, "parent_id"));
    EXPECT_EQ(shown->quantity.has_value(), !row.member("stock_quantity").is_null());
    const Result<ShownArticle> article = read_article(row);
    ASSERT_TRUE(article) << article.error().message;
    EXPECT_EQ(article->status, text(row, "status"));
    EXPECT_EQ(article->attributes.size(), row.member("attributes").size());
    const Result<Events> events = product_events(row, ShopFacts{.currency = "EUR", .prices_include_tax = true});
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->at(0).source().modified_at_ms(), time_of(row, "date_modified_gmt"));
    if (text(row, "status") == "trash") {
        EXPECT_EQ(events->at(0).deleted().native_id(), shown->id);
        EXPECT_EQ(events->at(0).deleted().sku(), shown->sku);
        return;
    }
    EXPECT_EQ(events->at(0).product().native_id(), shown->id);
    EXPECT_EQ(events->at(0).product().sku(), shown->sku);
    EXPECT_EQ(events->at(0).product().name(), unescape_html(text(row, "name")));
    EXPECT_EQ(events->at(0).product().active(), text(row, "status") == "publish");
    expect_stock_and_price(*events, row);
}

void expect_customer(const Call&, json::Value row) {
    const Result<Events> events = customer_events(row, {});
    ASSERT_TRUE(events) << events.error().message;
    const events::v1::Customer& customer = events->at(0).customer();
    EXPECT_EQ(customer.native_id(), text(row, "id"));
    EXPECT_EQ(customer.kind(), text(row, "role"));
    EXPECT_EQ(customer.personal().clear().email(), text(row, "email"));
    EXPECT_EQ(events->at(0).source().modified_at_ms(), time_of(row, "date_modified_gmt"));
}

// "37" of orders/37/notes; the list of all refunds has no such number, there each row names its order.
std::string order_of(const Call& call, json::Value row) {
    if (row.has("parent_id")) return std::string(text(row, "parent_id"));
    const std::string path = call.path();
    const std::size_t first = path.find('/') + 1;
    return path.substr(first, path.find('/', first) - first);
}

void expect_refund(const Call& call, json::Value row) {
    const Result<Events> events = refund_events(row, order_of(call, row));
    ASSERT_TRUE(events) << events.error().message;
    const events::v1::Refund& refund = events->at(0).refund();
    EXPECT_EQ(refund.native_id(), text(row, "id"));
    EXPECT_EQ(refund.order_native_id(), order_of(call, row));
    EXPECT_EQ(refund.reason(), text(row, "reason"));
    EXPECT_EQ(refund.created_at_ms(), time_of(row, "date_created_gmt"));
    EXPECT_EQ(events::from_proto(refund.amount()), decimal_of(row.member("amount")));
    const json::Value lines = row.member("line_items");
    ASSERT_EQ(static_cast<std::size_t>(refund.lines_size()), lines.size());
    for (int i = 0; i < refund.lines_size(); ++i) {
        const json::Value line = lines.at(static_cast<std::size_t>(i));
        EXPECT_EQ(refund.lines(i).order_line_native_id(), meta_value(line, "_refunded_item_id"));
        EXPECT_FALSE(refund.lines(i).order_line_native_id().empty());
        EXPECT_EQ(refund.lines(i).sku(), text(line, "sku"));
        EXPECT_EQ(events::from_proto(refund.lines(i).quantity()), magnitude(line.member("quantity")));
        EXPECT_EQ(events::from_proto(refund.lines(i).total()), magnitude(line.member("total")));
    }
}

// What was added is answered with its id, and is found again by its text, as long as the same people see it.
void expect_note(const Call& call, json::Value row) {
    events::Command command;
    commands::v1::AddOrderNote& note = *command.mutable_add_order_note();
    note.set_order_native_id(order_of(call, row));
    note.set_text(std::string(text(row, "note")));
    note.set_to_customer(row.member("customer_note").boolean());
    TestShop test;
    Sink sink(test.shop);
    if (call.method() == "POST") {
        test.transport.reply(201, row.dump());
        const Result<runtime::Applied> added = sink.apply({&command, 1}, {}).front();
        ASSERT_TRUE(added) << added.error().message;
        EXPECT_EQ(added->result.native_id(), text(row, "id"));
        EXPECT_EQ(test.path(0), "POST " + call.path());
        EXPECT_EQ(parsed(test.transport.last().body).root().member("note").text(),
                  text(call.request.member("body"), "note"));
    }
    test.transport.reply(200, "[" + row.dump() + "]");
    const auto found = sink.find(command, {});
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ(found->value().result.native_id(), text(row, "id"));
    note.set_to_customer(!note.to_customer());
    test.transport.reply(200, "[" + row.dump() + "]");
    const auto of_others = sink.find(command, {});
    ASSERT_TRUE(of_others);
    EXPECT_FALSE(of_others->has_value());
}

// None of the recorded ones has our name, so none is ours; by our name it is read whole.
void expect_webhook(const Call&, json::Value row) {
    TestShop test;
    test.transport.reply(200, "[" + row.dump() + "]");
    const Result<Webhooks> others = read_our_webhooks(*test.shop, {});
    ASSERT_TRUE(others) << others.error().message;
    EXPECT_TRUE(others->empty());
    const std::string topic(text(row, "topic"));
    std::string named = row.dump();
    const std::string name = R"("name":")" + std::string(text(row, "name")) + '"';
    ASSERT_NE(named.find(name), std::string::npos);
    named.replace(named.find(name), name.size(), R"("name":")" + webhook_name(*test.shop, topic) + '"');
    test.transport.reply(200, "[" + named + "]");
    const Result<Webhooks> ours = read_our_webhooks(*test.shop, {});
    ASSERT_TRUE(ours) << ours.error().message;
    ASSERT_TRUE(ours->contains(topic));
    const Webhook& webhook = ours->at(topic).at(0);
    EXPECT_EQ(webhook.id, text(row, "id"));
    EXPECT_EQ(webhook.status, text(row, "status"));
    EXPECT_EQ(webhook.delivery_url, text(row, "delivery_url"));
}

void expect_attribute(const Call&, json::Value row) {
    TestShop test;
    test.transport.reply(200, "[]");  // categories
    test.transport.reply(200, "[" + row.dump() + "]");
    EXPECT_EQ(test.shop->terms().attribute(std::string(text(row, "name")), {}).value(), text(row, "id"));
    EXPECT_FALSE(text(row, "id").empty());
}

// Made when it is missing, and known from the list afterwards.
void expect_category(const Call& call, json::Value row) {
    const std::string name(text(row, "name"));
    TestShop test;
    test.transport.reply(200, "[]");
    test.transport.reply(200, "[]");  // attributes
    test.transport.reply(201, row.dump());
    EXPECT_EQ(test.shop->terms().category("", name, true, {}).value(), text(row, "id"));
    EXPECT_EQ(test.path(2), "POST " + call.path());
    test.shop->terms().forget();
    test.transport.reply(200, "[" + row.dump() + "]");
    test.transport.reply(200, "[]");
    EXPECT_EQ(test.shop->terms().category("", name, false, {}).value(), text(row, "id"));
    EXPECT_FALSE(text(row, "id").empty());
}

// Nothing asks for the rates, since an order carries its own: they must be the ones of this list.
void expect_tax(const Call&, json::Value row) {
    const json::Document order = parsed(answered("order-get-200.json"));
    ASSERT_EQ(text(order.root().member("tax_lines").at(0), "rate_id"), text(row, "id"));
    const Result<Events> events = order_events(order.root(), {});
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events::from_proto(events->at(0).order().lines(0).vat_rate()), decimal_of(row.member("rate")));
    EXPECT_EQ(text(row, "country"), "FI");
    EXPECT_FALSE(row.member("compound").boolean());
}

// Nothing asks for the list either (9.4 has none); an order of each of its statuses is read, and a draft is no order.
void expect_status(const Call&, json::Value row) {
    const json::Document order = parsed(answered("order-get-200.json"));
    std::string body = order.root().dump();
    const std::string before = R"("status":")" + std::string(text(order.root(), "status")) + '"';
    body.replace(body.find(before), before.size(), R"("status":")" + std::string(text(row, "slug")) + '"');
    const json::Document changed = parsed(body);
    const Result<Events> events = order_events(changed.root(), {});
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_FALSE(text(row, "name").empty());
    ASSERT_EQ(events->empty(), text(row, "slug") == "checkout-draft");
    for (const events::Event& event : *events) EXPECT_EQ(event.order().status(), text(row, "slug"));
}

using RowCheck = void (*)(const Call&, json::Value);
RowCheck row_check(std::string_view resource) {
    static const std::map<std::string_view, RowCheck> kChecks{
        {"orders", expect_order},     {"notes", expect_note},           {"refunds", expect_refund},
        {"products", expect_product}, {"variations", expect_product},   {"customers", expect_customer},
        {"webhooks", expect_webhook}, {"attributes", expect_attribute}, {"categories", expect_category},
        {"taxes", expect_tax},        {"statuses", expect_status},
    };
    const auto found = kChecks.find(resource);
    return found == kChecks.end() ? nullptr : found->second;
}

void expect_currency(const Call& call) {
    TestShop test;
    test.transport.reply(200, call.body().dump());
    EXPECT_EQ(test.shop->client().currency({}).value(), "EUR");
    EXPECT_EQ(test.path(0), "GET " + call.path());
}

void expect_setting(const Call& call) {
    const std::string group = "settings/";
    const bool tax = call.resource() == "woocommerce_prices_include_tax";
    TestShop test;
    test.transport.reply(200, call.body().dump());
    EXPECT_EQ(test.shop->client().setting(call.path().substr(group.size()), {}).value(), tax ? "yes" : "EUR");
    EXPECT_EQ(test.path(0), "GET " + call.path());
}

// `shopwire doctor` reads what it needs of it by itself (tests/contract/woocommerce); here: that it is there.
void expect_system_status(const Call& call) {
    TestShop test;
    test.transport.reply(200, call.body().dump());
    const Coded answer = test.shop->client().look(call.path(), {}, {});
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(text(answer->root().member("environment"), "version"), "11.0.1");
    EXPECT_EQ(text(answer->root().member("settings"), "currency"), "EUR");
    EXPECT_EQ(answer->root().member("active_plugins").at(0).member("plugin").text(), "woocommerce/woocommerce.php");
}

// A batch of WordPress takes no request of the shop: 207, and what was asked for is refused.
void expect_refused_by_wordpress(const Call& call) {
    EXPECT_EQ(text(call.response, "status"), "207");
    const json::Value responses = call.body().member("responses");
    ASSERT_EQ(responses.size(), 1U);
    EXPECT_EQ(text(responses.at(0), "status"), "400");
    const Error error = item_error(responses.at(0).member("body"));
    EXPECT_EQ(error.kind, ErrorKind::kRejected);
    EXPECT_TRUE(error.message.contains("rest_batch_not_allowed")) << error.message;
}

// A 200 without a body tells how many there are, and no row: it is never taken for an empty list.
void expect_no_body(const Call& call) {
    EXPECT_EQ(*http::find_header(call.headers(), "X-WP-Total"), "1");
    EXPECT_EQ(call.body().type(), json::Type::kString);  // the recording's word for no body
    EXPECT_EQ(call.body().text(), "");
    TestShop test;
    test.transport.reply(200, "", call.headers());
    const Result<ListRows> read = test.shop->client().list(List::kProducts, {}, {});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kTransient) << read.error().message;
}

}  // namespace

std::string Call::path() const {
    const std::string_view url = request.member("url").text();
    const std::string_view path = url.substr(0, url.find('?'));
    constexpr std::string_view kApi = "/wp-json/wc/v3/";
    return std::string(path.starts_with(kApi) ? path.substr(kApi.size()) : path);
}

std::string Call::resource() const {
    std::string rest = path();
    for (;;) {
        const std::size_t slash = rest.rfind('/');
        const std::string last = slash == std::string::npos ? rest : rest.substr(slash + 1);
        const bool is_id = last.find_first_not_of("0123456789") == std::string::npos;
        if (slash == std::string::npos || (!is_id && last != "batch")) return last;
        rest.resize(slash);
    }
}

std::vector<std::string> Call::asked(std::string_view parameter) const {
    const std::string url(request.member("url").text());
    const std::string wanted = std::string(parameter) + "=";
    std::vector<std::string> values;
    std::size_t at = url.find('?');
    while (at != std::string::npos && url.compare(at + 1, wanted.size(), wanted) != 0) at = url.find('&', at + 1);
    if (at == std::string::npos) return values;
    at += 1 + wanted.size();
    std::string list = url.substr(at, url.find('&', at) - at);
    for (std::size_t comma = 0; (comma = list.find("%2C")) != std::string::npos;) list.replace(comma, 3, ",");
    std::stringstream items(list);
    for (std::string item; std::getline(items, item, ',');) values.push_back(item);
    return values;
}

std::vector<json::Value> Call::rows() const {
    if (!body().is_array()) return {body()};
    std::vector<json::Value> rows;
    for (std::size_t i = 0; i < body().size(); ++i) rows.push_back(body().at(i));
    return rows;
}

http::Headers Call::headers() const {
    http::Headers headers;
    const json::Value all = response.member("headers");
    for (std::size_t i = 0; i < all.size(); ++i) headers.emplace_back(all.at(i).at(0).text(), all.at(i).at(1).text());
    return headers;
}

void expect_row(const Call& call, json::Value row) {
    const RowCheck check = row_check(call.resource());
    ASSERT_NE(check, nullptr) << "no reader for " << call.path();
    check(call, row);
}

void expect_answer(const Call& call) {
    static const std::map<std::string_view, void (*)(const Call&)> kWhole{
        {"current", expect_currency},
        {"woocommerce_currency", expect_setting},
        {"woocommerce_prices_include_tax", expect_setting},
        {"system_status", expect_system_status},
        {"v1", expect_refused_by_wordpress},
    };
    const std::string resource = call.resource();
    if (const auto whole = kWhole.find(resource); whole != kWhole.end()) return whole->second(call);
    if (call.path().ends_with("/batch")) return expect_batch(call);
    if (call.method() == "HEAD") return expect_no_body(call);
    if (!call.asked("sku").empty()) expect_found_by_sku(call);
    const std::vector<json::Value> rows = call.rows();
    if (rows.empty() || !call.asked("_fields").empty()) return expect_few_fields(call);
    if (call.body().is_array() && (resource == "orders" || resource == "products" || resource == "customers"))
        expect_list(call);
    for (const json::Value& row : rows) expect_row(call, row);
}

}  // namespace shopwire::woocommerce
