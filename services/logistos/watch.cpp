#include "services/logistos/watch.h"

#include <algorithm>

#include "common/json/value.h"
#include "services/logistos/shipment.h"

namespace shopwire::logistos {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMarkSize = 12;  // 48 bits: of 20,000 marks a new parcel meets none by chance

std::string mark_of(std::string_view awb) { return fingerprint_of(awb).substr(0, kMarkSize); }

}  // namespace

Result<Watch> Watch::parse(std::string_view text) {
    if (text.empty()) return Watch{};
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return within("reading the tracking cursor", document.error());
    json::Reader reader(document->root());
    if (reader.integer("v") != kVersion) reader.fail("v", "1");
    Watch out{.listed_ms = reader.integer("listed"), .pass_ms = reader.integer("pass")};
    for (json::Reader& parcel : reader.array_or_empty("parcels"))
        out.parcels.push_back({.awb = parcel.string("a"),
                               .order_number = parcel.string("n"),
                               .seen = parcel.string_or("s"),
                               .added_ms = parcel.integer("t"),
                               .asked_ms = parcel.integer_or_none("q").value_or(0),
                               .done_ms = parcel.integer_or_none("d").value_or(0)});
    const std::string marks = reader.string_or("f");
    for (std::size_t at = 0; at + kMarkSize <= marks.size(); at += kMarkSize)
        out.past.insert(marks.substr(at, kMarkSize));
    out.past_ms = reader.integer_or_none("fm").value_or(0);
    if (Status ok = reader.status(); !ok) return within("reading the tracking cursor", std::move(ok.error()));
    return out;
}

std::string Watch::text() const {
    json::Writer writer;
    writer.begin_object().key("v").number(kVersion).key("listed").number(listed_ms).key("pass").number(pass_ms);
    writer.key("parcels").begin_array();
    for (const Parcel& parcel : parcels) {
        writer.begin_object().key("a").string(parcel.awb).key("n").string(parcel.order_number);
        if (!parcel.seen.empty()) writer.key("s").string(parcel.seen);
        writer.key("t").number(parcel.added_ms);
        if (parcel.asked_ms > 0) writer.key("q").number(parcel.asked_ms);
        if (parcel.done_ms > 0) writer.key("d").number(parcel.done_ms);
        writer.end_object();
    }
    writer.end_array();
    if (!past.empty()) {
        std::string marks;
        for (const std::string& mark : past) marks += mark;
        writer.key("f").string(marks).key("fm").number(past_ms);
    }
    writer.end_object();
    return writer.take();
}

Parcel* Watch::find(std::string_view awb) {
    const auto found = std::ranges::find(parcels, awb, &Parcel::awb);
    return found == parcels.end() ? nullptr : &*found;
}

bool Watch::knows(std::string_view awb) const {
    return std::ranges::find(parcels, awb, &Parcel::awb) != parcels.end() || past.contains(mark_of(awb));
}

bool Watch::add(const std::string& awb, const std::string& order_number, std::int64_t now_ms, std::size_t room) {
    if (knows(awb)) return true;
    const auto open = std::ranges::count(parcels, 0, &Parcel::done_ms);
    if (static_cast<std::size_t>(open) >= room) return false;
    parcels.push_back({.awb = awb, .order_number = order_number, .added_ms = now_ms});
    return true;
}

void Watch::remember(const std::string& awb, std::int64_t now_ms) {
    if (past.size() >= kPastMax) return;
    past.insert(mark_of(awb));
    past_ms = now_ms;
}

std::size_t Watch::give_up(std::int64_t added_before_ms, std::int64_t now_ms) {
    return std::erase_if(parcels, [&](const Parcel& parcel) {
        if (parcel.done_ms > 0 || parcel.added_ms >= added_before_ms) return false;
        remember(parcel.awb, now_ms);
        return true;
    });
}

void Watch::settle(bool whole, std::int64_t done_before_ms, std::int64_t now_ms, std::size_t room) {
    if (whole && past_ms < done_before_ms) past.clear();
    const bool shorten = !whole || parcels.size() > room;
    std::erase_if(parcels, [&](const Parcel& parcel) {
        if (parcel.done_ms == 0) return false;
        if (shorten) remember(parcel.awb, now_ms);
        return shorten || parcel.done_ms < done_before_ms;
    });
}

void Watch::begin_pass(std::int64_t now_ms) {
    pass_ms = now_ms;
    for (const Parcel& parcel : parcels) pass_ms = std::max(pass_ms, parcel.asked_ms + 1);
}

std::vector<Parcel*> Watch::due(std::size_t count) {
    std::vector<Parcel*> out;
    for (Parcel& parcel : parcels) {
        if (out.size() >= count) break;
        if (parcel.done_ms == 0 && parcel.asked_ms < pass_ms) out.push_back(&parcel);
    }
    return out;
}

}  // namespace shopwire::logistos
