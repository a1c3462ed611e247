#include "services/logistos/shipment.h"

#include <algorithm>

#include "common/core/ids.h"
#include "common/http/client.h"
#include "common/json/value.h"

namespace shopwire::logistos {
namespace {

constexpr std::size_t kFingerprintBytes = 8;

std::string page_of(const std::string& form, const std::string& awb) {
    constexpr std::string_view kPlace = "{awb}";
    const std::size_t at = form.find(kPlace);
    if (at == std::string::npos) return {};
    return form.substr(0, at) + http::percent_encode(awb) + form.substr(at + kPlace.size());
}

}  // namespace

Result<events::Event> shipment_event(std::string_view record, const std::string& awb, const std::string& order_number,
                                     const Settings& settings, const events::v1::Source& source) {
    const Result<json::Document> document = json::Document::parse(record);
    if (!document) return within("reading a parcel", document.error());
    json::Reader reader(document->root());
    events::Event event;
    *event.mutable_source() = source;
    event.mutable_source()->set_modified_at_ms(reader.integer_or_none("changed_at_ms").value_or(0));
    events::v1::Shipment& shipment = *event.mutable_shipment();
    shipment.set_native_id(awb);
    shipment.set_external_number(order_number);
    shipment.set_document_native_id(reader.string_or("id"));
    shipment.set_carrier(reader.string_or("carrier"));
    shipment.set_tracking_number(awb);
    shipment.set_tracking_url(page_of(settings.tracking_url, awb));
    shipment.set_status(reader.string("status"));
    shipment.set_status_text(reader.string_or("status_text"));
    if (shipment.status().empty()) reader.fail("status", "a status");
    if (Status ok = reader.status(); !ok) return within("reading a parcel", std::move(ok.error()));
    events::set_content_hash(event);
    return event;
}

std::string fingerprint_of(const events::Event& event) {
    return hex(std::string_view(event.source().content_hash()).substr(0, kFingerprintBytes));
}

std::string fingerprint_of(std::string_view record) {
    events::Event event;
    event.mutable_shipment()->set_status(std::string(record));
    events::set_content_hash(event);
    return fingerprint_of(event);
}

bool is_final(const events::Event& event, const Settings& settings) {
    return std::ranges::find(settings.final_statuses, event.shipment().status()) != settings.final_statuses.end();
}

}  // namespace shopwire::logistos
