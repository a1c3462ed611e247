// The append-only record of what the ERP did: every document and every stock movement, with a sequence and the wall
// time. Test audits count effects in it. Not thread-safe; the world's lock guards it.
#pragma once

#include "tests/sandbox/erp/calendar.h"

#include <cstdint>
#include <deque>
#include <string>

namespace sandbox::erp {

class EventLog {
 public:
    static constexpr std::size_t kEntriesMax = 1'000'000;

    // `members` is the inside of a JSON object ("\"a\":1,\"b\":2"), already escaped.
    void append(const char* kind, Microseconds at, const std::string& members);
    // {"entries":[...],"next":N,"dropped":N}: up to `limit` entries with a sequence above `after`.
    std::string read(std::uint64_t after, std::size_t limit) const;
    void clear();

 private:
    std::uint64_t next_ = 1;
    std::uint64_t dropped_ = 0;
    std::deque<std::string> entries_;
};

}  // namespace sandbox::erp
