// Products: what each source owns of an article is shown by each target, as one command with all of it.
#include <algorithm>
#include <set>

#include "services/router/context.h"
#include "services/router/product_model.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using events::v1::Event;
using events::v1::Product;
using internal::v1::EntityInput;
using internal::v1::PriceLink;
using internal::v1::ProductEntity;
using internal::v1::ProductOrigin;
using internal::v1::ProductTarget;

constexpr std::size_t kEntityBytesMax = std::size_t{4} * 1024 * 1024;  // it travels in one record

std::string origin_key(const std::string& connection, const std::string& record_key) {
    return "q/" + events::join_key({connection}) + "/" + record_key;
}

bool owns_products(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::any_of(routes.products, [&](const ProductRoute& route) { return route.from == connection; });
}
bool shows_goods(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::find(routes.prices, connection, &PriceRoute::to) != routes.prices.end() ||
           std::ranges::find(routes.stock, connection, &StockRoute::to) != routes.stock.end();
}
bool shows_products(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::any_of(routes.products, [&](const ProductRoute& route) { return route.to == connection; });
}
// Whether a target must be known to have an article before something is sent.
bool asks_if_present(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::any_of(routes.products,
                               [&](const ProductRoute& route) { return route.to == connection && !may_make(route); });
}

// A target has an article that it lacked.
struct MadeStep {
    Context& context;
    const MerchantRouting& routing;
    const std::string& connection;
    std::int64_t observed_at_ms = 0;
    bool by_hand = false;
};

// What was told of its price and stock before went nowhere: both are told again.
void tell_made(const MadeStep& step, const std::string& sku) {
    const MerchantRoutes& routes = step.routing.routes;
    const std::string& merchant = step.routing.merchant.name;
    const std::string canonical = routes.canonical(step.connection, sku);
    const std::string spelled = routes.spelled(step.connection, sku);
    for (const PriceRoute& route : routes.prices) {
        if (route.to != step.connection) continue;
        for (const std::string& owners : routes.own_skus(route.from, canonical, spelled)) {
            internal::v1::ProductMade& made =
                *make_entity_input(step.context, merchant, events::join_key({events::fold_sku(owners)}),
                                   step.observed_at_ms)
                     .mutable_product_made();
            made.set_connection(step.connection);
            made.set_sku(sku);
            made.set_by_hand(step.by_hand);
        }
    }
    if (std::ranges::find(routes.stock, step.connection, &StockRoute::to) == routes.stock.end()) return;
    internal::v1::LedgerMade& made = *make_input(step.context, merchant, canonical, step.observed_at_ms).mutable_made();
    made.set_connection(step.connection);
    made.set_sku(sku);
    made.set_by_hand(step.by_hand);
}

struct ProductStep {
    Context& context;
    const MerchantRouting& routing;
    const events::v1::Source& source;

    EntityInput& input_for(std::string_view entity) {
        return make_entity_input(context, source.merchant(), entity, source.observed_at_ms());
    }
};

// It may have been made there by hand, after its price or stock was refused.
void tell_there(ProductStep& step, const std::string& sku) {
    tell_made({.context = step.context,
               .routing = step.routing,
               .connection = step.source.connection(),
               .observed_at_ms = step.source.observed_at_ms(),
               .by_hand = true},
              sku);
}

void tell_gone(ProductStep& step, const ProductOrigin& origin, bool moved) {
    // Both are told, for what is known of it does not say whether it was a variant: only one of them is there.
    for (const bool variant : {false, true}) {
        internal::v1::ProductSeen& seen = *step.input_for(origin.entity()).mutable_product_seen();
        seen.set_connection(step.source.connection());
        seen.set_variant(variant);
        seen.set_moved(moved);
        seen.set_observed_at_ms(step.source.observed_at_ms());
        seen.mutable_member()->set_key(step.context.record_key);
        seen.mutable_member()->set_gone(true);
    }
}

// The price that was told before the product, for a target where it is made now.
Status add_price(ProductStep& step, internal::v1::ProductMember& member) {
    const auto& prices = step.routing.routes.prices;
    if (std::ranges::find(prices, step.source.connection(), &PriceRoute::from) == prices.end()) return {};
    const Result<PriceLink*> price =
        load<PriceLink>(step.context, step.context.links, price_key(step.context.record_key));
    if (!price) return std::unexpected(price.error());
    if ((*price)->has_last()) *member.mutable_price() = (*price)->last();
    return {};
}

