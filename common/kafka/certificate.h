// The certificate by which we are known to Kafka.  Pure but for the file; thread-safe.
#pragma once

#include <cstdint>

#include "common/core/error.h"
#include "common/kafka/client_config.h"

namespace shopwire::kafka {

// kRejected: it cannot be read, has expired, or is not valid yet.  A broker only says that it does not like it, or says
// nothing and hangs up.  Without one in `extra` (ssl.certificate.location or .pem) all is well.
Status check_certificate(const ClientConfig& config, std::int64_t now_ms);

}  // namespace shopwire::kafka
