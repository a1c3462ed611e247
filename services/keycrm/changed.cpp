#include "services/keycrm/changed.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace shopwire::keycrm {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kSeenMax = 5'000;  // some 300 KB of cursor; past it the oldest may come twice
constexpr int kSplitsMax = 60;
constexpr int kSecondPagesMax = 100;     // of changes in one second
constexpr std::int64_t kFill = kPageMax * 8 / 10;  // of a window that is made smaller

// FNV-1a; compared only among states of one row in one second.
std::string hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    std::array<char, 16> out{};
    const auto end = std::to_chars(out.data(), out.data() + out.size(), hash, 16).ptr;
    return {out.data(), end};
}

std::int64_t modified_s(json::Value row) {
    const Result<std::int64_t> time = parse_utc(row.member("updated_at").text());
    return time ? *time / 1000 : 0;
}

// All rows of one second.  Only a bulk change of more than a page makes that necessary.
Result<Window> read_second(const AskChanged& ask, Window window, std::int64_t second, std::stop_token stop) {
    const std::int64_t total = window.pages.front().total;
    for (int page = 2; window.pages.back().more; ++page) {
        if (page > kSecondPagesMax) return rejected("more than 5000 changes in one second");
        Result<ListPage> next = ask(second, second, page, stop);
        if (!next) return std::unexpected(std::move(next).error());
        if (next->total != total) return transient("the list changed while it was read");
        window.pages.push_back(*std::move(next));
    }
    return window;
}

// Of one that is not empty, as it stands.
Result<ChangedCursor> parse(const runtime::Cursor& cursor) {
    ChangedCursor out;
    const Result<json::Document> document = json::Document::parse(cursor.text);
    if (!document) return within("reading the cursor", document.error());
    json::Reader reader(document->root());
    if (reader.integer("v") != kVersion) return rejected("reading the cursor: version is not 1");
    out.from_s = reader.integer("from");
    out.from_start = reader.boolean_or("start", false);
    for (json::Reader& row : reader.array_or_empty("seen"))
        out.seen.push_back({.id = row.string("i"), .modified_s = row.integer("m"), .hash = row.string("h")});
    if (Status ok = reader.status(); !ok) return within("reading the cursor", std::move(ok).error());
    return out;
}

}  // namespace

Result<ChangedCursor> parse_changed(const runtime::Cursor& cursor, std::int64_t first_s) {
    if (cursor.text.empty()) return ChangedCursor{.from_s = first_s};
    Result<ChangedCursor> out = parse(cursor);
    if (out && std::exchange(out->from_start, false)) out->from_s = std::min(out->from_s, first_s);
    return out;
}

Result<runtime::Cursor> cursor_since(std::int64_t since_ms, const runtime::Cursor& current) {
    if (current.text.empty()) return current;  // its first reading is still to come
    const Result<ChangedCursor> at = parse(current);
    if (!at) return std::unexpected(at.error());
    const std::int64_t from_s = std::max<std::int64_t>(since_ms / 1000, 0);
    if (at->from_s <= from_s) return current;
    return format(ChangedCursor{.from_s = from_s, .from_start = at->from_start});
}

Result<runtime::Cursor> cursor_from_start(const runtime::Cursor& current) {
    if (current.text.empty()) return current;
    const Result<ChangedCursor> at = parse(current);
    if (!at) return std::unexpected(at.error());
    return format(ChangedCursor{.from_s = at->from_s, .from_start = true});
}

runtime::Cursor format(const ChangedCursor& cursor) {
    json::Writer out;
    out.begin_object().key("v").number(kVersion).key("from").number(cursor.from_s);
    if (cursor.from_start) out.key("start").boolean(true);
    out.key("seen").begin_array();
    for (const SeenRow& row : cursor.seen)
        out.begin_object()
            .key("i")
            .string(row.id)
            .key("m")
            .number(row.modified_s)
            .key("h")
            .string(row.hash)
            .end_object();
    return {.text = out.end_array().end_object().take()};
}

Result<Window> read_window(const AskChanged& ask, std::int64_t from_s, std::int64_t now_s, std::stop_token stop) {
    std::int64_t to_s = std::max(from_s, now_s);
    std::int64_t total_all = -1;
    for (int split = 0; split < kSplitsMax; ++split) {
        Result<ListPage> page = ask(from_s, to_s, 1, stop);
        if (!page) return std::unexpected(std::move(page).error());
        const std::int64_t total = page->total;
        if (total_all < 0) total_all = total;
        Window window{.to_s = to_s, .more = to_s < now_s, .total = total_all};
        window.pages.push_back(*std::move(page));
        if (total <= kPageMax) return window;
        if (to_s == from_s) return read_second(ask, std::move(window), from_s, std::move(stop));
        to_s = from_s + std::min((to_s - from_s) / 2, (to_s - from_s) * kFill / total);
    }
    return transient("no window of time is small enough");
}

Status take_window(const Window& window, std::int64_t now_s, std::int64_t overlap_s, ChangedCursor& cursor,
                   const std::function<void(json::Value)>& each) {
    for (const ListPage& page : window.pages)
        for (std::size_t i = 0; i < page.rows().size(); ++i) {
            const json::Value row = page.rows().at(i);
            SeenRow seen{.id = std::string(row.member("id").text()), .modified_s = modified_s(row)};
            seen.hash = hash_of(row.dump());
            const auto known = std::ranges::find(cursor.seen, seen.id, &SeenRow::id);
            if (known == cursor.seen.end()) {
                cursor.seen.push_back(seen);
            } else {
                if (known->hash == seen.hash) continue;
                *known = seen;
            }
            each(row);
        }
    // Inside a backlog the next window begins where this one ends, and what stood at its end comes twice and is known.
    if (window.more)
        cursor.from_s = window.to_s > cursor.from_s ? window.to_s : window.to_s + 1;
    else
        cursor.from_s = now_s - overlap_s;  // also back behind a backlog that ended within the overlap
    std::erase_if(cursor.seen, [&](const SeenRow& row) { return row.modified_s < cursor.from_s - overlap_s; });
    if (cursor.seen.size() > kSeenMax) {
        std::ranges::sort(cursor.seen, std::ranges::greater{}, &SeenRow::modified_s);
        cursor.seen.resize(kSeenMax);
    }
    return {};
}

}  // namespace shopwire::keycrm
