#include "services/woocommerce/scan.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/core/clock.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::int64_t kStepBack = 3;  // rows that are read twice to see whether any moved
constexpr int kStepsMax = 20;

std::int64_t id_of(json::Value row) {
    const std::string_view text = row.member("id").text();
    std::int64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

// A row without an id cannot be placed: it would be skipped, and a snapshot would tell that it is gone.
bool all_have_ids(json::Value rows) {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (id_of(rows.at(i)) <= 0) return false;
    return true;
}

std::optional<std::int64_t> left_of(std::optional<std::int64_t> total, std::int64_t read) {
    if (!total) return std::nullopt;
    return std::max<std::int64_t>(0, *total - read);
}

}  // namespace

std::int64_t modified_s(json::Value row) {
    return parse_utc(row.member("date_modified_gmt").text()).value_or(0) / 1000;
}

Result<IdPage> read_by_id(Client& client, List list, ListQuery query, IdPosition& position, std::stop_token stop) {
    query.orderby = "id";
    query.ascending = true;
    std::int64_t offset = std::max<std::int64_t>(0, position.offset - kStepBack);
    for (int step = 0; step < kStepsMax; ++step) {
        query.offset = offset;
        Result<ListRows> read = client.list(list, query, stop);
        if (!read) return std::unexpected(std::move(read).error());
        const json::Value root = read->rows.root();
        if (!all_have_ids(root)) return transient("listing by id: a row without an id");
        const bool joined = offset == 0 || (root.size() > 0 && id_of(root.at(0)) <= position.last_id);
        if (!joined) {
            offset = std::max<std::int64_t>(0, offset - query.per_page);
            continue;
        }
        std::size_t first = 0;
        while (first < root.size() && id_of(root.at(first)) <= position.last_id) ++first;
        const auto count = static_cast<std::int64_t>(root.size());
        if (count > 0) position = {.offset = offset + count, .last_id = id_of(root.at(root.size() - 1))};
        return IdPage{.rows = std::move(read->rows),
                      .first = first,
                      .more = count == query.per_page,
                      .left = left_of(read->total, offset + count)};
    }
    return transient("listing by id: rows keep moving");
}

Result<TimePage> read_by_time(Client& client, List list, std::string_view fields, int per_page,
                              const TimePosition& from, std::stop_token stop) {
    ListQuery query{.fields = fields, .orderby = "modified", .per_page = per_page};
    if (from.after_s > 0) query.modified_after_s = from.after_s;
    if (from.in_second) {
        query.modified_before_s = from.after_s + 2;
        TimePosition next = from;
        Result<IdPage> page = read_by_id(client, list, query, next.second, stop);
        if (!page) return std::unexpected(std::move(page).error());
        if (!page->more) next = {.after_s = from.after_s + 1};
        return TimePage{.rows = std::move(page->rows), .first = page->first, .more = true, .next = next};
    }
    Result<ListRows> read = client.list(list, query, stop);
    if (!read) return std::unexpected(std::move(read).error());
    const std::size_t count = read->rows.root().size();
    TimePage page{.rows = std::move(read->rows),
                  .more = std::cmp_greater_equal(count, per_page),
                  .next = from,
                  .left = left_of(read->total, static_cast<std::int64_t>(count))};
    if (count == 0) return page;
    // The last row's second may go on behind the page, so the next one begins with it again.
    const std::int64_t last_s = modified_s(page.rows.root().at(count - 1));
    if (last_s == 0 && from.after_s > 0) return transient("listing by time: a row without a time of change");
    if (last_s - 1 > from.after_s)
        page.next.after_s = last_s - 1;
    else if (page.more)
        page.next.in_second = true;
    return page;
}

}  // namespace shopwire::woocommerce
