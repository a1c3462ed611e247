#include "services/router/overview.h"

#include "common/json/value.h"
#include "services/router/ledger.h"

namespace shopwire::router {
namespace {

using internal::v1::Ledger;
using internal::v1::LedgerOrder;
using internal::v1::Link;
using internal::v1::LinkTarget;

// What the listing entries behind `prefix` name, in one partition.
Result<std::vector<std::string>> listed(const state::Store& store, std::int32_t partition, std::string_view prefix) {
    std::vector<std::string> names;
    const Status scanned = store.scan(partition, prefix, [&](std::string_view key, std::string_view) {
        names.emplace_back(key.substr(prefix.size()));
        return true;
    });
    if (!scanned) return std::unexpected(scanned.error());
    return names;
}

template <class Message>
Result<Message> stored(const state::Store& store, std::int32_t partition, const std::string& key) {
    const Result<std::optional<std::string>> bytes = store.get(partition, key);
    if (!bytes) return std::unexpected(bytes.error());
    Message message;
    if (*bytes && !message.ParseFromString(**bytes)) return rejected("reading state " + key + ": not a record of ours");
    return message;
}

template <class Item>
void add(Overview<Item>& overview, std::size_t max, Item item) {
    if (overview.count++ < max) overview.items.push_back(std::move(item));
}

WaitingOrder waiting_order(const std::string& order, const Link& link, const LinkTarget& target) {
    return {.order = order,
            .number = link.number(),
            .status = link.status(),
            .target = target.connection(),
            .sent = !target.external_number().empty(),
            .reason = target.held().empty() ? target.last_error() : target.held(),
            .seen_at_ms = link.seen().observed_at_ms()};
}

void add_waiting(Overview<WaitingOrder>& overview, std::size_t max, const std::string& order, const Link& link,
                 const LinkTarget& target) {
    if (waits_for_a_person(target)) add(overview, max, waiting_order(order, link, target));
    for (const internal::v1::LinkRefund& refund : target.refunds()) {
        if (!waits_for_a_person(refund)) continue;
        WaitingOrder waiting = waiting_order(order, link, target);
        waiting.refund = refund.native_id();
        waiting.reason = refund.last_error();
        add(overview, max, std::move(waiting));
    }
}

void add_overdue(Overview<OverdueReservation>& overview, std::size_t max, const std::string& article,
                 const Ledger& ledger, const MerchantRoutes& routes, std::int64_t now_ms) {
    for (const LedgerOrder& order : ledger.orders()) {
        for (const StockRoute& route : routes.stock) {
            if (!is_overdue(order, route, now_ms)) continue;
            add(overview, max,
                {.article = article,
                 .order = events::join_key({order.connection(), order.native_id()}),
                 .owner = order.owner(),
                 .pieces = subtracted(order),
                 .since_ms = order.since_ms() != 0 ? order.since_ms() : order.known_at_ms(),
                 .confirmed_at_ms = order.confirmed_at_ms()});
        }
    }
}

}  // namespace

Result<Overview<WaitingOrder>> waiting_orders(const state::Store& links, const std::set<std::int32_t>& partitions,
                                              std::size_t max) {
    Overview<WaitingOrder> overview;
    for (const std::int32_t partition : partitions) {
        const auto orders = listed(links, partition, kWaitingPrefix);
        if (!orders) return std::unexpected(orders.error());
        for (const std::string& order : *orders) {
            const auto link = stored<Link>(links, partition, link_key(order));
            if (!link) {  // the others are shown all the same
                add(overview, max, {.order = order, .reason = link.error().message});
                continue;
            }
            for (const LinkTarget& target : link->targets()) add_waiting(overview, max, order, *link, target);
        }
    }
    return overview;
}

Result<Overview<OverdueReservation>> overdue_reservations(const state::Store& ledgers, const Routing& routing,
                                                          const std::set<std::int32_t>& partitions, std::int64_t now_ms,
                                                          std::size_t max) {
    Overview<OverdueReservation> overview;
    for (const auto& [merchant, routes] : routing.merchants) {
        const std::string prefix = std::string(kOpenPrefix) + events::join_key({merchant}) + "/";
        for (const std::int32_t partition : partitions) {
            const auto articles = listed(ledgers, partition, prefix);
            if (!articles) return std::unexpected(articles.error());
            for (const std::string& name : *articles) {
                const std::string article = events::join_key({merchant}) + "/" + name;
                const auto ledger = stored<Ledger>(ledgers, partition, ledger_key(article));
                if (!ledger) return std::unexpected(ledger.error());
                add_overdue(overview, max, article, *ledger, routes->routes, now_ms);
            }
        }
    }
    return overview;
}

Result<Overview<RefusedProduct>> refused_products(const state::Store& links, const std::set<std::int32_t>& partitions,
                                                  std::size_t max) {
    Overview<RefusedProduct> overview;
    for (const std::int32_t partition : partitions) {
        const auto products = listed(links, partition, kRefusedPrefix);
        if (!products) return std::unexpected(products.error());
        for (const std::string& product : *products) {
            const auto entity = stored<internal::v1::ProductEntity>(links, partition, entity_key(product));
            if (!entity) return std::unexpected(entity.error());
            for (const internal::v1::ProductTarget& target : entity->targets())
                if (!target.last_error().empty())
                    add(overview, max,
                        {.product = product,
                         .sku = target.sku(),
                         .target = target.connection(),
                         .reason = target.last_error()});
        }
    }
    return overview;
}

std::string text_of(const Overview<RefusedProduct>& products) {
    json::Writer body;
    body.begin_object().key("count").number(static_cast<std::int64_t>(products.count)).key("refused").begin_array();
    for (const RefusedProduct& product : products.items) {
        body.begin_object().key("product").string(product.product);
        body.key("sku").string(product.sku);
        body.key("target").string(product.target);
        body.key("reason").string(product.reason).end_object();
    }
    body.end_array().end_object();
    return body.take();
}

std::string text_of(const Overview<WaitingOrder>& orders) {
    json::Writer body;
    body.begin_object().key("count").number(static_cast<std::int64_t>(orders.count)).key("parked").begin_array();
    for (const WaitingOrder& order : orders.items) {
        body.begin_object().key("order").string(order.order);
        body.key("number").string(order.number);
        body.key("status").string(order.status);
        body.key("target").string(order.target);
        if (!order.refund.empty()) body.key("refund").string(order.refund);
        body.key("sent").boolean(order.sent);
        body.key("reason").string(order.reason);
        body.key("seen_at_ms").number(order.seen_at_ms).end_object();
    }
    body.end_array().end_object();
    return body.take();
}

std::string text_of(const Overview<OverdueReservation>& reservations) {
    json::Writer body;
    body.begin_object().key("count").number(static_cast<std::int64_t>(reservations.count));
    body.key("overdue").begin_array();
    for (const OverdueReservation& reservation : reservations.items) {
        body.begin_object().key("article").string(reservation.article);
        body.key("order").string(reservation.order);
        body.key("owner").string(reservation.owner);
        body.key("pieces").string(reservation.pieces.text());
        body.key("since_ms").number(reservation.since_ms);
        body.key("confirmed_at_ms").number(reservation.confirmed_at_ms).end_object();
    }
    body.end_array().end_object();
    return body.take();
}

}  // namespace shopwire::router
