#include "services/woocommerce/sink.h"

#include <array>
#include <string>
#include <utility>

#include "services/woocommerce/goods.h"
#include "services/woocommerce/reader.h"
#include "services/woocommerce/sink_customer.h"
#include "services/woocommerce/sink_order.h"
#include "services/woocommerce/sink_price.h"
#include "services/woocommerce/sink_product.h"
#include "services/woocommerce/sink_stock.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

// A list has no status that says "gone": it is empty then.
Coded of_list(Result<json::Document> answer) {
    if (!answer) return std::unexpected(Refusal{.error = std::move(answer.error())});
    return *std::move(answer);
}

}  // namespace

std::vector<Result<runtime::Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    if (batch.empty()) return {};
    if (batch.front().has_set_stock()) return apply_stock(*shop_, watch_, batch, stop);
    if (batch.front().has_set_price()) return apply_price(*shop_, batch, stop);
    if (batch.front().has_upsert_product()) return apply_products(*shop_, batch, stop);
    std::vector<Result<runtime::Applied>> out;
    for (const events::Command& command : batch) out.push_back(apply_one(command, stop));
    return out;
}

Result<runtime::Applied> Sink::apply_one(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kSetOrderStatus: return set_status(*shop_, command.set_order_status(), stop);
        case events::Command::kAddOrderNote: return add_note(*shop_, command.add_order_note(), stop);
        case events::Command::kSetTracking: return set_tracking(*shop_, command.set_tracking(), stop);
        case events::Command::kUpsertCustomer: return upsert_customer(*shop_, command, stop);
        case events::Command::kRefresh: return refresh(command.refresh(), stop);
        default: return rejected("applying a command: this system does not take this kind");
    }
}

// All other writes may simply be repeated.
Result<std::optional<runtime::Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kAddOrderNote: return find_note(*shop_, command.add_order_note(), stop);
        case events::Command::kSetTracking: return find_tracking(*shop_, command.set_tracking(), stop);
        case events::Command::kUpsertCustomer: return find_customer(*shop_, command, stop);
        case events::Command::kUpsertProduct: return find_product(*shop_, command, stop);
        default: return std::nullopt;
    }
}

Result<runtime::Applied> Sink::refresh(const commands::v1::Refresh& action, std::stop_token stop) {
    Result<Changes> seen = rejected("no such entity in this system");
    if (action.entity() == "order" || action.entity() == "refund")
        seen = read_order(action.native_id(), stop);
    else if (action.entity() == "customer")
        seen = read_customer(action.native_id(), stop);
    else if (action.entity() == "product" || action.entity() == "stock" || action.entity() == "price")
        seen = read_product(action, stop);
    if (!seen) return within("refreshing", std::move(seen).error());
    runtime::Applied applied = answer(action.native_id(), commands::v1::OUTCOME_APPLIED);
    applied.seen = *std::move(seen);
    return applied;
}

// With its refunds, which have no list of their own that tells what changed.
Result<Sink::Changes> Sink::read_order(const std::string& id, std::stop_token stop) {
    if (Status ok = check_id(id); !ok) return std::unexpected(std::move(ok).error());
    Changes changes;
    const Coded found = shop_->client().get_coded(List::kOrders, id, kOrderFields, stop);
    if (!found && !is_gone(found.error())) return std::unexpected(found.error().error);
    if (!found) {
        changes.push_back({.raw = {}, .event = deleted_event("order", id)});
        return changes;
    }
    if (Status ok = learn_lines(*shop_, found->root(), stop); !ok) return std::unexpected(std::move(ok).error());
    if (Status ok = append_order(*shop_, changes, found->root(), stop); !ok) return std::unexpected(ok.error());
    return changes;
}

Result<Sink::Changes> Sink::read_customer(const std::string& id, std::stop_token stop) {
    if (Status ok = check_id(id); !ok) return std::unexpected(std::move(ok).error());
    Changes changes;
    const Coded found = shop_->client().get_coded(List::kCustomers, id, kCustomerFields, stop);
    if (!found && !is_gone(found.error())) return std::unexpected(found.error().error);
    if (!found)
        changes.push_back({.raw = {}, .event = deleted_event("customer", id)});
    else
        append_changes(changes, found->root(), told_customer(*shop_, found->root()));
    return changes;
}

Result<Sink::Changes> Sink::read_product(const commands::v1::Refresh& action, std::stop_token stop) {
    const Result<ShopFacts> facts = shop_->facts(stop);
    if (!facts) return std::unexpected(facts.error());
    Changes changes;
    const std::array<std::string, 1> skus{action.sku()};
    const bool by_id = check_id(action.native_id()).has_value();
    if (!by_id && !can_be_asked(action.sku())) return rejected("expected an id, or an SKU without a comma");
    const Coded found = by_id ? shop_->client().get_coded(List::kProducts, action.native_id(), kProductFields, stop)
                              : of_list(shop_->client().products_by_sku(skus, {.fields = kProductFields}, stop));
    if (!found && !is_gone(found.error())) return std::unexpected(found.error().error);
    const std::size_t rows = !found ? 0 : by_id ? 1 : found->root().size();
    if (rows == 0) changes.push_back({.raw = {}, .event = deleted_event("product", action.native_id(), action.sku())});
    for (std::size_t i = 0; i < rows; ++i) {
        const json::Value product = by_id ? found->root() : found->root().at(i);
        if (Status ok = append_product(*shop_, changes, product, *facts, stop); !ok)
            return std::unexpected(std::move(ok).error());
    }
    return changes;
}

}  // namespace shopwire::woocommerce
