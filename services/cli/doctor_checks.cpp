#include "services/cli/doctor_checks.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/core/ids.h"
#include "common/events/codec.h"
#include "common/events/topics.h"
#include "services/cli/record_view.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kNamedMax = 5;

std::string text_at(const Json& object, const char* name) { return object.value(name, std::string()); }

std::set<std::string> words_at(const Json& object, const char* name) {
    std::set<std::string> words;
    for (const Json& word : object.value(name, Json::array())) words.insert(word.get<std::string>());
    return words;
}

OrderTables tables_of(const Json& route) {
    OrderTables tables{.from = text_at(route, "from"),
                       .to = text_at(route, "to"),
                       .exports = route.value("export", true),
                       .export_since = text_at(route, "export_since"),
                       .document_type = text_at(route, "document_type"),
                       .ruled = words_at(route, "rule_payment_methods"),
                       .filtered = words_at(route, "filter_payment_methods")};
    for (const char* name : {"statuses", "cancel_statuses", "ignored_statuses"})
        tables.statuses.merge(words_at(route, name));
    return tables;
}

std::vector<Pair> pairs_of(const Json& routes, const char* name) {
    std::vector<Pair> out;
    for (const Json& route : routes.value(name, Json::array()))
        out.push_back({.from = text_at(route, "from"), .to = text_at(route, "to")});
    return out;
}

