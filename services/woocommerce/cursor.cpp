#include "services/woocommerce/cursor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace shopwire::woocommerce {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kSeenMax = 5'000;  // some 200 KB of cursor

std::string digits(std::int64_t value) { return std::to_string(value); }

// The reader of a cursor whose version is ours.
Result<json::Document> parse(const runtime::Cursor& cursor) {
    Result<json::Document> document = json::Document::parse(cursor.text);
    if (!document) return within("reading the cursor", std::move(document).error());
    if (document->root().member("v").text() != digits(kVersion))
        return rejected("reading the cursor: version is not 1");
    return document;
}

IdPosition read_position(json::Reader& read) {
    return {.offset = read.integer("offset"), .last_id = read.integer("last")};
}

void write_position(json::Writer& out, const IdPosition& position) {
    out.key("offset").number(position.offset).key("last").number(position.last_id);
}

}  // namespace

Result<ChangeCursor> parse_change_cursor(const runtime::Cursor& text) {
    const Result<json::Document> document = parse(text);
    if (!document) return std::unexpected(document.error());
    json::Reader read(document->root());
    ChangeCursor cursor{.newest_s = read.integer("newest"), .from_start = read.boolean_or("start", false)};
    cursor.position.after_s = read.integer("after");
    if (std::optional<json::Reader> second = read.object_or_none("second")) {
        cursor.position.in_second = true;
        cursor.position.second = read_position(*second);
    }
    for (json::Reader& row : read.array("seen"))
        cursor.seen.push_back({.id = row.string("id"), .modified_s = row.integer("at"), .hash = row.string("hash")});
    if (Status ok = read.status(); !ok) return within("reading the cursor", std::move(ok).error());
    return cursor;
}

runtime::Cursor format_cursor(const ChangeCursor& cursor) {
    json::Writer out;
    out.begin_object().key("v").number(kVersion).key("after").number(cursor.position.after_s);
    out.key("newest").number(cursor.newest_s);
    if (cursor.from_start) out.key("start").boolean(true);
    if (cursor.position.in_second) {
        out.key("second").begin_object();
        write_position(out, cursor.position.second);
        out.end_object();
    }
    out.key("seen").begin_array();
    for (const SeenRow& row : cursor.seen) {
        out.begin_object().key("id").string(row.id).key("at").number(row.modified_s);
        out.key("hash").string(row.hash).end_object();
    }
    out.end_array().end_object();
    return {.text = out.take()};
}

Result<runtime::Cursor> cursor_since(std::int64_t since_ms, const runtime::Cursor& current) {
    if (current.text.empty()) return current;  // its first reading is still to come
    const Result<ChangeCursor> at = parse_change_cursor(current);
    if (!at) return std::unexpected(at.error());
    const std::int64_t after_s = since_ms / 1000 - 1;  // the bound is exclusive
    if (at->position.after_s <= after_s) return current;
    return format_cursor(
        ChangeCursor{.position = {.after_s = std::max<std::int64_t>(after_s, 0)}, .from_start = at->from_start});
}

Result<runtime::Cursor> cursor_from_start(const runtime::Cursor& current) {
    if (current.text.empty()) return current;
    const Result<ChangeCursor> at = parse_change_cursor(current);
    if (!at) return std::unexpected(at.error());
    return format_cursor(ChangeCursor{.position = {.after_s = at->position.after_s}, .from_start = true});
}

Result<IdPosition> parse_id_cursor(const runtime::Cursor& text) {
    const Result<json::Document> document = parse(text);
    if (!document) return std::unexpected(document.error());
    json::Reader read(document->root());
    IdPosition position = read_position(read);
    if (Status ok = read.status(); !ok) return within("reading the cursor", std::move(ok).error());
    return position;
}

runtime::Cursor format_cursor(const IdPosition& position) {
    json::Writer out;
    out.begin_object().key("v").number(kVersion);
    write_position(out, position);
    out.end_object();
    return {.text = out.take()};
}

Result<std::vector<std::int64_t>> parse_id_set(const runtime::Cursor& text) {
    const Result<json::Document> document = parse(text);
    if (!document) return std::unexpected(document.error());
    const std::string_view steps = document->root().member("ids").text();
    std::vector<std::int64_t> ids;
    std::int64_t last = 0;
    for (const char *at = steps.data(), *end = at + steps.size(); at < end; ++at) {
        std::int64_t step = 0;
        const auto read = std::from_chars(at, end, step);
        if (read.ec != std::errc{}) return rejected("reading the cursor: $.ids: expected numbers");
        ids.push_back(last += step);
        at = read.ptr;
    }
    return ids;
}

runtime::Cursor format_id_set(const std::vector<std::int64_t>& ids) {
    std::string steps;
    std::int64_t last = 0;
    for (const std::int64_t id : ids) {
        if (!steps.empty()) steps += ',';
        steps += digits(id - std::exchange(last, id));
    }
    json::Writer out;
    out.begin_object().key("v").number(kVersion).key("ids").string(steps).end_object();
    return {.text = out.take()};
}

void prune_seen(ChangeCursor& cursor, std::int64_t overlap_s) {
    std::erase_if(cursor.seen, [&](const SeenRow& row) { return row.modified_s <= cursor.newest_s - overlap_s; });
    if (cursor.seen.size() <= kSeenMax) return;
    std::ranges::stable_sort(cursor.seen, {}, &SeenRow::modified_s);
    cursor.seen.erase(cursor.seen.begin(), cursor.seen.end() - kSeenMax);
}

std::string row_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::array<char, 16> out{};
    const auto end = std::to_chars(out.data(), out.data() + out.size(), hash, 16).ptr;
    return {out.data(), end};
}

}  // namespace shopwire::woocommerce
