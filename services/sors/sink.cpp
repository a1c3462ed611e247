#include "services/sors/sink.h"

#include <set>

#include "services/sors/credit.h"
#include "services/sors/sink_words.h"

namespace shopwire::sors {
namespace {

using dialect::FailureClass;
using runtime::Applied;

}  // namespace

Sink::Sink(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
    : room_(std::move(room)),
      clock_(context.clock),
      differences_(context.metrics.counter("shopwire_sors_documents_with_difference_total",
                                           "Documents whose total is not the order's", context.labels())),
      over_limit_(context.metrics.counter("shopwire_sors_credit_warnings_total",
                                          "Orders exported although the credit was exceeded or not checked",
                                          context.labels())),
      desk_(client_, settings_, context.clock,
            context.metrics.counter("shopwire_sors_customers_doubled_total",
                                    "Orders whose customer stands more than once in SORS", context.labels())) {}

std::vector<Result<Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    std::vector<Result<Applied>> out;
    for (const events::Command& command : batch) out.push_back(apply_one(command, stop));
    return out;
}

Result<Applied> Sink::apply_one(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kExportOrder: return export_order(command.export_order(), std::move(stop));
        case events::Command::kUpdateOrder:
            return update_order(command.update_order(), command.native_id(), std::move(stop));
        case events::Command::kExportRefund: return export_refund(command.export_refund(), std::move(stop));
        case events::Command::kCancelDocument:
            return cancel(command.cancel_document(), command.native_id(), std::move(stop));
        case events::Command::kUpsertCustomer:
            return upsert_customer(command.upsert_customer(), command.native_id(), std::move(stop));
        default: return rejected("SORS takes no such command");
    }
}

Result<std::optional<Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kExportOrder: {
            const commands::v1::ExportOrder& order = command.export_order();
            const Result<Plan> plan = plan_of(order.order(), order.document_type(), order.external_number(), stop);
            return plan ? landed(*plan, std::move(stop)) : std::unexpected(plan.error());
        }
        case events::Command::kExportRefund: {
            std::string remark;
            const Result<std::optional<Plan>> plan = refund_plan(command.export_refund(), remark, stop);
            if (!plan) return std::unexpected(plan.error());
            return *plan ? landed(**plan, std::move(stop)) : MaybeApplied(std::nullopt);
        }
        // Each of their steps is looked for before it is made, so they may simply be applied again.
        case events::Command::kUpdateOrder: return repeatable(command.update_order().external_number());
        case events::Command::kCancelDocument: return find_cancelled(command.cancel_document(), std::move(stop));
        default: return std::optional<Applied>();  // a customer that was made is found by who it is
    }
}

// Does an empty lookup say that nothing was made?
Result<std::optional<Applied>> Sink::repeatable(const std::string& external_number) const {
    const bool tells = client_.can("find_document") && settings_.on_ambiguous != "park" && settings_.lookup_reliable;
    if (tells || settings_.on_ambiguous == "resend") return std::optional<Applied>();
    return ambiguous("looking for document " + external_number +
                     ": SORS cannot tell whether it was made, look by hand");
}

Result<std::optional<Applied>> Sink::landed(const Plan& plan, std::stop_token stop) {
    if (client_.can("find_document") && settings_.on_ambiguous != "park") {
        MaybeApplied found = existing(plan, std::move(stop));
        if (!found || *found) return found;
    }
    return repeatable(plan.draft.document.external_number);
}

Result<std::string> Sink::database_of(const std::string& date) const {
    const DatabasePeriod* period = database_on(settings_, date);
    if (period == nullptr) return rejected("no database is configured for a document of " + date);
    return period->database;
}

Result<Sink::Plan> Sink::plan_of(const events::v1::Order& order, events::v1::DocumentType type,
                                 const std::string& external_number, std::stop_token stop) const {
    const std::string date = client_.engine().zone().format(order.created_at_ms(), "%Y-%m-%d");
    Result<std::string> database = database_of(date);
    if (!database) return std::unexpected(std::move(database.error()));
    const Result<std::vector<std::string>> unknown = unknown_skus(order, *database, std::move(stop));
    if (!unknown) return std::unexpected(unknown.error());
    Result<Draft> draft =
        make_draft(order, {.type = type, .external_number = external_number, .date = date}, settings_, *unknown);
    if (!draft) return within(making(external_number), std::move(draft.error()));
    return Plan{.type = type, .database = *std::move(database), .draft = *std::move(draft)};
}

Result<Applied> Sink::export_order(const commands::v1::ExportOrder& command, std::stop_token stop) {
    if (!settings_.export_orders) return rejected(std::string(kExportIsOff));
    Result<Plan> plan = plan_of(command.order(), command.document_type(), command.external_number(), stop);
    if (!plan) return std::unexpected(std::move(plan.error()));
    if (client_.can("find_document")) {
        MaybeApplied found = existing(*plan, stop);
        if (!found) return std::unexpected(std::move(found.error()));
        if (*found) return **std::move(found);
    }
    const Result<std::string> remark =
        add_customer(*plan, command.order(), command.order_connection(), plan->draft.expected_total, stop);
    if (!remark) return within(making(command.external_number()), remark.error());
    Result<Applied> applied = create(*plan, std::move(stop));
    if (applied) add_remark(*applied, *remark);
    return applied;
}

Result<std::string> Sink::add_customer(Plan& plan, const events::v1::Order& order, const std::string& connection,
                                       Decimal more, std::stop_token stop) {
    const Result<NewCustomer> customer = customer_of(order, connection, settings_);
    if (!customer) return std::unexpected(customer.error());
    Result<CustomerCard> card = desk_.card_for(plan.database, *customer, stop);
    if (!card) return std::unexpected(std::move(card.error()));
    plan.draft.document.customer = *std::move(card);
    Result<std::string> remark = std::string();
    if (order.paid_at_ms() == 0)
        remark = check_credit(client_, settings_, plan.database, *customer, plan.draft.document.customer, more,
                              std::move(stop));
    if (remark && !remark->empty()) over_limit_.add();
    return remark;
}

