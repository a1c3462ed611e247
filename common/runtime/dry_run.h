// The service without its effects: real commands in, exact requests out, nothing sent and nothing written.
#pragma once

#include <ostream>

#include "common/config/installation.h"
#include "common/runtime/connector.h"
#include "common/runtime/options.h"

namespace shopwire::runtime {

// A JSON line to `out` for each request that writes, and one for each command that led to none.  It joins no group,
// takes no transactional id and commits nothing, so a service that runs beside it notices nothing but its share of the
// key's rate.  Returns the exit code.
int dry_run(const ConnectorSpec& spec, const RunOptions& options, const config::Installation& installation,
            const MakeTransport& outlet, std::ostream& out);

}  // namespace shopwire::runtime
