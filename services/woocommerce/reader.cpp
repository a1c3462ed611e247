#include "services/woocommerce/reader.h"

#include <utility>

namespace shopwire::woocommerce {
namespace {

constexpr int kVariationPagesMax = 10;

// Rows that were gone before we came to their details are no error of ours.  Any other refusal is one: a product
// without its variations would look as if they had vanished.
Status unless_gone(const Refusal& refusal) { return is_gone(refusal) ? Status{} : std::unexpected(refusal.error); }

}  // namespace

Status learn_lines(Shop& shop, json::Value orders, std::stop_token stop) {
    const LineFacts::Missing missing = shop.line_facts().missing(orders);
    if (missing.products.empty() && missing.variations.empty()) return {};
    const Result<ShopFacts> facts = shop.facts(stop);
    if (!facts) return std::unexpected(facts.error());
    Status ok = shop.line_facts().learn(shop.client(), missing, facts->units, std::move(stop));
    // A shop that refuses the question still has orders: they are told without the answer.
    if (!ok && ok.error().kind == ErrorKind::kRejected) return {};
    return ok;
}

Result<Events> filled_order_events(const Shop& shop, json::Value order) {
    Result<Events> events = order_events(order, shop.personal_keys());
    if (!events) return events;
    for (events::Event& event : *events)
        if (event.has_order()) shop.line_facts().fill(*event.mutable_order());
    return events;
}

Result<Events> told_customer(Shop& shop, json::Value customer) {
    Result<Events> events = customer_events(customer, shop.personal_keys());
    if (events)
        shop.remember_customer(events->front().customer().external_id(), events->front().customer().native_id());
    return events;
}

Status append_order(Shop& shop, std::vector<runtime::Change>& changes, json::Value order, std::stop_token stop) {
    Result<Events> told = filled_order_events(shop, order);
    events::v1::Order known;
    const bool is_order = told && !told->empty() && told->front().has_order();
    if (is_order) known = told->front().order();
    append_changes(changes, order, std::move(told));
    if (order.member("refunds").size() == 0) return {};
    const std::string_view id = order.member("id").text();
    const Coded refunds = shop.client().refunds(id, stop);
    if (!refunds) return unless_gone(refunds.error());
    for (std::size_t i = 0; i < refunds->root().size(); ++i) {
        Result<Events> events = refund_events(refunds->root().at(i), id);
        if (events && is_order) *events->front().mutable_refund()->mutable_order() = known;
        append_changes(changes, refunds->root().at(i), std::move(events));
    }
    return {};
}

// A change of a variation is a change of its parent too, and no list of products shows variations (contract woocommerce
// 0.8).
Status append_product(Shop& shop, std::vector<runtime::Change>& changes, json::Value product, const ShopFacts& facts,
                      std::stop_token stop) {
    std::vector<json::Document> pages;
    std::vector<json::Value> variations;
    const std::string_view id = product.member("id").text();
    bool more = product.member("type").text() == "variable";
    for (int number = 1; more && number <= kVariationPagesMax; ++number) {
        Coded page = shop.client().variations(id, kProductFields, number, stop);
        if (!page) return unless_gone(page.error());
        for (std::size_t i = 0; i < page->root().size(); ++i) variations.push_back(page->root().at(i));
        more = std::cmp_equal(page->root().size(), kPageMax);
        pages.push_back(*std::move(page));
    }
    shop.line_facts().remember(product, facts.units);
    for (const json::Value& variation : variations) shop.line_facts().remember(variation, facts.units);
    append_changes(changes, product, product_events(product, facts, variations));
    for (const json::Value& variation : variations)
        append_changes(changes, variation, product_events(variation, facts));
    if (more)
        append_changes(changes, product,
                       rejected("reading product " + std::string(id) + ": more than 1000 variations"));
    return {};
}

}  // namespace shopwire::woocommerce
