#include "tests/bench/order_event.h"

#include "common/events/codec.h"

namespace shopwire::bench {
namespace {

using events::v1::Order;

constexpr std::int64_t kStride = 7'919;  // a prime: both lines of neighbouring orders are of different articles

void set(events::v1::Decimal* decimal, std::int64_t micros) { decimal->set_micros(micros); }

void fill_address(events::v1::Address& address, std::int64_t number) {
    address.set_first_name("Petar");
    address.set_last_name("Petrović " + std::to_string(number % 100'000));
    address.set_line_1("Bulevar kralja Aleksandra " + std::to_string(number % 500));
    address.set_line_2("stan 12");
    address.set_city("Beograd");
    address.set_state("RS00");
    address.set_postal_code("11000");
    address.set_country("RS");
}

void add_line(Order& order, std::int64_t id, std::int64_t sku, std::int64_t pieces) {
    events::v1::OrderLine& line = *order.add_lines();
    line.set_native_id(std::to_string(id));
    line.set_sku("A-" + std::to_string(100'000 + sku));
    line.set_product_native_id(std::to_string(20'000 + sku));
    line.set_name("Šolja za kafu, porcelan, 300 ml, bela");
    set(line.mutable_quantity(), pieces * 1'000'000);
    set(line.mutable_subtotal(), pieces * 1'082'500'000);
    set(line.mutable_subtotal_tax(), pieces * 216'500'000);
    set(line.mutable_total(), pieces * 1'082'500'000);
    set(line.mutable_total_tax(), pieces * 216'500'000);
    set(line.mutable_vat_rate(), 20'000'000);
}

void fill_order(Order& order, const OrderSpec& spec) {
    const std::int64_t number = spec.number;
    order.set_native_id(std::to_string(number));
    order.set_number(std::to_string(number));
    order.set_status("processing");
    order.set_currency("RSD");
    order.set_prices_include_tax(true);
    order.set_created_at_ms(spec.now_ms);
    order.set_paid_at_ms(spec.now_ms);
    order.set_payment_method("cod");
    order.set_payment_title("Plaćanje pouzećem");
    order.set_created_via("checkout");
    add_line(order, number * 2, number % spec.skus, 2);
    add_line(order, number * 2 + 1, (number + kStride) % spec.skus, 1);
    events::v1::OrderCharge& shipping = *order.add_shipping();
    shipping.set_native_id(std::to_string(number * 3));
    shipping.set_code("flat_rate");
    shipping.set_name("Kurirska služba");
    set(shipping.mutable_total(), 291'670'000);
    set(shipping.mutable_total_tax(), 58'330'000);
    events::v1::OrderTax& tax = *order.add_taxes();
    tax.set_native_id(std::to_string(number * 4));
    tax.set_code("RS-PDV-1");
    tax.set_label("PDV");
    set(tax.mutable_rate(), 20'000'000);
    set(tax.mutable_total(), 649'500'000);
    set(tax.mutable_shipping_total(), 58'330'000);
    set(order.mutable_discount_total(), 0);
    set(order.mutable_total(), 4'247'000'000);
    set(order.mutable_total_tax(), 707'830'000);
    events::v1::PersonalFields& person = *order.mutable_personal()->mutable_clear();
    fill_address(*person.mutable_billing(), number);
    fill_address(*person.mutable_shipping(), number);
    person.set_email("kupac" + std::to_string(number) + "@example.com");
    person.set_phone("+38164" + std::to_string(1'000'000 + number % 1'000'000));
    person.set_note("Pozvati pre isporuke");
}

}  // namespace

events::v1::Event order_event(const OrderSpec& spec) {
    events::v1::Event event;
    events::v1::Source& source = *event.mutable_source();
    source.set_merchant(spec.merchant);
    source.set_connection("shop");
    source.set_system("woocommerce");
    source.set_origin(events::v1::ORIGIN_WEBHOOK);
    source.set_modified_at_ms(spec.now_ms);
    source.set_observed_at_ms(spec.now_ms);
    fill_order(*event.mutable_order(), spec);
    events::set_content_hash(event);
    return event;
}

}  // namespace shopwire::bench
