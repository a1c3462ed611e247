#include "common/metrics/build_info.h"

namespace shopwire::metrics {

Gauge& ready_of(Registry& registry, const std::string& service) {
    return registry.gauge("shopwire_ready", "1: the process is ready, as /readyz says", {{"service", service}});
}

void declare_build(Registry& registry, const std::string& service, std::int64_t now_ms) {
    registry
        .gauge("shopwire_build_info", "1: a program of this version runs",
               {{"service", service}, {"version", SHOPWIRE_VERSION}})
        .set(1);
    registry.gauge("shopwire_start_timestamp_seconds", "When the process began", {{"service", service}})
        .set(static_cast<double>(now_ms) / 1000);
    ready_of(registry, service).set(0);
}

}  // namespace shopwire::metrics
