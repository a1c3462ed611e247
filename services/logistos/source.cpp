#include "services/logistos/source.h"

#include <algorithm>

#include "common/core/ids.h"
#include "common/http/digest.h"
#include "common/log/log.h"
#include "services/logistos/shipment.h"

namespace shopwire::logistos {
namespace {

using dialect::FailureClass;

constexpr std::string_view kDisconnected = "1 disconnected";
constexpr std::string_view kAgain = "1 connected, to be sent again";

// What was sent, so that the same is not sent again.  The key has 160 random bits: its hash tells nothing.
std::string sent_mark(const Settings& settings) {
    std::string bytes;
    for (const std::string& part :
         {settings.store_url, settings.store.name, settings.consumer_key.reveal(), settings.consumer_secret.reveal()})
        bytes += std::to_string(part.size()) + ":" + part;
    return "1 connected " + hex(http::sha256(bytes));
}

// The seller's login and the store's integration are two things: a wrong password must not hold orders back.
Error of_tracking(Error error) {
    if (error.kind == ErrorKind::kAuth) error.kind = ErrorKind::kRejected;
    return error;
}

// A cursor that cannot be read starts anew: the list tells again what is under way.
Watch watch_of(const std::string& text) {
    Result<Watch> watch = Watch::parse(text);
    if (watch) return *std::move(watch);
    log::warning("the tracking cursor is not readable; tracking starts anew", {{"error", watch.error()}});
    return {};
}

constexpr std::size_t kFailuresMax = 3;

// As far as the dialect can.
Status disconnect(const Client& client, std::stop_token stop) {
    if (!client.can("disconnect_store")) return {};
    Outcome<std::string> done = client.disconnect(std::move(stop));
    if (done) return {};
    dialect::Failure& failure = done.error();
    const bool page = failure.code.empty();  // of a server, not a word of Logistos about the store
    if (failure.reason == FailureClass::kNotFound && page)
        failure.error = transient(failure.error.message +
                                  ", and no word that the store is not there: check base_url and trailing_slash")
                            .error();
    if (failure.reason == FailureClass::kNotFound && !page) return {};
    return within("disconnecting the store", failure.error);
}

}  // namespace

Result<runtime::Cursor> tracking_from_start(const runtime::Cursor& current) {
    Watch watch = watch_of(current.text);
    watch.listed_ms = 0;
    watch.pass_ms = 0;
    for (Parcel& parcel : watch.parcels) parcel.seen.clear();
    return runtime::Cursor{watch.text()};
}

Result<runtime::Cursor> integration_from_start(const runtime::Cursor& current) {
    const bool connected = !current.text.empty() && current.text != kDisconnected;
    return connected ? runtime::Cursor{std::string(kAgain)} : current;
}

Source::Source(std::shared_ptr<Room> room, const runtime::ConnectionContext& context)
    : room_(std::move(room)),
      merchant_(context.merchant),
      connection_(context.connection),
      clock_(context.clock),
      under_way_(context.metrics.gauge("shopwire_logistos_parcels_under_way", "Parcels that are tracked now",
                                       context.labels())),
      given_up_(context.metrics.counter("shopwire_logistos_parcels_given_up_total",
                                        "Parcels that were never final within track_for", context.labels())),
      no_room_(context.metrics.counter("shopwire_logistos_parcels_waiting_total",
                                       "Passes in which new parcels had to wait for under_way_max", context.labels())) {
}

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    if (stream == "integration") return integration(from, std::move(stop));
    if (stream == "tracking") return tracking(from, std::move(stop));
    return rejected("reading " + std::string(stream) + ": no such stream");
}

Result<runtime::Page> Source::integration(const runtime::Cursor& from, std::stop_token stop) {
    runtime::Page page{.next = from};
    if (settings_.integration == "off") return page;
    if (settings_.integration == "disconnect") {
        if (from.text.empty() || from.text == kDisconnected) return page;  // never connected by us, or done
        if (Status done = disconnect(client_, std::move(stop)); !done) return std::unexpected(std::move(done.error()));
        log::warning("the store is disconnected; now delete its REST key in the shop, nobody else can",
                     {{"connection", merchant_ + "/" + connection_}});
        page.next.text = kDisconnected;
        return page;
    }
    const std::string mark = sent_mark(settings_);
    if (from.text != mark) {
        const Outcome<std::string> done = client_.integrate(std::move(stop));
        if (!done) {
            room_->refused = done.error().error.kind == ErrorKind::kAuth;
            return within("connecting the store", done.error().error);
        }
        page.next.text = mark;
    }
    room_->connected = true;
    return page;
}

Result<runtime::Page> Source::tracking(const runtime::Cursor& from, std::stop_token stop) {
    if (!client_.can_track()) return runtime::Page{.next = from};
    Watch watch = watch_of(from.text);
    // What the cursor holds is durable now.
    room_->exported.settle([&watch](const Exported& exported) { return watch.knows(exported.awb); });
    if (watch.pass_ms == 0)
        if (Status begun = begin_pass(watch, stop); !begun) return std::unexpected(of_tracking(begun.error()));

    runtime::Page page;
    std::size_t answered = 0;
    std::size_t failed = 0;
    for (Parcel* parcel : watch.due(kAskedPerPage)) {
        Status done = ask(*parcel, watch.pass_ms, page, stop);
        if (done) {
            ++answered;
            continue;
        }
        // One parcel that cannot be read must not hide the others; several in a row are Logistos itself.
        const bool may_be_its_own = done.error().kind == ErrorKind::kTransient && ++failed <= kFailuresMax;
        if (!may_be_its_own && answered == 0)
            return within("tracking " + parcel->awb, of_tracking(std::move(done.error())));
        if (!may_be_its_own) break;  // the next page meets the error again; what was read is kept
        parcel->asked_ms = watch.pass_ms;
    }
    page.rows = static_cast<std::int64_t>(answered + failed);
    page.left = static_cast<std::int64_t>(watch.due(watch.parcels.size()).size());
    page.more = page.left > 0;
    if (!page.more) watch.pass_ms = 0;
    under_way_.set(static_cast<double>(std::ranges::count(watch.parcels, 0, &Parcel::done_ms)));
    page.next.text = watch.text();
    return page;
}

