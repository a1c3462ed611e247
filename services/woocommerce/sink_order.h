// Writing orders: status, notes, tracking.  Free functions, thread-safe.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

runtime::Applied answer(std::string native_id, commands::v1::Outcome outcome);

// An id goes into the address of the request, so it is digits and nothing else.
Status check_id(std::string_view id);

Result<runtime::Applied> set_status(Shop& shop, const commands::v1::SetOrderStatus& action, std::stop_token stop);
Result<runtime::Applied> add_note(Shop& shop, const commands::v1::AddOrderNote& action, std::stop_token stop);
// The note that an earlier attempt has left.
Result<std::optional<runtime::Applied>> find_note(Shop& shop, const commands::v1::AddOrderNote& action,
                                                  std::stop_token stop);

// Meta data and status in one write, then the note; each only when the order does not show it already.
Result<runtime::Applied> set_tracking(Shop& shop, const commands::v1::SetTracking& action, std::stop_token stop);
// Whether all of it is shown.
Result<std::optional<runtime::Applied>> find_tracking(Shop& shop, const commands::v1::SetTracking& action,
                                                      std::stop_token stop);

}  // namespace shopwire::woocommerce
