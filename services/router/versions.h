// Is an event newer than what was let through before?  Pure.
//
// Events compare only within one (connection, location, entity, key).  A shop's times have whole seconds, so two
// different states may carry the same time: then only a read that started after the known state was seen can tell which
// one is current.
#pragma once

#include <cstdint>

#include "shopwire/events/v1/event.pb.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::router {

enum class Newer : std::uint8_t {
    kNewer,  // let it through
    kOlder,  // drop
    kSame,  // drop: seen already
    kRefresh,  // cannot be told: have the source read again
};

Newer compare(const events::v1::Source& source, const internal::v1::SeenVersion& seen);

void remember(const events::v1::Source& source, internal::v1::SeenVersion& seen);

}  // namespace shopwire::router
