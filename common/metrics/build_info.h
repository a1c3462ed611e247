// Which program a registry belongs to, and since when it runs.
#pragma once

#include <cstdint>
#include <string>

#include "common/metrics/registry.h"

namespace shopwire::metrics {

void declare_build(Registry& registry, const std::string& service, std::int64_t now_ms);

}  // namespace shopwire::metrics
