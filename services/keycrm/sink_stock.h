// Stock of the shop into one warehouse.  Reads what is there, writes what differs.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "services/keycrm/account.h"

namespace shopwire::keycrm {

constexpr int kStockBatchMax = 500;  // of a PUT: one request, after one for each 50 to read them

std::vector<Result<runtime::Applied>> apply_stock(Account& account, std::span<const events::Command> batch,
                                                  std::stop_token stop);

}  // namespace shopwire::keycrm