Status tell_seen(ProductStep& step, const Product& product, const Placement& placement) {
    internal::v1::ProductSeen& seen = *step.input_for(placement.entity).mutable_product_seen();
    seen.set_connection(step.source.connection());
    seen.set_variant(placement.variant);
    seen.set_model(placement.model);
    seen.set_observed_at_ms(step.source.observed_at_ms());
    internal::v1::ProductMember& member = *seen.mutable_member();
    member.set_key(step.context.record_key);
    *member.mutable_product() = product;
    member.mutable_product()->set_sku(step.routing.routes.spelled(step.source.connection(), product.sku()));
    keep_routed(step.routing.routes, step.source.connection(), *member.mutable_product());
    if (placement.variant) {  // a model has many, and is one record
        member.mutable_product()->clear_description();
        auto& images = *member.mutable_product()->mutable_images();
        if (images.size() > 1) images.erase(images.begin() + 1, images.end());
    }
    return placement.variant ? Status{} : add_price(step, member);
}

Status route_owned(ProductStep& step, const Event& event) {
    Context& context = step.context;
    const std::string key = origin_key(step.source.connection(), context.record_key);
    const Result<ProductOrigin*> stored = load<ProductOrigin>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    ProductOrigin& origin = **stored;
    const Newer newer = compare(step.source, origin.seen());
    if (newer == Newer::kOlder || newer == Newer::kSame) {
        (newer == Newer::kOlder ? context.metrics.older : context.metrics.same).add();
        return {};
    }
    remember(step.source, *origin.mutable_seen());
    if (!event.has_product()) {
        if (!origin.entity().empty()) tell_gone(step, origin, false);
        save(context, context.links, key, origin);
        return {};
    }
    if (!event.product().sku().empty() && shows_goods(step.routing.routes, step.source.connection()))
        tell_there(step, event.product().sku());
    const std::optional<Placement> placement = place(step.routing.routes, step.source.connection(), event.product());
    const std::string entity = placement ? placement->entity : std::string();
    if (!origin.entity().empty() && origin.entity() != entity) tell_gone(step, origin, true);
    origin.set_entity(entity);
    save(context, context.links, key, origin);
    if (placement) return tell_seen(step, event.product(), *placement);
    context.metrics.products_without_sku.add();
    return {};
}

// A target tells what it has.  An article with variants is known by its own SKU.
Status note_shown(ProductStep& step, const Event& event) {
    Context& context = step.context;
    const std::string& connection = step.source.connection();
    const std::string& sku = event.has_product() ? event.product().sku() : event.deleted().sku();
    if (sku.empty()) return {};
    const std::string key = origin_key(connection, context.record_key);
    const Result<ProductOrigin*> stored = load<ProductOrigin>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    ProductOrigin& origin = **stored;
    const std::string entity = events::join_key({step.routing.routes.canonical(connection, sku)});
    const bool changed = origin.seen().content_hash() != step.source.content_hash();
    const bool asks = asks_if_present(step.routing.routes, connection);
    if (!changed && (!asks || origin.entity() == entity)) return {};
    remember(step.source, *origin.mutable_seen());
    if (asks) origin.set_entity(entity);  // so it is told there when a route asks for the first time
    save(context, context.links, key, origin);
    if (changed && event.has_product() && shows_goods(step.routing.routes, connection)) tell_there(step, sku);
    if (!asks) return {};
    internal::v1::ProductShown& shown = *step.input_for(entity).mutable_product_shown();
    shown.set_connection(connection);
    shown.set_sku(sku);
    shown.set_native_id(event.has_product() ? event.product().native_id() : event.deleted().native_id());
    shown.set_gone(event.has_deleted());
    return {};
}

}  // namespace

