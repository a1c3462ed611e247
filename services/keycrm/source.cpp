#include "services/keycrm/source.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace shopwire::keycrm {
namespace {

constexpr int kRestartsMax = 3;
constexpr std::chrono::minutes kChangedAgain{15};  // a busy hour ends, and a day would be long
constexpr int kPagesMax = 10'000;
constexpr std::size_t kOrdersPerFollowUp = 5;
constexpr std::string_view kChangedMeanwhile = "the list changed while it was read";

std::int64_t seconds(std::chrono::milliseconds duration) { return duration.count() / 1000; }

// Both times of a row are those of its page, since a pass takes minutes and is handed out at its end.
void stamp(events::Event& event, std::int64_t asked_at_ms) {
    if (asked_at_ms == 0) return;
    event.mutable_source()->set_observed_at_ms(asked_at_ms);
    event.mutable_source()->set_read_started_at_ms(asked_at_ms);
}

// Of offers that share a SKU the one with the least to sell stands for it: nobody can tell which one a shop means, and
// too little is repaired more easily than too much.
std::set<std::string> keep_lowest(std::vector<runtime::Change>& changes) {
    std::map<std::string, std::size_t> lowest;
    std::set<std::string> doubled;
    std::set<std::size_t> dropped;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (!changes[i].event || changes[i].event->stock().sku().empty()) continue;
        const std::string sku = events::fold_sku(changes[i].event->stock().sku());
        const auto [place, is_new] = lowest.try_emplace(sku, i);
        if (is_new) continue;
        doubled.insert(sku);
        const auto free = [&](std::size_t at) { return changes[at].event->stock().free().micros(); };
        dropped.insert(free(i) < free(place->second) ? std::exchange(place->second, i) : i);
    }
    std::size_t at = 0;
    std::erase_if(changes, [&](const runtime::Change&) { return dropped.contains(at++); });
    return doubled;
}

}  // namespace

void append(std::vector<runtime::Change>& changes, json::Value raw, Result<Events> translated,
            std::int64_t asked_at_ms) {
    if (!translated) {
        changes.push_back({.raw = raw.dump(), .event = std::unexpected(std::move(translated).error())});
        return;
    }
    for (events::Event& event : *translated) {
        stamp(event, asked_at_ms);
        changes.push_back({.raw = {}, .event = std::move(event)});
    }
}

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    if (stream == kStock) return read_whole(stock_pass_, from, stock_list(stop));
    if (stream == kProducts) return read_whole(products_pass_, from, products_list(stop));
    if (stream == kOrders) return read_changed(true, from, std::move(stop));
    if (stream == kBuyers) return read_changed(false, from, std::move(stop));
    if (stream == kFollowUps) return read_follow_ups(std::move(stop));
    return rejected("reading " + std::string(stream) + ": no such stream");
}

Result<runtime::Page> Source::read_whole(WholePass& pass, const runtime::Cursor& from, const WholeList& list) {
    // A cursor of a pass that this process does not hold starts it again: rows that come twice are harmless, gaps are
    // not.
    if (!from.text.empty() && from.text == pass.answered) return pass.answer;
    if (from.text.empty() || from.text != pass.cursor) pass = {};
    Result<runtime::Page> page = pass.whole ? hand_out(pass) : collect(pass, list);
    if (!page) return page;
    pass.answered = from.text;
    pass.answer = *page;
    return page;
}

