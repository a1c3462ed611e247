// How far a paged list was read: text that survives a restart.  A value, no thread rule.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/dialect/dialect.h"

namespace shopwire::dialect {

struct PageCursor {
    std::int64_t pages = 0;   // read so far
    std::int64_t rows = 0;    // read so far
    std::int64_t total = -1;  // as the first page told; -1: it does not
    std::string last{};       // fingerprint of the last page: one that comes twice is an error
    std::string token{};
    std::int64_t restarts = 0;  // how often the list was begun anew

    static Result<PageCursor> parse(std::string_view text);  // "": the start
    std::string text() const;

    // JSON for $page.
    std::string variables(const Paging& paging) const;
};

// What a page that was read means for the list.
struct PageSeen {
    std::int64_t rows = 0;
    std::int64_t total = -1;
    std::string fingerprint{};
    std::string token{};
};

// Moves the cursor past the page.  True: there is another.  kTransient: a page or its token repeats, the list ended
// before its total, or changed while it was read, so what was read is not a whole.  kRejected: more pages than
// pages_max.
Result<bool> advance(PageCursor& cursor, const Paging& paging, const PageSeen& seen);

std::string fingerprint_of(std::string_view text);

}  // namespace shopwire::dialect
