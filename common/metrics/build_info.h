// Which program a registry belongs to, since when it runs, and whether it is ready.
#pragma once

#include <cstdint>
#include <string>

#include "common/metrics/registry.h"

namespace shopwire::metrics {

// As the probe /readyz of the admin port says.
Gauge& ready_of(Registry& registry, const std::string& service);

void declare_build(Registry& registry, const std::string& service, std::int64_t now_ms);

}  // namespace shopwire::metrics