// Rows shift between pages when some are added or removed.  The total tells, and so does an id that comes twice.
Result<runtime::Page> Source::collect(WholePass& pass, const WholeList& list) {
    if (pass.page > kPagesMax) return rejected("more than " + std::to_string(kPagesMax) + " pages");
    const std::int64_t asked_at_ms = account_->clock().now_ms();
    const Result<ListPage> page = list.ask(pass.page);
    if (!page) return std::unexpected(page.error());
    if (pass.total < 0) pass.total = page->total;
    const auto before = static_cast<std::int64_t>(pass.ids.size());
    bool fits = page->total == pass.total;
    for (std::size_t i = 0; fits && i < page->rows().size(); ++i) {
        fits = pass.ids.insert(std::string(page->rows().at(i).member("id").text())).second;
        if (fits) list.take(pass, page->rows().at(i), asked_at_ms);
    }
    const auto rows = static_cast<std::int64_t>(pass.ids.size());
    if (!fits || (!page->more && rows != pass.total)) return collect_again(pass, before);
    if (pass.changes.size() > kChangesMax) return rejected("more than " + std::to_string(kChangesMax) + " changes");
    const std::int64_t left = pass.total - rows;
    pass.whole = !page->more;
    if (pass.whole) list.at_end(pass.changes);
    pass.cursor = "page " + std::to_string(++pass.page);
    runtime::Page out{.next = {pass.cursor}, .more = true};
    if (pass.whole) out = hand_out(pass);
    out.rows = rows - before;
    out.left = left;
    return out;
}

// `rows`: that were told as read, and are taken back.
Result<runtime::Page> Source::collect_again(WholePass& pass, std::int64_t rows) {
    const int restarts = pass.restarts + 1;
    pass = {};
    // Not transient: it would be begun again at once, for ever, and whoever waits would never know.
    if (restarts >= kRestartsMax)
        return std::unexpected(Error{
            .kind = ErrorKind::kRejected, .message = std::string(kChangedMeanwhile), .retry_after = kChangedAgain});
    pass.restarts = restarts;
    pass.cursor = "start " + std::to_string(restarts + 1);
    return runtime::Page{.next = {pass.cursor}, .more = true, .rows = -rows};
}

runtime::Page Source::hand_out(WholePass& pass) {
    const std::size_t end = std::min(pass.given + kSlice, pass.changes.size());
    runtime::Page page{.more = end < pass.changes.size(), .rows = 0, .left = 0};
    page.changes.assign(pass.changes.begin() + static_cast<std::ptrdiff_t>(pass.given),
                        pass.changes.begin() + static_cast<std::ptrdiff_t>(end));
    if (!page.more) {
        pass = {};
        return page;
    }
    pass.given = end;
    pass.cursor = "row " + std::to_string(end);
    page.next.text = pass.cursor;
    return page;
}

Source::WholeList Source::stock_list(std::stop_token stop) {
    const bool by_warehouse = !account_->settings().warehouses.empty();
    return {
        .ask = [this, by_warehouse, stop](int page) { return account_->client().stocks({}, by_warehouse, page, stop); },
        .take =
            [this](WholePass& pass, json::Value row, std::int64_t asked_at_ms) {
                Result<StockRow> parsed = stock_row(row, account_->settings());
                append(pass.changes, row,
                       parsed ? Result<Events>(Events{stock_event(*parsed)}) : std::unexpected(parsed.error()),
                       asked_at_ms);
                // It is there all the same, and so are none but the others that are missing.
                const std::string_view id = row.member("id").text();
                if (!pass.changes.back().event && is_id(id)) pass.changes.back().failed_key = id;
            },
        .at_end = [this](Changes& changes) { account_->set_doubled_skus(keep_lowest(changes)); }};
}

Source::WholeList Source::products_list(std::stop_token stop) {
    return {.ask = [this, stop](int page) { return account_->client().offers({}, page, stop); },
            .take =
                [this](WholePass& pass, json::Value row, std::int64_t asked_at_ms) {
                    Result<Events> events = offer_events(row, account_->settings());
                    if (events)
                        std::erase_if(*events, [&pass](const events::Event& event) {
                            return event.product().kind() == "card" &&
                                   !pass.cards.insert(event.product().native_id()).second;
                        });
                    append(pass.changes, row, std::move(events), asked_at_ms);
                },
            .at_end = [](Changes&) {}};
}

