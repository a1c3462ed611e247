// Stock: every input of an article meets in one partition, where its ledger decides what may be shown.
#include <algorithm>

#include "services/router/context.h"
#include "services/router/ledger.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using events::v1::Event;
using internal::v1::Ledger;
using internal::v1::LedgerInput;

constexpr int kPassesCountedMax = 4;  // per location, at the same time

std::string open_key(const std::string& merchant, const std::string& sku) {
    return std::string(kOpenPrefix) + events::join_key({merchant, sku});
}
std::string pass_key(const std::string& merchant, const std::string& connection, const std::string& location) {
    return "m/" + events::join_key({merchant, connection, location});
}

bool owns_stock(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::any_of(routes.stock, [&](const StockRoute& route) { return route.owner == connection; });
}
bool shows_stock(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::any_of(routes.stock, [&](const StockRoute& route) { return route.to == connection; });
}

LedgerInput& input_for(Context& context, const MerchantRoutes& routes, const events::v1::Source& source,
                       std::string_view sku) {
    return make_input(context, source.merchant(), routes.canonical(source.connection(), sku), source.observed_at_ms());
}

// `stock` is null when the article vanished at its owner: nothing of it can be sold.
void send_snapshot(Context& context, const MerchantRoutes& routes, const events::v1::Source& source,
                   std::string_view sku, const events::v1::Stock* stock) {
    internal::v1::LedgerSnapshot& snapshot = *input_for(context, routes, source, sku).mutable_snapshot();
    snapshot.set_connection(source.connection());
    snapshot.set_location(source.location());
    snapshot.set_read_started_at_ms(source.read_started_at_ms());
    snapshot.set_sku(routes.spelled(source.connection(), sku));
    snapshot.set_gone(stock == nullptr);
    remember(source, *snapshot.mutable_seen());
    if (stock != nullptr) {
        if (stock->has_on_hand()) *snapshot.mutable_on_hand() = stock->on_hand();
        if (stock->has_reserved()) *snapshot.mutable_reserved() = stock->reserved();
        if (stock->has_free()) *snapshot.mutable_free() = stock->free();
    }
}

void send_shown(Context& context, const MerchantRoutes& routes, const Event& event) {
    if (!event.stock().has_free() && !event.stock().has_on_hand()) return;
    internal::v1::LedgerShown& shown = *input_for(context, routes, event.source(), event.stock().sku()).mutable_shown();
    shown.set_connection(event.source().connection());
    shown.set_sku(event.stock().sku());
    *shown.mutable_quantity() = event.stock().has_free() ? event.stock().free() : event.stock().on_hand();
    shown.set_observed_at_ms(event.source().read_started_at_ms() > 0 ? event.source().read_started_at_ms()
                                                                     : event.source().observed_at_ms());
}

}  // namespace

Status handle_stock_event(Context& context, const Event& event) {
    const events::v1::Source& source = event.source();
    const MerchantRouting* routing = context.routing.find(source.merchant());
    if (routing == nullptr) return unknown_merchant(context, source.merchant());
    const MerchantRoutes& routes = routing->routes;
    const bool owns = owns_stock(routes, source.connection());
    const bool shows = shows_stock(routes, source.connection());
    if (owns) {
        if (event.has_marker()) {
            internal::v1::LedgerMarker marker;
            marker.set_connection(source.connection());
            marker.set_location(source.location());
            marker.set_read_started_at_ms(source.read_started_at_ms());
            marker.set_pass_id(event.marker().pass_id());
            marker.set_source_partition(context.partition);
            marker.set_partition_count(context.installation.router_partitions);
            send_marker(context, source.merchant(), marker);
        } else if (event.has_stock()) {
            if (event.stock().free().micros() < 0 || event.stock().on_hand().micros() < 0)
                context.metrics.negative_stock.add();
            send_snapshot(context, routes, source, event.stock().sku(), &event.stock());
        } else if (event.has_deleted()) {
            send_snapshot(context, routes, source, event.deleted().sku(), nullptr);
        }
    }
    // A connection may show one owner's stock and be the owner for a third.
    if (shows && event.has_stock() && event.stock().managed()) send_shown(context, routes, event);
    if (!owns) (shows ? context.metrics.not_owner : context.metrics.unrouted).add();
    return {};
}

