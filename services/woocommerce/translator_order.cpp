#include "services/woocommerce/translator_order.h"

#include <algorithm>
#include <array>
#include <utility>

#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

Decimal magnitude(Decimal value) { return value.is_negative() ? -value : value; }

// Percent by the tax rate's id.  A compound rate is a tax on a tax: no plain percentage of the line.
struct TaxRate {
    std::string id{};
    Decimal percent{};
    bool plain = false;
};

std::vector<TaxRate> read_taxes(json::Reader& read, events::v1::Order& order) {
    std::vector<TaxRate> rates;
    for (json::Reader& line : read.array_or_empty("tax_lines")) {
        events::v1::OrderTax& tax = *order.add_taxes();
        tax.set_native_id(line.id("id"));
        tax.set_code(line.string_or("rate_code"));
        tax.set_label(line.string_or("label"));
        const std::optional<Decimal> percent = line.decimal_or_none("rate_percent");
        if (percent) set_decimal(*tax.mutable_rate(), *percent);
        set_decimal(*tax.mutable_total(), line.decimal("tax_total"));
        set_decimal(*tax.mutable_shipping_total(), line.decimal("shipping_tax_total"));
        rates.push_back({.id = id_or_empty(line, "rate_id"),
                         .percent = percent.value_or(Decimal{}),
                         .plain = percent && !line.boolean_or("compound", false)});
    }
    return rates;
}

// The sum of the rates that the line's taxes name; nullopt when the order does not tell.
std::optional<Decimal> rate_of(json::Reader& line, const std::vector<TaxRate>& rates) {
    std::optional<Decimal> sum;
    for (json::Reader& tax : line.array_or_empty("taxes")) {
        if (tax.raw("total").text().empty()) continue;  // this rate does not apply to this line
        const std::string id = tax.id("id");
        const auto rate = std::ranges::find(rates, id, &TaxRate::id);
        if (rate == rates.end() || !rate->plain) return std::nullopt;
        sum = sum.value_or(Decimal{}) + rate->percent;
    }
    return sum;
}

// `price` of a line is a float with noise and is never read; what a piece costs follows from total and quantity.
void read_lines(json::Reader& read, const std::vector<TaxRate>& rates, events::v1::Order& order) {
    for (json::Reader& item : read.array("line_items")) {
        events::v1::OrderLine& line = *order.add_lines();
        line.set_native_id(item.id("id"));
        line.set_sku(item.string_or("sku"));  // null when the product is gone
        line.set_product_native_id(id_or_empty(item, "product_id"));
        line.set_variation_native_id(id_or_empty(item, "variation_id"));
        line.set_name(unescape_html(item.string_or("name")));
        set_decimal(*line.mutable_quantity(), item.decimal("quantity"));
        set_decimal(*line.mutable_subtotal(), item.decimal("subtotal"));
        set_decimal(*line.mutable_subtotal_tax(), item.decimal("subtotal_tax"));
        set_decimal(*line.mutable_total(), item.decimal("total"));
        set_decimal(*line.mutable_total_tax(), item.decimal("total_tax"));
        line.set_tax_class(item.string_or("tax_class"));
        if (const std::optional<Decimal> rate = rate_of(item, rates)) set_decimal(*line.mutable_vat_rate(), *rate);
    }
}

void read_charges(json::Reader& read, events::v1::Order& order) {
    for (json::Reader& line : read.array_or_empty("shipping_lines")) {
        events::v1::OrderCharge& charge = *order.add_shipping();
        charge.set_native_id(line.id("id"));
        charge.set_code(line.string_or("method_id"));
        charge.set_name(line.string_or("method_title"));
        set_decimal(*charge.mutable_total(), line.decimal("total"));
        set_decimal(*charge.mutable_total_tax(), line.decimal("total_tax"));
    }
    for (json::Reader& line : read.array_or_empty("fee_lines")) {
        events::v1::OrderCharge& charge = *order.add_fees();
        charge.set_native_id(line.id("id"));
        charge.set_code(line.string_or("name"));
        charge.set_name(line.string_or("name"));
        set_decimal(*charge.mutable_total(), line.decimal("total"));
        set_decimal(*charge.mutable_total_tax(), line.decimal("total_tax"));
    }
    for (json::Reader& line : read.array_or_empty("coupon_lines")) {
        events::v1::OrderCoupon& coupon = *order.add_coupons();
        coupon.set_code(line.string("code"));
        set_decimal(*coupon.mutable_discount(), line.decimal_or_none("discount").value_or(Decimal{}));
        set_decimal(*coupon.mutable_discount_tax(), line.decimal_or_none("discount_tax").value_or(Decimal{}));
    }
    for (json::Reader& line : read.array_or_empty("refunds")) {
        events::v1::OrderRefund& refund = *order.add_refunds();
        refund.set_native_id(line.id("id"));
        refund.set_reason(line.string_or("reason"));
        set_decimal(*refund.mutable_total(), magnitude(line.decimal("total")));  // the shop shows it negative
    }
}

