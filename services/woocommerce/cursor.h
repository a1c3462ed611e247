// The cursors of the source as text: JSON with a version.  Values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/runtime/connector.h"
#include "services/woocommerce/scan.h"

namespace shopwire::woocommerce {

// A row that was emitted: which, in which state.
struct SeenRow {
    std::string id{};
    std::int64_t modified_s = 0;
    std::string hash{};
    bool operator==(const SeenRow&) const = default;
};

// A stream in the order of change.
struct ChangeCursor {
    TimePosition position{};
    std::int64_t newest_s = 0;     // newest time of change that was seen
    std::vector<SeenRow> seen{};   // within the overlap
    bool from_start = false;       // it begins where a new connection would, where that is earlier
};

// Reads a version that this program does not know as an error, never as an empty cursor: that would read everything
// again.
Result<ChangeCursor> parse_change_cursor(const runtime::Cursor& cursor);
runtime::Cursor format_cursor(const ChangeCursor& cursor);

// From where all comes again that changed since then; never further on than `current`.
Result<runtime::Cursor> cursor_since(std::int64_t since_ms, const runtime::Cursor& current);
// From where all comes again that a new connection would read, and all that `current` has not read yet.
Result<runtime::Cursor> cursor_from_start(const runtime::Cursor& current);

Result<IdPosition> parse_id_cursor(const runtime::Cursor& cursor);
runtime::Cursor format_cursor(const IdPosition& position);

// Ascending ids, stored as differences.
Result<std::vector<std::int64_t>> parse_id_set(const runtime::Cursor& cursor);
runtime::Cursor format_id_set(const std::vector<std::int64_t>& ids);

// Forgets what no later read can show again, and the oldest when there are too many: those rows may then be emitted
// twice.
void prune_seen(ChangeCursor& cursor, std::int64_t overlap_s);

std::string row_hash(std::string_view text);  // 64 bits; compared only among states of one row in one second

}  // namespace shopwire::woocommerce
