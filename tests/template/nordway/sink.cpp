#include "tests/template/nordway/sink.h"

#include <utility>

#include "tests/template/nordway/translator.h"

namespace shopwire::nordway {
namespace {

using runtime::Applied;

Applied done(commands::v1::Outcome outcome, const std::string& native_id) {
    Applied applied;
    applied.result.set_outcome(outcome);
    applied.result.set_native_id(native_id);
    return applied;
}

Applied made(const commands::v1::ExportOrder& command, const HeldOrder& order, bool found) {
    Applied applied = done(commands::v1::OUTCOME_APPLIED, order.id);
    commands::v1::DocumentMade& document = *applied.result.mutable_document();
    document.set_type(command.document_type());
    document.set_external_number(command.external_number());
    document.set_native_id(order.id);
    document.set_number(order.number);
    *document.mutable_total() = events::to_proto(order.total);
    *document.mutable_expected_total() = command.order().total();
    document.set_found(found);
    return applied;
}

}  // namespace

std::vector<Result<Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    std::vector<Result<Applied>> answers;
    for (const events::Command& command : batch) answers.push_back(apply_one(command, stop));
    return answers;
}

Result<Applied> Sink::apply_one(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kExportOrder: return export_order(command.export_order(), std::move(stop));
        case events::Command::kCancelDocument:
            return cancel(command.cancel_document(), command.native_id(), std::move(stop));
        case events::Command::kSetStock: {
            const commands::v1::SetStock& stock = command.set_stock();
            const Status set = client_->set_stock(stock.sku(), events::from_proto(stock.quantity()), std::move(stop));
            if (!set) return std::unexpected(set.error());
            return done(commands::v1::OUTCOME_APPLIED, {});
        }
        default: return rejected("Nordway takes no such command");
    }
}

Result<std::optional<Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    if (!command.has_export_order()) return std::optional<Applied>();  // absolute: simply applied again
    const Result<std::optional<HeldOrder>> order = held(command.export_order().external_number(), std::move(stop));
    if (!order) return std::unexpected(order.error());
    if (!*order) return std::optional<Applied>();
    return made(command.export_order(), **order, true);
}

Result<std::optional<HeldOrder>> Sink::held(const std::string& external_number, std::stop_token stop) {
    const Result<std::vector<HeldOrder>> orders = client_->orders(external_number, std::move(stop));
    if (!orders) return std::unexpected(orders.error());
    for (const HeldOrder& order : *orders)
        if (order.status != "cancelled") return order;
    return std::optional<HeldOrder>();
}

// The system would make a second order of a repeated POST, so each begins with a look.
Result<Applied> Sink::export_order(const commands::v1::ExportOrder& command, std::stop_token stop) {
    Result<std::string> body = order_body(command, client_->settings());
    if (!body) return std::unexpected(std::move(body.error()));
    const Result<std::optional<HeldOrder>> known = held(command.external_number(), stop);
    if (!known) return std::unexpected(known.error());
    if (*known) return made(command, **known, true);
    const Result<HeldOrder> order = client_->create_order(*std::move(body), std::move(stop));
    if (!order) return std::unexpected(order.error());
    return made(command, *order, false);
}

Result<Applied> Sink::cancel(const commands::v1::CancelDocument& command, const std::string& known_id,
                             std::stop_token stop) {
    std::string id = command.native_id().empty() ? known_id : command.native_id();
    if (id.empty()) {
        const Result<std::optional<HeldOrder>> order = held(command.external_number(), stop);
        if (!order) return std::unexpected(order.error());
        if (!*order) return done(commands::v1::OUTCOME_UNCHANGED, {});
        id = (*order)->id;
    }
    const Result<bool> cancelled = client_->cancel_order(id, std::move(stop));
    if (!cancelled) return std::unexpected(cancelled.error());
    return done(*cancelled ? commands::v1::OUTCOME_APPLIED : commands::v1::OUTCOME_UNCHANGED, id);
}

}  // namespace shopwire::nordway