void read_personal(json::Reader& read, const PersonalKeys& keys, events::v1::Personal& personal) {
    events::v1::PersonalFields& fields = *personal.mutable_clear();
    if (std::optional<json::Reader> billing = read.object_or_none("billing")) {
        read_address(*billing, *fields.mutable_billing());
        fields.set_email(billing->string_or("email"));
        fields.set_phone(billing->string_or("phone"));
    }
    if (std::optional<json::Reader> shipping = read.object_or_none("shipping")) {
        read_address(*shipping, *fields.mutable_shipping());
        if (fields.phone().empty()) fields.set_phone(shipping->string_or("phone"));
    }
    if (fields.billing().company().empty()) fields.mutable_billing()->set_company(first_field(read, keys.company));
    fields.set_tax_id(first_field(read, keys.tax_id));
}

void read_head(json::Reader& read, events::v1::Order& order) {
    order.set_native_id(read.id("id"));
    order.set_number(read.id("number"));
    order.set_status(read.string("status"));
    order.set_currency(read.string("currency"));
    order.set_prices_include_tax(read.boolean("prices_include_tax"));
    order.set_created_at_ms(time_or_zero(read, "date_created_gmt"));
    order.set_paid_at_ms(time_or_zero(read, "date_paid_gmt"));
    order.set_payment_method(read.string_or("payment_method"));
    order.set_payment_title(read.string_or("payment_method_title"));
    order.set_transaction_id(read.string_or("transaction_id"));
    order.set_customer_native_id(id_or_empty(read, "customer_id"));
    order.set_created_via(read.string_or("created_via"));
    set_decimal(*order.mutable_discount_total(), read.decimal("discount_total"));
    set_decimal(*order.mutable_total(), read.decimal("total"));
    set_decimal(*order.mutable_total_tax(), read.decimal("total_tax"));
}

void read_refund_lines(json::Reader& read, events::v1::Refund& refund) {
    for (json::Reader& item : read.array_or_empty("line_items")) {
        events::v1::RefundLine& line = *refund.add_lines();
        const std::array<std::string, 1> key{"_refunded_item_id"};
        line.set_order_line_native_id(first_field(item, key));
        line.set_sku(item.string_or("sku"));
        set_decimal(*line.mutable_quantity(), magnitude(item.decimal("quantity")));
        set_decimal(*line.mutable_total(), magnitude(item.decimal("total")));
        set_decimal(*line.mutable_total_tax(), magnitude(item.decimal("total_tax")));
    }
}

}  // namespace

Result<Events> order_events(json::Value value, const PersonalKeys& keys) {
    json::Reader read(value);
    const std::string_view status = value.member("status").text();
    if (status == "checkout-draft" || status == "auto-draft") return Events{};
    events::Event event;
    if (status == "trash") {
        event = deleted_event("order", read.id("id"));
    } else {
        events::v1::Order& order = *event.mutable_order();
        read_head(read, order);
        read_lines(read, read_taxes(read, order), order);
        read_charges(read, order);
        read_personal(read, keys, *order.mutable_personal());
        order.mutable_personal()->mutable_clear()->set_note(read.string_or("customer_note"));
    }
    event.mutable_source()->set_modified_at_ms(time_or_zero(read, "date_modified_gmt"));
    if (Status ok = read.status(); !ok) return within("reading an order", std::move(ok).error());
    return Events{std::move(event)};
}

Result<Events> refund_events(json::Value value, std::string_view order_id) {
    json::Reader read(value);
    events::Event event;
    events::v1::Refund& refund = *event.mutable_refund();
    refund.set_native_id(read.id("id"));
    refund.set_order_native_id(std::string(order_id));
    refund.set_reason(read.string_or("reason"));
    set_decimal(*refund.mutable_amount(), magnitude(read.decimal("amount")));
    refund.set_created_at_ms(time_or_zero(read, "date_created_gmt"));
    read_refund_lines(read, refund);
    // The shop does not say whether the pieces went back to stock; it puts them back whenever a refund names lines and
    // the person did not untick it.
    refund.set_restocked(refund.lines_size() > 0);
    event.mutable_source()->set_modified_at_ms(refund.created_at_ms());  // a refund never changes
    if (Status ok = read.status(); !ok) return within("reading a refund", std::move(ok).error());
    return Events{std::move(event)};
}

Result<Events> customer_events(json::Value value, const PersonalKeys& keys) {
    json::Reader read(value);
    events::Event event;
    events::v1::Customer& customer = *event.mutable_customer();
    customer.set_native_id(read.id("id"));
    customer.set_kind(read.string_or("role"));
    customer.set_active(true);
    read_personal(read, keys, *customer.mutable_personal());
    events::v1::PersonalFields& fields = *customer.mutable_personal()->mutable_clear();
    customer.set_external_id(first_field(read, std::span(&keys.external_id, 1)));
    customer.set_company(!fields.billing().company().empty());
    // The account's own e-mail and name; those of the billing address stay empty until the first order.
    if (std::string email = read.string_or("email"); !email.empty()) fields.set_email(std::move(email));
    if (fields.billing().first_name().empty() && fields.billing().last_name().empty()) {
        fields.mutable_billing()->set_first_name(read.string_or("first_name"));
        fields.mutable_billing()->set_last_name(read.string_or("last_name"));
    }
    event.mutable_source()->set_modified_at_ms(time_or_zero(read, "date_modified_gmt"));
    if (Status ok = read.status(); !ok) return within("reading a customer", std::move(ok).error());
    return Events{std::move(event)};
}

}  // namespace shopwire::woocommerce
