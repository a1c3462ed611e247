#include "services/keycrm/sink.h"

#include <utility>

#include "services/keycrm/sink_order.h"
#include "services/keycrm/sink_refund.h"
#include "services/keycrm/sink_stock.h"
#include "services/keycrm/source.h"

namespace shopwire::keycrm {
namespace {

using runtime::Applied;
using Changes = std::vector<runtime::Change>;

Result<Changes> read_order(Account& account, const commands::v1::Refresh& action, std::stop_token stop) {
    if (!is_id(action.native_id())) return rejected("expected an id of digits");
    const Result<Answer> order = account.client().order(action.native_id(), {}, std::move(stop));
    if (!order) return std::unexpected(order.error());
    Changes changes;
    if (!order->ok()) {
        events::Event gone;
        gone.mutable_deleted()->set_entity("document");
        gone.mutable_deleted()->set_native_id(action.native_id());
        changes.push_back({.raw = {}, .event = std::move(gone)});
    } else {
        append(changes, order->body.root(), order_events(order->body.root()));
    }
    return changes;
}

Result<Changes> read_buyer(Account& account, const commands::v1::Refresh& action, std::stop_token stop) {
    if (!is_id(action.native_id())) return rejected("expected an id of digits");
    const Result<Answer> buyer = account.client().buyer(action.native_id(), std::move(stop));
    if (!buyer) return std::unexpected(buyer.error());
    if (!buyer->ok()) return buyer->refused("get_buyer");
    Changes changes;
    Result<events::Event> event = buyer_event(buyer->body.root());
    append(changes, buyer->body.root(),
           event ? Result<Events>(Events{*std::move(event)}) : std::unexpected(event.error()));
    return changes;
}

Result<Changes> read_goods(Account& account, const commands::v1::Refresh& action, std::stop_token stop) {
    const bool by_id = is_id(action.native_id());
    if (!by_id && (action.sku().empty() || action.sku().find(',') != std::string::npos))
        return rejected("expected an id, or an SKU without a comma");
    const OfferFilter filter = by_id ? OfferFilter{.ids = {action.native_id()}} : OfferFilter{.skus = {action.sku()}};
    const Settings& settings = account.settings();
    const bool stock = action.entity() == "stock";
    const Result<ListPage> page = stock ? account.client().stocks(filter, !settings.warehouses.empty(), 1, stop)
                                        : account.client().offers(filter, 1, stop);
    if (!page) return std::unexpected(page.error());
    if (stock && page->rows().size() > 1) return rejected("the SKU stands on several offers");
    Changes changes;
    for (std::size_t i = 0; i < page->rows().size(); ++i) {
        const json::Value row = page->rows().at(i);
        if (!stock) {
            append(changes, row, offer_events(row, settings));
            continue;
        }
        Result<StockRow> parsed = stock_row(row, settings);
        append(changes, row, parsed ? Result<Events>(Events{stock_event(*parsed)}) : std::unexpected(parsed.error()));
    }
    return changes;
}

Result<Applied> refresh(Account& account, const commands::v1::Refresh& action, std::stop_token stop) {
    Result<Changes> seen = rejected("no such entity in this system");
    const std::string& entity = action.entity();
    if (entity == "document" || entity == "order")
        seen = read_order(account, action, std::move(stop));
    else if (entity == "customer")
        seen = read_buyer(account, action, std::move(stop));
    else if (entity == "stock" || entity == "product" || entity == "price")
        seen = read_goods(account, action, std::move(stop));
    if (!seen) return within("refreshing", std::move(seen).error());
    Applied applied = answer(action.native_id(), commands::v1::OUTCOME_APPLIED);
    applied.seen = *std::move(seen);
    return applied;
}

}  // namespace

Applied answer(std::string native_id, commands::v1::Outcome outcome, std::string error) {
    Applied applied;
    applied.result.set_outcome(outcome);
    applied.result.set_native_id(std::move(native_id));
    applied.result.set_error(std::move(error));
    return applied;
}

std::vector<Result<Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    if (batch.empty()) return {};
    if (batch.front().has_set_stock()) return apply_stock(*account_, batch, std::move(stop));
    std::vector<Result<Applied>> out;
    for (const events::Command& command : batch) out.push_back(apply_one(command, stop));
    return out;
}

Result<Applied> Sink::apply_one(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kExportOrder: return export_order(*account_, command.export_order(), std::move(stop));
        case events::Command::kUpdateOrder:
            return update_order(*account_, command.update_order(), command.native_id(), std::move(stop));
        case events::Command::kCancelDocument:
            // The order's connection stands in no member of it: the shop's change is what caused the command.
            return cancel_document(*account_, command.cancel_document(), command.native_id(),
                                   command.cause_connection(), std::move(stop));
        case events::Command::kExportRefund: return export_refund(*account_, command.export_refund(), std::move(stop));
        case events::Command::kRefresh: return refresh(*account_, command.refresh(), std::move(stop));
        default: return rejected("KeyCRM takes no such command");
    }
}

Result<std::optional<Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    if (command.has_export_order()) return find_export(*account_, command.export_order(), std::move(stop));
    if (command.has_export_refund()) return find_refund(*account_, command.export_refund(), std::move(stop));
    return std::nullopt;  // all other writes may be repeated: each reads first and sets what is not so
}

}  // namespace shopwire::keycrm
