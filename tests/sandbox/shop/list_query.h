// What a list request asks: page, order, time bounds with the measured zone rules, and the answer's paging headers
// (contract woocommerce 4 and 5). Pure functions.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/config.h"
#include "tests/sandbox/shop/error.h"
#include "tests/sandbox/shop/validate.h"

namespace sandbox::shop {

struct ListRules {
    std::vector<const char*> orderby;
    std::string default_orderby = "date";
    std::string default_order = "desc";
    std::vector<const char*> statuses = {};
    bool many_statuses = false;  // a comma list, each checked
    bool dates = true;           // knows after/before/modified_*
};

struct ListQuery {
    std::int64_t page = 1;
    std::int64_t per_page = 10;
    std::optional<std::int64_t> offset;
    std::string orderby;
    bool ascending = false;
    std::vector<std::int64_t> include;
    std::vector<std::int64_t> exclude;
    std::vector<std::string> statuses;  // empty = the default
  // Bounds in unix seconds, all exclusive.
    std::optional<std::int64_t> after, before, modified_after, modified_before;
    std::string search;
    std::string fields;

    std::size_t first() const { return static_cast<std::size_t>(offset ? *offset : (page - 1) * per_page); }
    bool in_time(std::int64_t created, std::int64_t modified) const;
};

Outcome<ListQuery> parse_list(const kit::Request& request, const ShopConfig& config, const ListRules& rules);
std::vector<std::int64_t> id_list(const std::string* text);

// The list's answer with X-WP-Total, X-WP-TotalPages and Link; `body` is the JSON text.
kit::Response list_response(const kit::Request& request, const ShopConfig& config, const ListQuery& query,
                            std::size_t total, std::string body);

// Sorts what the page needs and gives the page's rows. `less` is the ascending order with the id as tie-break.
template <typename T, typename Less>
std::vector<T*> page_of(std::vector<T*> rows, const ListQuery& query, Less less) {
    const auto first = std::min(query.first(), rows.size());
    const auto last = std::min(first + static_cast<std::size_t>(query.per_page), rows.size());
    const auto order = [&](const T* a, const T* b) { return query.ascending ? less(*a, *b) : less(*b, *a); };
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(last), rows.end(), order);
    return {rows.begin() + static_cast<std::ptrdiff_t>(first), rows.begin() + static_cast<std::ptrdiff_t>(last)};
}

// The texts as one JSON array, each cut to `fields` when that is not empty.
std::string array_of(const std::vector<const std::string*>& texts, const std::string& fields, bool as_asked = false);

}  // namespace sandbox::shop
