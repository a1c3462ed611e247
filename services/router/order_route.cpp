#include "services/router/order_route.h"

#include <algorithm>

#include "common/core/clock.h"
#include "common/dialect/jq.h"

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

const Schema<OrderFilter>& filter_schema() {
    using F = OrderFilter;
    static const Schema<F> schema =
        Schema<F>("order_filter", "The orders that a route takes; an empty list takes all.")
            .optional("payment_methods", &F::payment_methods, "paid by one of these")
            .optional("shipping_countries", &F::shipping_countries, "sent to one of these, two letters each")
            .optional("created_via", &F::created_via, "made in one of these ways, in the shop's words");
    return schema;
}

const Schema<BackRoute>& back_schema() {
    using B = BackRoute;
    static const Schema<B> schema =
        Schema<B>("back_route", "What the target's documents and parcels mean for the order in the shop.")
            .optional("statuses", &B::statuses, "the target's status, and the order's status in the shop")
            .optional("status_groups", &B::status_groups, "the same for groups of statuses, where none of those holds")
            .optional("payment_statuses", &B::payment_statuses, "the same for payments, where neither holds")
            .optional("tracking", &B::tracking, "whether the shop is told of parcels")
            .optional("complete_on", &B::complete_on, "statuses of a parcel with which the order is completed")
            .optional("completed_status", &B::completed_status, "the order's status in the shop then")
            .optional("tracking_note", &B::tracking_note,
                      "note with each change of a parcel: {carrier}, {number}, {url}, {status}; empty: none")
            .optional("note_to_customer", &B::note_to_customer, "whether the customer gets that note");
    return schema;
}

void check_fields(const OrderRoute& route, const config::Node& node, config::Problems& problems) {
    for (const std::string& field : route.fields) {
        if (contains(order_fields(), field)) continue;
        std::string known;
        for (const std::string& name : order_fields()) known += (known.empty() ? "" : ", ") + name;
        node.member("fields").problem(problems, "expected some of " + known + ", got \"" + field + "\"");
    }
}

void compile(OrderRoute& route, const config::Node& node, config::Problems& problems) {
    if (route.jq.empty()) return;
    Result<std::unique_ptr<dialect::Program>> program = dialect::Program::compile(route.jq, {});
    if (!program)
        node.member("jq").problem(problems, "expected a jq program: " + program.error().message);
    else
        route.program = *std::move(program);
}

}  // namespace

const std::vector<std::string>& order_fields() {
    static const std::vector<std::string> fields = {"email",    "phone",    "tax_id",  "note",   "billing",
                                                    "shipping", "customer", "coupons", "payment"};
    return fields;
}

const Schema<OrderRoute>& order_route_schema() {
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
            .optional("status_after", &R::status_after, "status that the order gets once it is sent; empty leaves it")
            .object("filters", &R::filters, filter_schema(), "the orders that this route takes")
            .optional("updates", &R::updates, "whether a change of an order that was sent is sent too")
            .optional("send_status", &R::send_status, "whether a change of the status alone is sent")
            .optional("ask_for_articles", &R::ask_for_articles,
                      "an order that was pushed and does not say which lines can be carried is read again first")
            .optional("refunds", &R::refunds, "whether refunds are sent")
            .choice("refund_as", &R::refund_as, {"auto", "document", "adjust"},
                    "a document of its own, or pieces off the order's document; auto: off a reservation, else a "
                    "document")
            .optional("fields", &R::fields,
                      "what of an order may leave for this target, beside its lines, amounts and dates")
            .optional("jq", &R::jq, "a program that may change the words of an order as it leaves for this target")
            .optional("send_transaction_id", &R::send_transaction_id, "whether the payment's id leaves")
            .optional("closed_statuses", &R::closed_statuses, "statuses out of which an order is never moved")
            .object("back", &R::back, back_schema(), "what comes back to the shop");
    return schema;
}

void check_order_routes(std::vector<OrderRoute>& routes, const std::vector<config::Node>& nodes,
                        config::Problems& problems) {
    for (std::size_t i = 0; i < routes.size() && i < nodes.size(); ++i) {
        OrderRoute& route = routes[i];
        check_fields(route, nodes[i], problems);
        compile(route, nodes[i], problems);
        for (const std::string& status : route.statuses)
            if (contains(route.cancel_statuses, status))
                nodes[i].problem(problems, "the status \"" + status + "\" stands in statuses and in cancel_statuses");
        for (std::size_t j = 0; j < i; ++j) {
            if (routes[j].to != route.to) continue;
            if (routes[j].from == route.from)
                nodes[i].problem(problems, "orders of \"" + route.from + "\" go to \"" + route.to + "\" already");
            else if (routes[j].prefix == route.prefix)
                nodes[i].member("prefix").problem(problems, "another shop of \"" + route.to + "\" has this prefix");
        }
        if (route.export_since.empty()) continue;  // missed already
        const Result<std::int64_t> since = parse_utc(route.export_since);
        if (!since)
            nodes[i].member("export_since").problem(problems, since.error().message);
        else
            route.export_since_ms = *since;
    }
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::ranges::find(list, value) != list.end();
}

events::v1::DocumentType document_type_of(std::string_view name) {
    if (name == "invoice") return events::v1::DOCUMENT_TYPE_INVOICE;
    if (name == "invoice_delivery_note") return events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
    if (name == "reservation") return events::v1::DOCUMENT_TYPE_RESERVATION;
    if (name == "return") return events::v1::DOCUMENT_TYPE_RETURN;
    if (name == "delivery_note") return events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
    return events::v1::DOCUMENT_TYPE_UNSPECIFIED;
}

Wish wish_of(const OrderRoute& route, const events::v1::Order& order) {
    if (contains(route.statuses, order.status())) return Wish::kExport;
    if (contains(route.cancel_statuses, order.status())) return Wish::kCancel;
    return contains(route.ignored_statuses, order.status()) ? Wish::kNothing : Wish::kUnknown;
}

events::v1::DocumentType choose_type(const OrderRoute& route, const events::v1::Order& order) {
    const bool has_tax_id = !order.personal().clear().tax_id().empty();
    for (const DocumentRule& rule : route.document_rules) {
        if (!rule.payment_methods.empty() && !contains(rule.payment_methods, order.payment_method())) continue;
        if (!rule.statuses.empty() && !contains(rule.statuses, order.status())) continue;
        if (rule.has_tax_id && *rule.has_tax_id != has_tax_id) continue;
        return document_type_of(rule.type);
    }
    return document_type_of(route.document_type);
}

bool exports(const OrderRoute& route, const events::v1::Order& order) {
    return route.exports && order.created_at_ms() >= route.export_since_ms;
}

bool passes(const OrderFilter& filter, const events::v1::Order& order) {
    const auto holds = [](const std::vector<std::string>& list, const std::string& value) {
        return list.empty() || contains(list, value);
    };
    const events::v1::PersonalFields& person = order.personal().clear();
    const std::string& country =
        person.shipping().country().empty() ? person.billing().country() : person.shipping().country();
    return holds(filter.payment_methods, order.payment_method()) && holds(filter.shipping_countries, country) &&
           holds(filter.created_via, order.created_via());
}

bool adjusts(const OrderRoute& route, events::v1::DocumentType type) {
    if (route.refund_as != "auto") return route.refund_as == "adjust";
    return type == events::v1::DOCUMENT_TYPE_RESERVATION;
}

}  // namespace shopwire::router
