#include "services/keycrm/sink_order.h"

#include <algorithm>
#include <charconv>

#include "common/log/log.h"
#include "services/keycrm/draft.h"
#include "services/keycrm/order_state.h"
#include "services/keycrm/sink.h"
#include "services/keycrm/translator.h"

namespace shopwire::keycrm {
namespace {

using commands::v1::ExportOrder;
using runtime::Applied;

void add_remark(std::string& text, std::string_view remark) {
    if (remark.empty()) return;
    if (!text.empty()) text += "; ";
    text += remark;
}

Applied made(const ExportOrder& command, const std::string& id, Decimal total, bool found) {
    const Decimal expected = events::from_proto(command.order().total());
    Applied applied = answer(id, commands::v1::OUTCOME_APPLIED, difference(expected, total));
    commands::v1::DocumentMade& document = *applied.result.mutable_document();
    document.set_type(command.document_type());
    document.set_external_number(command.external_number());
    document.set_native_id(id);
    document.set_number(id);
    *document.mutable_total() = events::to_proto(total);
    *document.mutable_expected_total() = events::to_proto(expected);
    document.set_found(found);
    return applied;
}

Status check_number(const std::string& number) {
    if (number.empty()) return rejected("the command has no external number");
    // The filter is a comma list, and what cannot be looked for must not be made.
    if (number.find(',') != std::string::npos) return rejected("an external number with a comma cannot be looked for");
    return {};
}

Result<std::int64_t> source_for(const Settings& settings, const std::string& order_connection) {
    const std::int64_t source = settings.source_of(order_connection);
    if (source == 0) return rejected("no source_id is configured");
    return source;
}

// The order's rows with this number and source: what a filter lets through is looked at again.
struct Match {
    std::string id{};
    Decimal total{};
    std::string status{};
    std::string group{};
};
Match match_of(json::Reader& row) {
    return {.id = row.id("id"),
            .total = amount(row, "grand_total"),
            .status = std::string(row.raw("status_id").text()),
            .group = std::string(row.raw("status_group_id").text())};
}

Result<std::optional<Match>> match_order(Account& account, const std::string& uuid, std::int64_t source,
                                         std::stop_token stop) {
    if (Status ok = check_number(uuid); !ok) return std::unexpected(std::move(ok).error());
    const Result<ListPage> page = account.client().orders_by_uuid(uuid, source, std::move(stop));
    if (!page) return within("looking for order " + uuid, page.error());
    std::optional<Match> first;
    for (std::size_t i = 0; i < page->rows().size(); ++i) {
        json::Reader row(page->rows().at(i));
        if (row.raw("source_uuid").text() != uuid || row.raw("source_id").text() != std::to_string(source)) continue;
        Match match = match_of(row);
        if (Status ok = row.status(); !ok) return within("looking for order " + uuid, std::move(ok).error());
        if (first) {  // made twice by others or before us: the first one stays ours
            account.doubled_orders().add();
            log::warning("an order stands more than once in KeyCRM", {{"first", first->id}, {"other", match.id}});
            break;
        }
        first = std::move(match);
    }
    // Only a full page without a match leaves the question open.
    if (!first && page->more) return transient("looking for order " + uuid + ": the filter was ignored");
    return first;
}

Status check_skus(Account& account, const Draft& draft, std::stop_token stop) {
    std::vector<std::string> skus;
    for (const DraftLine& line : draft.lines)
        if (!line.sku.empty() && line.sku.find(',') == std::string::npos &&
            std::ranges::find(skus, line.sku) == skus.end())
            skus.push_back(line.sku);
    for (std::size_t at = 0; at < skus.size(); at += kPageMax) {
        const std::size_t end = std::min(skus.size(), at + kPageMax);
        const std::vector<std::string> chunk(skus.begin() + static_cast<std::ptrdiff_t>(at),
                                             skus.begin() + static_cast<std::ptrdiff_t>(end));
        const Result<ListPage> page = account.client().stocks({.skus = chunk}, false, 1, stop);
        if (!page) return within("looking for articles", page.error());
        for (const std::string& sku : chunk) {
            bool known = false;
            for (std::size_t i = 0; i < page->rows().size(); ++i)
                known |= events::fold_sku(page->rows().at(i).member("sku").text()) == events::fold_sku(sku);
            if (!known && !page->more) return rejected("SKU " + sku + " is not known to KeyCRM");
        }
    }
    return {};
}

Result<Decimal> total_in(const Answer& answer, std::string_view doing) {
    json::Reader reader(answer.body.root());
    const Decimal total = amount(reader, "grand_total");
    if (Status ok = reader.status(); !ok) return ambiguous(std::string(doing) + ": " + ok.error().message);
    return total;
}

// The group of an active status.
Result<std::int64_t> group_of(Account& account, std::int64_t status, std::stop_token stop) {
    const Result<std::vector<OrderStatus>> statuses = account.read_statuses(std::move(stop));
    if (!statuses) return std::unexpected(statuses.error());
    const auto found = std::ranges::find(*statuses, status, &OrderStatus::id);
    if (found == statuses->end()) return rejected("the account has no active status " + std::to_string(status));
    return found->group;
}

// An account may begin an order in a status of its own choice, whatever was sent.  One that reserves nothing is moved
// to the one that does before the order counts as made; what was answered to that is looked at, or the order itself.
Status reserve(Account& account, const Match& made, std::stop_token stop) {
    const bool may_be_new = made.group.empty() || made.group == std::to_string(kGroupNew);
    if (account.settings().unreserved_orders == "allow" || !may_be_new) return {};
    if (Status ok = account.check_start(stop); !ok) return ok;
    if (account.holds_stock(made.status, made.group)) return {};
    json::Writer out;
    out.begin_object().key("status_id").number(account.start_status()).end_object();
    Result<Answer> now = account.client().update_order(made.id, out.take(), stop);
    if (!now) return std::unexpected(std::move(now).error());
    if (!now->ok()) return now->refused("update_order");
    if (now->body.root().member("status_id").text().empty()) {
        now = account.client().order(made.id, {}, std::move(stop));
        if (!now) return std::unexpected(std::move(now).error());
        if (!now->ok()) return now->refused("get_order");
    }
    const json::Value order = now->body.root();
    if (account.holds_stock(order.member("status_id").text(), order.member("status_group_id").text())) return {};
    return ambiguous("update_order: the order reserves nothing still");
}

// Statuses of KeyCRM are finer than the shop's, so an order is only ever moved on to a later group, never back and
// never out of an end.
Result<std::int64_t> next_status(Account& account, const OrderState& state, const std::string& shop_status,
                                 std::stop_token stop) {
    const auto found = account.settings().statuses.find(shop_status);
    if (!account.settings().updates("status") || found == account.settings().statuses.end()) return 0;
    const std::string wanted = std::to_string(found->second);
    if (wanted == state.status_id || state.status_group >= kGroupCompleted) return 0;
    const Result<std::int64_t> group = group_of(account, found->second, std::move(stop));
    if (!group) return group;
    return *group > state.status_group ? found->second : 0;
}

Status settle_payment(Account& account, const OrderState& state, const events::v1::Order& order, bool& wrote,
                      std::string& remarks, std::stop_token stop) {
    const PaymentChange change = plan_payment(state, order);
    add_remark(remarks, change.remark);
    const Settings& settings = account.settings();
    if (change.settle_id.empty() && !change.add) return {};
    Result<Answer> done = rejected("no payment method is known");
    json::Writer out;
    out.begin_object();
    if (!change.settle_id.empty()) {
        out.key("status").string("paid");
        if (!order.transaction_id().empty()) out.key("description").string(order.transaction_id());
        done = account.client().update_payment(state.id, change.settle_id, out.end_object().take(), std::move(stop));
    } else {
        const auto found = settings.payment_methods.find(order.payment_method());
        const std::int64_t method =
            found == settings.payment_methods.end() ? settings.payment_method_id : found->second;
        if (method != 0)
            out.key("payment_method_id").number(method);
        else
            out.key("payment_method").string(order.payment_title().empty() ? "Shop" : order.payment_title());
        out.key("amount").number(*change.add, 2).key("status").string("paid");
        if (!order.transaction_id().empty()) out.key("description").string(order.transaction_id());
        out.key("payment_date").string(keycrm_time(order.paid_at_ms()));
        done = account.client().create_payment(state.id, out.end_object().take(),
                                               account.clock().monotonic() + settings.send_within, std::move(stop));
    }
    if (!done) return std::unexpected(done.error());
    if (!done->ok()) return done->refused("writing a payment");
    wrote = true;
    return {};
}

// The state of an order that the journal, the command or its number names.  The document outlives the state.
struct Held {
    Answer answer;
    OrderState state{};
};
Result<std::optional<Held>> read_held(Account& account, const std::string& id, std::stop_token stop) {
    Result<Answer> read = account.client().order(id, kStateIncludes, std::move(stop));
    if (!read) return std::unexpected(std::move(read).error());
    if (!read->ok()) {
        if (read->status == 404) return std::nullopt;
        return read->refused("get_order");
    }
    Result<OrderState> state = order_state(read->body.root());
    if (!state) return std::unexpected(std::move(state).error());
    return Held{.answer = *std::move(read), .state = *std::move(state)};
}

// Announced payments of an order that will not come.
Status drop_payments(Account& account, const OrderState& state, bool& wrote, std::stop_token stop) {
    for (const OrderState::Payment& payment : state.payments) {
        if (payment.status != "not_paid") continue;
        const Result<Answer> done =
            account.client().update_payment(state.id, payment.id, R"({"status":"canceled"})", stop);
        if (!done) return std::unexpected(done.error());
        if (!done->ok() && done->status != 404) return done->refused("cancelling a payment");
        wrote = true;
    }
    return {};
}

}  // namespace

Result<std::string> find_order_id(Account& account, const std::string& uuid, const std::string& order_connection,
                                  std::stop_token stop) {
    const Result<std::int64_t> source = source_for(account.settings(), order_connection);
    if (!source) return std::unexpected(source.error());
    const Result<std::optional<Match>> found = match_order(account, uuid, *source, std::move(stop));
    if (!found) return std::unexpected(found.error());
    return *found ? (*found)->id : std::string();
}

Result<std::optional<Applied>> find_export(Account& account, const ExportOrder& command, std::stop_token stop) {
    const Result<std::int64_t> source = source_for(account.settings(), command.order_connection());
    if (!source) return std::unexpected(source.error());
    const Result<std::optional<Match>> found = match_order(account, command.external_number(), *source, stop);
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    if (Status ok = reserve(account, **found, std::move(stop)); !ok) return std::unexpected(std::move(ok).error());
    Applied adopted = made(command, (*found)->id, (*found)->total, true);
    if ((*found)->group == std::to_string(kGroupCancelled))
        add_remark(*adopted.result.mutable_error(), "KeyCRM shows it as cancelled");
    return adopted;
}

Result<Applied> export_order(Account& account, const ExportOrder& command, std::stop_token stop) {
    const Settings& settings = account.settings();
    const Clock::Monotonic not_after = account.clock().monotonic() + settings.send_within;
    const std::string doing = "making order " + command.external_number();
    Result<std::optional<Applied>> found = find_export(account, command, stop);
    if (!found) return within(doing, std::move(found).error());
    if (*found) return **std::move(found);
    if (Status ok = account.check_start(stop); !ok) return within(doing, std::move(ok).error());
    const Result<Draft> draft = make_draft(command.order(), settings);
    if (!draft) return within(doing, draft.error());
    if (settings.check_skus)
        if (Status ok = check_skus(account, *draft, stop); !ok) return within(doing, std::move(ok).error());
    const Result<Answer> created =
        account.client().create_order(create_body(*draft, command, settings), not_after, stop);
    if (!created) return within(doing, created.error());
    if (!created->ok()) {
        // An account may refuse a number that it knows: then somebody made it between our look and our write.
        found = find_export(account, command, std::move(stop));
        if (found && *found) return **std::move(found);
        return within(doing, created->refused("create_order").error());
    }
    json::Reader reader(created->body.root());
    const Match match = match_of(reader);
    if (Status ok = reader.status(); !ok) return ambiguous(doing + ": " + ok.error().message);
    // It is there, so no error of the move may be taken for one of the create, which would be sent again.
    if (const Status ok = reserve(account, match, std::move(stop)); !ok)
        return ambiguous(doing + ": it is made, but " + ok.error().message);
    return made(command, match.id, match.total, false);
}

Result<Applied> update_order(Account& account, const commands::v1::UpdateOrder& command, const std::string& known_id,
                             std::stop_token stop) {
    const Settings& settings = account.settings();
    const std::string doing = "changing order " + command.external_number();
    std::string id = known_id;
    if (!is_id(id)) {
        Result<std::string> found = find_order_id(account, command.external_number(), command.order_connection(), stop);
        if (!found) return within(doing, std::move(found).error());
        id = *std::move(found);
    }
    if (id.empty()) return rejected(doing + ": KeyCRM does not have it");
    const Result<std::optional<Held>> held = read_held(account, id, stop);
    if (!held) return within(doing, held.error());
    if (!*held) return rejected(doing + ": KeyCRM has no order " + id);
    const OrderState& state = (*held)->state;
    const Result<Draft> draft = make_draft(command.order(), settings);
    if (!draft) return within(doing, draft.error());
    const Result<std::int64_t> status = next_status(account, state, command.order().status(), stop);
    if (!status) return within(doing, status.error());
    // What is closed is booked: of it only a payment may still be missing.
    const bool closed = state.status_group >= kGroupCompleted;
    const OrderChange change = closed ? OrderChange{} : plan_change(state, *draft, command.order(), *status, settings);
    std::string remarks;
    for (const std::string& remark : change.remarks) add_remark(remarks, remark);
    bool wrote = false;
    Decimal total = state.total;
    if (!change.body.empty()) {
        const Result<Answer> done = account.client().update_order(id, change.body, stop);
        if (!done) return within(doing, done.error());
        if (!done->ok()) return within(doing, done->refused("update_order").error());
        const Result<Decimal> after = total_in(*done, doing);
        if (!after) return std::unexpected(after.error());
        total = *after;
        wrote = true;
    }
    if (settings.updates("payments") && state.status_group != kGroupCancelled)
        if (Status ok = settle_payment(account, state, command.order(), wrote, remarks, std::move(stop)); !ok)
            return within(doing, std::move(ok).error());
    add_remark(remarks, difference(draft->expected_total, total));
    return answer(id, wrote ? commands::v1::OUTCOME_APPLIED : commands::v1::OUTCOME_UNCHANGED, remarks);
}

Result<Applied> cancel_document(Account& account, const commands::v1::CancelDocument& command,
                                const std::string& known_id, const std::string& order_connection,
                                std::stop_token stop) {
    const Settings& settings = account.settings();
    const std::string doing = "cancelling order " + command.external_number();
    const std::string& native = command.native_id().empty() ? known_id : command.native_id();
    std::string id = native;
    if (!is_id(id)) {
        Result<std::string> found = find_order_id(account, command.external_number(), order_connection, stop);
        if (!found) return within(doing, std::move(found).error());
        id = *std::move(found);
    }
    // An order that was made has an id in the journal; without one none was made, and there is nothing to cancel.
    if (id.empty() && !native.empty()) return transient(doing + ": no lookup shows it yet");
    if (id.empty()) return answer({}, commands::v1::OUTCOME_UNCHANGED);
    const Result<std::optional<Held>> held = read_held(account, id, stop);
    if (!held) return within(doing, held.error());
    if (!*held) return answer(id, commands::v1::OUTCOME_UNCHANGED);
    const OrderState& state = (*held)->state;
    if (state.status_group == kGroupCompleted)
        return rejected(doing + ": KeyCRM shows it as completed, cancel it by hand");
    // Cancelled it gives its pieces back, and those may be lost.
    if (state.status_group == kGroupDelivery && command.goods_stay_out())
        return rejected(
            doing + ": the money was paid back, its goods are on their way and did not come back; cancel it by hand");
    bool wrote = false;
    if (state.status_group != kGroupCancelled && state.status_id != std::to_string(settings.cancel_status_id)) {
        json::Writer out;
        out.begin_object().key("status_id").number(settings.cancel_status_id).end_object();
        const Result<Answer> done = account.client().update_order(id, out.take(), stop);
        if (!done) return within(doing, done.error());
        if (!done->ok()) return within(doing, done->refused("update_order").error());
        wrote = true;
    }
    if (Status ok = drop_payments(account, state, wrote, std::move(stop)); !ok)
        return within(doing, std::move(ok).error());
    return answer(id, wrote ? commands::v1::OUTCOME_APPLIED : commands::v1::OUTCOME_UNCHANGED);
}

}  // namespace shopwire::keycrm
