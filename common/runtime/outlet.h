// The way out of a process: to the systems, or to a folder of recordings.
#pragma once

#include "common/runtime/connector.h"
#include "common/runtime/options.h"

namespace shopwire::runtime {

// What every transport of the process is made with.
Result<MakeTransport> outlet_of(const ConnectorSpec& spec, const RunOptions& options);

}  // namespace shopwire::runtime