Status handle_product_event(Context& context, const Event& event) {
    const events::v1::Source& source = event.source();
    const MerchantRouting* routing = context.routing.find(source.merchant());
    if (routing == nullptr) return unknown_merchant(context, source.merchant());
    ProductStep step{.context = context, .routing = *routing, .source = source};
    const MerchantRoutes& routes = routing->routes;
    if (owns_products(routes, source.connection())) return route_owned(step, event);
    (shows_products(routes, source.connection()) ? context.metrics.not_owner : context.metrics.unrouted).add();
    const bool is_asked_for = asks_if_present(routes, source.connection()) || shows_goods(routes, source.connection());
    return is_asked_for ? note_shown(step, event) : Status{};
}

namespace {

struct EntityStep {
    Context& context;
    const MerchantRouting& routing;
    ProductEntity& entity;
    std::int64_t cause_observed_at_ms = 0;
};

std::string fingerprint_of(const Product& product) {
    Event event;
    *event.mutable_product() = product;
    events::set_content_hash(event);
    return event.source().content_hash();
}

// In the target's own SKUs.
Product in_words_of(const MerchantRoutes& routes, const std::string& to, const std::string& from,
                    const std::string& own_sku, const Product& product) {
    Product out = product;
    out.set_sku(own_sku);
    for (events::v1::Variant& variant : *out.mutable_variants())
        variant.set_sku(routes.own_skus(to, routes.canonical(from, variant.sku()), variant.sku()).front());
    return out;
}

const events::v1::Price* first_price(const MerchantRoutes& routes, const Wanted& wanted, const std::string& to) {
    const bool owned = std::ranges::any_of(
        routes.prices, [&](const PriceRoute& route) { return route.from == wanted.from && route.to == to; });
    return owned ? wanted.price : nullptr;
}

void ask(ProductTarget& target, const Product& product, std::string fingerprint) {
    target.set_sequence(target.sequence() + 1);
    target.set_fingerprint(std::move(fingerprint));
    target.clear_asked();
    target.add_asked(product.sku());
    for (const events::v1::Variant& variant : product.variants()) target.add_asked(variant.sku());
    // What is asked for no more is not remembered either, so that the list stays as long as the model.
    auto& made = *target.mutable_made();
    made.erase(std::remove_if(made.begin(), made.end(),
                              [&](const std::string& sku) {
                                  return std::ranges::find(target.asked(), sku) == target.asked().end();
                              }),
               made.end());
}

Status show(EntityStep& step, const Wanted& wanted, const std::string& to, const std::string& own_sku) {
    ProductTarget& target = target_of(step.entity, to, own_sku);
    const bool known = target.present() || target.sequence() > 0;
    if (!wanted.alive && (wanted.kept || !known)) return {};
    if (!wanted.create && !target.present()) return {};
    const Product product = in_words_of(step.routing.routes, to, wanted.from, own_sku, wanted.product);
    std::string fingerprint = fingerprint_of(product);
    if (target.fingerprint() == fingerprint) return {};
    ask(target, product, std::move(fingerprint));
    commands::v1::Command& command = step.context.make<commands::v1::Command>();
    command.set_connection(to);
    command.set_key(events::fold_sku(own_sku));
    command.set_field_group("product");
    command.set_sequence(target.sequence());
    command.set_native_id(target.native_id());
    commands::v1::UpsertProduct& upsert = *command.mutable_upsert_product();
    *upsert.mutable_product() = product;
    upsert.set_publish(wanted.publish);
    const events::v1::Price* price = first_price(step.routing.routes, wanted, to);
    if (price != nullptr && !target.present()) {
        *upsert.mutable_price() = *price;
        upsert.mutable_price()->set_sku(own_sku);
        upsert.mutable_price()->clear_native_id();
        upsert.mutable_price()->clear_purchase();  // never public, and nobody's business but the owner's
    }
    return send_command(step.context, step.routing, command, wanted.from, step.cause_observed_at_ms);
}

Status evaluate(EntityStep& step) {
    const MerchantRoutes& routes = step.routing.routes;
    std::set<std::string> done;
    for (const ProductRoute& route : routes.products) {
        if (!done.insert(route.to).second) continue;
        const std::optional<Wanted> wanted = wanted_at(routes, step.entity, route.to);
        if (!wanted) continue;
        const std::string& sku = wanted->product.sku();
        for (const std::string& own : routes.own_skus(route.to, events::fold_sku(sku), sku))
            if (Status shown = show(step, *wanted, route.to, own); !shown) return shown;
    }
    return {};
}

bool apply_shown(ProductEntity& entity, const internal::v1::ProductShown& shown) {
    ProductTarget& target = target_of(entity, shown.connection(), shown.sku());
    if (target.present() == !shown.gone() && (shown.gone() || target.native_id() == shown.native_id())) return false;
    target.set_present(!shown.gone());
    if (shown.gone()) {  // somebody removed it there: what was sent is not shown any more
        target.clear_native_id();
        target.clear_fingerprint();
        target.clear_made();
    } else {
        target.set_native_id(shown.native_id());
    }
    return !shown.gone();
}

}  // namespace

