#include "services/woocommerce/sink.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "services/woocommerce/sink_price.h"
#include "services/woocommerce/sink_stock.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

runtime::Applied answer(std::string native_id, commands::v1::Outcome outcome) {
    runtime::Applied applied;
    applied.result.set_outcome(outcome);
    applied.result.set_native_id(std::move(native_id));
    return applied;
}

// An id goes into the address of the request, so it is digits and nothing else.
Status check_id(std::string_view id) {
    if (!id.empty() && id.find_first_not_of("0123456789") == std::string_view::npos) return {};
    return rejected("expected an id of digits");
}

// The shop runs notes through a filter for HTML, so the text may come back escaped and trimmed.
std::string comparable(std::string_view note) {
    std::string text = unescape_html(note);
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && is_space(text.back())) text.pop_back();
    text.erase(0, std::min(text.find_first_not_of(" \n\r\t"), text.size()));
    std::erase(text, '\r');
    return text;
}

// Where an order's life has ended: an older wish to move it on must not bring it back to life.
bool is_final(std::string_view status) {
    constexpr std::array<std::string_view, 5> kFinal{"cancelled", "refunded", "failed", "trash", "completed"};
    return std::ranges::find(kFinal, status) != kFinal.end();
}

}  // namespace

std::vector<Result<runtime::Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    if (batch.empty()) return {};
    if (batch.front().has_set_stock()) return apply_stock(*shop_, watch_, batch, stop);
    if (batch.front().has_set_price()) return apply_price(*shop_, batch, stop);
    std::vector<Result<runtime::Applied>> out;
    for (const events::Command& command : batch) out.push_back(apply_one(command, stop));
    return out;
}

Result<runtime::Applied> Sink::apply_one(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kSetOrderStatus: return set_status(command.set_order_status(), stop);
        case events::Command::kAddOrderNote: return add_note(command.add_order_note(), stop);
        case events::Command::kRefresh: return refresh(command.refresh(), stop);
        default: return rejected("applying a command: this system does not take this kind");
    }
}

// A no-op write would bump the order's date and fire webhooks, so the status is read first.
Result<runtime::Applied> Sink::set_status(const commands::v1::SetOrderStatus& action, std::stop_token stop) {
    constexpr std::string_view kDoing = "setting an order's status";
    const std::string& id = action.order_native_id();
    if (Status ok = check_id(id); !ok) return within(kDoing, std::move(ok).error());
    const Result<json::Document> before = shop_->client().get(List::kOrders, id, "id,status", stop);
    if (!before) return within(kDoing, before.error());
    const std::string shown(before->root().member("status").text());
    if (shown == action.status()) return answer(id, commands::v1::OUTCOME_UNCHANGED);
    if (is_final(shown)) {
        runtime::Applied kept = answer(id, commands::v1::OUTCOME_UNCHANGED);
        kept.result.set_error(std::string(kDoing) + ": it is " + shown + " by now, which stays");
        return kept;
    }
    json::Writer body;
    body.begin_object().key("status").string(action.status()).end_object();
    const Result<json::Document> after = shop_->client().update_order(id, body.take(), stop);
    if (!after) return within(kDoing, after.error());
    if (after->root().member("status").text() != action.status())
        return rejected(std::string(kDoing) + ": the shop shows another status after the write");
    return answer(id, commands::v1::OUTCOME_APPLIED);
}

Result<runtime::Applied> Sink::add_note(const commands::v1::AddOrderNote& action, std::stop_token stop) {
    constexpr std::string_view kDoing = "adding an order note";
    if (Status ok = check_id(action.order_native_id()); !ok) return within(kDoing, std::move(ok).error());
    json::Writer body;
    body.begin_object().key("note").string(action.text());
    body.key("customer_note").boolean(action.to_customer()).end_object();
    const Result<json::Document> note = shop_->client().add_note(action.order_native_id(), body.take(), stop);
    if (!note) return within(kDoing, note.error());
    return answer(std::string(note->root().member("id").text()), commands::v1::OUTCOME_APPLIED);
}

