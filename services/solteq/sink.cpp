#include "services/solteq/sink.h"

#include "services/solteq/customer.h"
#include "services/solteq/translator.h"

namespace shopwire::solteq {
namespace {

using runtime::Applied;

Applied unchanged(std::string id, std::string why = {}) {
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
    applied.result.set_native_id(std::move(id));
    applied.result.set_error(std::move(why));
    return applied;
}

bool is_guest(const events::v1::Order& order) {
    return order.customer_native_id().empty() || order.customer_native_id() == "0";
}

}  // namespace

Sink::Sink(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
    : room_(std::move(room)),
      merchant_(context.merchant),
      connection_(context.connection),
      clock_(context.clock),
      conflicts_(context.metrics.counter("shopwire_solteq_customer_conflicts_total",
                                         "Customers that both sides changed at the same time", context.labels())),
      desk_(client_, settings_,
            context.metrics.counter("shopwire_solteq_customers_doubled_total",
                                    "Customers that stand more than once in Solteq", context.labels())) {}

std::vector<Result<Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    std::vector<Result<Applied>> out;
    for (const events::Command& command : batch) out.push_back(apply_one(command, stop));
    return out;
}

Result<Applied> Sink::apply_one(const events::Command& command, std::stop_token stop) {
    switch (command.action_case()) {
        case events::Command::kExportOrder: return export_order(command.export_order(), std::move(stop));
        case events::Command::kExportRefund: return export_refund(command.export_refund(), std::move(stop));
        case events::Command::kUpdateOrder:
            return update_order(command.update_order(), command.native_id(), std::move(stop));
        case events::Command::kCancelDocument: return cancel(command.cancel_document(), std::move(stop));
        case events::Command::kUpsertCustomer: return upsert_customer(command, std::move(stop));
        default: return rejected("Solteq takes no such command");
    }
}

// What makes a customer's card ours: its id in the link, else who it is.
Result<Applied> Sink::upsert_customer(const events::Command& command, std::stop_token stop) {
    const commands::v1::UpsertCustomer& upsert = command.upsert_customer();
    if (!upsert.customer().personal().has_clear()) return rejected("the customer's personal fields cannot be read");
    Result<CustomerCard> wanted = card_of(upsert.customer().personal().clear(), upsert.customer().company(), settings_);
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    if (!has_name(*wanted)) return rejected("the customer has no name");
    wanted->external_id = upsert.external_id();
    const std::string& known = command.native_id();
    if (!known.empty() && room_->echoes->agreed(known) == hash_of(*wanted)) return unchanged(known);

    const CustomerLock lock(*wanted);
    Result<std::optional<CustomerCard>> found = desk_.find(*wanted, known, stop);
    if (!found) return std::unexpected(std::move(found.error()));
    const CustomerCard target = *found ? merge(**found, *wanted) : *wanted;
    if (*found) {
        const CustomerCard& card = **found;
        const std::string before = hash_of(card);
        if (hash_of(target) == before) {
            room_->echoes->agree(card.id, before);
            return unchanged(card.id);
        }
        if (room_->echoes->stands_for(card.id, before, hash_of(target))) return unchanged(card.id);
        if (room_->echoes->agreed(card.id) != before && solteq_wins(card, command)) {
            conflicts_.add();
            Applied applied = unchanged(card.id, "Solteq changed this customer at the same time: its state stays");
            events::v1::Source source;
            source.set_observed_at_ms(clock_.now_ms());
            CustomerCard theirs = card;
            theirs.kind = room_->customer_kind(theirs.kind);
            applied.seen.push_back({.raw = {}, .event = customer_event(theirs, client_.engine().zone(), source)});
            return applied;
        }
    }
    const Result<CustomerCard> saved = save(target, std::move(stop));
    if (!saved) return std::unexpected(saved.error());
    room_->echoes->agree(saved->id, hash_of(*saved), hash_of(target));
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    applied.result.set_native_id(saved->id);
    return applied;
}

Result<CustomerCard> Sink::save(const CustomerCard& card, std::stop_token stop) {
    if (!client_.can(card.id.empty() ? "create_customer" : "update_customer"))
        return rejected("this dialect cannot write customers");
    const Outcome<CustomerCard> saved = client_.save_customer(card, std::move(stop));
    if (saved) return *saved;
    // Somebody made it between our lookup and our write, or lookups lag: the next attempt finds it.
    if (saved.error().reason == dialect::FailureClass::kDuplicate) return transient(saved.error().error.message);
    return within("saving the customer", saved.error().error);
}

// Both sides changed within the window: the settings say who wins.
bool Sink::solteq_wins(const CustomerCard& found, const events::Command& command) const {
    const std::int64_t theirs = read_time(found.modified, client_.engine().zone()).value_or(0);
    const std::int64_t ours = command.cause_observed_at_ms();
    if (settings_.customer_master == "woo" || theirs == 0 || ours == 0) return false;
    if (settings_.customer_master == "latest") return theirs > ours;
    return theirs > ours - settings_.conflict_window.count();
}

// A sale names the customer that Solteq knows.  Guests become customers only when that is asked for; registered ones
// come by commands of their own.
Status Sink::add_customer(NewSale& sale, const events::v1::Order& order, std::stop_token stop) {
    const bool needs_credit =
        settings_.invoice_needs_credit && sale.payments.front().type == settings_.invoice_payment_type;
    std::optional<CustomerCard> card;
    if (client_.can("list_customers") && order.personal().has_clear()) {
        const events::v1::PersonalFields& person = order.personal().clear();
        Result<CustomerCard> wanted = card_of(person, false, settings_);
        if (!wanted) return std::unexpected(std::move(wanted.error()));
        const CustomerLock lock(*wanted);
        Result<std::optional<CustomerCard>> found = desk_.find(*wanted, {}, stop);
        if (!found) return std::unexpected(std::move(found.error()));
        card = *std::move(found);
        if (!card && is_guest(order) && settings_.export_guests && has_name(*wanted)) {
            Result<CustomerCard> saved = save(*wanted, std::move(stop));
            // Of a lost answer: the runtime looks for the sale, waits and applies anew; then the customer shows.
            if (!saved) return std::unexpected(std::move(saved.error()));
            room_->echoes->agree(saved->id, hash_of(*saved));
            card = *std::move(saved);
        }
    }
    if (needs_credit && !card) return rejected("payment by invoice needs a customer, and Solteq knows none like this");
    if (needs_credit && !card->credit_allowed)
        return rejected("payment by invoice needs credit, and customer " + card->id + " is not allowed any");
    if (card) sale.customer_id = card->id;
    return {};
}

Applied Sink::made(const NewSale& sale, const Asked& asked, const StoredSale& stored, bool found) const {
    Applied applied;
    commands::v1::CommandResult& result = applied.result;
    result.set_outcome(commands::v1::OUTCOME_APPLIED);
    result.set_native_id(stored.id);
    const Decimal total = stored.total.is_negative() ? -stored.total : stored.total;
    if (total != asked.expected_total)
        result.set_error("exported with difference: Solteq has " + total.text(2) + ", the shop " +
                         asked.expected_total.text(2));
    commands::v1::DocumentMade& document = *result.mutable_document();
    document.set_type(asked.type);
    document.set_external_number(asked.external_number);
    document.set_native_id(stored.id);
    document.set_number(stored.number);
    *document.mutable_total() = events::to_proto(total);
    *document.mutable_expected_total() = events::to_proto(asked.expected_total);
    document.set_customer_native_id(sale.customer_id);
    document.set_found(found);
    return applied;
}

}  // namespace shopwire::solteq