std::string named(const std::vector<std::string>& words) {
    const std::size_t shown = std::min(words.size(), kNamedMax);
    return fmt::format("{}{}", fmt::join(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       words.size() > shown ? " ..." : "");
}

// Of `words`, those that `known` lacks.
std::vector<std::string> lacking(const std::vector<std::string>& words, const std::set<std::string>& known) {
    std::vector<std::string> out;
    for (const std::string& word : words)
        if (!known.contains(word)) out.push_back(word);
    return out;
}

Finding statuses_of(const OrderTables& route, const Terms& terms) {
    const std::vector<std::string> unknown = lacking(terms.statuses, route.statuses);
    if (unknown.empty())
        return {.check = "statuses",
                .what = fmt::format("all {} are in a table of the route to {}", terms.statuses.size(), route.to)};
    return {.check = "statuses",
            .grade = "fault",
            .what = fmt::format("in no table of the route to {}, so that its orders wait for a person: {}", route.to,
                                named(unknown)),
            .remedy = "add it to statuses, cancel_statuses or ignored_statuses of that route"};
}

Finding payments_of(const OrderTables& route, const Terms& terms) {
    constexpr const char* kCheck = "payments";
    if (const auto left_out = lacking(terms.payment_methods, route.filtered);
        !route.filtered.empty() && !left_out.empty())
        return {.check = kCheck,
                .grade = "warning",
                .what = fmt::format("orders paid so are not sent to {}: {}", route.to, named(left_out)),
                .remedy = "add it to filters.payment_methods of that route, if they should be"};
    if (const auto unruled = lacking(terms.payment_methods, route.ruled); !route.ruled.empty() && !unruled.empty())
        return {.check = kCheck,
                .grade = "warning",
                .what = fmt::format("in no document rule to {}, so that the order becomes a {}: {}", route.to,
                                    route.document_type, named(unruled)),
                .remedy = "add it to payment_methods of a rule, if that is not meant"};
    return {
        .check = kCheck,
        .what = fmt::format("the route to {} knows what becomes of all {}", route.to, terms.payment_methods.size())};
}

// Does what is sent to the connection that shows prices fit what it keeps?
std::vector<Finding> prices_of(const Pair& route, const Terms& priced, const std::set<std::string>& told,
                               const Terms& shown) {
    std::vector<Finding> out;
    if (!priced.currency.empty() && !shown.currency.empty() && priced.currency != shown.currency)
        out.push_back({.check = "currency",
                       .grade = "fault",
                       .what = fmt::format("{} tells prices in {}, {} keeps them in {}: all are refused", route.from,
                                           priced.currency, route.to, shown.currency),
                       .remedy = "both must have one currency"});
    if (!priced.basis.empty() && !shown.basis.empty() && priced.basis != shown.basis)
        out.push_back({.check = "tax basis",
                       .grade = "fault",
                       .what = fmt::format("{} tells prices {}, {} keeps them {}: all are refused", route.from,
                                           priced.basis, route.to, shown.basis),
                       .remedy = "change the one side or the other, before any price is sent"});
    std::vector<std::string> wanted(told.begin(), told.end());
    for (const std::string& rate : priced.tax_rates)
        if (!told.contains(rate)) wanted.push_back(rate);
    const std::set<std::string> rates(shown.tax_rates.begin(), shown.tax_rates.end());
    const std::vector<std::string> missing = lacking(wanted, rates);
    if (wanted.empty())
        out.push_back({.check = "taxes", .what = route.from + " tells no rates: nothing to compare"});
    else if (missing.empty())
        out.push_back({.check = "taxes", .what = fmt::format("{} has every rate of {}", route.to, route.from)});
    else
        out.push_back({.check = "taxes",
                       .grade = "fault",
                       .what = fmt::format("{} has articles at {} %, {} has no such rate: totals will differ",
                                           route.from, named(missing), route.to),
                       .remedy = "set the rate up there, with a tax class for these articles"});
    return out;
}

Finding unmatched_of(const std::string& side, const std::set<std::string>& here, const std::string& other,
                     const std::set<std::string>& there) {
    constexpr const char* kCheck = "SKU unmatched";
    if (here.empty() || there.empty())
        return {.check = kCheck,
                .grade = "unknown",
                .what = fmt::format("{} was not read in full yet", here.empty() ? side : other),
                .remedy = "wait for its first full reading (shopwire status)"};
    std::vector<std::string> alone;
    std::ranges::set_difference(here, there, std::back_inserter(alone));
    if (alone.empty())
        return {.check = kCheck, .what = fmt::format("all {} articles of {} are at {}", here.size(), side, other)};
    return {.check = kCheck,
            .grade = "warning",
            .what = fmt::format("{} of {} articles of {} are not at {}: {}", alone.size(), here.size(), side, other,
                                named(alone)),
            .remedy = "correct the SKU, or say which is which in sku_aliases"};
}

const Terms& terms_at(const std::map<std::string, Terms>& all, const std::string& connection) {
    static const Terms none;
    const auto found = all.find(connection);
    return found == all.end() ? none : found->second;
}

const std::set<std::string>& articles_at(const Stored& stored, const std::string& connection) {
    static const std::set<std::string> none;
    const auto found = stored.articles.find(connection);
    return found == stored.articles.end() ? none : found->second;
}

void add_rate(Terms& terms, const events::v1::Decimal& rate) { terms.add({.tax_rates = {decimal_text(rate)}}); }

void add_order(Stored& stored, const events::Event& event) {
    Terms& terms = stored.seen[event.source().connection()];
    terms.add({.statuses = {event.order().status()}});
    if (!event.order().payment_method().empty()) terms.add({.payment_methods = {event.order().payment_method()}});
    for (const auto& tax : event.order().taxes())
        if (tax.has_rate()) add_rate(terms, tax.rate());
}

void add_article(Stored& stored, const events::Event& event, const Routes& routes) {
    const std::string& connection = event.source().connection();
    const bool gone = event.has_deleted();
    const std::string& sku = gone ? event.deleted().sku() : event.stock().sku();
    if (sku.empty()) return;
    std::set<std::string>& articles = stored.articles[connection];
    if (gone)
        articles.erase(routes.canonical(connection, sku));
    else
        articles.insert(routes.canonical(connection, sku));
}

void add_price(Stored& stored, const internal::v1::PriceLink& link) {
    for (const internal::v1::LinkTarget& target : link.targets()) {
        Terms& terms = stored.priced[target.connection()];
        terms.add(
            {.currency = link.last().currency(), .basis = link.last().includes_tax() ? "with tax" : "without tax"});
        if (link.last().has_vat_rate()) add_rate(terms, link.last().vat_rate());
    }
}

}  // namespace

