// Walking over a list of the shop without losing rows, although its pages shift while one reads: by time of change, or
// by id. No state of its own: positions go into cursors.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "services/woocommerce/client.h"

namespace shopwire::woocommerce {

// After which row a scan in the order of ids goes on.
struct IdPosition {
    std::int64_t offset = 0;   // rows before it, when it was read
    std::int64_t last_id = 0;
};

// Rows with ids over position.last_id stand in [first, rows.size()); then the position has moved.
struct IdPage {
    json::Document rows;
    std::size_t first = 0;
    bool more = false;
    std::optional<std::int64_t> left{};  // rows behind the page, where the shop tells
};

// Deleted rows move the others to the front, so each page begins some rows before the position and steps further back
// until it meets an id that was seen.  `query` says which rows; its order is overwritten.
Result<IdPage> read_by_id(Client& client, List list, ListQuery query, IdPosition& position, std::stop_token stop);

// How far a list was read in the order of its times of change.
struct TimePosition {
    std::int64_t after_s = 0;    // exclusive bound of the next page; 0: from the start
    // More rows than a page changed in the second after `after_s`: that second alone is walked by id.
    bool in_second = false;
    IdPosition second{};
};

struct TimePage {
    json::Document rows;
    std::size_t first = 0;
    bool more = false;
    TimePosition next{};
    std::optional<std::int64_t> left{};  // as in IdPage
};

// The next page in the order of change.  Page numbers are not used: a row that changes again while we read would move
// them all.
Result<TimePage> read_by_time(Client& client, List list, std::string_view fields, int per_page,
                              const TimePosition& from, std::stop_token stop);

// "date_modified_gmt" of a row in seconds; 0 when it has none.
std::int64_t modified_s(json::Value row);

}  // namespace shopwire::woocommerce
