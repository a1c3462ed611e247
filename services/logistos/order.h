// An order on its way to a carrier: may it leave, is there something to carry, and the canonical text that a dialect
// shapes.  Pure functions, thread-safe.
//
// What leaves is what `order_text` names: no transaction id, no tax number, no meta, never the number of a card.
#pragma once

#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/dialect/zone.h"
#include "services/logistos/config.h"
#include "shopwire/events/v1/entities.pb.h"

namespace shopwire::logistos {

// True when every line says that nothing of it can be carried: licences, downloads.
bool is_virtual(const events::v1::Order& order);

// kRejected: not in one of settings.statuses, not paid, or in a currency that is not sent.
Status may_leave(const events::v1::Order& order, const Settings& settings);

// JSON; kRejected with the first thing that a carrier could not use.  `number` is what people at Logistos see.
Result<std::string> order_text(const events::v1::Order& order, const std::string& number, const Settings& settings,
                               const dialect::Zone& zone);

}  // namespace shopwire::logistos
