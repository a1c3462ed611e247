// Orders: made once, changed by what a PUT and a payment can change, cancelled by a status.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "services/keycrm/account.h"

namespace shopwire::keycrm {

Result<runtime::Applied> export_order(Account& account, const commands::v1::ExportOrder& command, std::stop_token stop);
Result<std::optional<runtime::Applied>> find_export(Account& account, const commands::v1::ExportOrder& command,
                                                    std::stop_token stop);
// `known_id`: what the journal knows of the order; empty: nothing.
Result<runtime::Applied> update_order(Account& account, const commands::v1::UpdateOrder& command,
                                      const std::string& known_id, std::stop_token stop);
Result<runtime::Applied> cancel_document(Account& account, const commands::v1::CancelDocument& command,
                                         const std::string& known_id, const std::string& order_connection,
                                         std::stop_token stop);

// The id of the shop's order with this number; empty: there is none.
Result<std::string> find_order_id(Account& account, const std::string& source_uuid, const std::string& order_connection,
                                  std::stop_token stop);

// Status groups are fixed.
constexpr std::int64_t kGroupDelivery = 4;
constexpr std::int64_t kGroupCompleted = 5;
constexpr std::int64_t kGroupCancelled = 6;

}  // namespace shopwire::keycrm
