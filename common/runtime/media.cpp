#include "common/runtime/media.h"

#include <array>
#include <utility>

#include "common/core/ids.h"
#include "common/http/client.h"
#include "common/http/digest.h"
#include "common/log/log.h"
#include "common/runtime/sink_item.h"

namespace shopwire::runtime {
namespace {

constexpr std::string_view kSignature = "sig=";
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{{{"jpg", "image/jpeg"},
                                                                               {"png", "image/png"},
                                                                               {"gif", "image/gif"},
                                                                               {"webp", "image/webp"},
                                                                               {"avif", "image/avif"}}};

std::string_view extension_of(std::string_view content_type) {
    const std::string_view plain = content_type.substr(0, content_type.find(';'));
    for (const auto& [extension, type] : kTypes)
        if (type == plain) return extension;
    return plain == "image/jpg" ? "jpg" : "";
}

std::string_view type_of(std::string_view extension) {
    for (const auto& [known, type] : kTypes)
        if (known == extension) return type;
    return {};
}

// Of "<id>/<hash>.<extension>" at one connection: an address of another one proves nothing here.
std::string signature_of(const std::string& connection, std::string_view address, const Secret& secret) {
    return hex(http::hmac_sha256(secret, connection + '\n' + std::string(address)));
}

MediaServer::Answer plain(int status, std::string_view text, std::string_view kind) {
    return {.response = {.status = status, .content_type = "text/plain", .body = std::string(text) + "\n"},
            .kind = kind};
}

// One place of those that may read at once.
class Place {
 public:
    explicit Place(std::atomic<int>& running) : running_(running), taken_(running_.fetch_add(1)) {}
    ~Place() { running_.fetch_sub(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool is_free() const { return taken_ < MediaServer::kAtOnceMax; }

 private:
    std::atomic<int>& running_;
    const int taken_;
};

}  // namespace

std::string media_url(const ConnectionContext& context, const Secret& secret, const MediaFile& file) {
    const std::string_view extension = extension_of(file.content_type);
    if (context.public_url.empty() || secret.empty() || extension.empty()) return {};
    const std::string name = file.content_hash + "." + std::string(extension);
    const std::string signature =
        signature_of(connection_id(context.merchant, context.connection), file.id + "/" + name, secret);
    return context.public_url + "/media/" + http::percent_encode(file.id) + "/" + name + "?" + std::string(kSignature) +
           signature;
}

MediaServer::Answer MediaServer::answer(const std::string& connection_id, Media& media,
                                        const http::ServerRequest& request, std::string_view below) {
    if (request.method != "GET") return plain(405, "only GET", "media_refused");
    const std::size_t slash = below.rfind('/');
    const std::size_t dot = below.rfind('.');
    const bool signed_by_us = request.query.starts_with(kSignature) &&
                              equal_in_constant_time(signature_of(connection_id, below, media.secret()),
                                                     std::string_view(request.query).substr(kSignature.size()));
    // What is not ours and what is not there look the same.
    if (!signed_by_us || slash == std::string_view::npos || dot == std::string_view::npos || dot < slash)
        return plain(404, "not found", "media_refused");
    const Place place(running_);
    if (!place.is_free() || stopping_.stop_requested()) {
        Answer busy = plain(503, "busy; ask again", "media_refused");
        busy.response.headers.emplace_back("Retry-After", "5");
        return busy;
    }
    Result<std::string> bytes = media.read(std::string(below.substr(0, slash)), stopping_.get_token());
    if (!bytes && bytes.error().kind != ErrorKind::kRejected) {
        log::warning("a file could not be read", {{"connection", connection_id}, {"error", bytes.error()}});
        return plain(503, "not readable now", "media_refused");
    }
    // Changed since: the next event has its new address.
    if (!bytes || bytes->size() > kBytesMax || hex(http::sha256(*bytes)) != below.substr(slash + 1, dot - slash - 1))
        return plain(404, "not found", "media_refused");
    return {.response = {.content_type = std::string(type_of(below.substr(dot + 1))),
                         .body = *std::move(bytes),
                         .headers = {{"Cache-Control", "public, max-age=31536000, immutable"},
                                     {"X-Content-Type-Options", "nosniff"}}},
            .kind = "media"};
}

}  // namespace shopwire::runtime
