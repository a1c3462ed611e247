// How long a remote asks us to stay away.  Private to this room; thread-safe.
#pragma once

#include <chrono>
#include <optional>

#include "common/http/transport.h"

namespace shopwire::http {

// A remote that names a longer time is asked again after this one, so that a wrong number does not end a connection for
// good.
inline constexpr std::chrono::milliseconds kRetryAfterMax = std::chrono::hours(1);

// From the Retry-After header, in seconds or as an HTTP date.  A date is taken relative to the answer's own Date
// header, so that a remote with a wrong clock is understood; without one, relative to our time.  nullopt: none, or not
// understood.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers);

}  // namespace shopwire::http
