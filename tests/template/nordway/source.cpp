#include "tests/template/nordway/source.h"

#include <charconv>

#include "tests/template/nordway/translator.h"

namespace shopwire::nordway {
namespace {

constexpr std::string_view kVersion = "1 ";  // of the cursor: "1 4711" is after article 4711

std::int64_t position_of(const runtime::Cursor& cursor) {
    std::int64_t after = 0;
    if (cursor.text.starts_with(kVersion))
        std::from_chars(cursor.text.data() + kVersion.size(), cursor.text.data() + cursor.text.size(), after);
    return after;
}

}  // namespace

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    if (stream != kArticles) return rejected("reading " + std::string(stream) + ": no such stream");
    std::int64_t after = position_of(from);
    const Result<ArticlePage> articles = client_->articles(after, std::move(stop));
    if (!articles) return within("reading articles", articles.error());

    runtime::Page page{.more = !articles->last};
    for (std::size_t i = 0; i < articles->rows().size(); ++i) {
        const json::Value row = articles->rows().at(i);
        json::Reader reader(row);
        const std::optional<std::int64_t> id = reader.integer_or_none("id");
        if (reader.status() && id) after = std::max(after, *id);
        Result<std::vector<events::Event>> told = article_events(row, client_->settings());
        if (!told) {
            page.changes.push_back({.raw = row.dump(),
                                    .event = std::unexpected(std::move(told.error())),
                                    .failed_key = std::string(row.member("sku").text())});
            continue;
        }
        for (events::Event& event : *told) page.changes.push_back({.raw = row.dump(), .event = std::move(event)});
    }
    // Rows without an id would be read for ever.
    if (page.more && after == position_of(from)) return transient("reading articles: a page that leads nowhere");
    page.next.text = std::string(kVersion) + std::to_string(after);
    return page;
}

}  // namespace shopwire::nordway
