#include "tests/sandbox/erp/event_log.h"

#include <algorithm>

namespace sandbox::erp {

void EventLog::append(const char* kind, Microseconds at, const std::string& members) {
    std::string entry;
    entry.reserve(members.size() + 64);
    entry.append("{\"sequence\":").append(std::to_string(next_)).append(",\"at_us\":").append(std::to_string(at));
    entry.append(",\"kind\":\"").append(kind).append("\",").append(members).append("}");
    entries_.push_back(std::move(entry));
    ++next_;
    if (entries_.size() > kEntriesMax) {
        entries_.pop_front();
        ++dropped_;
    }
}

std::string EventLog::read(std::uint64_t after, std::size_t limit) const {
    const std::uint64_t first = next_ - entries_.size();
    const std::uint64_t begin = std::clamp(after + 1, first, next_) - first;
    const std::uint64_t end = std::min<std::uint64_t>(entries_.size(), begin + limit);
    std::string text = "{\"entries\":[";
    for (std::uint64_t at = begin; at < end; ++at) {
        if (at > begin) text += ',';
        text += entries_[at];
    }
    text += "],\"next\":" + std::to_string(first + end - 1) + ",\"dropped\":" + std::to_string(dropped_) + "}";
    return text;
}

void EventLog::clear() {
    entries_.clear();
    next_ = 1;
    dropped_ = 0;
}

}  // namespace sandbox::erp
