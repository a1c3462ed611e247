#include "common/runtime/pass_meter.h"

#include <algorithm>

namespace shopwire::runtime {
namespace {

constexpr std::int64_t kMarkEveryMs = 30'000;

}  // namespace

void PassMeter::begin(std::int64_t now_ms, std::int64_t began_at_ms, std::int64_t done, std::int64_t about) {
    progress_ = {.began_at_ms = began_at_ms, .under_way = true, .done = done, .expected = about, .about = about > 0};
    older_ = newer_ = {.at_ms = now_ms, .done = done};
}

void PassMeter::add_page(std::int64_t now_ms, std::int64_t rows, std::optional<std::int64_t> left) {
    progress_.done += rows;
    if (left) {
        progress_.expected = progress_.done + std::max<std::int64_t>(*left, 0);
        progress_.about = false;
    } else if (progress_.about && progress_.done > progress_.expected) {
        progress_.expected = 0;  // there are more than last time: how many more, nobody knows
        progress_.about = false;
    }
    if (now_ms - newer_.at_ms < kMarkEveryMs) return;
    older_ = newer_;
    newer_ = {.at_ms = now_ms, .done = progress_.done};
}

void PassMeter::end() {
    progress_.under_way = false;
    progress_.expected = progress_.done;
    progress_.about = false;
}

PassProgress PassMeter::progress(std::int64_t now_ms) const {
    PassProgress out = progress_;
    const std::int64_t took_ms = now_ms - older_.at_ms;
    if (!out.under_way || took_ms <= 0) return out;
    out.per_second = static_cast<double>(out.done - older_.done) * 1000 / static_cast<double>(took_ms);
    if (out.expected > 0 && out.per_second > 0)
        out.left_ms = static_cast<std::int64_t>(static_cast<double>(out.expected - out.done) * 1000 / out.per_second);
    return out;
}

}  // namespace shopwire::runtime
