// KeyCRM's JSON to events, and its habits with numbers and times.  Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/events/codec.h"
#include "common/json/value.h"
#include "services/keycrm/config.h"

namespace shopwire::keycrm {

using Events = std::vector<events::Event>;

// A number or a text of one, rounded to millionths: sums of KeyCRM's come with the noise of binary fractions.
Decimal amount(json::Reader& reader, std::string_view name);
Decimal amount_or_zero(json::Reader& reader, std::string_view name);
// Both forms of its times; 0 when there is none.
std::int64_t time_or_zero(json::Reader& reader, std::string_view name);

// A row of /offers/stocks, or of the stock webhook.
struct StockRow {
    std::string offer_id{};
    std::string sku{};
    Decimal quantity{};  // of the warehouses that count
    Decimal reserve{};
    struct Shelf {
        Decimal quantity{};
        Decimal reserve{};
    };
    bool split = false;  // it tells of each warehouse
    Shelf written{};     // of settings.warehouse_id; zero when it has no row of it
};
Result<StockRow> stock_row(json::Value row, const Settings& settings);
Result<StockRow> webhook_row(json::Value row);
events::Event stock_event(const StockRow& row);

// A row of /offers with its product: the variant, its price, and its card when that has several.
Result<Events> offer_events(json::Value row, const Settings& settings);
// An order of REST, with its parcel when it has a tracking code.
Result<Events> order_events(json::Value order);
// The context of a trigger: an order without lines and parcel.
Result<events::Event> context_event(json::Value context);
Result<events::Event> buyer_event(json::Value buyer);

}  // namespace shopwire::keycrm
