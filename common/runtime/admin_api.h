// The operators' API of a connector service, below /api/ of the admin port.
#pragma once

#include "common/admin/admin.h"
#include "common/runtime/connections.h"
#include "common/runtime/examiner.h"
#include "common/runtime/sink_loop.h"
#include "common/runtime/sources.h"

namespace shopwire::runtime {

// GET /api/status, GET /api/parked?connection=ID, POST /api/parked/retry and /api/parked/discard {"key"}, POST
// /api/sync
// {"connection","stream","full","since_ms","accept_loss"}, POST /api/pause and /api/resume {"connection"}, POST
// /api/examine {"connection","seen","brief"}, POST /api/leave {"connection"}.  GET and examine change nothing, and need
// the role read alone.  The references outlive the admin.
void add_admin_api(admin::Admin& admin, const std::string& system, Connections& connections, SinkLoop& loop,
                   Sources& sources, Examiner& examiner);

}  // namespace shopwire::runtime
