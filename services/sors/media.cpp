#include "services/sors/media.h"

#include "common/core/ids.h"
#include "common/http/digest.h"
#include "common/runtime/media.h"

namespace shopwire::sors {
namespace {

constexpr char kBetween = '~';  // needs no encoding in an address

Result<std::string> bytes_of(const Picture& picture) {
    return http::base64_decode(picture.base64, runtime::MediaServer::kBytesMax);
}

}  // namespace

void publish(events::v1::Image& image, const Picture& picture, const std::string& product_id,
             const runtime::ConnectionContext& context, const Secret& secret) {
    const Result<std::string> bytes = bytes_of(picture);
    if (!bytes || bytes->empty()) return;
    image.set_content_hash(hex(http::sha256(*bytes)));
    image.set_url(runtime::media_url(context, secret,
                                     {.id = product_id + kBetween + picture.id,
                                      .content_hash = image.content_hash(),
                                      .content_type = picture.content_type}));
}

// From today's database: where it has another picture under this id, the hash does not agree.
Result<std::string> Media::read(const std::string& id, std::stop_token stop) {
    const std::size_t between = id.find(kBetween);
    const Client& client = *room_->client;
    const DatabasePeriod* period =
        database_on(room_->settings, client.engine().zone().format(clock_.now_ms(), "%Y-%m-%d"));
    if (between == std::string::npos || period == nullptr || !client.can("list_product_images"))
        return rejected("there is no picture " + id);
    const Outcome<std::vector<Picture>> pictures =
        client.pictures(period->database, id.substr(0, between), std::move(stop));
    if (!pictures) return within("reading a picture", pictures.error().error);
    for (const Picture& picture : *pictures)
        if (picture.id == id.substr(between + 1)) return bytes_of(picture);
    return rejected("there is no picture " + id);
}

}  // namespace shopwire::sors
