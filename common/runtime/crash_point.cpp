#include "common/runtime/crash_point.h"

#include <csignal>
#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace shopwire::runtime {
namespace {

std::size_t armed_index = 0;
std::atomic<std::int64_t> passes_left{0};

}  // namespace

void hit_crash_point(std::size_t index) {
    if (index != armed_index) return;
    if (passes_left.fetch_sub(1) == 1) std::raise(SIGKILL);
}

Status arm_crash_point(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const std::string_view label = text.substr(0, colon);
    const std::string count = colon == std::string_view::npos ? "1" : std::string(text.substr(colon + 1));
    const bool digits =
        !count.empty() && count.size() < 10 && count.find_first_not_of("0123456789") == std::string::npos;
    for (std::size_t i = 0; i < kCrashPoints.size(); ++i) {
        if (kCrashPoints[i] != label || !digits || std::stoll(count) < 1) continue;
        armed_index = i;
        passes_left.store(std::stoll(count));
        crash_points_armed.store(true);
        return {};
    }
    return rejected(fmt::format("reading SHOPWIRE_CRASH_AT: expected label:N with a known label, got {}", text));
}

}  // namespace shopwire::runtime
