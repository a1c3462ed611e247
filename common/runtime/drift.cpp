#include "common/runtime/drift.h"

#include <fmt/format.h>

namespace shopwire::runtime {

void Drift::add(const Status& row) {
    ++rows;
    if (row) return;
    ++failed;
    if (example.empty()) example = row.error().message;
}

void Drift::add(const Drift& more) {
    rows += more.rows;
    failed += more.failed;
    if (example.empty()) example = more.example;
}

Status Drift::judge(std::string_view stream, int percent) const {
    if (failed < kDriftFrom || failed * 100 <= rows * static_cast<std::size_t>(percent)) return {};
    return rejected(fmt::format(
        "judging stream {}: {} of {} rows cannot be read ({}): the system's answers are not what they were. "
        "Nothing of this is published; see runtime.drift_max_percent",
        stream, failed, rows, example));
}

}  // namespace shopwire::runtime
