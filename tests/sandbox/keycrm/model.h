// What a KeyCRM account holds: catalogue, stock, dictionaries, buyers, orders.  Plain values, guarded by the Crm that
// owns them.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sandbox/kit/decimal.h"

namespace sandbox::keycrm {

using Json = nlohmann::ordered_json;
using kit::Decimal;
using Id = std::int64_t;

struct Shelf {
    Decimal quantity{};
    Decimal reserve{};
};

struct Offer {
    Id id = 0;
    Id product_id = 0;
    std::string sku{};  // may be empty, may stand on several offers
    Decimal price{};
    Decimal purchased_price{};
    Json properties = Json::array();
    bool archived = false;
    std::map<Id, Shelf> shelves{};  // by warehouse; a warehouse without a row is absent
};

struct Product {
    Id id = 0;
    std::string name{};
    Json fields = Json::object();  // description, pictures, measures ... as they were given
    std::string currency = "UAH";
    bool has_offers = false;
    bool archived = false;
    std::optional<Id> category_id{};
    std::int64_t created = 0;  // unix seconds, as all times here
    std::int64_t updated = 0;
};

struct Status {
    Id id = 0;
    std::string name{};
    std::string alias{};
    Id group = 1;  // 1 new, 2 approval, 3 production, 4 delivery, 5 completed, 6 cancelled
    bool reserves = false;
    bool writes_off = false;
};

struct Source {
    Id id = 0;
    std::string name{};
    std::string driver{};
    std::optional<Id> warehouse{};  // without one nothing is reserved
};

struct Named {
    Id id = 0;
    std::string name{};
    std::string extra{};  // source_name of a delivery service
};

struct Buyer {
    Id id = 0;
    std::string full_name{};
    std::vector<std::string> emails{};
    std::vector<std::string> phones{};
    Json fields = Json::object();
    std::int64_t created = 0;
    std::int64_t updated = 0;
};

struct Line {
    Id id = 0;
    std::optional<Id> offer_id{};  // none: a one-time product
    std::string sku{};
    std::string name{};
    Decimal price{};
    Decimal discount_amount{};
    Decimal discount_percent{};
    Decimal quantity{};
    Json fields = Json::object();  // comment, unit_type, picture, properties ...
};

struct Payment {
    Id id = 0;
    Id method_id = 0;
    Decimal amount{};
    std::string status{};
    std::string description{};
    std::int64_t date = 0;
    std::int64_t created = 0;
};

struct Expense {
    Id id = 0;
    Id type_id = 0;
    Decimal amount{};
    std::string status{};
    std::string description{};
    std::int64_t date = 0;
};

enum class Hold { kNone, kReserved, kWrittenOff };

struct Order {
    Id id = 0;
    Id source_id = 0;
    Json source_uuid{};  // text or null
    Id status_id = 1;
    Id buyer_id = 0;
    Json fields = Json::object();    // comments, promocode, gift ... as they were given
    Json shipping = Json::object();
    Json marketing = Json::object();
    Decimal discount_amount{};
    Decimal discount_percent{};
    Decimal shipping_price{};
    Decimal wrap_price{};
    Decimal taxes{};
    std::vector<Line> lines{};
    std::vector<Payment> payments{};
    std::vector<Expense> expenses{};
    std::set<Id> tags{};
    Hold hold = Hold::kNone;
    std::int64_t ordered = 0;
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::int64_t status_changed = 0;
    std::int64_t closed = 0;  // 0: open
};

// What the contract leaves open or marks as assumed.
struct Switches {
    int rate_per_minute = 20;          // 0: no limit
    bool iso_times = false;            // REST times as 2026-06-01T08:16:02.000000Z
    bool numbers_as_strings = false;
    bool in_reserve_missing = false;   // of /offers
    bool limit_over_is_422 = false;    // else clamped to 50
    bool strict_filters = false;       // unknown filters: 400, else ignored
    bool status_on_create = true;      // status_id of POST /order counts
    bool discount_per_line = false;    // else per unit
    bool named_sources = false;        // source_name makes a source
    std::string dedupe = "create";     // create, return_existing, 422
    std::string unknown_sku = "skip";  // of PUT /offers/stocks: skip, 422
    int stock_lag_ms = 0;              // a 202 shows later
    int webhook_retry_ms = 1000;
    int clock_offset_s = 0;
};

}  // namespace sandbox::keycrm
