// How things are shown to people: tables, times, spans.  Pure functions.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/decimal.h"
#include "common/core/error.h"
#include "common/exchanges/contacts.h"

namespace shopwire::cli {

// "1 order", "2 orders".
std::string count_text(std::int64_t count, std::string_view noun);
std::string count_text(Decimal count, std::string_view noun);

// Columns as wide as their widest cell, in code points; the last one ends with its text.
class Table {
 public:
    explicit Table(std::vector<std::string> titles) { rows_.push_back(std::move(titles)); }
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const { return rows_.size() == 1; }
    void print(std::ostream& out) const;

 private:
    std::vector<std::vector<std::string>> rows_{};
};

std::string span_text(std::int64_t ms);                           // "3 s", "12 min", "5 h", "3 d"
std::string ago_text(std::int64_t time_ms, std::int64_t now_ms);  // "3 s ago"; "never" for 0
std::string time_text(std::int64_t time_ms);                      // UTC; "-" for 0

// A span back from now ("90s", "30m", "12h", "7d") or a time ("2027-01-01T00:00:00Z"), as a time.
Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ms);

// One line: what would move a cursor or begin a line is escaped.
std::string one_line(std::string_view text);
using exchanges::without_contacts;

}  // namespace shopwire::cli
