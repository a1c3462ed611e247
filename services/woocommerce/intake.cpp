#include "services/woocommerce/intake.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "services/woocommerce/reader.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

// The body with its error becomes a dead letter and the answer is 200 all the same: the shop never sends a delivery
// again, but after seven failed ones in a row it disables the webhook and every later event is lost (contract
// woocommerce 10).
runtime::Intake::Received unreadable(const std::string& body, Error error) {
    runtime::Intake::Received received{.kind = "bad_body"};
    received.changes.push_back({.raw = body, .event = std::unexpected(std::move(error).within("reading a webhook"))});
    return received;
}

}  // namespace

std::string webhook_signature(std::string_view body, const Secret& secret) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const std::string& key = secret.reveal();
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(body.data()),
         body.size(), digest.data(), &size);
    std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> text{};
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    return {text.begin(), text.begin() + length};
}

bool Intake::is_signed(const http::ServerRequest& request) const {
    const std::string* signature = http::find_header(request.headers, "X-WC-Webhook-Signature");
    if (signature == nullptr) return false;
    bool matches = false;
    for (const Secret& secret : shop_->settings().webhook_secrets)
        matches |= equal_in_constant_time(webhook_signature(request.body, secret), *signature);
    return matches;
}

// X-WC-Webhook-Delivery-ID is not looked at: it is a hash of the webhook and the second, so many different deliveries
// carry the same one (contract woocommerce 0.2).  What comes twice is dropped by its content.
runtime::Intake::Received Intake::receive(const http::ServerRequest& request) {
    const std::string* topic = http::find_header(request.headers, "X-WC-Webhook-Topic");
    // The test at registration: a form, without a signature and without any header of its own
    // (webhook-delivery-ping.json).
    if (topic == nullptr && request.body.starts_with("webhook_id=")) return {.kind = "ping"};
    if (!is_signed(request)) return {.status = 401, .kind = "bad_signature"};
    if (topic == nullptr) return {.kind = "ignored"};
    const std::size_t dot = topic->find('.');
    if (dot == std::string::npos) return {.kind = "ignored"};
    const std::string_view view = *topic;
    return read(view.substr(0, dot), view.substr(dot + 1), request.body);
}

runtime::Intake::Received Intake::read(std::string_view resource, std::string_view event,
                                       const std::string& body) const {
    if (resource != "order" && resource != "product" && resource != "customer") return {.kind = "ignored"};
    const Result<json::Document> document = json::Document::parse(body);
    if (!document) return unreadable(body, document.error());
    const json::Value root = document->root();
    if (is_error_object(root)) return {.kind = "gone"};
    Result<Events> events = Events{};
    if (event == "deleted") {
        json::Reader reader(root);
        *events = {deleted_event(resource, reader.id("id"))};
        if (Status ok = reader.status(); !ok) events = std::unexpected(std::move(ok).error());
    } else if (resource == "order") {
        events = filled_order_events(*shop_, root);
    } else if (resource == "customer") {
        events = told_customer(*shop_, root);
    } else {
        events = product_events(root, shop_->known_facts());
    }
    if (!events) return unreadable(body, std::move(events).error());
    Received received{.kind = events->empty() ? "ignored" : "ok"};
    for (events::Event& one : *events) received.changes.push_back({.raw = {}, .event = std::move(one)});
    return received;
}

}  // namespace shopwire::woocommerce
