// The canonical record of tracking to an event.  Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/events/codec.h"
#include "services/logistos/config.h"

namespace shopwire::logistos {

// A status that we do not know is kept as it is.  `source` without its modified time, which the record has.
Result<events::Event> shipment_event(std::string_view record, const std::string& awb, const std::string& order_number,
                                     const Settings& settings, const events::v1::Source& source);

// Of the event's body: what was published before is not published again.
std::string fingerprint_of(const events::Event& event);
// Of a record that could not be read.
std::string fingerprint_of(std::string_view record);

bool is_final(const events::Event& event, const Settings& settings);

}  // namespace shopwire::logistos
