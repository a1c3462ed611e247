// Walking over what changed since a time, in windows that fit on one page: pages of a longer list would shift while
// rows change and leave it.  Cursors are text with a version.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/keycrm/client.h"

namespace shopwire::keycrm {

// A row that was emitted: which, in which state.
struct SeenRow {
    std::string id{};
    std::int64_t modified_s = 0;
    std::string hash{};
};

struct ChangedCursor {
    std::int64_t from_s = 0;      // start of the next window
    bool from_start = false;      // it begins where a new connection would, where that is earlier
    std::vector<SeenRow> seen{};  // within the overlap
};

// An empty cursor starts at `first_s`, and one from the start there at the latest.  A version that this program does
// not know is an error, never a new start.
Result<ChangedCursor> parse_changed(const runtime::Cursor& cursor, std::int64_t first_s);
runtime::Cursor format(const ChangedCursor& cursor);

// From where all comes again that changed since then; never further on than `current`.
Result<runtime::Cursor> cursor_since(std::int64_t since_ms, const runtime::Cursor& current);
// From where all comes again that a new connection would read, and all that `current` has not read yet.
Result<runtime::Cursor> cursor_from_start(const runtime::Cursor& current);

// One window of rows.  `more`: what follows is already there to be read.
struct Window {
    std::vector<ListPage> pages{};
    std::int64_t to_s = 0;
    bool more = false;
    std::int64_t total = 0;  // rows from its start until now, in it and behind it
};
using AskChanged = std::function<Result<ListPage>(std::int64_t from_s, std::int64_t to_s, int page, std::stop_token)>;
Result<Window> read_window(const AskChanged& ask, std::int64_t from_s, std::int64_t now_s, std::stop_token stop);

// Calls `each` for the rows that the cursor has not seen in this state, and moves it on.
Status take_window(const Window& window, std::int64_t now_s, std::int64_t overlap_s, ChangedCursor& cursor,
                   const std::function<void(json::Value)>& each);

}  // namespace shopwire::keycrm