Status handle_product_input(Context& context, const MerchantRouting& routing, const EntityInput& input) {
    const std::string key = entity_key(context.record_key);
    const Result<ProductEntity*> stored = load<ProductEntity>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    EntityStep step{.context = context,
                    .routing = routing,
                    .entity = **stored,
                    .cause_observed_at_ms = input.cause_observed_at_ms()};
    bool changed = false;
    if (input.has_product_seen()) {
        const Result<bool> applied = apply_seen(step.entity, input.product_seen());
        if (!applied) return std::unexpected(applied.error());
        changed = *applied;
        if (step.entity.ByteSizeLong() > kEntityBytesMax)
            return rejected("an article with all of its sources and variants is larger than 4 MiB");
    } else {
        changed = apply_shown(step.entity, input.product_shown());
    }
    if (changed)
        if (Status done = evaluate(step); !done) return done;
    save(context, context.links, key, step.entity);
    return {};
}

namespace {

bool is_refused(const ProductEntity& entity) {
    return std::ranges::any_of(entity.targets(), [](const ProductTarget& one) { return !one.last_error().empty(); });
}

// A list, so that nobody has to look through all products.
void list_refused(Context& context, bool was_listed, bool is_listed) {
    if (was_listed == is_listed) return;
    const std::string listed = std::string(kRefusedPrefix) + context.record_key;
    if (is_listed)
        context.links.put(context.partition, listed, context.record_key);
    else
        context.links.remove(context.partition, listed);
}

void applied(Context& context, const MerchantRouting& routing, ProductTarget& target,
             const commands::v1::CommandResult& result) {
    target.set_present(true);
    if (!result.native_id().empty()) target.set_native_id(result.native_id());
    if (target.sequence() != result.sequence()) return;  // the answer to the newest is on its way
    target.clear_last_error();
    for (const std::string& sku : target.asked()) {
        if (sku.empty() || std::ranges::find(target.made(), sku) != target.made().end()) continue;
        target.add_made(sku);
        tell_made({.context = context,
                   .routing = routing,
                   .connection = target.connection(),
                   .observed_at_ms = result.cause_observed_at_ms()},
                  sku);
    }
}

}  // namespace

Status handle_product_result(Context& context, const commands::v1::CommandResult& result) {
    const MerchantRouting* routing = context.routing.find(result.merchant());
    if (routing == nullptr) return unknown_merchant(context, result.merchant());
    const std::string key = entity_key(context.record_key);
    const Result<ProductEntity*> stored = load<ProductEntity>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    ProductEntity& entity = **stored;
    if (entity.targets().empty()) return {};
    const bool was_listed = is_refused(entity);
    for (ProductTarget& target : *entity.mutable_targets()) {
        if (target.connection() != result.connection() || events::fold_sku(target.sku()) != result.key()) continue;
        switch (result.outcome()) {
            case commands::v1::OUTCOME_APPLIED:
            case commands::v1::OUTCOME_UNCHANGED: applied(context, *routing, target, result); break;
            case commands::v1::OUTCOME_REJECTED:
            case commands::v1::OUTCOME_PARKED:
            case commands::v1::OUTCOME_DISCARDED:
                if (target.sequence() != result.sequence()) break;
                target.clear_fingerprint();  // not shown there: the next state is sent again, whatever it says
                target.set_last_error(result.error().empty() ? "refused" : result.error());
                context.metrics.products_refused.add();
                break;
            default: break;
        }
    }
    save(context, context.links, key, entity);
    list_refused(context, was_listed, is_refused(entity));
    return {};
}

}  // namespace shopwire::router
