// What the platform may do with the store's key: write an order's status, its AWB and a note (contract B3.3).
#pragma once

#include <string>

#include "tests/sandbox/logistos/model.h"

namespace sandbox::logistos {

struct BackCall {
    int status_of_order = 0;  // HTTP status; 0: no answer
    int status_of_note = 0;
};

// Blocks until both calls ended, ten seconds each at most.  Called without the world's lock.
BackCall write_back(const Store& store, const std::string& order_id, const std::string& status, const std::string& awb);

}  // namespace sandbox::logistos
