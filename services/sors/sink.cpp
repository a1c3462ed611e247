#include "services/sors/sink.h"

#include <set>

namespace shopwire::sors {
namespace {

using commands::v1::CancelDocument;
using commands::v1::ExportOrder;
using dialect::FailureClass;
using runtime::Applied;

constexpr std::string_view kCancelled = "cancelled";

metrics::Labels labels(const runtime::ConnectionContext& context) {
    return {{"merchant", context.merchant}, {"connection", context.connection}};
}

// A native id is valid only together with its database (contract sors 2.7).
std::string native_id(const std::string& database, const std::string& id) { return database + "/" + id; }

std::pair<std::string, std::string> split_native_id(const std::string& text) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string::npos) return {{}, text};
    return {text.substr(0, slash), text.substr(slash + 1)};
}

Applied unchanged(std::string id) {
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
    applied.result.set_native_id(std::move(id));
    return applied;
}

}  // namespace

Sink::Sink(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
    : room_(std::move(room)),
      clock_(context.clock),
      differences_(context.metrics.counter("shopwire_sors_documents_with_difference_total",
                                           "Documents whose total is not the order's", labels(context))),
      desk_(client_, settings_, context.clock,
            context.metrics.counter("shopwire_sors_customers_doubled_total",
                                    "Orders whose customer stands more than once in SORS", labels(context))) {}

std::vector<Result<Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    std::vector<Result<Applied>> out;
    for (const events::Command& command : batch) {
        if (command.has_export_order())
            out.push_back(export_order(command.export_order(), stop));
        else if (command.has_cancel_document())
            out.push_back(cancel(command.cancel_document(), command.native_id(), stop));
        else
            out.push_back(rejected("SORS takes no such command"));
    }
    return out;
}

Result<std::optional<Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    if (!command.has_export_order()) return std::optional<Applied>();  // cancelling twice is cancelling once
    const ExportOrder& order = command.export_order();
    if (client_.can("find_document") && settings_.on_ambiguous != "park") {
        const Result<Target> target = target_of(order);
        if (!target) return std::unexpected(target.error());
        MaybeApplied found = existing(order, *target, std::move(stop));
        if (!found || *found || settings_.lookup_reliable) return found;
    }
    if (settings_.on_ambiguous == "resend") return std::optional<Applied>();
    return ambiguous("looking for document " + order.external_number() +
                     ": SORS cannot tell whether it was made, look by hand");
}

Result<Sink::Target> Sink::target_of(const ExportOrder& command) const {
    const std::string date = client_.engine().zone().format(command.order().created_at_ms(), "%Y-%m-%d");
    const DatabasePeriod* period = database_on(settings_, date);
    if (period == nullptr) return rejected("no database is configured for a document of " + date);
    return Target{.database = period->database, .date = date};
}

Result<Applied> Sink::export_order(const ExportOrder& command, std::stop_token stop) {
    const Clock::Monotonic began = clock_.monotonic();
    if (!settings_.export_orders) return rejected("exporting orders is switched off for this connection");
    const Result<Target> target = target_of(command);
    if (!target) return std::unexpected(target.error());
    if (client_.can("find_document")) {
        MaybeApplied found = existing(command, *target, stop);
        if (!found) return std::unexpected(std::move(found.error()));
        if (*found) return **std::move(found);
    }
    const Result<std::vector<std::string>> unknown = unknown_skus(command, target->database, stop);
    if (!unknown) return std::unexpected(unknown.error());
    Result<Draft> draft = make_draft(command, settings_, target->date, *unknown);
    if (!draft) return within("making document " + command.external_number(), std::move(draft.error()));
    const Result<NewCustomer> customer = customer_of(command.order(), command.order_connection(), settings_);
    if (!customer) return within("making document " + command.external_number(), customer.error());
    Result<CustomerCard> card = desk_.card_for(target->database, *customer, stop);
    if (!card) return std::unexpected(std::move(card.error()));
    draft->document.customer = *std::move(card);
    // The runtime made sure that this owner may write right before it called.  The longer ago that is, the likelier
    // that another one looks for this document by now, finds none and makes it.
    if (clock_.monotonic() - began > settings_.send_within) {
        desk_.remember(target->database, *customer, draft->document.customer);  // the next attempt is quicker
        return transient("making document " + command.external_number() + ": looking took too long, nothing was sent");
    }

    const Outcome<StoredDocument> stored = client_.create_document(target->database, draft->document, stop);
    if (stored) return made(command, *draft, *target, *stored, false);
    if (stored.error().reason == FailureClass::kDuplicate)
        return after_duplicate(command, *target, stored.error().error, std::move(stop));
    return std::unexpected(stored.error().error);
}

Result<std::optional<Applied>> Sink::existing(const ExportOrder& command, const Target& target, std::stop_token stop) {
    const std::string type(type_text(command.document_type()));
    Outcome<std::vector<StoredDocument>> found =
        client_.find_documents(target.database, type, command.external_number(), stop);
    if (!found) {
        if (found.error().reason == FailureClass::kNotFound) return std::optional<Applied>();
        return within("looking for document " + command.external_number(), std::move(found.error().error));
    }
    if (found->empty()) return std::optional<Applied>();
    const Result<std::vector<std::string>> unknown = unknown_skus(command, target.database, stop);
    if (!unknown) return std::unexpected(unknown.error());
    const Result<Draft> draft = make_draft(command, settings_, target.date, *unknown);
    if (!draft) return within("making document " + command.external_number(), draft.error());
    Result<Applied> accepted = accept(command, *draft, target, found->front(), std::move(stop));
    if (!accepted) return std::unexpected(std::move(accepted.error()));
    return std::optional<Applied>(*std::move(accepted));
}