namespace {

struct LedgerStep {
    Context& context;
    const MerchantRouting& routing;
    std::string sku{};
    std::int64_t cause_observed_at_ms = 0;
    std::string cause_connection{};
    bool was_open = false;  // the ledger as it is stored
};

// When the last complete pass over a location started, as far as its markers have come to this partition.  Looked up
// only for an order that waits for it, once; `read` tells if that failed.
PassStarted pass_started(LedgerStep& step, Status& read) {
    return [&step, &read, known = std::map<std::string, std::int64_t>()](const std::string& connection,
                                                                         const std::string& location) mutable {
        const auto [at, added] = known.try_emplace(pass_key(step.routing.merchant.name, connection, location), 0);
        if (!added) return at->second;
        const auto pass = load<internal::v1::LedgerPass>(step.context, step.context.ledgers, at->first);
        if (pass)
            at->second = (*pass)->read_started_at_ms();
        else
            read = std::unexpected(pass.error());
        return at->second;
    };
}

// Releases what the owner counts now, and sends every number that changed.
Status evaluate(LedgerStep& step, Ledger& ledger) {
    Context& context = step.context;
    Status read;
    const PassStarted started = pass_started(step, read);
    for (const StockRoute& route : step.routing.routes.stock) {
        release(ledger, route, started, context.now_ms);
        if (!read) return read;
        const std::string& spelled = ledger.locations().empty() ? step.sku : ledger.locations(0).sku();
        for (const std::string& target_sku : step.routing.routes.own_skus(route.to, step.sku, spelled)) {
            std::optional<commands::v1::Command> command = publish(ledger, route, target_sku, context.now_ms);
            if (!command) continue;
            command->set_key(events::fold_sku(target_sku));
            context.metrics.published.add();
            if (Status sent =
                    send_command(context, step.routing, *command, step.cause_connection, step.cause_observed_at_ms);
                !sent)
                return sent;
        }
    }
    return {};
}

void keep(LedgerStep& step, const Ledger& ledger) {
    Context& context = step.context;
    save(context, context.ledgers, ledger_key(step.routing.merchant.name, step.sku), ledger);
    const std::string open = open_key(step.routing.merchant.name, step.sku);
    if (is_open(ledger) && !step.was_open) context.ledgers.put(context.partition, open, step.sku);
    if (!is_open(ledger) && step.was_open) context.ledgers.remove(context.partition, open);
}

// The count of this pass.  Two passes of one location may overlap, after its owner changed: each has its own, else
// neither would ever be complete.
internal::v1::PassCount& count_of(internal::v1::LedgerPass& pass, const internal::v1::LedgerMarker& marker) {
    auto& counts = *pass.mutable_counts();
    const auto found = std::ranges::find(counts, marker.pass_id(), &internal::v1::PassCount::pass_id);
    if (found != counts.end()) return *found;
    if (counts.size() >= kPassesCountedMax) counts.erase(counts.begin());  // the oldest one died
    internal::v1::PassCount& count = *pass.add_counts();
    count.set_pass_id(marker.pass_id());
    return count;
}

// Counts a marker.  True: all partitions' markers of this pass are here.
Result<bool> count_marker(Context& context, const std::string& merchant, const internal::v1::LedgerMarker& marker) {
    const std::string key = pass_key(merchant, marker.connection(), marker.location());
    const Result<internal::v1::LedgerPass*> stored = load<internal::v1::LedgerPass>(context, context.ledgers, key);
    if (!stored) return std::unexpected(stored.error());
    internal::v1::LedgerPass& pass = **stored;
    internal::v1::PassCount& count = count_of(pass, marker);
    if (std::ranges::find(count.source_partitions(), marker.source_partition()) == count.source_partitions().end())
        count.add_source_partitions(marker.source_partition());
    const bool complete = count.source_partitions_size() >= marker.partition_count();
    if (complete) pass.set_read_started_at_ms(std::max(pass.read_started_at_ms(), marker.read_started_at_ms()));
    save(context, context.ledgers, key, pass);
    return complete;
}

Status reevaluate(LedgerStep& step) {
    const Result<Ledger*> stored =
        load<Ledger>(step.context, step.context.ledgers, ledger_key(step.routing.merchant.name, step.sku));
    if (!stored) return std::unexpected(stored.error());
    Ledger& ledger = **stored;
    step.was_open = is_open(ledger);
    if (Status done = evaluate(step, ledger); !done) return done;
    keep(step, ledger);
    return {};
}

Status handle_marker(Context& context, const MerchantRouting& routing, const LedgerInput& input) {
    const Result<bool> complete = count_marker(context, input.merchant(), input.marker());
    if (!complete) return std::unexpected(complete.error());
    if (!*complete) return {};
    std::vector<std::string> open;
    const std::string prefix = std::string(kOpenPrefix) + events::join_key({input.merchant()}) + "/";
    Status read = context.ledgers.scan(context.partition, prefix, [&](std::string_view, std::string_view sku) {
        open.emplace_back(sku);
        return true;
    });
    if (!read) return read;
    google::protobuf::Arena arena;
    Context article = context;
    article.arena = &arena;  // of one article at a time, for there may be many
    for (const std::string& sku : open) {
        arena.Reset();
        LedgerStep step{.context = article,
                        .routing = routing,
                        .sku = sku,
                        .cause_observed_at_ms = input.marker().read_started_at_ms(),
                        .cause_connection = input.marker().connection()};
        article.record_key =
            events::join_key({input.merchant(), sku});  // results come back to this article's partition
        const std::size_t before = context.out.size();
        const Status done = reevaluate(step);
        if (done) continue;
        if (done.error().kind != ErrorKind::kRejected) return done;
        // What the other articles have sent is theirs: their ledgers say so already.
        context.out.resize(before);
        context.failed.push_back({.key = article.record_key, .error = done.error()});
    }
    return {};
}

// True: the ledger changed so far that its numbers are to be computed again.
bool apply(Ledger& ledger, const LedgerInput& input) {
    switch (input.input_case()) {
        case LedgerInput::kSnapshot: return apply_snapshot(ledger, input.snapshot());
        case LedgerInput::kClaim: return apply_claim(ledger, input.claim().order());
        case LedgerInput::kConfirmation: return apply_confirmation(ledger, input.confirmation());
        // Too little costs a sale at most and heals with the owner's next pass; too much is written again at once.
        case LedgerInput::kShown: return apply_shown(ledger, input.shown()) == Shown::kTooMuch;
        case LedgerInput::kMade: return apply_made(ledger, input.made(), input.cause_observed_at_ms());
        case LedgerInput::kMarker:
        case LedgerInput::INPUT_NOT_SET: return false;
    }
    return false;
}

}  // namespace

