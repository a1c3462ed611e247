// An order as a sale, a refund as its opposite: rows, VAT, payment, business date.  Pure functions, thread-safe.
//
// All amounts are with VAT (contract solteq 3.7), and each row keeps unit price x quantity - discount = total exactly.
#pragma once

#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/dialect/zone.h"
#include "services/solteq/client.h"
#include "services/solteq/config.h"
#include "shopwire/commands/v1/command.pb.h"

namespace shopwire::solteq {

// The local date; the one before it earlier than `end_of_day` ("04:00").
std::string business_date(std::int64_t unix_ms, const dialect::Zone& zone, std::string_view end_of_day);

// total - total / (1 + rate), half up to two decimals.
Decimal vat_of(Decimal total, Decimal rate_percent);

// A row whose total is exact: the unit price is rounded up to two decimals, the discount takes the rest.
Result<SaleRow> sale_row(std::string sku, std::string name, Decimal quantity, Decimal before, Decimal after,
                         Decimal vat_rate);

// Without its customer.  kRejected with the reason when the order cannot be a sale.
Result<NewSale> make_sale(const events::v1::Order& order, const std::string& external_id, const Settings& settings,
                          const dialect::Zone& zone);
Result<NewSale> make_refund(const commands::v1::ExportRefund& command, const Settings& settings,
                            const dialect::Zone& zone);
// The refund of all that a stored sale has, by its own payments; where Solteq shows none, by `payment_type`, unless
// that is empty.  kRejected when Solteq does not show its rows, their VAT, or how it was paid.
Result<NewSale> void_of(const StoredSale& stored, const std::string& external_id, const std::string& payment_type,
                        const Settings& settings, const dialect::Zone& zone, std::int64_t now_ms);

// Is the stored one ours?  Compares rows when Solteq shows them, else the total; signs do not count.
bool same_content(const NewSale& sale, const StoredSale& stored);

}  // namespace shopwire::solteq
