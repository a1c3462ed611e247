// May a company buy on credit?  Contract rules 6.3.
#pragma once

#include <string>

#include "common/core/error.h"
#include "services/sors/client.h"
#include "services/sors/config.h"
#include "services/sors/customer.h"

namespace shopwire::sors {

// What the company owes, what it has reserved, and `more`, against its limit: that of SORS, else that of the settings.
// Consumers and companies without a limit always pass.  Empty: nothing to say.  Text: the order
// passes with this remark.  kRejected: it waits for a person.  Thread-safe.
Result<std::string> check_credit(const Client& client, const Settings& settings, const std::string& database,
                                 const NewCustomer& customer, const CustomerCard& card, Decimal more,
                                 std::stop_token stop);

}  // namespace shopwire::sors
