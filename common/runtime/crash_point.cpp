#include "common/runtime/crash_point.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "common/runtime/connector.h"

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

std::vector<std::string_view> crash_points_of(const ConnectorSpec& spec) {
    const bool snapshots = std::ranges::any_of(spec.streams, [](const Stream& s) { return s.pass == Pass::kSnapshot; });
    const auto passes = [&](std::string_view label) {
        const std::string_view area = label.substr(0, label.find('.'));
        if (area == "sink") return !spec.actions.empty();
        if (area == "source") return !spec.streams.empty();
        if (area == "snapshot") return snapshots;
        return area == "intake" && spec.takes_webhooks;
    };
    std::vector<std::string_view> points;
    std::ranges::copy_if(kCrashPoints, std::back_inserter(points), passes);
    return points;
}

}  // namespace shopwire::runtime
