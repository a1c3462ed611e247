// Refunds.  KeyCRM's API has none, so a refund becomes what it can hold: an expense of the order, a payment that is
// cancelled, or a comment.
#pragma once

#include <optional>
#include <stop_token>

#include "services/keycrm/account.h"

namespace shopwire::keycrm {

Result<runtime::Applied> export_refund(Account& account, const commands::v1::ExportRefund& command,
                                       std::stop_token stop);
Result<std::optional<runtime::Applied>> find_refund(Account& account, const commands::v1::ExportRefund& command,
                                                    std::stop_token stop);

}  // namespace shopwire::keycrm