Result<std::optional<runtime::Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    constexpr std::string_view kDoing = "looking for an order note";
    if (!command.has_add_order_note()) return std::nullopt;  // all other writes may simply be repeated
    const commands::v1::AddOrderNote& action = command.add_order_note();
    if (Status ok = check_id(action.order_native_id()); !ok) return within(kDoing, std::move(ok).error());
    const Result<json::Document> notes = shop_->client().notes(action.order_native_id(), stop);
    if (!notes) return within(kDoing, notes.error());
    const std::string wanted = comparable(action.text());
    for (std::size_t i = 0; i < notes->root().size(); ++i) {
        const json::Value note = notes->root().at(i);
        if (note.member("customer_note").boolean() == action.to_customer() &&
            comparable(note.member("note").text()) == wanted)
            return answer(std::string(note.member("id").text()), commands::v1::OUTCOME_APPLIED);
    }
    return std::nullopt;
}

Result<runtime::Applied> Sink::refresh(const commands::v1::Refresh& action, std::stop_token stop) {
    Result<std::vector<runtime::Change>> seen = rejected("no such entity in this system");
    if (action.entity() == "order")
        seen = read_entity(List::kOrders, action.entity(), action.native_id(), stop);
    else if (action.entity() == "customer")
        seen = read_entity(List::kCustomers, action.entity(), action.native_id(), stop);
    else if (action.entity() == "product" || action.entity() == "stock" || action.entity() == "price")
        seen = read_product(action, stop);
    if (!seen) return within("refreshing", std::move(seen).error());
    runtime::Applied applied = answer(action.native_id(), commands::v1::OUTCOME_APPLIED);
    applied.seen = *std::move(seen);
    return applied;
}

Result<std::vector<runtime::Change>> Sink::read_entity(List list, const std::string& entity, const std::string& id,
                                                       std::stop_token stop) {
    if (Status ok = check_id(id); !ok) return std::unexpected(std::move(ok).error());
    std::vector<runtime::Change> changes;
    const bool orders = list == List::kOrders;
    const Result<json::Document> found = shop_->client().get(list, id, orders ? kOrderFields : kCustomerFields, stop);
    if (!found && found.error().kind != ErrorKind::kRejected) return std::unexpected(found.error());
    if (!found)
        changes.push_back({.raw = {}, .event = deleted_event(entity, id)});
    else
        append_changes(changes, found->root(),
                       orders ? order_events(found->root(), shop_->personal_keys())
                              : customer_events(found->root(), shop_->personal_keys()));
    return changes;
}

Result<std::vector<runtime::Change>> Sink::read_product(const commands::v1::Refresh& action, std::stop_token stop) {
    const Result<ShopFacts> facts = shop_->facts(stop);
    if (!facts) return std::unexpected(facts.error());
    std::vector<runtime::Change> changes;
    const std::array<std::string, 1> skus{action.sku()};
    const bool by_id = check_id(action.native_id()).has_value();
    if (!by_id && (action.sku().empty() || action.sku().find(',') != std::string::npos))
        return rejected("expected an id, or an SKU without a comma");
    const Result<json::Document> found =
        by_id ? shop_->client().get(List::kProducts, action.native_id(), kProductFields, stop)
              : shop_->client().products_by_sku(skus, kProductFields, 1, stop);
    if (!found && found.error().kind != ErrorKind::kRejected) return std::unexpected(found.error());
    const std::size_t rows = !found ? 0 : by_id ? 1 : found->root().size();
    if (rows == 0) changes.push_back({.raw = {}, .event = deleted_event("product", action.native_id(), action.sku())});
    for (std::size_t i = 0; i < rows; ++i) {
        const json::Value product = by_id ? found->root() : found->root().at(i);
        append_changes(changes, product, product_events(product, *facts));
    }
    return changes;
}

}  // namespace shopwire::woocommerce
