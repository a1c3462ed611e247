// Finds customers by what tells who they are, and makes them.  Thread-safe.
#pragma once

#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/metrics/registry.h"
#include "services/solteq/client.h"

namespace shopwire::solteq {

class CustomerDesk {
 public:
    CustomerDesk(const Client& client, const Settings& settings, metrics::Counter& doubled)
        : client_(client), settings_(settings), doubled_(doubled) {}

    // By `known_id`, else tax code, else e-mail, else phone; never by name.  A company is never taken for a private
    // customer, nor the other way round.
    Result<std::optional<CustomerCard>> find(const CustomerCard& wanted, const std::string& known_id,
                                             std::stop_token stop) const;

 private:
    Result<std::optional<CustomerCard>> find_by(std::string_view field, const std::string& value,
                                                const CustomerCard& wanted, std::stop_token stop) const;

    const Client& client_;
    const Settings& settings_;
    metrics::Counter& doubled_;
};

// One writer at a time for all that could be the same customer, over all connections of the process.
class CustomerLock {
 public:
    explicit CustomerLock(const CustomerCard& card);

 private:
    std::vector<std::unique_lock<std::mutex>> held_{};
};

}  // namespace shopwire::solteq
