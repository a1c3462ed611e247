#include "services/keycrm/sink_refund.h"

#include "services/keycrm/draft.h"
#include "services/keycrm/sink.h"
#include "services/keycrm/sink_order.h"
#include "services/keycrm/translator.h"

namespace shopwire::keycrm {
namespace {

using commands::v1::ExportRefund;
using runtime::Applied;

constexpr std::string_view kIncludes = "payments,expenses";

// The order's JSON, with what marks a refund as written.
struct Base {
    std::string id{};
    Answer order;
};

// What a note of this refund begins with: complete, so that R-1 is not found in R-10.
std::string mark_of(const ExportRefund& command) { return "Refund " + command.external_number() + ":"; }

std::string note_of(const ExportRefund& command) {
    std::string note = mark_of(command) + " " + events::from_proto(command.refund().amount()).text(2);
    if (!command.refund().reason().empty()) note += ", " + command.refund().reason();
    return note;
}

Result<Base> read_base(Account& account, const ExportRefund& command, std::stop_token stop) {
    std::string id = command.base_native_id();
    if (!is_id(id)) {
        Result<std::string> found =
            find_order_id(account, command.base_external_number(), command.order_connection(), stop);
        if (!found) return std::unexpected(std::move(found).error());
        id = *std::move(found);
    }
    if (id.empty()) return rejected("KeyCRM does not have order " + command.base_external_number());
    Result<Answer> order = account.client().order(id, kIncludes, std::move(stop));
    if (!order) return std::unexpected(std::move(order).error());
    if (!order->ok()) return order->refused("get_order");
    return Base{.id = std::move(id), .order = *std::move(order)};
}

Applied made(const ExportRefund& command, const std::string& native_id, bool found) {
    Applied applied = answer(native_id, commands::v1::OUTCOME_APPLIED);
    commands::v1::DocumentMade& document = *applied.result.mutable_document();
    document.set_type(events::v1::DOCUMENT_TYPE_RETURN);
    document.set_external_number(command.external_number());
    document.set_native_id(native_id);
    document.set_number(native_id);
    *document.mutable_total() = command.refund().amount();
    *document.mutable_expected_total() = command.refund().amount();
    document.set_found(found);
    return applied;
}

// Where this refund stands already, however it was noted.
std::optional<Applied> noted(const ExportRefund& command, const Base& base) {
    const std::string mark = mark_of(command);
    const json::Value order = base.order.body.root();
    for (const char* list : {"expenses", "payments"}) {
        const json::Value rows = order.member(list);
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows.at(i).member("description").text().find(mark) != std::string_view::npos)
                return made(command, base.id + "/" + list + "/" + std::string(rows.at(i).member("id").text()), true);
    }
    if (order.member("manager_comment").text().find(mark) != std::string_view::npos)
        return made(command, base.id + "/comment", true);
    return std::nullopt;
}

// A paid payment of exactly this amount.
std::optional<std::string> whole_payment(const ExportRefund& command, const Base& base) {
    const Decimal amount_back = events::from_proto(command.refund().amount());
    const json::Value rows = base.order.body.root().member("payments");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        json::Reader row(rows.at(i));
        if (row.string_or("status") == "paid" && amount(row, "amount") == amount_back && row.status())
            return row.id("id");
    }
    return std::nullopt;
}

Result<Applied> cancel_payment(Account& account, const ExportRefund& command, const Base& base, const std::string& id,
                               std::stop_token stop) {
    json::Writer out;
    out.begin_object().key("status").string("canceled").key("description").string(note_of(command)).end_object();
    const Result<Answer> done = account.client().update_payment(base.id, id, out.take(), std::move(stop));
    if (!done) return std::unexpected(done.error());
    if (!done->ok()) return done->refused("update_payment");
    return made(command, base.id + "/payments/" + id, false);
}

Result<Applied> add_comment(Account& account, const ExportRefund& command, const Base& base, std::stop_token stop) {
    std::string comment(base.order.body.root().member("manager_comment").text());  // staff's own: only added to
    if (!comment.empty()) comment += "\n";
    comment += note_of(command);
    json::Writer out;
    out.begin_object().key("manager_comment").string(comment).end_object();
    const Result<Answer> done = account.client().update_order(base.id, out.take(), std::move(stop));
    if (!done) return std::unexpected(done.error());
    if (!done->ok()) return done->refused("update_order");
    return made(command, base.id + "/comment", false);
}

Result<Applied> add_expense(Account& account, const ExportRefund& command, const Base& base, Clock::Monotonic not_after,
                            std::stop_token stop) {
    const Settings& settings = account.settings();
    json::Writer out;
    out.begin_object();
    if (settings.expense_type_id != 0)
        out.key("expense_type_id").number(settings.expense_type_id);
    else
        out.key("expense_type").string(settings.expense_type);
    out.key("amount").number(events::from_proto(command.refund().amount()), 2);
    out.key("description").string(note_of(command));
    if (command.refund().created_at_ms() > 0)
        out.key("payment_date").string(keycrm_time(command.refund().created_at_ms()));
    const Result<Answer> done =
        account.client().create_expense(base.id, out.end_object().take(), not_after, std::move(stop));
    if (!done) return std::unexpected(done.error());
    if (!done->ok()) return done->refused("create_expense");
    return made(command, base.id + "/expenses/" + std::string(done->body.root().member("id").text()), false);
}

Status check_refund(const ExportRefund& command) {
    if (command.external_number().empty()) return rejected("the command has no external number");
    if (events::from_proto(command.refund().amount()) <= Decimal{}) return rejected("the amount is not above zero");
    return {};
}

}  // namespace

Result<Applied> export_refund(Account& account, const ExportRefund& command, std::stop_token stop) {
    const Clock::Monotonic not_after = account.clock().monotonic() + account.settings().send_within;
    const std::string doing = "noting refund " + command.external_number();
    if (Status ok = check_refund(command); !ok) return within(doing, std::move(ok).error());
    const Result<Base> base = read_base(account, command, stop);
    if (!base) return within(doing, base.error());
    if (std::optional<Applied> found = noted(command, *base)) return *std::move(found);
    const std::string& as = account.settings().refund_as;
    const std::optional<std::string> payment = as == "cancel_payment" ? whole_payment(command, *base) : std::nullopt;
    Result<Applied> done = payment           ? cancel_payment(account, command, *base, *payment, std::move(stop))
                           : as == "comment" ? add_comment(account, command, *base, std::move(stop))
                                             : add_expense(account, command, *base, not_after, std::move(stop));
    if (!done) return within(doing, std::move(done).error());
    return done;
}

Result<std::optional<Applied>> find_refund(Account& account, const ExportRefund& command, std::stop_token stop) {
    const Result<Base> base = read_base(account, command, std::move(stop));
    if (!base) return within("looking for refund " + command.external_number(), base.error());
    return noted(command, *base);
}

}  // namespace shopwire::keycrm
