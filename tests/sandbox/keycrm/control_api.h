// The control port's own calls: what a manager does in the web UI, and the switches.
#pragma once

#include "tests/sandbox/keycrm/api.h"
#include "tests/sandbox/keycrm/webhooks.h"

namespace sandbox::keycrm {

// Everything is borrowed and outlives the router.
void add_crm_control_routes(kit::Router& router, Crm& crm, Api& api, Webhooks& webhooks);
std::string state_text(Crm& crm, const Webhooks& webhooks);
// All named switches or, with a message, none.
std::string change_switches(Switches& switches, const Json& wanted);

}  // namespace sandbox::keycrm
