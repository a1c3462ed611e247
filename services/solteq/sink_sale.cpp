// Sales, refunds and what becomes of a sale that is edited or cancelled.
#include "services/solteq/sink.h"

namespace shopwire::solteq {
namespace {

using commands::v1::CancelDocument;
using commands::v1::ExportOrder;
using commands::v1::ExportRefund;
using commands::v1::UpdateOrder;
using dialect::FailureClass;
using runtime::Applied;

constexpr std::string_view kByHand =
    "Solteq has no way to change a sale: do it by hand, or set order_changes: refund_and_resend";

// Of the sale that takes the place of an order's first one, and of the refund that voids it.
std::string revision_id(const std::string& external_number, int revision) {
    return revision == 1 ? external_number : external_number + ":" + std::to_string(revision);
}
std::string void_id(const std::string& sale_id) { return sale_id + ":void"; }

std::string doing(const std::string& external_number) { return "making sale " + external_number; }

}  // namespace

Result<std::optional<Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    const dialect::Zone& zone = client_.engine().zone();
    switch (command.action_case()) {
        case events::Command::kExportOrder: return find_order(command.export_order(), std::move(stop));
        case events::Command::kExportRefund: {
            const ExportRefund& refund = command.export_refund();
            const Result<NewSale> sale = make_refund(refund, settings_, zone);
            if (!sale) return std::unexpected(sale.error());
            return existing(*sale,
                            {.external_number = refund.external_number(),
                             .type = events::v1::DOCUMENT_TYPE_RETURN,
                             .expected_total = sale->total},
                            std::move(stop));
        }
        // Each of their steps is looked for before it is made, so they may simply be applied again.
        case events::Command::kUpdateOrder:
        case events::Command::kCancelDocument:
            if (!client_.can("find_sale") || !settings_.lookup_reliable)
                return ambiguous("looking for a changed sale: Solteq cannot tell what was made, look by hand");
            return std::optional<Applied>();
        // What was made is found by who it is, and then there is nothing to write.
        case events::Command::kUpsertCustomer:
        default: return std::optional<Applied>();
    }
}

Result<std::optional<Applied>> Sink::find_order(const ExportOrder& command, std::stop_token stop) {
    const std::string& external_number = command.external_number();
    const Result<NewSale> sale = make_sale(command.order(), external_number, settings_, client_.engine().zone());
    if (!sale) return within(doing(external_number), sale.error());
    return existing(
        *sale, {.external_number = external_number, .type = command.document_type(), .expected_total = sale->total},
        std::move(stop));
}

Result<std::optional<StoredSale>> Sink::stored(const std::string& external_id, std::stop_token stop) {
    Outcome<std::vector<StoredSale>> found = client_.find_sales(external_id, std::move(stop));
    if (!found) return within("looking for sale " + external_id, std::move(found.error().error));
    if (found->empty()) return std::optional<StoredSale>();
    return std::optional<StoredSale>(std::move(found->front()));
}

Result<std::optional<Applied>> Sink::existing(const NewSale& sale, const Asked& asked, std::stop_token stop) {
    const std::string unsure =
        "looking for sale " + sale.external_id + ": Solteq cannot tell whether it was made, look by hand";
    if (!client_.can("find_sale")) return ambiguous(unsure);
    Result<std::optional<StoredSale>> found = stored(sale.external_id, std::move(stop));
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found && !settings_.lookup_reliable) return ambiguous(unsure);
    if (!*found) return std::optional<Applied>();
    if (!same_content(sale, **found))
        return rejected("DUPLICATE_WITH_OTHER_CONTENT: sale " + (*found)->number + " with external id " +
                        sale.external_id + " has other rows: Solteq has " + (*found)->total.text(2) + ", the shop " +
                        sale.total.text(2));
    return std::optional<Applied>(made(sale, asked, **found, true));
}

Result<Applied> Sink::create(const NewSale& sale, const Asked& asked, std::stop_token stop) {
    const Outcome<StoredSale> stored = client_.create_sale(sale, stop);
    if (stored) return made(sale, asked, *stored, false);
    if (stored.error().reason != FailureClass::kDuplicate) return std::unexpected(stored.error().error);
    if (!client_.can("find_sale"))
        return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + stored.error().error.message + ", and it cannot be read");
    MaybeApplied found = existing(sale, asked, std::move(stop));
    if (found && *found) return **std::move(found);
    if (!found && found.error().kind != ErrorKind::kAmbiguous) return std::unexpected(std::move(found.error()));
    return transient(stored.error().error.message + ", but no lookup shows it yet");
}

Result<Applied> Sink::export_order(const ExportOrder& command, std::stop_token stop) {
    const std::string& external_number = command.external_number();
    if (!settings_.export_orders) return rejected("exporting orders is switched off for this connection");
    if (command.document_type() == events::v1::DOCUMENT_TYPE_RETURN) return rejected("an order is no return");
    Result<NewSale> sale = make_sale(command.order(), external_number, settings_, client_.engine().zone());
    if (!sale) return within(doing(external_number), std::move(sale.error()));
    const Asked asked{
        .external_number = external_number, .type = command.document_type(), .expected_total = sale->total};
    if (client_.can("find_sale")) {
        MaybeApplied found = existing(*sale, asked, stop);
        // Before the first attempt an empty lookup is enough.
        if (!found && found.error().kind != ErrorKind::kAmbiguous) return std::unexpected(std::move(found.error()));
        if (found && *found) return **std::move(found);
    }
    if (Status ok = add_customer(*sale, command.order(), stop); !ok) return within(doing(external_number), ok.error());
    return create(*sale, asked, std::move(stop));
}