Status handle_ledger_input(Context& context, const LedgerInput& input) {
    const MerchantRouting* routing = context.routing.find(input.merchant());
    if (routing == nullptr) return unknown_merchant(context, input.merchant());
    if (input.has_marker()) return handle_marker(context, *routing, input);
    LedgerStep step{.context = context,
                    .routing = *routing,
                    .sku = input.sku(),
                    .cause_observed_at_ms = input.cause_observed_at_ms(),
                    .cause_connection = {}};
    const Result<Ledger*> stored = load<Ledger>(context, context.ledgers, ledger_key(input.merchant(), input.sku()));
    if (!stored) return std::unexpected(stored.error());
    Ledger& ledger = **stored;
    step.was_open = is_open(ledger);
    const bool changed = apply(ledger, input);
    if (changed)
        if (Status done = evaluate(step, ledger); !done) return done;
    const bool noted = (input.has_shown() || input.has_made()) && !ledger.targets().empty();
    if (changed || noted) keep(step, ledger);
    return {};
}

Status handle_stock_result(Context& context, const commands::v1::CommandResult& result) {
    const bool stale = result.outcome() == commands::v1::OUTCOME_STALE;
    if (!stale && result.outcome() != commands::v1::OUTCOME_REJECTED) return {};
    if (stale) context.metrics.stale.add();
    const MerchantRouting* routing = context.routing.find(result.merchant());
    if (routing == nullptr) return unknown_merchant(context, result.merchant());
    const std::string& target_sku = stale ? result.stock().sku() : result.key();
    const std::string sku = routing->routes.canonical(result.connection(), target_sku);
    LedgerStep step{.context = context,
                    .routing = *routing,
                    .sku = sku,
                    .cause_observed_at_ms = result.cause_observed_at_ms(),
                    .cause_connection = result.connection()};
    const Result<Ledger*> stored = load<Ledger>(context, context.ledgers, ledger_key(result.merchant(), sku));
    if (!stored) return std::unexpected(stored.error());
    Ledger& ledger = **stored;
    step.was_open = is_open(ledger);
    bool again = stale && knows_more(ledger, result.connection(), target_sku);
    if (stale && !unpublish(ledger, result.connection(), target_sku, result.sequence())) return {};
    // An owner has many articles that no shop sells: what is refused is sent again only when the number changes, or
    // when the target tells that it has the article.
    if (!stale) again = refuse(ledger, result.connection(), target_sku, result.sequence());
    if (again)
        if (Status done = evaluate(step, ledger); !done) return done;
    keep(step, ledger);
    return {};
}

}  // namespace shopwire::router
