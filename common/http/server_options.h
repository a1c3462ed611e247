// ServerOptions as civetweb wants them.  Private to this room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/http/server.h"

namespace shopwire::http {

// Headers and request line together; over it civetweb answers 413 by itself.
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;

// The host of "host:port"; none stands for all.
std::string listening_host(const std::string& listen);

// Pairs of option and value.  kRejected names the option that makes no sense.
Result<std::vector<std::pair<std::string, std::string>>> civetweb_options(const ServerOptions& options);

}  // namespace shopwire::http
