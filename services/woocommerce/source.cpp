#include "services/woocommerce/source.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "services/woocommerce/reader.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

using namespace std::chrono_literals;

// The runtime takes 50,000 changes at most; a product with all its variations comes on top of this.
constexpr std::size_t kChangesMax = 5'000;
constexpr std::int64_t kDeletesWindowS = std::int64_t{30} * 24 * 3600;
constexpr int kDeletesPagesMax = 100;
constexpr std::size_t kVanishedMax = 50;  // in one pass; more look like a shop that lost its data

std::int64_t seconds(std::chrono::milliseconds duration) { return duration.count() / 1000; }

}  // namespace

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    if (stream == kOrders) return read_changes(List::kOrders, from, stop);
    if (stream == kProducts) return read_changes(List::kProducts, from, stop);
    if (stream == kCatalogue) return read_catalogue(from, stop);
    if (stream == kCustomers) return read_customers(from, stop);
    if (stream == kDeletes) return read_deletes(from, stop);
    return rejected("reading " + std::string(stream) + ": no such stream");
}

Result<ChangeCursor> Source::start(List list, const runtime::Cursor& from) const {
    Result<ChangeCursor> cursor = from.text.empty() ? ChangeCursor{.from_start = true} : parse_change_cursor(from);
    if (!cursor || !std::exchange(cursor->from_start, false)) return cursor;
    // Days back, so it does not matter whether our clock and the shop's agree.
    const std::int64_t orders_s = shop_->clock().now_ms() / 1000 - seconds(shop_->settings().orders_first_read);
    const std::int64_t first_s = list == List::kOrders ? orders_s : 0;
    std::int64_t& after_s = cursor->position.after_s;
    after_s = from.text.empty() ? first_s : std::min(after_s, first_s);
    return cursor;
}

Result<runtime::Page> Source::read_changes(List list, const runtime::Cursor& from, std::stop_token stop) {
    Result<ChangeCursor> cursor = start(list, from);
    if (!cursor) return std::unexpected(std::move(cursor).error());
    Result<ShopFacts> facts = list == List::kProducts ? shop_->facts(stop) : ShopFacts{};
    if (!facts) return std::unexpected(std::move(facts).error());
    const std::string_view fields = list == List::kOrders ? kOrderFields : kProductFields;
    Result<TimePage> page =
        read_by_time(shop_->client(), list, fields, shop_->settings().page_size, cursor->position, stop);
    if (!page) return std::unexpected(std::move(page).error());

    // Counted are those of the overlap too, and not the last second of the page before, with which this one begins.
    runtime::Page out{.more = page->more, .rows = 0, .left = page->left};
    TimePosition next = page->next;
    const json::Value rows = page->rows.root();
    if (list == List::kOrders)
        if (Status ok = learn_lines(*shop_, rows, stop); !ok) return std::unexpected(ok.error());
    for (std::size_t i = page->first; i < rows.size(); ++i) {
        const json::Value row = rows.at(i);
        SeenRow seen{
            .id = std::string(row.member("id").text()), .modified_s = modified_s(row), .hash = row_hash(row.dump())};
        if (std::ranges::find(cursor->seen, seen) != cursor->seen.end()) {
            if (cursor->position.in_second || seen.modified_s != cursor->position.after_s + 1) ++*out.rows;
            continue;
        }
        if (out.changes.size() >= kChangesMax) {  // the rest of this page comes with the next
            next = cursor->position;
            if (!next.in_second) next.after_s = std::max(next.after_s, cursor->newest_s - 1);
            out.more = true;
            if (out.left) *out.left += static_cast<std::int64_t>(rows.size() - i);
            break;
        }
        const Status ok = list == List::kOrders ? append_order(*shop_, out.changes, row, stop)
                                                : append_product(*shop_, out.changes, row, *facts, stop);
        if (!ok) return std::unexpected(ok.error());
        ++*out.rows;
        cursor->newest_s = std::max(cursor->newest_s, seen.modified_s);
        cursor->seen.push_back(std::move(seen));
    }
    const std::int64_t overlap_s = seconds(shop_->settings().overlap);
    cursor->position = next;
    if (!out.more && cursor->newest_s > 0) cursor->position = {.after_s = cursor->newest_s - overlap_s};
    prune_seen(*cursor, overlap_s);
    out.next = format_cursor(*cursor);
    return out;
}

