#include "services/logistos/sink.h"

#include "services/logistos/order.h"

namespace shopwire::logistos {
namespace {

using commands::v1::CancelDocument;
using commands::v1::ExportOrder;
using commands::v1::UpdateOrder;
using dialect::FailureClass;
using runtime::Applied;

constexpr std::chrono::milliseconds kUntilConnected{1'000};

Applied unchanged(std::string id, std::string why) {
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
    applied.result.set_native_id(std::move(id));
    applied.result.set_error(std::move(why));
    return applied;
}

std::string named(std::string_view doing, const std::string& number) { return std::string(doing) + " order " + number; }

// "<id of Logistos>/<order id of the store>": a cancellation names the order by either.  The first may be empty.
std::string native_id(const TakenOrder& taken, const std::string& order_id) { return taken.id + "/" + order_id; }

std::pair<std::string, std::string> split_native_id(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return {text, {}};
    return {text.substr(0, slash), text.substr(slash + 1)};
}

// A key of orders ends in the shop's id of the order.
std::string order_id_of(const std::string& key) { return key.substr(key.rfind('/') + 1); }

}  // namespace

std::vector<Result<Applied>> Sink::apply(std::span<const events::Command> batch, std::stop_token stop) {
    std::vector<Result<Applied>> out;
    for (const events::Command& command : batch) {
        Result<Applied> applied = apply(command, stop);
        if (applied)
            out.push_back(*std::move(applied));
        else
            out.push_back(std::unexpected(noted(std::move(applied.error()))));
    }
    return out;
}

Result<Applied> Sink::apply(const events::Command& command, std::stop_token stop) {
    if (Status usable = ready(); !usable) return std::unexpected(std::move(usable.error()));
    if (command.has_export_order()) return export_order(command.export_order(), std::move(stop));
    if (command.has_update_order()) return update_order(command.update_order(), command.native_id(), std::move(stop));
    if (command.has_cancel_document()) return cancel(command, std::move(stop));
    return rejected("Logistos takes no such command");
}

Error Sink::noted(Error error) {
    if (error.kind == ErrorKind::kAuth) room_->refused = true;
    return error;
}

Status Sink::ready() const {
    if (settings_.integration == "disconnect") return rejected("the store is disconnected from Logistos");
    if (room_->connected) return {};
    return rate_limited("waiting until stream integration has connected the store", kUntilConnected);
}

Result<Applied> Sink::export_order(const ExportOrder& command, std::stop_token stop) {
    const events::v1::Order& order = command.order();
    const std::string doing = named("exporting", command.external_number());
    if (is_virtual(order)) return unchanged({}, "nothing of order " + command.external_number() + " can be carried");
    if (Status may = may_leave(order, settings_); !may) return within(doing, std::move(may.error()));
    Result<std::string> text = order_text(order, command.external_number(), settings_, client_.engine().zone());
    if (!text) return within(doing, std::move(text.error()));
    Outcome<TakenOrder> taken = client_.export_order(*text, std::move(stop));
    if (taken) return made(command, *taken, false);
    // It is there already: an earlier attempt, or the plugin that was used before us.
    if (taken.error().reason == FailureClass::kDuplicate) return made(command, {}, true);
    return within(doing, std::move(taken.error().error));
}

Result<std::optional<Applied>> Sink::find(const events::Command& command, std::stop_token stop) {
    if (!command.has_export_order()) return std::optional<Applied>();  // the last state is simply sent again
    const ExportOrder& order = command.export_order();
    // A repeat stays one order.  It is for `apply` to send, whose deadline the runtime watches.
    if (client_.repeat_is_safe()) return std::optional<Applied>();
    const std::string doing = named("looking for", order.external_number());
    if (!client_.can("find_order"))
        return ambiguous(doing + ": this dialect can neither repeat nor look up, look in the portal");
    Outcome<std::optional<TakenOrder>> found = client_.find_order(order.order().native_id(), std::move(stop));
    if (!found) return within(doing, noted(std::move(found.error().error)));
    if (!*found) return std::optional<Applied>();
    return std::optional<Applied>(made(order, **found, true));
}

Applied Sink::made(const ExportOrder& command, const TakenOrder& taken, bool found) {
    Applied applied;
    commands::v1::CommandResult& result = applied.result;
    result.set_outcome(commands::v1::OUTCOME_APPLIED);
    result.set_native_id(native_id(taken, command.order().native_id()));
    commands::v1::DocumentMade& document = *result.mutable_document();
    document.set_type(command.document_type());
    document.set_external_number(command.external_number());
    document.set_native_id(result.native_id());
    document.set_number(taken.id);
    *document.mutable_total() = command.order().total();
    *document.mutable_expected_total() = command.order().total();
    document.set_found(found);
    const std::string& tracked = taken.awb.empty() ? taken.id : taken.awb;
    if (!tracked.empty() && client_.can_track() && !client_.can("list_shipments"))
        room_->exported.add({.awb = tracked, .order_number = command.external_number()});
    return applied;
}

Result<Applied> Sink::update_order(const UpdateOrder& command, const std::string& native_id, std::stop_token stop) {
    const events::v1::Order& order = command.order();
    const std::string doing = named("changing", command.external_number());
    if (is_virtual(order))
        return unchanged(native_id, "nothing of order " + command.external_number() + " can be carried");
    if (native_id.empty()) return rejected(doing + ": it was not exported to Logistos");
    if (!settings_.resend_on_change)
        return unchanged(native_id, doing +
                                        ": changes are not sent (resend_on_change is off); correct the parcel in "
                                        "the portal if need be");
    if (!client_.can("update_order")) return rejected(doing + ": this dialect cannot, do it in the portal");
    if (Status may = may_leave(order, settings_); !may)
        return unchanged(native_id, std::move(may.error()).within(doing).message);
    Result<std::string> text = order_text(order, command.external_number(), settings_, client_.engine().zone());
    if (!text) return within(doing, std::move(text.error()));
    const Outcome<TakenOrder> taken = client_.update_order(*text, std::move(stop));
    if (!taken && taken.error().reason == FailureClass::kDuplicate)
        return rejected(doing + ": Logistos keeps the first state of an order, correct the parcel in the portal");
    if (!taken) return within(doing, taken.error().error);
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    applied.result.set_native_id(native_id);
    return applied;
}

// An export whose answer was lost left no id here, yet it may have landed.
Result<std::string> Sink::unanswered(const std::string& order_id, std::stop_token stop) {
    if (client_.can("find_order")) {
        const Outcome<std::optional<TakenOrder>> found = client_.find_order(order_id, std::move(stop));
        if (!found) return std::unexpected(found.error().error);
        return *found ? native_id(**found, order_id) : std::string();
    }
    // A cancellation is answered with whether there is such an order.
    const bool asks = settings_.resend_on_change && client_.can("cancel_order");
    return asks ? native_id({}, order_id) : std::string();
}

Result<Applied> Sink::cancel(const events::Command& command, std::stop_token stop) {
    const CancelDocument& document = command.cancel_document();
    const std::string doing = named("cancelling", document.external_number());
    std::string native = document.native_id().empty() ? command.native_id() : document.native_id();
    if (native.empty()) {
        Result<std::string> found = unanswered(order_id_of(command.key()), stop);
        if (!found) return within(doing, std::move(found.error()));
        native = *std::move(found);
    }
    if (native.empty() && client_.can("find_order")) return unchanged({}, doing + ": it was not exported to Logistos");
    if (native.empty())
        return unchanged({}, doing + ": no export of it is known; if the portal shows it, stop the parcel there");
    if (!settings_.resend_on_change)
        return unchanged(native, doing +
                                     ": cancellations are not sent (resend_on_change is off); stop the parcel in "
                                     "the portal");
    if (!client_.can("cancel_order")) return rejected(doing + ": this dialect cannot, stop the parcel in the portal");
    const auto [id, order_id] = split_native_id(native);
    const Outcome<std::string> done = client_.cancel_order(order_id, id, std::move(stop));
    // A page of the server says nothing about the order.
    if (!done && done.error().reason == FailureClass::kNotFound && !done.error().code.empty())
        return unchanged(native, doing + ": Logistos has no such order");
    if (!done) return within(doing, done.error().error);
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_APPLIED);
    applied.result.set_native_id(native);
    return applied;
}

}  // namespace shopwire::logistos
