#include "services/woocommerce/sink_order.h"

#include <algorithm>
#include <array>
#include <utility>

#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::string_view kTracking = "setting tracking";

// The shop runs notes through a filter for HTML, so the text may come back escaped and trimmed.
std::string comparable(std::string_view note) {
    std::string text = unescape_html(note);
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && is_space(text.back())) text.pop_back();
    text.erase(0, std::min(text.find_first_not_of(" \n\r\t"), text.size()));
    std::erase(text, '\r');
    return text;
}

// Where an order's life has ended: an older wish to move it on must not bring it back to life.
bool is_final(std::string_view status) {
    constexpr std::array<std::string_view, 5> kFinal{"cancelled", "refunded", "failed", "trash", "completed"};
    return std::ranges::find(kFinal, status) != kFinal.end();
}

std::string note_body(std::string_view text, bool to_customer) {
    json::Writer body;
    body.begin_object().key("note").string(text).key("customer_note").boolean(to_customer).end_object();
    return body.take();
}

// Id of the note with this text; empty: there is none.
Result<std::string> note_id(Shop& shop, const std::string& order_id, std::string_view text, bool to_customer,
                            std::stop_token stop) {
    const Result<json::Document> notes = shop.client().notes(order_id, std::move(stop));
    if (!notes) return std::unexpected(notes.error());
    const std::string wanted = comparable(text);
    for (std::size_t i = 0; i < notes->root().size(); ++i) {
        const json::Value note = notes->root().at(i);
        if (note.member("customer_note").boolean() == to_customer && comparable(note.member("note").text()) == wanted)
            return std::string(note.member("id").text());
    }
    return std::string();
}

// What the order lacks of a parcel.
struct TrackingGap {
    std::string body{};  // of the order's update; empty: nothing to write
    bool moves = false;  // to the wanted status
    bool note = false;
    std::string kept{};  // why the status stays, for people
};

// Several keys, since plugins read their own ones.
bool write_meta(json::Writer& out, json::Value order, const Settings& settings, const events::v1::Shipment& shipment) {
    bool any = false;
    const auto write = [&](const std::vector<std::string>& keys, const std::string& value) {
        for (const std::string& key : keys) {
            if (value.empty() || meta_value(order, key) == value) continue;
            out.begin_object().key("key").string(key).key("value").string(value).end_object();
            any = true;
        }
    };
    write(settings.tracking_number_keys, shipment.tracking_number());
    write(settings.tracking_carrier_keys, shipment.carrier());
    write(settings.tracking_url_keys, shipment.tracking_url());
    return any;
}

Result<TrackingGap> tracking_gap(Shop& shop, const commands::v1::SetTracking& action, std::stop_token stop) {
    const std::string& id = action.order_native_id();
    if (Status ok = check_id(id); !ok) return std::unexpected(std::move(ok).error());
    const Result<json::Document> order = shop.client().get(List::kOrders, id, "id,status,meta_data", stop);
    if (!order) return std::unexpected(order.error());
    TrackingGap gap;
    const std::string status(order->root().member("status").text());
    if (status == "trash") {
        gap.kept = "the order is in the trash";
        return gap;
    }
    json::Writer body;
    body.begin_object().key("meta_data").begin_array();
    const bool meta = write_meta(body, order->root(), shop.settings(), action.shipment());
    body.end_array();
    gap.moves = !action.status().empty() && status != action.status() && !is_final(status);
    if (gap.moves) body.key("status").string(action.status());
    if (!action.status().empty() && status != action.status() && !gap.moves)
        gap.kept = "the order is " + status + " by now, which stays";
    if (meta || gap.moves) gap.body = body.end_object().take();
    if (action.note().empty()) return gap;
    const Result<std::string> note = note_id(shop, id, action.note(), action.note_to_customer(), stop);
    if (!note) return std::unexpected(note.error());
    gap.note = note->empty();
    return gap;
}

runtime::Applied tracked(const commands::v1::SetTracking& action, const TrackingGap& gap) {
    const bool wrote = !gap.body.empty() || gap.note;
    runtime::Applied applied =
        answer(action.order_native_id(), wrote ? commands::v1::OUTCOME_APPLIED : commands::v1::OUTCOME_UNCHANGED);
    if (!gap.kept.empty()) applied.result.set_error(std::string(kTracking) + ": " + gap.kept);
    return applied;
}

// An answer without a status says nothing about the write.
Status shows_status(json::Value order, std::string_view wanted) {
    const std::string_view shown = order.member("status").text();
    if (shown.empty()) return ambiguous("the answer does not show the order");
    if (shown != wanted) return rejected("the shop shows another status after the write");
    return {};
}