Result<std::optional<Applied>> Sink::existing(const Plan& plan, std::stop_token stop) {
    const NewDocument& document = plan.draft.document;
    Outcome<std::vector<StoredDocument>> found =
        client_.find_documents(plan.database, document.type, document.external_number, stop);
    if (!found) {
        if (found.error().reason == FailureClass::kNotFound) return std::optional<Applied>();
        return within("looking for document " + document.external_number, std::move(found.error().error));
    }
    if (found->empty()) return std::optional<Applied>();
    Result<Applied> accepted = accept(plan, found->front(), std::move(stop));
    if (!accepted) return std::unexpected(std::move(accepted.error()));
    return std::optional<Applied>(*std::move(accepted));
}

Result<Applied> Sink::accept(const Plan& plan, const StoredDocument& stored, std::stop_token stop) {
    const std::string named =
        "document " + stored.number + " with external number " + plan.draft.document.external_number;
    if (stored.status == kCancelled) return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + named + " is cancelled");
    StoredDocument whole = stored;
    const bool lines_known = client_.can("get_document");
    if (lines_known) {
        Outcome<StoredDocument> read =
            client_.document(plan.database, plan.draft.document.type, stored.id, std::move(stop));
        if (!read) return within("reading " + named, std::move(read.error().error));
        whole = *std::move(read);
    }
    if (!same_content(plan.draft, whole, lines_known))
        return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + named + " has other lines: SORS has " + whole.total.text(2) +
                        ", the shop " + plan.draft.expected_total.text(2));
    return made(plan, whole, true);
}

Result<Applied> Sink::create(const Plan& plan, std::stop_token stop) {
    const Outcome<StoredDocument> stored = client_.create_document(plan.database, plan.draft.document, stop);
    if (stored) return made(plan, *stored, false);
    const Error& error = stored.error().error;
    if (stored.error().reason != FailureClass::kDuplicate) return std::unexpected(error);
    if (!client_.can("find_document"))
        return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + error.message + ", and it cannot be read");
    MaybeApplied found = existing(plan, std::move(stop));
    if (!found) return std::unexpected(std::move(found.error()));
    if (*found) return **std::move(found);
    return transient(error.message + ", but no lookup shows it yet");
}

Result<std::vector<std::string>> Sink::unknown_skus(const events::v1::Order& order, const std::string& database,
                                                    std::stop_token stop) const {
    std::vector<std::string> unknown;
    if (settings_.unknown_sku == "reject" || !client_.can("list_products"))
        return unknown;  // SORS itself refuses those
    std::set<std::string> skus;
    for (const auto& line : order.lines())
        if (!line.sku().empty()) skus.insert(line.sku());
    for (const std::string& sku : skus) {
        const Outcome<bool> known = client_.has_product(database, sku, stop);
        if (!known) return within("looking for an article", known.error().error);
        if (!*known) unknown.push_back(sku);
    }
    return unknown;
}

Applied Sink::made(const Plan& plan, const StoredDocument& stored, bool found) {
    Applied applied;
    commands::v1::CommandResult& result = applied.result;
    result.set_outcome(commands::v1::OUTCOME_APPLIED);
    result.set_native_id(native_id(plan.database, stored.id));
    result.set_error(difference(plan.draft, stored.total));
    if (!result.error().empty()) differences_.add();
    commands::v1::DocumentMade& document = *result.mutable_document();
    document.set_type(plan.type);
    document.set_external_number(plan.draft.document.external_number);
    document.set_native_id(result.native_id());
    document.set_number(stored.number);
    *document.mutable_total() = events::to_proto(stored.total);
    *document.mutable_expected_total() = events::to_proto(plan.draft.expected_total);
    const CustomerCard& card = plan.draft.document.customer;
    if (!card.code.empty() || !card.id.empty())
        document.set_customer_native_id(customer_native_id(plan.database, card));
    document.set_found(found);
    return applied;
}

// The API has no way to change a customer: one that is there stays as it is.
Result<Applied> Sink::upsert_customer(const commands::v1::UpsertCustomer& command, const std::string& known_id,
                                      std::stop_token stop) {
    const std::string doing = "making a customer";
    if (!known_id.empty()) return unchanged(known_id, "SORS has no way to change a customer");
    if (!command.customer().personal().has_clear()) return rejected(doing + ": its personal fields cannot be read");
    if (!client_.can("find_customers")) return rejected(doing + ": this dialect cannot look for customers");
    const Result<NewCustomer> customer =
        customer_of(command.customer().personal().clear(), command.external_id(), settings_);
    if (!customer) return within(doing, customer.error());
    if (customer->pib.empty() && customer->email.empty() && customer->phone.empty())
        return rejected(doing + ": it has no PIB, e-mail or phone by which it could be found again");
    if (desk_.is_generic(*customer)) return unchanged({}, "consumers are booked on one customer");
    const Result<std::string> database = database_of(client_.engine().zone().format(clock_.now_ms(), "%Y-%m-%d"));
    if (!database) return within(doing, database.error());
    const Result<CustomerCard> card = desk_.card_for(*database, *customer, std::move(stop));
    if (!card) return within(doing, card.error());
    const std::string id = customer_native_id(*database, *card);
    if (!card->made) return unchanged(id, "SORS has this customer already, and no way to change one");
    Applied applied = unchanged(id);
    applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    return applied;
}

}  // namespace shopwire::sors