Result<Applied> Sink::accept(const ExportOrder& command, const Draft& draft, const Target& target,
                             const StoredDocument& stored, std::stop_token stop) {
    const std::string named = "document " + stored.number + " with external number " + command.external_number();
    if (stored.status == kCancelled) return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + named + " is cancelled");
    StoredDocument whole = stored;
    const bool lines_known = client_.can("get_document");
    if (lines_known) {
        Outcome<StoredDocument> read =
            client_.document(target.database, draft.document.type, stored.id, std::move(stop));
        if (!read) return within("reading " + named, std::move(read.error().error));
        whole = *std::move(read);
    }
    if (!same_content(draft, whole, lines_known))
        return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + named + " has other lines: SORS has " + whole.total.text(2) +
                        ", the order " + draft.expected_total.text(2));
    return made(command, draft, target, whole, true);
}

Result<Applied> Sink::after_duplicate(const ExportOrder& command, const Target& target, const Error& error,
                                      std::stop_token stop) {
    if (!client_.can("find_document"))
        return rejected("DUPLICATE_WITH_OTHER_CONTENT: " + error.message + ", and it cannot be read");
    MaybeApplied found = existing(command, target, std::move(stop));
    if (!found) return std::unexpected(std::move(found.error()));
    if (*found) return **std::move(found);
    return transient(error.message + ", but no lookup shows it yet");
}

Result<std::vector<std::string>> Sink::unknown_skus(const ExportOrder& command, const std::string& database,
                                                    std::stop_token stop) {
    std::vector<std::string> unknown;
    if (settings_.unknown_sku == "reject" || !client_.can("list_products"))
        return unknown;  // SORS itself refuses those
    std::set<std::string> skus;
    for (const auto& line : command.order().lines())
        if (!line.sku().empty()) skus.insert(line.sku());
    for (const std::string& sku : skus) {
        const Outcome<bool> known = client_.has_product(database, sku, stop);
        if (!known) return within("looking for an article", known.error().error);
        if (!*known) unknown.push_back(sku);
    }
    return unknown;
}

Applied Sink::made(const ExportOrder& command, const Draft& draft, const Target& target, const StoredDocument& stored,
                   bool found) {
    Applied applied;
    commands::v1::CommandResult& result = applied.result;
    result.set_outcome(commands::v1::OUTCOME_APPLIED);
    result.set_native_id(native_id(target.database, stored.id));
    result.set_error(difference(draft, stored.total));
    if (!result.error().empty()) differences_.add();
    commands::v1::DocumentMade& document = *result.mutable_document();
    document.set_type(command.document_type());
    document.set_external_number(command.external_number());
    document.set_native_id(result.native_id());
    document.set_number(stored.number);
    *document.mutable_total() = events::to_proto(stored.total);
    *document.mutable_expected_total() = events::to_proto(draft.expected_total);
    document.set_customer_native_id(draft.document.customer.id);
    document.set_found(found);
    return applied;
}

Result<Applied> Sink::cancel(const CancelDocument& command, const std::string& known_id, std::stop_token stop) {
    const std::string doing = "cancelling document " + command.external_number();
    if (!client_.can("cancel_document")) return rejected(doing + ": this dialect cannot cancel, do it by hand in SORS");
    const std::string type(type_text(command.document_type()));
    const std::string& native = command.native_id().empty() ? known_id : command.native_id();
    auto [database, id] = split_native_id(native);
    if (database.empty() && settings_.databases.size() == 1) database = settings_.databases.front().database;
    if (id.empty() || database.empty()) {
        if (!client_.can("find_document"))
            return rejected(doing + ": its id is not known, and this dialect cannot look it up");
        id.clear();
        // The newest database first: that is where open documents are.
        for (auto period = settings_.databases.rbegin(); period != settings_.databases.rend() && id.empty(); ++period) {
            Outcome<std::vector<StoredDocument>> found =
                client_.find_documents(period->database, type, command.external_number(), stop);
            if (!found && found.error().reason != FailureClass::kNotFound)
                return within(doing, std::move(found.error().error));
            if (!found || found->empty()) continue;
            database = period->database;
            id = found->front().id;
            if (found->front().status == kCancelled) return unchanged(native_id(database, id));
        }
        // A document that was made has an id in the journal, even while lookups do not show it yet.  Without one none
        // was ever made, and there is nothing to cancel.
        if (id.empty() && !native.empty()) return transient(doing + ": no lookup shows it yet");
        if (id.empty()) return unchanged({});
    }
    const Outcome<StoredDocument> stored = client_.cancel_document(database, type, id, std::move(stop));
    if (!stored) {
        if (stored.error().reason == FailureClass::kNotFound)
            return unchanged(native_id(database, id));  // nothing is there to cancel
        return within(doing, stored.error().error);
    }
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    applied.result.set_native_id(native_id(database, id));
    return applied;
}

}  // namespace shopwire::sors
