// Prices: the owner's newest price goes to every connection that a route names, once per change.
#include <algorithm>

#include "services/router/context.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using internal::v1::LinkTarget;
using internal::v1::PriceLink;

LinkTarget* find_target(PriceLink& link, const std::string& connection, const std::string& sku) {
    auto& targets = *link.mutable_targets();
    const auto found = std::ranges::find_if(targets, [&](const LinkTarget& target) {
        return target.connection() == connection && events::fold_sku(target.external_number()) == events::fold_sku(sku);
    });
    return found == targets.end() ? nullptr : &*found;
}

LinkTarget& target_of(PriceLink& link, const std::string& connection, const std::string& sku) {
    for (LinkTarget& target : *link.mutable_targets())
        if (target.connection() == connection && target.external_number() == sku) return target;
    LinkTarget& target = *link.add_targets();
    target.set_connection(connection);
    target.set_external_number(sku);
    return target;
}

// What of a price leaves on a route.
events::v1::Price told(const PriceRoute& route, const events::v1::Price& price) {
    events::v1::Price out = price;
    if (!route.purchase) out.clear_purchase();
    return out;
}

commands::v1::Command& command_for(Context& context, LinkTarget& target, const events::v1::Price& price) {
    target.set_fingerprint(price.SerializeAsString());
    target.set_sequence(target.sequence() + 1);
    commands::v1::Command& command = context.make<commands::v1::Command>();
    command.set_connection(target.connection());
    command.set_key(events::fold_sku(target.external_number()));
    command.set_field_group("price");
    command.set_sequence(target.sequence());
    commands::v1::SetPrice& set = *command.mutable_set_price();
    set.set_sku(target.external_number());
    set.set_currency(price.currency());
    *set.mutable_regular() = price.regular();
    if (price.has_sale()) *set.mutable_sale() = price.sale();
    set.set_sale_from_ms(price.sale_from_ms());
    set.set_sale_to_ms(price.sale_to_ms());
    set.set_includes_tax(price.includes_tax());
    if (price.has_purchase()) *set.mutable_purchase() = price.purchase();
    return command;
}

}  // namespace

Status handle_price_event(Context& context, const events::v1::Event& event) {
    if (!event.has_price()) return {};  // a vanished article keeps its last price; its stock becomes zero
    const MerchantRouting* routing = context.routing.find(event.source().merchant());
    if (routing == nullptr) return unknown_merchant(context, event.source().merchant());
    const std::string& from = event.source().connection();
    const std::string key = price_key(context.record_key);
    PriceLink* link = nullptr;
    for (const PriceRoute& route : routing->routes.prices) {
        if (route.from != from) continue;
        if (link == nullptr) {
            const Result<PriceLink*> stored = load<PriceLink>(context, context.links, key);
            if (!stored) return std::unexpected(stored.error());
            link = *stored;
            const Newer newer = compare(event.source(), link->seen());
            if (newer == Newer::kOlder || newer == Newer::kSame) {
                (newer == Newer::kOlder ? context.metrics.older : context.metrics.same).add();
                return {};
            }
            remember(event.source(), *link->mutable_seen());
            *link->mutable_last() = event.price();
        }
        const std::string canonical = routing->routes.canonical(from, event.price().sku());
        const events::v1::Price price = told(route, event.price());
        const std::string fingerprint = price.SerializeAsString();
        for (const std::string& sku :
             routing->routes.own_skus(route.to, canonical, routing->routes.spelled(from, event.price().sku()))) {
            LinkTarget& target = target_of(*link, route.to, sku);
            if (target.fingerprint() == fingerprint) continue;
            commands::v1::Command& command = command_for(context, target, price);
            if (Status sent = send_command(context, *routing, command, from, event.source().observed_at_ms()); !sent)
                return sent;
        }
    }
    if (link == nullptr) {
        context.metrics.not_owner.add();
        return {};
    }
    save(context, context.links, key, *link);
    return {};
}

namespace {

Status send_again(Context& context, const MerchantRouting& routing, PriceLink& link, LinkTarget& target,
                  std::int64_t cause_observed_at_ms) {
    const auto route = std::ranges::find(routing.routes.prices, target.connection(), &PriceRoute::to);
    if (!link.has_last() || route == routing.routes.prices.end()) return {};
    target.clear_there_at_ms();
    commands::v1::Command& command = command_for(context, target, told(*route, link.last()));
    return send_command(context, routing, command, route->from, cause_observed_at_ms);
}

}  // namespace

// An article that a target lacked when its price was told is there now.
Status handle_product_made(Context& context, const MerchantRouting& routing, const internal::v1::EntityInput& input) {
    const std::string key = price_key(context.record_key);
    const Result<PriceLink*> stored = load<PriceLink>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    PriceLink& link = **stored;
    const internal::v1::ProductMade& made = input.product_made();
    if (!link.has_last()) return {};
    LinkTarget* target = find_target(link, made.connection(), made.sku());
    if (made.by_hand() && target == nullptr) return {};
    if (target == nullptr) target = &target_of(link, made.connection(), made.sku());
    // Of what is there by hand only a refused price is told again; its answer may still be on its way.
    if (made.by_hand()) target->set_there_at_ms(input.cause_observed_at_ms());
    if (!made.by_hand() || target->fingerprint().empty())
        if (Status sent = send_again(context, routing, link, *target, input.cause_observed_at_ms()); !sent) return sent;
    save(context, context.links, key, link);
    return {};
}

Status handle_price_result(Context& context, const commands::v1::CommandResult& result) {
    const bool refused = result.outcome() == commands::v1::OUTCOME_REJECTED;
    if (!refused && result.outcome() != commands::v1::OUTCOME_DISCARDED) return {};
    const std::string key = price_key(context.record_key);
    const Result<PriceLink*> stored = load<PriceLink>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    PriceLink& link = **stored;
    const MerchantRouting* routing = context.routing.find(result.merchant());
    for (LinkTarget& target : *link.mutable_targets()) {
        if (target.connection() != result.connection() || target.sequence() != result.sequence() ||
            events::fold_sku(target.external_number()) != result.key())
            continue;
        // Not shown there: told again when the owner changes it, or when the target tells that it has the article.
        target.clear_fingerprint();
        target.set_last_error(result.error());
        if (refused && routing != nullptr && target.there_at_ms() > result.cause_observed_at_ms())
            if (Status sent = send_again(context, *routing, link, target, result.cause_observed_at_ms()); !sent)
                return sent;
        save(context, context.links, key, link);
    }
    return {};
}

}  // namespace shopwire::router
