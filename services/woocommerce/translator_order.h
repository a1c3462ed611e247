// Orders, refunds and customers of the shop as events.  Pure functions: no clock, no I/O.  Who saw them and when is the
// runtime's.
#pragma once

#include <string>
#include <vector>

#include "common/events/codec.h"
#include "common/json/value.h"

namespace shopwire::woocommerce {

// Where a shop keeps what WooCommerce has no field for.
struct PersonalKeys {
    std::vector<std::string> tax_id{};
    std::vector<std::string> company{};
    std::string external_id{};  // of a customer, meta key
};

using Events = std::vector<events::Event>;

// None for a draft, which is no order yet.  An order in the trash gives Deleted.
Result<Events> order_events(json::Value order, const PersonalKeys& keys);

// The refunds of one order as its list of refunds shows them; amounts positive.
Result<Events> refund_events(json::Value refund, std::string_view order_id);

Result<Events> customer_events(json::Value customer, const PersonalKeys& keys);

}  // namespace shopwire::woocommerce
