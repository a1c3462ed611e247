#include "common/dialect/page_cursor.h"

#include "common/json/value.h"

namespace shopwire::dialect {

Result<PageCursor> PageCursor::parse(std::string_view text) {
    if (text.empty()) return PageCursor{};
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return rejected("reading a page cursor: not JSON");
    json::Reader reader(document->root());
    PageCursor cursor{.pages = reader.integer("pages"),
                      .rows = reader.integer("rows"),
                      .total = reader.integer("total"),
                      .last = reader.string("last"),
                      .token = reader.string("token"),
                      .restarts = reader.integer_or_none("restarts").value_or(0)};
    if (Status ok = reader.status(); !ok) return within("reading a page cursor", std::move(ok.error()));
    return cursor;
}

std::string PageCursor::text() const {
    json::Writer writer;
    writer.begin_object().key("pages").number(pages).key("rows").number(rows).key("total").number(total);
    writer.key("last").string(last).key("token").string(token);
    writer.key("restarts").number(restarts).end_object();
    return writer.take();
}

std::string PageCursor::variables(const Paging& paging) const {
    json::Writer writer;
    writer.begin_object().key("number").number(paging.first + pages).key("offset").number(paging.first + rows);
    writer.key("end").number(paging.first + rows + paging.size).key("size").number(std::int64_t{paging.size});
    writer.key("token");
    if (token.empty())
        writer.null();
    else
        writer.string(token);
    writer.end_object();
    return writer.take();
}

Result<bool> advance(PageCursor& cursor, const Paging& paging, const PageSeen& seen) {
    const std::string where = "page " + std::to_string(cursor.pages + 1);
    if (seen.rows > 0 && cursor.pages > 0 && seen.fingerprint == cursor.last)
        return transient(where + ": the page before it came again");
    if (!seen.token.empty() && seen.token == cursor.token)  // of an empty page too: it would never end
        return transient(where + ": the token of the page before it came again");
    if (cursor.total >= 0 && seen.total >= 0 && cursor.total != seen.total)
        return transient(where + ": the list changed while it was read");
    const std::int64_t total = seen.total >= 0 ? seen.total : cursor.total;
    cursor = {.pages = cursor.pages + 1,
              .rows = cursor.rows + seen.rows,
              .total = total,
              .last = seen.fingerprint,
              .token = seen.token,
              .restarts = cursor.restarts};
    bool more = false;
    switch (paging.style) {
        case Paging::Style::kNone: break;
        case Paging::Style::kToken: more = !seen.token.empty(); break;  // an empty page with a token goes on
        case Paging::Style::kPage:
        case Paging::Style::kOffset:
        case Paging::Style::kRange:
            if (paging.stop == Paging::Stop::kShortPage)
                more = seen.rows >= paging.size;
            else if (paging.stop == Paging::Stop::kEmptyPage || total < 0)
                more = seen.rows > 0;
            else
                more = cursor.rows < total;
            if (more && seen.rows == 0)
                return transient(where + ": empty, after " + std::to_string(cursor.rows) + " of " +
                                 std::to_string(total) + " rows");
            break;
    }
    if (more && cursor.pages >= paging.pages_max)
        return rejected(where + ": more than " + std::to_string(paging.pages_max) + " pages");
    return more;
}

std::string fingerprint_of(std::string_view text) {
    std::uint64_t hash =
        14695981039346656037ULL;  // FNV-1a: the same in every process, which std::hash does not promise
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return std::to_string(hash);
}

}  // namespace shopwire::dialect