std::string Routes::canonical(const std::string& connection, const std::string& sku) const {
    std::string folded = events::fold_sku(sku);
    const auto named = aliases.find(connection);
    if (named == aliases.end()) return folded;
    const auto meant = named->second.find(folded);
    return meant == named->second.end() ? folded : meant->second;
}

Routes routes_of(const Json& answer, const std::string& merchant) {
    Routes out;
    if (!answer.is_object() || !answer.contains("merchants") || !answer["merchants"].contains(merchant)) return out;
    const Json& routes = answer["merchants"][merchant];
    out.known = true;
    for (const Json& route : routes.value("orders", Json::array())) out.orders.push_back(tables_of(route));
    out.stock = pairs_of(routes, "stock");
    out.prices = pairs_of(routes, "prices");
    const Json all_aliases = routes.value("sku_aliases", Json::object());
    for (const auto& [connection, aliases] : all_aliases.items())
        for (const auto& [own, meant] : aliases.items())
            out.aliases[connection][events::fold_sku(own)] = events::fold_sku(meant.get<std::string>());
    return out;
}

void add(Stored& stored, const kafka::Record& record, const std::string& merchant, const Routes& routes) {
    const auto message = message_of(record);
    if (const auto* event = dynamic_cast<const events::Event*>(message.get())) {
        if (event->source().merchant() != merchant) return;
        if (event->has_order()) add_order(stored, *event);
        if (event->has_product() && event->product().has_vat_rate())
            stored.rates[event->source().connection()].insert(decimal_text(event->product().vat_rate()));
        const bool stock = record.topic == events::event_topic(events::Entity::kStock);
        if (event->has_stock() || (stock && event->has_deleted())) add_article(stored, *event, routes);
    } else if (const auto* row = dynamic_cast<const internal::v1::SnapshotRow*>(message.get())) {
        events::Event absence;  // what would be told if it went: so it is there
        if (!absence.ParseFromString(row->event()) || absence.source().merchant() != merchant) return;
        if (absence.deleted().entity() != events::name_of(events::Entity::kStock) || absence.deleted().sku().empty())
            return;
        const std::string& connection = absence.source().connection();
        stored.articles[connection].insert(routes.canonical(connection, absence.deleted().sku()));
    } else if (const auto* link = dynamic_cast<const internal::v1::PriceLink*>(message.get())) {
        if (record.key.starts_with("p/" + events::join_key({merchant}) + "/") && link->has_last())
            add_price(stored, *link);
    } else if (const auto* order = dynamic_cast<const internal::v1::Link*>(message.get())) {
        const bool asked =
            std::ranges::any_of(order->targets(), [](const auto& target) { return !target.external_number().empty(); });
        if (asked && record.key.starts_with("l/" + events::join_key({merchant}) + "/")) ++stored.sent;
    }
}

std::vector<Finding> cross_checks(const std::string& merchant, const std::string& connection, const Routes& routes,
                                  const Stored& stored, const Terms& terms) {
    std::vector<Finding> out;
    Terms words = terms;
    words.add(terms_at(stored.seen, connection));
    for (const OrderTables& route : routes.orders) {
        if (route.from != connection) continue;
        out.push_back(statuses_of(route, words));
        out.push_back(payments_of(route, words));
    }
    for (const Pair& route : routes.prices) {
        if (route.to != connection) continue;
        const auto told = stored.rates.find(route.from);
        for (Finding& finding : prices_of(route, terms_at(stored.priced, connection),
                                          told == stored.rates.end() ? std::set<std::string>{} : told->second, terms))
            out.push_back(std::move(finding));
    }
    for (const Pair& route : routes.stock) {
        if (route.from != connection && route.to != connection) continue;
        const std::set<std::string>& owner = articles_at(stored, route.from);
        const std::set<std::string>& shop = articles_at(stored, route.to);
        out.push_back(unmatched_of(route.from, owner, route.to, shop));
        if (!owner.empty() && !shop.empty()) out.push_back(unmatched_of(route.to, shop, route.from, owner));
    }
    for (Finding& finding : out) finding.at = merchant + "/" + connection;
    return out;
}

}  // namespace shopwire::cli
