// The whole Commerce Cloud tenant: catalogue, stocks, customers, orders, what a client may do, the switches. Rows are
// JSON in the shape of the default dialect, without what a list adds. `mutex` guards everything in it.
#pragma once

#include "tests/sandbox/kit/decimal.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sandbox::solteq {

using Json = nlohmann::ordered_json;

struct Settings {
    int token_seconds = 3600;         // life of a bearer
    int bearer_uses = 0;              // a bearer is refused after so many requests; 0: never
    bool one_scope_per_token = false;  // several scopes in one request: invalid_scope
    int page_token_bytes = 3000;
    int empty_page_every = 0;         // every n-th page of a list is empty, with a token; 0: none
    int requests_max = 0;             // in window_seconds, then 429; 0: no limit
    int window_seconds = 2;
    bool refund_positive = false;     // refunds carry positive numbers
    bool duplicate_check = true;
    int lookup_lag_ms = 0;            // find_sale does not see newer orders
    bool replacement_in_each_store = true;  // a shared stock is listed under every store that sells from it
};

struct Quantity {
    kit::Decimal free;
    kit::Decimal reserved;
    std::string modified_at;
};

struct World {
    World();

    std::mutex mutex;
    std::string issuer = "https://login.sandbox.example";
    std::string client_id = "sandbox-client";
    std::string client_secret = "sandbox-secret";
    int credential = 1;  // bearers of an older one are refused
    std::set<std::string> scopes;
    std::map<std::string, int> bearer_used;
    int page_tokens = 1;  // page tokens of an older number are refused
    std::int64_t window_began = 0;
    int window_count = 0;
    int pages_served = 0;

    Settings settings;
    std::map<std::string, Json> stores, categories, products, customers, discounts;  // by id
    std::map<std::pair<std::string, std::string>, Quantity> balances;                 // by SKU and stock
    std::vector<Json> orders;
    std::vector<std::int64_t> order_times_us;
    std::vector<Json> log;
    std::int64_t last_id = 1000;

    void reset();
    std::string next_id(const char* prefix);
    void note(const char* kind, Json entry);
    const Json* product_by_sku(std::string_view sku) const;
    const Json* order_by_external_id(std::string_view external_id) const;
    // What balances shows: one row for each stock that a store sells from.
    std::vector<Json> balance_rows() const;
    // Takes (or, negative, gives back) pieces as a sale in `store` does: its default stock, then the replacement stock.
    void move_stock(const std::string& store, const Json& product, kit::Decimal quantity);
};

// The number of a JSON number or text; nothing for anything else.
std::optional<kit::Decimal> decimal_of(const Json& value);
std::string text_of(const Json& row, const char* name);  // "" when absent or null
std::string utc_now();
// Wall clock of a zone by the EU rule: "Europe/Helsinki", "Europe/Stockholm"; any other is UTC.
std::int64_t offset_seconds(std::string_view zone, std::int64_t utc_seconds);
std::int64_t utc_of_local(std::string_view zone, std::string_view local);

}  // namespace sandbox::solteq