Status Source::begin_pass(Watch& watch, std::stop_token stop) {
    const std::int64_t now_ms = clock_.now_ms();
    const std::int64_t margin_ms = 2 * settings_.list_overlap.count();
    const std::size_t lost = watch.give_up(now_ms - settings_.track_for.count(), now_ms);
    if (lost > 0) given_up_.add(static_cast<double>(lost));
    take_exported(watch);
    const Result<bool> whole = client_.can("list_shipments") ? list(watch, std::move(stop)) : Result<bool>(true);
    if (!whole) return std::unexpected(whole.error());
    watch.settle(*whole, now_ms - margin_ms, now_ms, static_cast<std::size_t>(settings_.under_way_max));
    watch.begin_pass(now_ms);
    return {};
}

void Source::take_exported(Watch& watch) {
    for (const Exported& exported : room_->exported.waiting())
        if (!watch.add(exported.awb, exported.order_number, clock_.now_ms(),
                       static_cast<std::size_t>(settings_.under_way_max))) {
            no_room_.add();
            return;
        }
}

// Everything that changed since the last look, in one go: a list that moves on while its pages are read may hide a row,
// but each further change of that parcel brings it back, and the overlap does for its last one.
Result<bool> Source::list(Watch& watch, std::stop_token stop) {
    const std::int64_t now_ms = clock_.now_ms();
    const std::int64_t first_ms = now_ms - settings_.track_for.count();
    const std::int64_t since_ms = std::max(first_ms, watch.listed_ms - settings_.list_overlap.count());
    const Outcome<std::vector<ListedShipment>> listed = client_.shipments(since_ms, std::move(stop));
    if (!listed) return within("looking for new parcels", listed.error().error);
    bool whole = true;
    for (const ListedShipment& shipment : *listed) {
        if (shipment.awb.empty() || shipment.order_number.empty()) continue;  // not booked, or not an order of ours
        if (!shipment.store_url.empty() && shipment.store_url != settings_.store_url) continue;
        whole =
            watch.add(shipment.awb, shipment.order_number, now_ms, static_cast<std::size_t>(settings_.under_way_max)) &&
            whole;
    }
    if (whole)
        watch.listed_ms = now_ms;  // else they are looked for again when there is room
    else
        no_room_.add();
    return whole;
}

Status Source::ask(Parcel& parcel, std::int64_t pass_ms, runtime::Page& page, std::stop_token stop) {
    const std::int64_t now_ms = clock_.now_ms();
    const Outcome<std::string> record = client_.track(parcel.awb, std::move(stop));
    if (!record && record.error().reason == FailureClass::kNotFound) {
        parcel.asked_ms = pass_ms;  // not there yet, or no more: track_for ends it
        return {};
    }
    // Refused for what it is, as against refused for who asks: set aside once, and it hides no other parcel.
    if (!record && record.error().reason != FailureClass::kRejected) return std::unexpected(record.error().error);
    events::v1::Source source;
    source.set_merchant(merchant_);
    source.set_connection(connection_);
    source.set_system("logistos");
    source.set_origin(events::v1::ORIGIN_POLL);
    source.set_observed_at_ms(now_ms);
    source.set_read_started_at_ms(now_ms);
    const std::string raw = record ? *record : parcel.awb;
    Result<events::Event> event = record
                                      ? shipment_event(*record, parcel.awb, parcel.order_number, settings_, source)
                                      : Result<events::Event>(within("tracking " + parcel.awb, record.error().error));
    const std::string seen = event ? fingerprint_of(*event) : fingerprint_of(std::string_view(raw));
    parcel.asked_ms = pass_ms;
    if (event && is_final(*event, settings_)) parcel.done_ms = now_ms;
    if (seen == parcel.seen) return {};
    parcel.seen = seen;
    page.changes.push_back({.raw = raw, .event = std::move(event)});
    return {};
}

Result<std::vector<std::string>> leave(Room& room, std::stop_token stop) {
    constexpr std::string_view kRevoke =
        "revoke Logistos' REST key in the shop: WooCommerce, Settings, Advanced, REST API; no request can";
    std::vector<std::string> lines;
    room.connected = room.settings.integration == "off";
    if (room.settings.integration == "off") {
        lines.emplace_back("by hand: the store was connected by other means: disconnect it there");
    } else if (!room.client->can("disconnect_store")) {
        lines.emplace_back("by hand: remove the store in Logistos' portal; this dialect has no call for it");
    } else {
        if (Status done = disconnect(*room.client, std::move(stop)); !done) {
            done.error().message += "; in any case " + std::string(kRevoke);
            return std::unexpected(std::move(done.error()));
        }
        lines.emplace_back("the store is disconnected from Logistos, which has no key of it any more");
    }
    lines.push_back("by hand: " + std::string(kRevoke));
    return lines;
}

}  // namespace shopwire::logistos
