#include "common/metrics/build_info.h"

namespace shopwire::metrics {

void declare_build(Registry& registry, const std::string& service, std::int64_t now_ms) {
    registry
        .gauge("shopwire_build_info", "1: a program of this version runs",
               {{"service", service}, {"version", SHOPWIRE_VERSION}})
        .set(1);
    registry.gauge("shopwire_start_timestamp_seconds", "When the process began", {{"service", service}})
        .set(static_cast<double>(now_ms) / 1000);
}

}  // namespace shopwire::metrics