Result<runtime::Page> Source::read_changed(bool orders, const runtime::Cursor& from, std::stop_token stop) {
    const Settings& settings = account_->settings();
    const std::vector<std::int64_t> sources = settings.all_sources();
    if (orders && sources.empty()) return runtime::Page{.next = from};
    const std::int64_t now_s = account_->clock().now_ms() / 1000;
    Result<ChangedCursor> cursor = parse_changed(from, now_s - seconds(settings.first_read));
    if (!cursor) return std::unexpected(std::move(cursor).error());
    const AskChanged ask = [&](std::int64_t from_s, std::int64_t to_s, int page, std::stop_token token) {
        return orders ? account_->client().orders_changed(from_s, to_s, sources, page, std::move(token))
                      : account_->client().buyers_changed(from_s, to_s, page, std::move(token));
    };
    const Result<Window> window = read_window(ask, cursor->from_s, now_s, std::move(stop));
    if (!window) return std::unexpected(window.error());
    std::int64_t rows = 0;
    for (const ListPage& each : window->pages) rows += static_cast<std::int64_t>(each.rows().size());
    runtime::Page page{.more = window->more, .rows = rows, .left = std::max<std::int64_t>(0, window->total - rows)};
    const auto take = [&](json::Value row) {
        if (!orders) {
            Result<events::Event> buyer = buyer_event(row);
            append(page.changes, row,
                   buyer ? Result<Events>(Events{*std::move(buyer)}) : std::unexpected(buyer.error()));
        } else if (settings.is_ours(row.member("source_id").text())) {  // whatever a filter does with a list
            append(page.changes, row, order_events(row));
        }
    };
    if (Status ok = take_window(*window, now_s, seconds(settings.overlap), *cursor, take); !ok)
        return std::unexpected(std::move(ok).error());
    page.next = format(*cursor);
    return page;
}

Result<runtime::Page> Source::read_follow_ups(std::stop_token stop) {
    FollowUps& waiting = account_->follow_ups();
    runtime::Page page;
    const std::vector<std::string> offers = waiting.take_offers(kPageMax);
    if (!offers.empty())
        if (Status ok = follow_offers(offers, page.changes, stop); !ok) {
            for (const std::string& id : offers) waiting.add_offer(id);
            return std::unexpected(std::move(ok).error());
        }
    const std::vector<std::string> orders = waiting.take_orders(kOrdersPerFollowUp);
    for (std::size_t i = 0; i < orders.size(); ++i)
        if (Status ok = follow_order(orders[i], page.changes, stop); !ok) {
            // What was read already is handed out; the rest is tried again at the next turn.
            for (; i < orders.size(); ++i) waiting.add_order(orders[i]);
            if (page.changes.empty()) return std::unexpected(std::move(ok).error());
            return page;
        }
    page.more = !waiting.empty();
    return page;
}

Status Source::follow_offers(const std::vector<std::string>& ids, Changes& out, std::stop_token stop) {
    const Settings& settings = account_->settings();
    const std::int64_t asked_at_ms = account_->clock().now_ms();
    const Result<ListPage> page =
        account_->client().stocks({.ids = ids}, !settings.warehouses.empty(), 1, std::move(stop));
    if (!page) return std::unexpected(page.error());
    for (std::size_t i = 0; i < page->rows().size(); ++i) {
        Result<StockRow> row = stock_row(page->rows().at(i), settings);
        if (row && account_->is_doubled(row->sku)) continue;
        append(out, page->rows().at(i), row ? Result<Events>(Events{stock_event(*row)}) : std::unexpected(row.error()),
               asked_at_ms);
    }
    return {};
}

Status Source::follow_order(const std::string& id, Changes& out, std::stop_token stop) {
    if (!is_id(id)) return {};
    const std::int64_t asked_at_ms = account_->clock().now_ms();
    const Result<Answer> order = account_->client().order(id, {}, std::move(stop));
    if (!order) return std::unexpected(order.error());
    if (order->ok()) append(out, order->body.root(), order_events(order->body.root()), asked_at_ms);
    return {};
}

}  // namespace shopwire::keycrm
