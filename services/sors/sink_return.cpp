// Goods that come back: a refund as a document of its own, and what refunds took off an order whose reservation the
// staff turned into a final document meanwhile (contract sors 2.5).
#include "services/sors/sink.h"
#include "services/sors/sink_words.h"

namespace shopwire::sors {
namespace {

using commands::v1::ExportRefund;
using commands::v1::UpdateOrder;
using events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_INVOICE;
using events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_RETURN;
using runtime::Applied;

constexpr std::int64_t kCentMicros = 10'000;  // of rounding, for each line
constexpr std::string_view kBecameFinal = "the reservation has become a final document";

Decimal paid_back(const events::v1::Order& order) {
    Decimal sum;
    for (const events::v1::OrderRefund& refund : order.refunds()) sum += events::from_proto(refund.total());
    return sum;
}

}  // namespace

Result<std::optional<Sink::Known>> Sink::first_of(const std::vector<std::string>& numbers,
                                                  const std::vector<events::v1::DocumentType>& types,
                                                  std::stop_token stop) const {
    for (const std::string& number : numbers)
        for (const events::v1::DocumentType type : types) {
            Result<std::vector<Known>> found = find_all(type, number, stop);
            if (!found) return std::unexpected(std::move(found.error()));
            for (Known& known : *found)
                if (known.document.status != kCancelled) return std::optional<Known>(std::move(known));
        }
    return std::optional<Known>();
}

// It has the number of the reservation, or of the one that took its place.
Result<std::optional<Sink::Known>> Sink::issued_for(const std::string& external_number, std::stop_token stop) const {
    std::vector<std::string> numbers{external_number};
    const Result<std::vector<Known>> later = revisions(external_number, 2, stop);
    if (!later) return std::unexpected(later.error());
    for (const Known& known : *later) numbers.insert(numbers.begin(), known.document.external_number);
    return first_of(numbers, {DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, DOCUMENT_TYPE_DELIVERY_NOTE, DOCUMENT_TYPE_INVOICE},
                    std::move(stop));
}

// The document with which the goods of an order left.  nullopt: it is a reservation, and nothing left.
Result<std::optional<Sink::Known>> Sink::base_of(const ExportRefund& command, std::stop_token stop) const {
    const auto [database, id] = split_native_id(command.base_native_id());
    if (moves_goods(command.base_type()) && !database.empty() && !id.empty())
        return Known{.type = command.base_type(), .database = database, .document = {.id = id}};
    if (!client_.can("find_document"))
        return rejected("this dialect cannot look for the document with which the goods left, do it by hand in SORS");
    if (!moves_goods(command.base_type())) return issued_for(command.base_external_number(), std::move(stop));
    Result<std::optional<Known>> found = first_of({command.base_external_number()}, {command.base_type()}, stop);
    if (found && !*found) return rejected("SORS has no document " + command.base_external_number());
    return found;
}

Result<std::optional<Sink::Plan>> Sink::refund_plan(const ExportRefund& command, std::string& remark,
                                                    std::stop_token stop) const {
    Result<std::optional<Known>> base = std::optional<Known>(Known{.type = DOCUMENT_TYPE_INVOICE});
    if (command.base_type() != DOCUMENT_TYPE_INVOICE) base = base_of(command, stop);
    if (!base) return std::unexpected(std::move(base.error()));
    if (!*base) {
        remark = "the order is only reserved: there is nothing to return";
        return std::optional<Plan>();
    }
    if ((*base)->type == DOCUMENT_TYPE_INVOICE)
        return rejected("an invoice moved no goods that could come back, do it by hand in SORS");
    if (!client_.can("get_document")) return rejected("this dialect cannot read documents, do it by hand in SORS");
    const std::int64_t at_ms =
        command.refund().created_at_ms() > 0 ? command.refund().created_at_ms() : clock_.now_ms();
    const std::string date = client_.engine().zone().format(at_ms, "%Y-%m-%d");
    Result<std::string> database = database_of(date);
    if (!database) return std::unexpected(std::move(database.error()));
    if (*database != (*base)->database) return rejected(std::string(kOtherDatabase));
    const Result<StoredDocument> stored = whole(**base, std::move(stop));
    if (!stored) return std::unexpected(stored.error());
    Result<ReturnDraft> made = make_return(command, *stored, (*base)->type, date, settings_);
    if (!made) return std::unexpected(std::move(made.error()));
    const bool owes_money = (*base)->type == DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE && made->rest > Decimal{};
    if (made->draft.document.lines.empty()) {
        if (owes_money) return rejected("no goods came back. " + std::string(kNoCreditNote));
        remark = "no goods came back, and a delivery note holds no debt";
        return std::optional<Plan>();
    }
    if (owes_money) remark = made->rest.text(2) + " are for no goods. " + std::string(kNoCreditNote);
    return std::optional<Plan>(
        Plan{.type = DOCUMENT_TYPE_RETURN, .database = *std::move(database), .draft = std::move(made->draft)});
}

Result<Applied> Sink::export_refund(const ExportRefund& command, std::stop_token stop) {
    const std::string doing = "making return " + command.external_number();
    if (!settings_.export_orders) return rejected(std::string(kExportIsOff));
    std::string remark;
    const Result<std::optional<Plan>> plan = refund_plan(command, remark, stop);
    if (!plan) return within(doing, plan.error());
    if (!*plan) return unchanged({}, remark);
    if (client_.can("find_document")) {
        MaybeApplied found = existing(**plan, stop);
        if (!found) return within(doing, std::move(found.error()));
        if (*found) return **std::move(found);
    }
    Result<Applied> applied = create(**plan, std::move(stop));
    if (!applied) return within(doing, std::move(applied.error()));
    add_remark(*applied, remark);
    return applied;
}

// The staff made a final document of the reservation.  What refunds have taken off the order since comes back against
// it, each piece once: what came back before stands in the document.  Any other edit is the staff's.
Result<Applied> Sink::return_surplus(const UpdateOrder& command, const Plan& plan, const Known& standing,
                                     std::stop_token stop) {
    const std::string by_hand = std::string(kBecameFinal) + ", do it by hand in SORS";
    if (settings_.order_changes != "replace" || command.order().refunds().empty()) return rejected(by_hand);
    const Result<std::optional<Known>> base = issued_for(command.external_number(), stop);
    if (!base) return std::unexpected(base.error());
    if (!*base || !moves_goods((*base)->type)) return rejected(by_hand);
    const Result<StoredDocument> stored = whole(**base, stop);
    if (!stored) return std::unexpected(stored.error());
    const std::string date = client_.engine().zone().format(clock_.now_ms(), "%Y-%m-%d");
    const Result<std::string> database = database_of(date);
    if (!database) return std::unexpected(database.error());
    if (*database != (*base)->database) return rejected(std::string(kOtherDatabase));
    Result<Surplus> surplus = surplus_return(plan.draft, *stored, (*base)->type, date);
    if (!surplus) return rejected(by_hand + ": " + surplus.error().message);
    const Decimal cents = Decimal::from_micros(kCentMicros * static_cast<std::int64_t>(stored->lines.size()));
    // What left the order without being paid back was edited away, and may still be at the buyer's.
    if (stored->total - surplus->left > paid_back(command.order()) + cents) return rejected(by_hand);
    // Prices differ too: they were edited, or the pieces that came back are those of another line.
    if (surplus->off > cents) return rejected(by_hand);
    const std::string shown = native_id(standing.database, standing.document.id);
    if (surplus->draft.document.lines.empty()) return unchanged(shown);
    surplus->draft.document.external_number = command.external_number() + "-RU" + surplus->pieces.text();
    const Plan back{.type = DOCUMENT_TYPE_RETURN, .database = *database, .draft = std::move(surplus->draft)};
    const MaybeApplied found = existing(back, stop);
    if (!found) return std::unexpected(found.error());
    if (*found) return unchanged(shown);
    Result<Applied> applied = create(back, std::move(stop));
    if (!applied) return applied;
    applied->result.clear_document();  // of the return; the command was about the order's
    applied->result.set_native_id(shown);
    return applied;
}

}  // namespace shopwire::sors
