// Canonical records of a dialect to events.  Pure functions, thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/dialect/zone.h"
#include "common/events/codec.h"
#include "services/sors/client.h"
#include "services/sors/config.h"

namespace shopwire::sors {

// One row of the stock list: a quantity and a price of one article in one unit.
struct StockRow {
    std::string sku{};  // trimmed, case kept
    std::string native_id{};
    std::optional<Decimal> on_hand{};
    std::optional<Decimal> reserved{};
    std::optional<Decimal> free{};
    std::optional<Decimal> price{};  // of settings.price_type
    std::int64_t modified_at_ms = 0;
};

Result<StockRow> stock_row(std::string_view record, const Settings& settings, const dialect::Zone& zone);
// The article of a record that could not be read as a whole; empty: that cannot be told either.
std::string code_of(const Result<std::string>& record);
// Adds another unit's row of the same article; a quantity that one of them lacks is unknown for the sum.
void add_quantities(StockRow& sum, const StockRow& row);

events::Event stock_event(const StockRow& row, const events::v1::Source& source);
// REQUIRES: row.price.
events::Event price_event(const StockRow& row, const Settings& settings, const events::v1::Source& source);

using Groups = std::map<std::string, Group>;  // by id

// Words and numbers that SORS may add to are left out when they are not known, and `unknown` is set; the rest of the
// record counts.  Pictures and the content hash of a product are the caller's.
Result<events::Event> product_event(std::string_view record, const Groups& groups, const Settings& settings,
                                    const dialect::Zone& zone, const events::v1::Source& source, bool& unknown);
Result<events::Event> customer_event(std::string_view record, const std::string& database, const dialect::Zone& zone,
                                     const events::v1::Source& source, bool& unknown);
bool is_company(const CustomerCard& card);
Result<CustomerCard> card_of(std::string_view record);
events::Event balance_event(const Debt& debt, const std::string& customer_native_id, const Settings& settings,
                            const events::v1::Source& source);

}  // namespace shopwire::sors
