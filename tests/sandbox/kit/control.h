// The control port's routes that every simulator has: faults, requests, reset, state. A simulator adds its own to the
// same router before the server starts.
#pragma once

#include <functional>
#include <string>

#include "tests/sandbox/kit/faults.h"
#include "tests/sandbox/kit/request_log.h"
#include "tests/sandbox/kit/router.h"

namespace sandbox::kit {

struct ControlHooks {
    std::function<std::string()> state;  // JSON text of GET /__sandbox/state
    std::function<void()> reset;         // empties the simulator; faults and requests are emptied by the kit
};

// Borrows `faults` and `log`, which must outlive the router.
void add_control_routes(Router& router, FaultEngine& faults, RequestLog& log, const ControlHooks& hooks);

}  // namespace sandbox::kit
