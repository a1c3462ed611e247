// Pictures that SORS gives as bytes: their addresses, and their bytes when a shop asks.
#pragma once

#include <memory>
#include <string>

#include "common/runtime/connector.h"
#include "services/sors/client.h"
#include "shopwire/events/v1/event.pb.h"

namespace shopwire::sors {

// Sets the hash and, where there is one, the address of a picture whose bytes are known.
void publish(events::v1::Image& image, const Picture& picture, const std::string& product_id,
             const runtime::ConnectionContext& context, const Secret& secret);

// Thread-safe.
class Media final : public runtime::Media {
 public:
    // What the context lends outlives this.
    Media(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
        : room_(std::move(room)), clock_(context.clock) {}
    const Secret& secret() const override { return room_->settings.media_secret; }
    Result<std::string> read(const std::string& id, std::stop_token stop) override;

 private:
    const std::shared_ptr<const Room> room_;
    Clock& clock_;
};

}  // namespace shopwire::sors