Result<Applied> Sink::export_refund(const ExportRefund& command, std::stop_token stop) {
    const std::string named = "making refund " + command.external_number();
    if (!settings_.export_orders) return rejected("exporting orders is switched off for this connection");
    Result<NewSale> sale = make_refund(command, settings_, client_.engine().zone());
    if (!sale) return within(named, std::move(sale.error()));
    const Asked asked{.external_number = command.external_number(),
                      .type = events::v1::DOCUMENT_TYPE_RETURN,
                      .expected_total = sale->total};
    if (client_.can("find_sale")) {
        MaybeApplied found = existing(*sale, asked, stop);
        if (!found && found.error().kind != ErrorKind::kAmbiguous) return std::unexpected(std::move(found.error()));
        if (found && *found) return **std::move(found);
    }
    // The order may have been sent anew since: the refund belongs to what stands for it now.
    if (settings_.order_changes == "refund_and_resend") {
        Result<std::optional<Standing>> base = standing(command.base_external_number(), stop);
        if (!base) return within(named, std::move(base.error()));
        if (*base && (*base)->voided) return rejected(named + ": the sale was refunded whole already");
        if (*base) sale->original_external_id = (*base)->sale.external_id;
    }
    return create(*sale, asked, std::move(stop));
}

Result<std::optional<Sink::Standing>> Sink::standing(const std::string& external_number, std::stop_token stop) {
    std::optional<Standing> last;
    for (int revision = 1; revision <= kRevisionsMax; ++revision) {
        Result<std::optional<StoredSale>> found = stored(revision_id(external_number, revision), stop);
        if (!found) return std::unexpected(std::move(found.error()));
        if (!*found) break;
        last = Standing{.sale = **std::move(found), .revision = revision};
    }
    if (!last) return last;
    const Result<std::optional<StoredSale>> voided = stored(void_id(last->sale.external_id), std::move(stop));
    if (!voided) return std::unexpected(voided.error());
    last->voided = voided->has_value();
    return last;
}

Status Sink::void_sale(const Standing& standing, const std::string& payment_type, std::stop_token stop) {
    if (standing.voided) return {};
    const Result<NewSale> refund = void_of(standing.sale, void_id(standing.sale.external_id), payment_type, settings_,
                                           client_.engine().zone(), clock_.now_ms());
    if (!refund) return std::unexpected(refund.error());
    const Result<Applied> created = create(*refund, {.expected_total = refund->total}, std::move(stop));
    return created ? Status{} : std::unexpected(created.error());
}

Result<Applied> Sink::update_order(const UpdateOrder& command, const std::string& known_id, std::stop_token stop) {
    const std::string& external_number = command.external_number();
    const std::string named = "changing sale " + external_number;
    if (!settings_.export_orders) return rejected("exporting orders is switched off for this connection");
    if (!client_.can("find_sale")) return rejected(named + ": " + std::string(kByHand));
    Result<NewSale> sale = make_sale(command.order(), external_number, settings_, client_.engine().zone());
    if (!sale) return within(named, std::move(sale.error()));
    const Result<std::optional<Standing>> now = standing(external_number, stop);
    if (!now) return within(named, now.error());
    // A sale that was made has an id in the command, even while lookups do not show it yet.
    if (!*now && !known_id.empty()) return transient(named + ": no lookup shows it yet");
    if (!*now) return rejected(named + ": Solteq has no such sale");
    const Standing& stands = **now;
    const Asked asked{
        .external_number = external_number, .type = command.document_type(), .expected_total = sale->total};
    // Most edits touch what a sale does not hold: its status, an address.
    if (!stands.voided && same_content(*sale, stands.sale)) {
        Applied applied = made(*sale, asked, stands.sale, true);
        applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
        return applied;
    }
    if (settings_.order_changes != "refund_and_resend") return rejected(named + ": " + std::string(kByHand));
    if (command.order().refunds_size() > 0)
        return rejected(named + ": the order has refunds, which a whole refund would count twice; do it by hand");
    if (stands.revision == kRevisionsMax) return rejected(named + ": it was changed too often");
    if (Status ok = add_customer(*sale, command.order(), stop); !ok) return within(named, ok.error());
    if (Status ok = void_sale(stands, sale->payments.front().type, stop); !ok) return within(named, ok.error());
    sale->external_id = revision_id(external_number, stands.revision + 1);
    return create(*sale, asked, std::move(stop));
}

Result<Applied> Sink::cancel(const CancelDocument& command, std::stop_token stop) {
    const std::string named = "cancelling sale " + command.external_number();
    if (!client_.can("find_sale")) return rejected(named + ": " + std::string(kByHand));
    const Result<std::optional<Standing>> now = standing(command.external_number(), stop);
    if (!now) return within(named, now.error());
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
    if (!*now && !command.native_id().empty()) return transient(named + ": no lookup shows it yet");
    if (!*now) return applied;  // none was ever made
    applied.result.set_native_id((*now)->sale.id);
    if ((*now)->voided) return applied;
    if (settings_.order_changes != "refund_and_resend") return rejected(named + ": " + std::string(kByHand));
    // The rows of a refund of the whole are pieces, which raise the stock.
    if (command.goods_stay_out())
        return rejected(named + ": the money was paid back and its goods did not come back; do it by hand in Solteq");
    if (Status ok = void_sale(**now, {}, std::move(stop)); !ok) return within(named, ok.error());
    applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    return applied;
}

}  // namespace shopwire::solteq
