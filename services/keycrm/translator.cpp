#include "services/keycrm/translator.h"

#include <algorithm>
#include <iterator>

#include "common/core/clock.h"

namespace shopwire::keycrm {
namespace {

void set(events::v1::Decimal* into, Decimal value) { *into = events::to_proto(value); }

// A card and its variants have ids of their own counting.
std::string card_id(const std::string& product_id) { return "product-" + product_id; }

std::string id_or_empty(const json::Reader& reader, std::string_view name) {
    return std::string(reader.raw(name).text());
}

// Names may be null or, in texts of people, anything else.
std::string text_of(const json::Reader& reader, std::string_view name) {
    const json::Value value = reader.raw(name);
    return value.type() == json::Type::kString ? std::string(value.text()) : std::string();
}

void read_measures(json::Reader& reader, events::v1::Measures& measures) {
    const auto one = [&reader](std::string_view name) -> std::optional<Decimal> {
        if (reader.raw(name).is_null()) return std::nullopt;
        return amount(reader, name);
    };
    if (const auto weight = one("weight")) set(measures.mutable_weight_kg(), *weight);
    if (const auto length = one("length")) set(measures.mutable_length_cm(), *length);
    if (const auto width = one("width")) set(measures.mutable_width_cm(), *width);
    if (const auto height = one("height")) set(measures.mutable_height_cm(), *height);
}

void read_order_head(json::Reader& reader, events::v1::Document& document) {
    document.set_native_id(reader.id("id"));
    document.set_number(document.native_id());
    document.set_external_number(id_or_empty(reader, "source_uuid"));
    document.set_status(reader.id("status_id"));
    document.set_status_group(id_or_empty(reader, "status_group_id"));
    document.set_payment_status(text_of(reader, "payment_status"));
    set(document.mutable_total(), amount(reader, "grand_total"));
    document.set_date_ms(time_or_zero(reader, "ordered_at"));
}

void read_lines(json::Reader& reader, events::v1::Document& document) {
    for (json::Reader& row : reader.array_or_empty("products")) {
        events::v1::DocumentLine& line = *document.add_lines();
        line.set_sku(text_of(row, "sku"));
        line.set_native_id(id_or_empty(row, "id"));
        const Decimal quantity = amount(row, "quantity");
        const Decimal sold = row.raw("price_sold").is_null() ? amount(row, "price") : amount(row, "price_sold");
        set(line.mutable_quantity(), quantity);
        set(line.mutable_unit_price(), sold);
        set(line.mutable_total(), multiply(sold, quantity, 2).value_or(Decimal{}));
    }
}

std::optional<events::Event> shipment_event(json::Reader& reader, const events::v1::Document& document) {
    std::optional<json::Reader> shipping = reader.object_or_none("shipping");
    if (!shipping || document.external_number().empty()) return std::nullopt;
    const std::string code = id_or_empty(*shipping, "tracking_code");
    if (code.empty()) return std::nullopt;
    events::Event event;
    events::v1::Shipment& shipment = *event.mutable_shipment();
    shipment.set_native_id(document.native_id() + "/" + code);
    shipment.set_tracking_number(code);
    shipment.set_status(text_of(*shipping, "shipping_status"));
    shipment.set_external_number(document.external_number());
    shipment.set_document_native_id(document.native_id());
    for (const char* name : {"delivery_service", "deliveryService"})
        if (const json::Value service = shipping->raw(name); service.is_object())
            shipment.set_carrier(std::string(service.member("name").text()));
    return event;
}

events::Event price_event(json::Reader& reader, const events::v1::Product& product, const std::string& currency,
                          const Settings& settings) {
    events::Event event;
    events::v1::Price& price = *event.mutable_price();
    price.set_sku(product.sku());
    price.set_native_id(product.native_id());
    price.set_currency(currency.empty() ? settings.currency : currency);
    price.set_includes_tax(settings.prices_include_tax);
    set(price.mutable_regular(), amount(reader, "price"));
    if (settings.purchase_prices && !reader.raw("purchased_price").is_null())
        set(price.mutable_purchase(), amount(reader, "purchased_price"));
    return event;
}

void read_properties(json::Reader& reader, events::v1::Product& product) {
    for (json::Reader& property : reader.array_or_empty("properties")) {
        events::v1::Attribute& attribute = *product.add_attributes();
        attribute.set_name(text_of(property, "name"));
        attribute.add_options(std::string(property.raw("value").text()));
        attribute.set_varies(true);
    }
}

void add_image(const json::Reader& reader, std::string_view name, events::v1::Product& product) {
    const std::string url = text_of(reader, name);
    if (!url.empty()) product.add_images()->set_url(url);
}

void read_card(json::Reader& card, events::v1::Product& product) {
    product.set_name(text_of(card, "name"));
    product.set_description(text_of(card, "description"));
    product.set_unit(text_of(card, "unit_type"));
    product.set_active(!card.boolean_or("is_archived", false));
    product.set_status(product.active() ? "active" : "archived");
    const std::string category = id_or_empty(card, "category_id");
    if (!category.empty()) product.add_categories()->set_native_id(category);
}

}  // namespace

Decimal amount(json::Reader& reader, std::string_view name) {
    const Result<Decimal> value = Decimal::parse_rounded(reader.raw(name).text());
    if (!value) reader.fail(name, "a number");
    return value.value_or(Decimal{});
}

Decimal amount_or_zero(json::Reader& reader, std::string_view name) {
    return reader.raw(name).is_null() ? Decimal{} : amount(reader, name);
}

std::int64_t time_or_zero(json::Reader& reader, std::string_view name) {
    const std::string_view text = reader.raw(name).text();
    if (text.empty()) return 0;
    const Result<std::int64_t> time = parse_utc(text);
    if (!time) reader.fail(name, "a time");
    return time.value_or(0);
}

Result<StockRow> stock_row(json::Value value, const Settings& settings) {
    json::Reader reader(value);
    StockRow row{.offer_id = reader.id("id"), .sku = text_of(reader, "sku")};
    row.split = reader.raw("warehouse").is_array();
    for (json::Reader& shelf : reader.array_or_empty("warehouse")) {
        const std::string id = shelf.id("id");
        const StockRow::Shelf one{.quantity = amount(shelf, "quantity"), .reserve = amount_or_zero(shelf, "reserve")};
        if (id == std::to_string(settings.warehouse_id)) row.written = one;
        const bool counts =
            std::ranges::any_of(settings.warehouses, [&](std::int64_t wanted) { return std::to_string(wanted) == id; });
        if (!counts) continue;
        row.quantity += one.quantity;
        row.reserve += one.reserve;
    }
    if (settings.warehouses.empty()) {
        row.quantity = amount(reader, "quantity");
        row.reserve = amount_or_zero(reader, "reserve");
    } else if (!row.split) {
        reader.fail("warehouse", "the stock of each warehouse");
    }
    if (Status ok = reader.status(); !ok) return within("reading a stock row", std::move(ok).error());
    return row;
}

Result<StockRow> webhook_row(json::Value value) {
    json::Reader reader(value);
    StockRow row{.offer_id = reader.id("offer_id"), .sku = text_of(reader, "sku")};
    row.quantity = amount(reader, "in_stock");
    row.reserve = amount_or_zero(reader, "in_reserve");
    if (Status ok = reader.status(); !ok) return within("reading a stock webhook", std::move(ok).error());
    return row;
}

events::Event stock_event(const StockRow& row) {
    events::Event event;
    events::v1::Stock& stock = *event.mutable_stock();
    stock.set_sku(row.sku);
    stock.set_native_id(row.offer_id);
    stock.set_managed(true);
    set(stock.mutable_on_hand(), row.quantity);
    set(stock.mutable_reserved(), row.reserve);
    set(stock.mutable_free(), row.quantity - row.reserve);
    return event;
}

Result<Events> offer_events(json::Value value, const Settings& settings) {
    json::Reader reader(value);
    Events out;
    events::Event event;
    events::v1::Product& product = *event.mutable_product();
    product.set_native_id(reader.id("id"));
    product.set_sku(text_of(reader, "sku"));
    product.set_gtin(text_of(reader, "barcode"));
    product.set_active(true);
    read_properties(reader, product);
    add_image(reader, "thumbnail_url", product);
    read_measures(reader, *product.mutable_measures());
    std::string currency;
    std::int64_t modified_at_ms = 0;
    if (std::optional<json::Reader> card = reader.object_or_none("product")) {
        read_card(*card, product);
        currency = text_of(*card, "currency_code");
        modified_at_ms = time_or_zero(*card, "updated_at");
        const bool several = card->boolean_or("has_offers", false);
        product.set_kind(several ? "variant" : "simple");
        if (several) {
            events::Event parent;
            product.set_parent_native_id(card_id(card->id("id")));
            parent.mutable_product()->set_native_id(product.parent_native_id());
            parent.mutable_product()->set_kind("card");
            read_card(*card, *parent.mutable_product());
            add_image(*card, "thumbnail_url", *parent.mutable_product());
            out.push_back(std::move(parent));
        }
    }
    if (!product.sku().empty() && !reader.raw("price").is_null())
        out.push_back(price_event(reader, product, currency, settings));
    out.push_back(std::move(event));
    for (events::Event& one : out)
        if (!one.has_price()) one.mutable_source()->set_modified_at_ms(modified_at_ms);  // a price has no time here
    if (Status ok = reader.status(); !ok) return within("reading an offer", std::move(ok).error());
    return out;
}

Result<Events> order_events(json::Value value) {
    json::Reader reader(value);
    events::Event event;
    events::v1::Document& document = *event.mutable_document();
    read_order_head(reader, document);
    read_lines(reader, document);
    if (std::optional<json::Reader> buyer = reader.object_or_none("buyer"))
        document.set_customer_native_id(id_or_empty(*buyer, "id"));
    event.mutable_source()->set_modified_at_ms(time_or_zero(reader, "updated_at"));
    std::optional<events::Event> shipment = shipment_event(reader, document);
    if (Status ok = reader.status(); !ok) return within("reading an order", std::move(ok).error());
    if (shipment) *shipment->mutable_source() = event.source();
    Events out{std::move(event)};
    if (shipment) out.push_back(*std::move(shipment));
    return out;
}

Result<events::Event> context_event(json::Value context) {
    json::Reader reader(context);
    events::Event event;
    events::v1::Document& document = *event.mutable_document();
    read_order_head(reader, document);
    document.set_customer_native_id(id_or_empty(reader, "client_id"));
    event.mutable_source()->set_modified_at_ms(time_or_zero(reader, "updated_at"));
    if (Status ok = reader.status(); !ok) return within("reading a trigger", std::move(ok).error());
    return event;
}

Result<events::Event> buyer_event(json::Value value) {
    json::Reader reader(value);
    events::Event event;
    events::v1::Customer& customer = *event.mutable_customer();
    customer.set_native_id(reader.id("id"));
    customer.set_kind("buyer");
    customer.set_active(true);
    events::v1::PersonalFields& person = *customer.mutable_personal()->mutable_clear();
    person.mutable_billing()->set_first_name(text_of(reader, "full_name"));  // one text: it cannot be split for sure
    // Lists here, single texts elsewhere: the first one counts.
    const auto first = [&reader](std::string_view name) {
        const json::Value list = reader.raw(name);
        return std::string(list.is_array() ? list.at(0).text() : list.text());
    };
    person.set_email(first("email"));
    person.set_phone(first("phone"));
    person.set_note(text_of(reader, "note"));
    event.mutable_source()->set_modified_at_ms(time_or_zero(reader, "updated_at"));
    if (Status ok = reader.status(); !ok) return within("reading a buyer", std::move(ok).error());
    return event;
}

}  // namespace shopwire::keycrm