// The id of a note that was made; an answer without one says nothing about the write.
Result<std::string> made_note(const Result<json::Document>& note) {
    if (!note) return std::unexpected(note.error());
    const std::string_view id = note->root().member("id").text();
    if (id.empty()) return ambiguous("the answer does not show the note");
    return std::string(id);
}

}  // namespace

runtime::Applied answer(std::string native_id, commands::v1::Outcome outcome) {
    runtime::Applied applied;
    applied.result.set_outcome(outcome);
    applied.result.set_native_id(std::move(native_id));
    return applied;
}

Status check_id(std::string_view id) {
    if (!id.empty() && id.find_first_not_of("0123456789") == std::string_view::npos) return {};
    return rejected("expected an id of digits");
}

// A no-op write would bump the order's date and fire webhooks, so the status is read first.
Result<runtime::Applied> set_status(Shop& shop, const commands::v1::SetOrderStatus& action, std::stop_token stop) {
    constexpr std::string_view kDoing = "setting an order's status";
    const std::string& id = action.order_native_id();
    if (Status ok = check_id(id); !ok) return within(kDoing, std::move(ok).error());
    const Result<json::Document> before = shop.client().get(List::kOrders, id, "id,status", stop);
    if (!before) return within(kDoing, before.error());
    const std::string shown(before->root().member("status").text());
    if (shown == action.status()) return answer(id, commands::v1::OUTCOME_UNCHANGED);
    if (is_final(shown)) {
        runtime::Applied kept = answer(id, commands::v1::OUTCOME_UNCHANGED);
        kept.result.set_error(std::string(kDoing) + ": it is " + shown + " by now, which stays");
        return kept;
    }
    json::Writer body;
    body.begin_object().key("status").string(action.status()).end_object();
    const Result<json::Document> after = shop.client().update_order(id, body.take(), stop);
    if (!after) return within(kDoing, after.error());
    if (Status ok = shows_status(after->root(), action.status()); !ok) return within(kDoing, std::move(ok).error());
    return answer(id, commands::v1::OUTCOME_APPLIED);
}

Result<runtime::Applied> add_note(Shop& shop, const commands::v1::AddOrderNote& action, std::stop_token stop) {
    constexpr std::string_view kDoing = "adding an order note";
    if (Status ok = check_id(action.order_native_id()); !ok) return within(kDoing, std::move(ok).error());
    const Result<std::string> note = made_note(
        shop.client().add_note(action.order_native_id(), note_body(action.text(), action.to_customer()), stop));
    if (!note) return within(kDoing, note.error());
    return answer(*note, commands::v1::OUTCOME_APPLIED);
}

Result<std::optional<runtime::Applied>> find_note(Shop& shop, const commands::v1::AddOrderNote& action,
                                                  std::stop_token stop) {
    constexpr std::string_view kDoing = "looking for an order note";
    if (Status ok = check_id(action.order_native_id()); !ok) return within(kDoing, std::move(ok).error());
    const Result<std::string> found =
        note_id(shop, action.order_native_id(), action.text(), action.to_customer(), std::move(stop));
    if (!found) return within(kDoing, found.error());
    if (found->empty()) return std::nullopt;
    return answer(*found, commands::v1::OUTCOME_APPLIED);
}

// The status goes with the meta data, before the note: a shop that mails "completed" then finds the number in it.
Result<runtime::Applied> set_tracking(Shop& shop, const commands::v1::SetTracking& action, std::stop_token stop) {
    const std::string& id = action.order_native_id();
    const Result<TrackingGap> gap = tracking_gap(shop, action, stop);
    if (!gap) return within(kTracking, gap.error());
    if (!gap->body.empty()) {
        const Result<json::Document> after = shop.client().update_order(id, gap->body, stop);
        if (!after) return within(kTracking, after.error());
        if (gap->moves)
            if (Status ok = shows_status(after->root(), action.status()); !ok)
                return within(kTracking, std::move(ok).error());
    }
    if (gap->note) {
        const Result<std::string> note =
            made_note(shop.client().add_note(id, note_body(action.note(), action.note_to_customer()), stop));
        if (!note) return within(kTracking, note.error());
    }
    return tracked(action, *gap);
}

Result<std::optional<runtime::Applied>> find_tracking(Shop& shop, const commands::v1::SetTracking& action,
                                                      std::stop_token stop) {
    const Result<TrackingGap> gap = tracking_gap(shop, action, std::move(stop));
    if (!gap) return within("looking for tracking", gap.error());
    if (!gap->body.empty() || gap->note) return std::nullopt;
    return answer(action.order_native_id(), commands::v1::OUTCOME_APPLIED);
}

}  // namespace shopwire::woocommerce
