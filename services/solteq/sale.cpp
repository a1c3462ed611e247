#include "services/solteq/sale.h"

#include <algorithm>
#include <tuple>

#include "common/events/codec.h"

namespace shopwire::solteq {
namespace {

using events::from_proto;

constexpr std::size_t kRowsMax = 1'000;
constexpr int kMoneyDecimals = 2;
constexpr std::int64_t kDayMs = 86'400'000;
const Decimal kCent = Decimal::from_micros(10'000);
const Decimal kHundred = Decimal::from_integer(100);
const Decimal kPiece = Decimal::from_integer(1);

Decimal money(Decimal value) { return value.rounded(kMoneyDecimals); }
Decimal size_of(Decimal value) { return value.is_negative() ? -value : value; }

Decimal with_tax(const events::v1::Decimal& amount, const events::v1::Decimal& tax) {
    return money(from_proto(amount) + from_proto(tax));
}

// The rate of the order that gives this tax best; without rates the one that the amounts give.
Decimal rate_of(Decimal net, Decimal tax, const events::v1::Order& order) {
    if (tax.is_zero() || net.is_zero()) return {};
    const Decimal exact = multiply(divide(tax, net, Decimal::kDecimals).value_or(Decimal{}), kHundred, kMoneyDecimals)
                              .value_or(Decimal{});
    std::optional<Decimal> best;
    for (const auto& known : order.taxes()) {
        const Decimal rate = from_proto(known.rate());
        if (!best || size_of(rate - exact) < size_of(*best - exact)) best = rate;
    }
    return best.value_or(exact);
}

Decimal rate_of(const events::v1::OrderLine& line, const events::v1::Order& order) {
    if (line.has_vat_rate()) return from_proto(line.vat_rate());
    return rate_of(from_proto(line.total()), from_proto(line.total_tax()), order);
}

bool is_special(const std::string& sku, const Settings& settings) {
    return std::any_of(settings.special_skus.begin(), settings.special_skus.end(), [&sku](const std::string& special) {
        return events::fold_sku(special) == events::fold_sku(sku);
    });
}

Status add_line(const events::v1::OrderLine& line, const events::v1::Order& order, const Settings& settings,
                std::vector<SaleRow>& rows) {
    const std::string named = "line " + line.native_id();
    if (line.sku().empty()) return rejected(named + " has no SKU");
    if (is_special(line.sku(), settings) && !settings.export_special_types)
        return rejected(named + " is a deposit or gift card: export_special_types is off");
    const Decimal quantity = from_proto(line.quantity());
    if (quantity <= Decimal{}) return rejected(named + ": quantity is not above zero");
    const Decimal after = with_tax(line.total(), line.total_tax());
    if (after.is_negative()) return rejected(named + ": amount is negative");
    Result<SaleRow> row = sale_row(line.sku(), line.name(), quantity, with_tax(line.subtotal(), line.subtotal_tax()),
                                   after, rate_of(line, order));
    if (!row) return within(named, std::move(row.error()));
    rows.push_back(*std::move(row));
    return {};
}

Status add_charge(const events::v1::OrderCharge& charge, const events::v1::Order& order, const std::string& sku,
                  std::string_view what, std::vector<SaleRow>& rows) {
    const Decimal total = with_tax(charge.total(), charge.total_tax());
    if (total.is_zero()) return {};
    if (total.is_negative()) return rejected(std::string(what) + " is negative, which a row cannot be");
    if (sku.empty()) return rejected(std::string(what) + " has no service product: set " + std::string(what) + "_sku");
    Result<SaleRow> row = sale_row(sku, charge.name(), kPiece, total, total,
                                   rate_of(from_proto(charge.total()), from_proto(charge.total_tax()), order));
    if (!row) return std::unexpected(std::move(row.error()));
    rows.push_back(*std::move(row));
    return {};
}

// The shop rounds tax per line, so its lines may miss its own total by cents: the largest row takes them.
Status settle_cents(std::vector<SaleRow>& rows, Decimal total) {
    Decimal sum;
    for (const SaleRow& row : rows) sum += row.total;
    const Decimal rest = total - sum;
    if (rest.is_zero()) return {};
    const Decimal allowed = Decimal::from_micros(kCent.micros() * static_cast<std::int64_t>(rows.size()));
    SaleRow& largest = *std::max_element(
        rows.begin(), rows.end(), [](const SaleRow& left, const SaleRow& right) { return left.total < right.total; });
    if (size_of(rest) > allowed || (largest.total + rest).is_negative())
        return rejected("the rows sum up to " + sum.text(kMoneyDecimals) + ", the order's total is " +
                        total.text(kMoneyDecimals));
    Result<SaleRow> again = sale_row(largest.sku, largest.name, largest.quantity, largest.total + largest.discount,
                                     largest.total + rest, largest.vat_rate);
    if (!again) return std::unexpected(std::move(again.error()));
    largest = *std::move(again);
    return {};
}

void add_totals(NewSale& sale) {
    for (const SaleRow& row : sale.rows) {
        sale.total += row.total;
        sale.total_vat += row.vat_amount;
    }
}

// REQUIRES: the totals are there.
void add_payment(NewSale& sale, const events::v1::Order& order, const Settings& settings) {
    const auto found = settings.payment_types.find(order.payment_method());
    const bool known = found != settings.payment_types.end();
    sale.payments = {{.type = known ? found->second : settings.payment_type_default,
                      .reference = order.transaction_id(),
                      .amount = sale.total}};
}

// At most `characters_max` code points, never half of one.
std::string cut(std::string_view text, int characters_max) {
    int characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (starts && ++characters > characters_max) return std::string(text.substr(0, at));
    }
    return std::string(text);
}

Status check_head(const std::string& external_id, const std::string& currency, const Settings& settings) {
    if (external_id.empty()) return rejected("the command has no external number");
    if (currency != settings.currency) return rejected("currency " + currency + " is not " + settings.currency);
    return {};
}

// What the refund gives back without a piece: it must not raise the stock.
Status add_amount_row(Decimal amount, const events::v1::Order& order, const Settings& settings,
                      std::vector<SaleRow>& rows) {
    if (amount.is_zero()) return {};
    if (amount.is_negative()) return rejected("the lines of the refund are more than its amount");
    if (settings.refund_sku.empty())
        return rejected(amount.text(kMoneyDecimals) + " of the refund belongs to no line: set refund_sku");
    const Decimal total_tax = from_proto(order.total_tax());
    Result<SaleRow> row = sale_row(settings.refund_sku, {}, kPiece, amount, amount,
                                   rate_of(from_proto(order.total()) - total_tax, total_tax, order));
    if (!row) return std::unexpected(std::move(row.error()));
    rows.push_back(*std::move(row));
    return {};
}

Decimal refund_rate(const events::v1::RefundLine& line, const events::v1::Order& order) {
    for (const auto& sold : order.lines())
        if (sold.native_id() == line.order_line_native_id()) return rate_of(sold, order);
    return rate_of(from_proto(line.total()), from_proto(line.total_tax()), order);
}

}  // namespace

std::string business_date(std::int64_t unix_ms, const dialect::Zone& zone, std::string_view end_of_day) {
    // A whole day before noon is the day before, also where a day has 23 or 25 hours.
    std::string date = zone.format(unix_ms, "%Y-%m-%d");
    if (zone.format(unix_ms, "%H:%M") >= end_of_day) return date;
    const Result<std::int64_t> noon = zone.parse(date + "T12:00:00");
    return zone.format(noon.value_or(unix_ms) - kDayMs, "%Y-%m-%d");
}

Decimal vat_of(Decimal total, Decimal rate_percent) {
    // total x rate / (100 + rate) is the same number with one rounding.
    const Result<Decimal> product = multiply(total, rate_percent, Decimal::kDecimals);
    if (!product) return {};
    return divide(*product, kHundred + rate_percent, kMoneyDecimals).value_or(Decimal{});
}

Result<SaleRow> sale_row(std::string sku, std::string name, Decimal quantity, Decimal before, Decimal after,
                         Decimal vat_rate) {
    SaleRow row{.sku = std::move(sku), .name = std::move(name), .quantity = quantity, .total = after};
    before = std::max(before, after);  // a price that was raised by hand is no negative discount
    Result<Decimal> unit = divide(before, quantity, kMoneyDecimals);
    if (!unit) return within("computing a unit price", std::move(unit.error()));
    Result<Decimal> full = multiply(*unit, quantity, kMoneyDecimals);
    if (full && *full < after) {
        unit = *unit + kCent;
        full = multiply(*unit, quantity, kMoneyDecimals);
    }
    if (!full) return within("computing a row", std::move(full.error()));
    row.unit_price = *unit;
    row.discount = *full - after;
    row.vat_rate = vat_rate;
    row.vat_amount = vat_of(after, vat_rate);
    return row;
}

Result<NewSale> make_sale(const events::v1::Order& order, const std::string& external_id, const Settings& settings,
                          const dialect::Zone& zone) {
    if (Status ok = check_head(external_id, order.currency(), settings); !ok)
        return std::unexpected(std::move(ok.error()));
    if (order.paid_at_ms() == 0 && settings.only_paid)
        return rejected("the order is not paid: only_paid is on, and the business date is the day of payment");
    NewSale sale{.external_id = external_id,
                 .number = order.number(),
                 .created_at_ms = order.created_at_ms(),
                 .paid_at_ms = order.paid_at_ms(),
                 .currency = order.currency(),
                 .note = cut(order.personal().clear().note(), settings.note_max_length)};
    sale.business_date = business_date(order.paid_at_ms() > 0 ? order.paid_at_ms() : order.created_at_ms(), zone,
                                       settings.end_of_business_day);
    for (const auto& line : order.lines())
        if (Status ok = add_line(line, order, settings, sale.rows); !ok) return std::unexpected(std::move(ok.error()));
    for (const auto& charge : order.shipping())
        if (Status ok = add_charge(charge, order, settings.shipping_sku, "shipping", sale.rows); !ok)
            return std::unexpected(std::move(ok.error()));
    for (const auto& charge : order.fees())
        if (Status ok = add_charge(charge, order, settings.fee_sku, "fee", sale.rows); !ok)
            return std::unexpected(std::move(ok.error()));
    if (sale.rows.empty()) return rejected("the order has no row");
    if (sale.rows.size() > kRowsMax) return rejected("more than " + std::to_string(kRowsMax) + " rows");
    if (Status ok = settle_cents(sale.rows, money(from_proto(order.total()))); !ok)
        return std::unexpected(std::move(ok.error()));
    add_totals(sale);
    add_payment(sale, order, settings);
    return sale;
}

Result<NewSale> make_refund(const commands::v1::ExportRefund& command, const Settings& settings,
                            const dialect::Zone& zone) {
    const events::v1::Refund& refund = command.refund();
    const events::v1::Order& order = command.order();
    if (Status ok = check_head(command.external_number(), order.currency(), settings); !ok)
        return std::unexpected(std::move(ok.error()));
    if (command.base_external_number().empty()) return rejected("the refund names no sale");
    NewSale sale{.refund = true,
                 .external_id = command.external_number(),
                 .original_external_id = command.base_external_number(),
                 .number = order.number(),
                 .created_at_ms = refund.created_at_ms(),
                 .paid_at_ms = refund.created_at_ms(),
                 .business_date = business_date(refund.created_at_ms(), zone, settings.end_of_business_day),
                 .currency = order.currency(),
                 .note = cut(refund.reason(), settings.note_max_length)};
    Decimal rest = money(from_proto(refund.amount()));
    if (rest <= Decimal{}) return rejected("the refund has no amount");
    for (const auto& line : refund.lines()) {
        const Decimal quantity = from_proto(line.quantity());
        // Pieces that do not come back must not raise the stock either: their amount goes to the service product.
        if (line.sku().empty() || quantity <= Decimal{} || !refund.restocked()) continue;
        const Decimal total = with_tax(line.total(), line.total_tax());
        Result<SaleRow> row = sale_row(line.sku(), {}, quantity, total, total, refund_rate(line, order));
        if (!row) return within(line.sku(), std::move(row.error()));
        rest -= total;
        sale.rows.push_back(*std::move(row));
    }
    if (size_of(rest) <= kCent && !sale.rows.empty()) {
        if (Status ok = settle_cents(sale.rows, money(from_proto(refund.amount()))); !ok)
            return std::unexpected(std::move(ok.error()));
    } else if (Status ok = add_amount_row(rest, order, settings, sale.rows); !ok) {
        return std::unexpected(std::move(ok.error()));
    }
    add_totals(sale);
    add_payment(sale, order, settings);
    return sale;
}

Result<NewSale> void_of(const StoredSale& stored, const std::string& external_id, const std::string& payment_type,
                        const Settings& settings, const dialect::Zone& zone, std::int64_t now_ms) {
    const std::string named = "sale " + stored.external_id + ": refund it by hand";
    if (stored.rows.empty()) return rejected("Solteq does not show the rows of " + named);
    if (!stored.shows_vat) return rejected("Solteq does not show the VAT of " + named);
    NewSale sale{.refund = true,
                 .external_id = external_id,
                 .original_external_id = stored.external_id,
                 .number = stored.number,
                 .created_at_ms = now_ms,
                 .paid_at_ms = now_ms,
                 .business_date = business_date(now_ms, zone, settings.end_of_business_day),
                 .currency = settings.currency,
                 .payments = stored.payments,
                 .rows = stored.rows};
    add_totals(sale);
    if (sale.payments.empty() && !payment_type.empty())
        sale.payments.push_back({.type = payment_type, .amount = sale.total});
    Decimal paid;
    for (const SalePayment& payment : sale.payments) {
        if (payment.type.empty()) return rejected("Solteq shows a payment without a type of " + named);
        paid += payment.amount;
    }
    if (paid != sale.total)
        return rejected("Solteq shows payments of " + paid.text(kMoneyDecimals) + " for the " +
                        sale.total.text(kMoneyDecimals) + " of " + named);
    return sale;
}

bool same_content(const NewSale& sale, const StoredSale& stored) {
    if (size_of(stored.total) != sale.total) return false;
    if (stored.rows.empty()) return true;
    using Key = std::tuple<std::string, Decimal, Decimal>;
    const auto keys = [](const std::vector<SaleRow>& rows) {
        std::vector<Key> out;
        out.reserve(rows.size());
        for (const SaleRow& row : rows)
            out.emplace_back(events::fold_sku(row.sku), size_of(row.quantity), size_of(row.total));
        std::sort(out.begin(), out.end());
        return out;
    };
    return keys(sale.rows) == keys(stored.rows);
}

}  // namespace shopwire::solteq
