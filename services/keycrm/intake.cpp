#include "services/keycrm/intake.h"

namespace shopwire::keycrm {
namespace {

constexpr std::size_t kRowsMax = 10'000;

}  // namespace

bool Intake::knows_secret(std::string_view path) const {
    if (!path.starts_with(account_->webhook_path())) return false;
    path.remove_prefix(account_->webhook_path().size());
    bool matches = false;
    for (const Secret& secret : account_->settings().webhook_secrets)
        matches |= equal_in_constant_time(path, secret.reveal());
    return matches;
}

runtime::Intake::Received Intake::receive(const http::ServerRequest& request) {
    if (!knows_secret(request.path)) return {.status = 401, .kind = "bad_signature"};
    if (request.method != "POST") return {.status = 405, .kind = "ignored"};  // a trigger set to GET has no body
    const Result<json::Document> document = json::Document::parse(request.body);
    Received received;
    // 200 all the same, with the bytes kept: a second try would bring the same ones.
    const auto unreadable = [&](Error error) {
        received.kind = "bad_body";
        received.changes.push_back(
            {.raw = request.body, .event = std::unexpected(std::move(error).within("reading a webhook"))});
        return received;
    };
    if (!document) return unreadable(document.error());
    const json::Value root = document->root();
    if (root.is_object() && root.has("event")) return take_trigger(root);
    // A bare list; one receiver of others saw a single object.
    if (root.is_object() && root.has("offer_id")) {
        take_stock(root, received);
    } else if (root.is_array() && root.size() <= kRowsMax) {
        for (std::size_t i = 0; i < root.size(); ++i) take_stock(root.at(i), received);
    } else {
        return unreadable({.kind = ErrorKind::kRejected, .message = "neither a trigger nor a list of stock"});
    }
    if (received.changes.empty()) received.kind = "ignored";
    return received;
}

// A webhook tells no time, so its event carries none: it counts from when it came.
void Intake::take_stock(json::Value value, Received& received) const {
    const Result<StockRow> row = webhook_row(value);
    if (!row) {
        received.changes.push_back({.raw = value.dump(), .event = std::unexpected(row.error())});
        return;
    }
    if (account_->echoes().is_echo(row->offer_id, row->quantity, row->reserve)) {
        account_->echoes_seen().add();
        return;
    }
    if (account_->settings().confirm_webhooks) account_->follow_ups().add_offer(row->offer_id);
    if (account_->is_doubled(row->sku)) return;  // its number is the lowest of several: the next full reading tells
    received.changes.push_back({.raw = {}, .event = stock_event(*row)});
}

runtime::Intake::Received Intake::take_trigger(json::Value body) const {
    const std::string_view event = body.member("event").text();
    const json::Value context = body.member("context");
    if (!event.starts_with("order.")) return {.kind = "ignored"};
    // Orders of other sources are none of ours, and their numbers may be the same.
    if (!account_->settings().is_ours(context.member("source_id").text())) return {.kind = "ignored"};
    Result<events::Event> translated = context_event(context);
    Received received;
    if (!translated) {
        received.kind = "bad_body";
        received.changes.push_back({.raw = body.dump(), .event = std::unexpected(std::move(translated).error())});
        return received;
    }
    // What a trigger lacks, parcel and lines, takes a request.
    if (account_->settings().confirm_webhooks) account_->follow_ups().add_order(translated->document().native_id());
    received.changes.push_back({.raw = {}, .event = *std::move(translated)});
    return received;
}

}  // namespace shopwire::keycrm
