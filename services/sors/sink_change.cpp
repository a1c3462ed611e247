// What becomes of a document when its order is edited or cancelled (contract sors 2.5).  SORS cannot change a
// document: an open reservation is made anew and the old one cancelled, goods that left come back by a return, and the
// rest is for people.
#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "services/sors/sink.h"
#include "services/sors/sink_words.h"

namespace shopwire::sors {
namespace {

using commands::v1::CancelDocument;
using commands::v1::UpdateOrder;
using dialect::FailureClass;
using events::v1::DOCUMENT_TYPE_INVOICE;
using events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_RESERVATION;
using events::v1::DOCUMENT_TYPE_RETURN;
using runtime::Applied;

std::string revision_number(const std::string& external_number, int revision) {
    return revision == 1 ? external_number : external_number + "-V" + std::to_string(revision);
}

}  // namespace

Result<std::vector<Sink::Known>> Sink::find_all(events::v1::DocumentType type, const std::string& external_number,
                                                std::stop_token stop) const {
    // The newest database first: that is where open documents are.
    for (auto period = settings_.databases.rbegin(); period != settings_.databases.rend(); ++period) {
        Outcome<std::vector<StoredDocument>> found =
            client_.find_documents(period->database, std::string(type_text(type)), external_number, stop);
        if (!found && found.error().reason != FailureClass::kNotFound)
            return within("looking for document " + external_number, std::move(found.error().error));
        if (!found || found->empty()) continue;
        std::vector<Known> out;
        for (StoredDocument& document : *found)
            out.push_back({.type = type, .database = period->database, .document = std::move(document)});
        return out;
    }
    return std::vector<Known>{};
}

Result<std::vector<Sink::Known>> Sink::revisions(const std::string& external_number, int first,
                                                 std::stop_token stop) const {
    std::vector<Known> out;
    for (int revision = first; revision <= kRevisionsMax; ++revision) {
        Result<std::vector<Known>> found =
            find_all(DOCUMENT_TYPE_RESERVATION, revision_number(external_number, revision), stop);
        if (!found) return std::unexpected(std::move(found.error()));
        if (found->empty()) break;
        std::move(found->begin(), found->end(), std::back_inserter(out));
    }
    return out;
}

int Sink::count_of_numbers(const std::vector<Known>& known) {
    std::set<std::string> numbers;
    for (const Known& one : known) numbers.insert(one.document.external_number);
    return static_cast<int>(numbers.size());
}

Result<StoredDocument> Sink::whole(const Known& known, std::stop_token stop) const {
    Outcome<StoredDocument> read =
        client_.document(known.database, std::string(type_text(known.type)), known.document.id, std::move(stop));
    if (!read) return within("reading document " + known.document.id, std::move(read.error().error));
    return *std::move(read);
}

Result<bool> Sink::cancel_one(const Known& known, std::stop_token stop) const {
    const Outcome<StoredDocument> cancelled =
        client_.cancel_document(known.database, std::string(type_text(known.type)), known.document.id, std::move(stop));
    if (cancelled) return true;
    if (cancelled.error().reason == FailureClass::kNotFound) return false;  // nothing is there to cancel
    return std::unexpected(cancelled.error().error);
}

Result<Applied> Sink::update_order(const UpdateOrder& command, const std::string& known_id, std::stop_token stop) {
    const std::string& external_number = command.external_number();
    const std::string doing = "changing document " + external_number;
    if (!settings_.export_orders) return rejected(std::string(kExportIsOff));
    if (!client_.can("find_document") || !client_.can("get_document"))
        return rejected(doing + ": this dialect cannot look at the document, do it by hand in SORS");
    Result<Plan> plan = plan_of(command.order(), command.document_type(), external_number, stop);
    if (!plan) return std::unexpected(std::move(plan.error()));
    const bool reserves = command.document_type() == DOCUMENT_TYPE_RESERVATION;
    Result<std::vector<Known>> known =
        reserves ? revisions(external_number, 1, stop) : find_all(command.document_type(), external_number, stop);
    if (!known) return within(doing, std::move(known.error()));
    // A document that was made has an id in the command, even while lookups do not show it yet.
    const auto is_known = [&known_id](const Known& one) {
        return native_id(one.database, one.document.id) == known_id;
    };
    if (!known_id.empty() && std::none_of(known->begin(), known->end(), is_known))
        return transient(doing + ": no lookup shows it yet");
    if (known->empty()) return rejected(doing + ": SORS has no such document");
    const auto newest = std::find_if(known->rbegin(), known->rend(),
                                     [](const Known& one) { return one.document.status != kCancelled; });
    if (newest == known->rend()) return rejected(doing + ": it is cancelled");
    Known standing = *newest;
    Result<StoredDocument> shown = whole(standing, stop);
    if (!shown) return within(doing, std::move(shown.error()));
    standing.document = *std::move(shown);
    plan->database = standing.database;
    // Most edits touch what a document does not hold: a status, an address.
    if (same_content(plan->draft, standing.document, true)) {
        Applied applied = made(*plan, standing.document, true);
        applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
        return withdraw(*known, standing, std::move(applied), std::move(stop));
    }
    if (!reserves) return rejected(doing + ": an issued document cannot be changed, do it by hand in SORS");
    const bool may_cancel = settings_.order_changes == "replace" && client_.can("cancel_document");
    if (standing.document.status != kOpen) {
        // One that it took the place of may still be open, and nobody delivers that one any more.
        const bool alone = std::ranges::all_of(*known, [&standing](const Known& one) {
            return one.document.id == standing.document.id || one.document.status == kCancelled;
        });
        if (!alone && !may_cancel)
            return rejected(doing + ": another reservation stands beside a final one, do it by hand in SORS");
        if (const Result<Applied> withdrawn = withdraw(*known, standing, {}, stop); !withdrawn)
            return within(doing, withdrawn.error());
        Result<Applied> returned = return_surplus(command, *plan, standing, std::move(stop));
        if (!returned) return within(doing, std::move(returned.error()));
        return returned;
    }
    if (!may_cancel) return rejected(doing + ": a reservation cannot be changed, do it by hand in SORS");
    if (count_of_numbers(*known) >= kRevisionsMax) return rejected(doing + ": it was changed too often");
    return replace(command, *std::move(plan), *known, standing, std::move(stop));
}

// The new reservation first: between the two the pieces are held twice, and never free for somebody else.
Result<Applied> Sink::replace(const UpdateOrder& command, Plan plan, const std::vector<Known>& known,
                              const Known& standing, std::stop_token stop) {
    const std::string doing = "changing document " + command.external_number();
    const Decimal more = plan.draft.expected_total - standing.document.total;
    const Result<std::string> remark = add_customer(plan, command.order(), command.order_connection(), more, stop);
    if (!remark) return within(doing, remark.error());
    plan.draft.document.external_number = revision_number(command.external_number(), count_of_numbers(known) + 1);
    Result<Applied> applied = create(plan, stop);
    if (!applied) return within(doing, std::move(applied.error()));
    add_remark(*applied, *remark);
    applied->result.mutable_document()->set_external_number(command.external_number());
    const Known fresh{.type = plan.type,
                      .database = plan.database,
                      .document = {.id = split_native_id(applied->result.native_id()).second}};
    return withdraw(known, fresh, *std::move(applied), std::move(stop));
}

// Cancels every reservation but the one that stands.  One that became a final document meanwhile was delivered as it
// was: then no other one must stand beside it.
Result<Applied> Sink::withdraw(const std::vector<Known>& all, const Known& standing, Applied applied,
                               std::stop_token stop) const {
    std::string delivered;
    for (const Known& old : all) {
        if (old.document.id == standing.document.id || old.document.status == kCancelled) continue;
        const Result<bool> cancelled = cancel_one(old, stop);
        if (cancelled) continue;
        const Error& error = cancelled.error();
        if (error.kind != ErrorKind::kRejected) return within("cancelling reservation " + old.document.id, error);
        delivered = old.document.number;
    }
    if (delivered.empty()) return applied;
    const bool is_final = !standing.document.status.empty() && standing.document.status != kOpen;
    if (!is_final)
        if (const Result<bool> undone = cancel_one(standing, std::move(stop)); !undone)
            return within("cancelling reservation " + standing.document.id, undone.error());
    return rejected("reservation " + delivered + " has become a final document: do it by hand in SORS");
}

Result<Applied> Sink::cancel(const CancelDocument& command, const std::string& known_id, std::stop_token stop) {
    const std::string doing = "cancelling document " + command.external_number();
    if (command.document_type() == DOCUMENT_TYPE_INVOICE)
        return rejected(doing + ": an invoice moved no goods that could come back, do it by hand in SORS");
    const std::string& native = command.native_id().empty() ? known_id : command.native_id();
    Known known{.type = moves_goods(command.document_type()) ? command.document_type() : DOCUMENT_TYPE_RESERVATION};
    std::tie(known.database, known.document.id) = split_native_id(native);
    if (known.database.empty() && settings_.databases.size() == 1)
        known.database = settings_.databases.front().database;
    const bool reserves = known.type == DOCUMENT_TYPE_RESERVATION;
    if (!client_.can(reserves ? "cancel_document" : "get_document"))
        return rejected(doing + ": this dialect cannot cancel, do it by hand in SORS");
    const bool has_id = !known.document.id.empty() && !known.database.empty();
    if (!has_id && !client_.can("find_document"))
        return rejected(doing + ": its id is not known, and this dialect cannot look it up");
    std::vector<Known> all;
    if (client_.can("find_document") && (reserves || !has_id)) {
        Result<std::vector<Known>> found = reserves ? revisions(command.external_number(), 1, stop)
                                                    : find_all(known.type, command.external_number(), stop);
        if (!found) return within(doing, std::move(found.error()));
        all = *std::move(found);
    }
    // Its id may be that of any revision, and lookups may not show it yet.
    const auto is_known = [&known](const Known& one) {
        return one.database == known.database && one.document.id == known.document.id;
    };
    if (has_id && std::none_of(all.begin(), all.end(), is_known)) all.insert(all.begin(), known);
    // A document that was made has an id in the journal, even while lookups do not show it yet.  Without one none was
    // ever made, and there is nothing to cancel.
    if (all.empty() && !native.empty()) return transient(doing + ": no lookup shows it yet");
    if (all.empty()) return unchanged({});
    Result<Applied> applied = reserves ? cancel_all(all, stop) : take_back(command, all.back(), stop);
    if (reserves && !applied && applied.error().kind == ErrorKind::kRejected) {
        const Result<std::optional<Known>> base = returnable(command, stop);
        if (!base) return within(doing, base.error());
        if (*base) applied = take_back(command, **base, std::move(stop));
        if (command.goods_stay_out()) applied = rejected(applied.error().message + "; " + std::string(kGoodsStayOut));
    }
    if (!applied) return within(doing, std::move(applied.error()));
    return applied;
}

// One that is refused keeps none of the others.
Result<Applied> Sink::cancel_all(const std::vector<Known>& all, std::stop_token stop) const {
    Applied applied = unchanged(native_id(all.back().database, all.back().document.id));
    std::optional<Error> refused;
    for (const Known& known : all) {
        if (known.document.status == kCancelled) continue;
        const Result<bool> cancelled = cancel_one(known, stop);
        if (!cancelled && cancelled.error().kind != ErrorKind::kRejected) return std::unexpected(cancelled.error());
        if (!cancelled) refused = cancelled.error();
        if (cancelled && *cancelled) applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    }
    if (refused) return std::unexpected(*std::move(refused));
    return applied;
}

Result<std::optional<Sink::Known>> Sink::returnable(const CancelDocument& command, std::stop_token stop) const {
    const bool able = client_.can("find_document") && client_.can("get_document");
    if (command.goods_stay_out() || settings_.order_changes != "replace" || !able) return std::optional<Known>();
    Result<std::optional<Known>> base = issued_for(command.external_number(), std::move(stop));
    if (base && *base && !moves_goods((*base)->type)) return std::optional<Known>();
    return base;
}

// To cancel once more does no harm; a second return would.
Result<std::optional<Applied>> Sink::find_cancelled(const CancelDocument& command, std::stop_token stop) const {
    if (command.goods_stay_out()) return std::optional<Applied>();
    if (!moves_goods(command.document_type())) {
        const Result<std::optional<Known>> base = returnable(command, std::move(stop));
        if (!base) return within("cancelling document " + command.external_number(), base.error());
        if (!*base) return std::optional<Applied>();
    }
    return repeatable(command.external_number());
}

// Everything that has not come back yet comes back, today; unless it stays out.
Result<Applied> Sink::take_back(const CancelDocument& command, const Known& base, std::stop_token stop) {
    const std::string shown = native_id(base.database, base.document.id);
    Result<StoredDocument> stored = whole(base, stop);
    if (!stored) return std::unexpected(std::move(stored.error()));
    if (stored->status == kCancelled) return unchanged(shown);
    const std::string date = client_.engine().zone().format(clock_.now_ms(), "%Y-%m-%d");
    Result<std::string> database = database_of(date);
    if (!database) return std::unexpected(std::move(database.error()));
    if (*database != base.database) return rejected(std::string(kOtherDatabase));
    Result<Draft> draft = void_return(*stored, base.type, command.external_number() + "-RC", date);
    if (!draft) return rejected(draft.error().message + ": do it by hand in SORS");
    const Plan plan{.type = DOCUMENT_TYPE_RETURN, .database = base.database, .draft = *std::move(draft)};
    if (plan.draft.document.lines.empty()) return unchanged(shown, "everything came back before");
    if (command.goods_stay_out()) return rejected(std::string(kGoodsStayOut));
    const std::string remark(base.type == DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE ? kNoCreditNote : std::string_view());
    if (client_.can("find_document")) {
        const MaybeApplied found = existing(plan, stop);
        if (!found) return std::unexpected(found.error());
        if (*found) return unchanged(shown, remark);
    }
    Result<Applied> applied = create(plan, std::move(stop));
    if (!applied) return applied;
    applied->result.clear_document();  // of the return; the command was about the other one
    applied->result.set_native_id(shown);
    add_remark(*applied, remark);
    return applied;
}

}  // namespace shopwire::sors