Result<runtime::Page> Source::read_catalogue(const runtime::Cursor& from, std::stop_token stop) {
    Result<IdPosition> position = from.text.empty() ? IdPosition{} : parse_id_cursor(from);
    if (!position) return std::unexpected(std::move(position).error());
    const Result<ShopFacts> facts = shop_->facts(stop);
    if (!facts) return std::unexpected(facts.error());
    const ListQuery query{.fields = kProductFields, .per_page = shop_->settings().page_size};
    const Result<IdPage> page = read_by_id(shop_->client(), List::kProducts, query, *position, stop);
    if (!page) return std::unexpected(page.error());

    runtime::Page out{.more = page->more, .rows = 0, .left = page->left};
    const json::Value rows = page->rows.root();
    for (std::size_t i = page->first; i < rows.size(); ++i) {
        if (out.changes.size() >= kChangesMax) {
            if (out.left) *out.left += static_cast<std::int64_t>(rows.size() - i);
            position->offset -= static_cast<std::int64_t>(rows.size() - i);
            const std::string_view last = rows.at(i - 1).member("id").text();
            std::from_chars(last.data(), last.data() + last.size(), position->last_id);
            out.more = true;
            break;
        }
        if (Status ok = append_product(*shop_, out.changes, rows.at(i), *facts, stop); !ok)
            return std::unexpected(std::move(ok).error());
        ++*out.rows;
    }
    if (out.more) out.next = format_cursor(*position);
    return out;
}

// The shop has no filter for changed customers (contract woocommerce 8): the runtime emits what a pass shows as
// different.
Result<runtime::Page> Source::read_customers(const runtime::Cursor& from, std::stop_token stop) {
    Result<IdPosition> position = from.text.empty() ? IdPosition{} : parse_id_cursor(from);
    if (!position) return std::unexpected(std::move(position).error());
    const ListQuery query{.fields = kCustomerFields, .per_page = shop_->settings().page_size};
    const Result<IdPage> page = read_by_id(shop_->client(), List::kCustomers, query, *position, stop);
    if (!page) return std::unexpected(page.error());
    const json::Value rows = page->rows.root();
    runtime::Page out{
        .more = page->more, .rows = static_cast<std::int64_t>(rows.size() - page->first), .left = page->left};
    for (std::size_t i = page->first; i < rows.size(); ++i)
        append_changes(out.changes, rows.at(i), told_customer(*shop_, rows.at(i)));
    if (out.more) out.next = format_cursor(*position);
    return out;
}

Result<Source::OrderIds> Source::recent_order_ids(std::stop_token stop) {
    OrderIds found;
    IdPosition position;
    const ListQuery query{
        .fields = "id", .per_page = kPageMax, .created_after_s = shop_->clock().now_ms() / 1000 - kDeletesWindowS};
    bool more = true;
    for (int number = 0; more && number < kDeletesPagesMax; ++number) {
        const Result<IdPage> page = read_by_id(shop_->client(), List::kOrders, query, position, stop);
        if (!page) return std::unexpected(page.error());
        for (std::size_t i = page->first; i < page->rows.root().size(); ++i) {
            json::Reader row(page->rows.root().at(i));
            found.ids.push_back(row.integer("id"));
            if (Status ok = row.status(); !ok) return within("listing order ids", std::move(ok).error());
        }
        more = page->more;
    }
    found.complete = !more;
    return found;
}

// A forced delete leaves no trace and fires no webhook (contract woocommerce 0.5).  Ids that are gone since the last
// scan are asked for one by one, so that neither a shifted page nor an order that left the window by its age is taken
// for deleted.
Result<runtime::Page> Source::read_deletes(const runtime::Cursor& from, std::stop_token stop) {
    using Ids = std::vector<std::int64_t>;
    const Result<Ids> before = from.text.empty() ? Ids{} : parse_id_set(from);
    if (!before) return std::unexpected(before.error());
    const Result<OrderIds> scan = recent_order_ids(stop);
    if (!scan) return std::unexpected(scan.error());
    const Ids& now = scan->ids;

    Ids vanished;
    std::ranges::set_difference(*before, now, std::back_inserter(vanished));
    // Below the first id of the window: too old to tell.  Past the last one of a scan that met its bound: not looked
    // at.
    if (!now.empty())
        std::erase_if(vanished,
                      [&](std::int64_t id) { return id < now.front() || (id > now.back() && !scan->complete); });
    if (vanished.size() > kVanishedMax)
        return rejected("listing order ids: " + std::to_string(vanished.size()) + " of " +
                        std::to_string(before->size()) + " vanished since the last scan");
    runtime::Page out{.next = format_id_set(now)};
    for (const std::int64_t id : vanished) {
        const std::string text = std::to_string(id);
        const Coded order = shop_->client().get_coded(List::kOrders, text, "id,status", stop);
        if (!order && !is_gone(order.error())) return std::unexpected(order.error().error);
        if (!order || order->root().member("status").text() == "trash")
            out.changes.push_back({.raw = {}, .event = deleted_event("order", text)});
    }
    return out;
}

}  // namespace shopwire::woocommerce
