#include "services/woocommerce/translator_product.h"

#include <utility>

#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

// true, false or "parent": a variation that shows its parent's quantity (variation-update-stock-by-parent.json).
Managed read_managed(json::Reader& read) {
    const json::Value value = read.raw("manage_stock");
    if (value.type() == json::Type::kString && value.text() == "parent") return Managed::kByParent;
    return read.boolean_or("manage_stock", false) ? Managed::kYes : Managed::kNo;
}

Shown read_shown_fields(json::Reader& read) {
    return {
        .id = read.id("id"),
        .parent_id = id_or_empty(read, "parent_id"),
        .type = read.string_or("type", "variation"),  // older shops leave it out in the list of variations
        .sku = read.string_or("sku"),
        .managed = read_managed(read),
        .quantity = read.decimal_or_none("stock_quantity"),
        .regular = read.decimal_or_none("regular_price"),
        .sale = read.decimal_or_none("sale_price"),
        .sale_from_ms = time_or_zero(read, "date_on_sale_from_gmt"),
        .sale_to_ms = time_or_zero(read, "date_on_sale_to_gmt"),
    };
}

void read_image(json::Reader read, events::v1::Image& image) {
    image.set_native_id(id_or_empty(read, "id"));
    image.set_url(read.string_or("src"));
}

void read_images(json::Reader& read, events::v1::Product& product) {
    int position = 0;
    for (json::Reader& item : read.array_or_empty("images")) {
        events::v1::Image& image = *product.add_images();
        read_image(item, image);
        image.set_position(position++);
    }
    // A variation has one image, under another name.
    if (read.raw("image").is_object()) read_image(read.object("image"), *product.add_images());
}

// A product lists the options it is offered in, a variation the one that it is.
void read_attribute(json::Reader& read, events::v1::Attribute& attribute) {
    attribute.set_name(unescape_html(read.string_or("name")));
    attribute.set_varies(read.boolean_or("variation", false));
    if (const std::string option = read.string_or("option"); !option.empty())
        attribute.add_options(unescape_html(option));
    const json::Value options = read.raw("options");
    for (std::size_t i = 0; i < options.size(); ++i) attribute.add_options(unescape_html(options.at(i).text()));
}

template <class Entity>
void read_measures(const json::Value product, const std::optional<ShopFacts>& facts, Entity& out) {
    if (!facts) return;
    if (std::optional<events::v1::Measures> measures = measures_of(product, facts->units))
        *out.mutable_measures() = *std::move(measures);
}

void read_variant(json::Reader& read, events::v1::Variant& variant) {
    variant.set_native_id(read.id("id"));
    variant.set_active(read.string_or("status", "publish") == "publish");
    variant.set_sku(read.string_or("sku"));
    variant.set_gtin(read.string_or("global_unique_id"));
    for (json::Reader& item : read.array_or_empty("attributes")) read_attribute(item, *variant.add_attributes());
    if (read.raw("image").is_object()) read_image(read.object("image"), *variant.mutable_image());
}

events::Event product_event(json::Reader& read, const Shown& shown, const std::string& status) {
    events::Event event;
    events::v1::Product& product = *event.mutable_product();
    product.set_native_id(shown.id);
    product.set_parent_native_id(shown.parent_id);
    product.set_sku(shown.sku);
    product.set_gtin(read.string_or("global_unique_id"));  // from 9.2 on
    product.set_name(unescape_html(read.string_or("name")));
    product.set_kind(shown.type);
    product.set_status(status);
    product.set_active(status == "publish");
    for (json::Reader& item : read.array_or_empty("categories")) {
        events::v1::Category& category = *product.add_categories();
        category.set_native_id(item.id("id"));
        category.set_name(unescape_html(item.string_or("name")));
    }
    read_images(read, product);
    for (json::Reader& item : read.array_or_empty("attributes")) read_attribute(item, *product.add_attributes());
    return event;
}

// The shop's number has every order subtracted that it took: it is what may still be sold.
events::Event stock_event(const Shown& shown) {
    events::Event event;
    events::v1::Stock& stock = *event.mutable_stock();
    stock.set_sku(shown.sku);
    stock.set_native_id(shown.id);
    stock.set_parent_native_id(shown.parent_id);
    stock.set_managed(true);
    set_decimal(*stock.mutable_free(), shown.quantity.value_or(Decimal{}));
    return event;
}

events::Event price_event(const Shown& shown, const Decimal& regular, const ShopFacts& facts) {
    events::Event event;
    events::v1::Price& price = *event.mutable_price();
    price.set_sku(shown.sku);
    price.set_native_id(shown.id);
    price.set_parent_native_id(shown.parent_id);
    price.set_currency(facts.currency);
    price.set_includes_tax(facts.prices_include_tax);
    set_decimal(*price.mutable_regular(), regular);
    if (shown.sale) {
        set_decimal(*price.mutable_sale(), *shown.sale);
        price.set_sale_from_ms(shown.sale_from_ms);
        price.set_sale_to_ms(shown.sale_to_ms);
    }
    return event;
}

}  // namespace

Result<Shown> read_shown(json::Value product, std::string_view meta_key) {
    json::Reader read(product);
    Shown shown = read_shown_fields(read);
    if (!meta_key.empty()) shown.meta = meta_value(product, meta_key);
    if (Status ok = read.status(); !ok) return within("reading a product", std::move(ok).error());
    return shown;
}

Result<Events> product_events(json::Value value, const std::optional<ShopFacts>& facts,
                              const std::vector<json::Value>& variations) {
    json::Reader read(value);
    const Shown shown = read_shown_fields(read);
    const std::string status = read.string_or("status");
    Events events;
    if (status == "trash") {
        events.push_back(deleted_event("product", shown.id, shown.sku));
    } else {
        events.push_back(product_event(read, shown, status));
        read_measures(value, facts, *events.front().mutable_product());
        for (const json::Value& item : variations) {
            json::Reader variation(item);
            events::v1::Variant& variant = *events.front().mutable_product()->add_variants();
            read_variant(variation, variant);
            read_measures(item, facts, variant);
            if (Status ok = variation.status(); !ok) return within("reading a variation", std::move(ok).error());
        }
        const bool named = !shown.sku.empty();
        if (named && shown.managed == Managed::kYes) events.push_back(stock_event(shown));
        if (named && shown.regular && facts) events.push_back(price_event(shown, *shown.regular, *facts));
    }
    const std::int64_t modified_at_ms = time_or_zero(read, "date_modified_gmt");
    for (events::Event& event : events) event.mutable_source()->set_modified_at_ms(modified_at_ms);
    if (Status ok = read.status(); !ok) return within("reading a product", std::move(ok).error());
    return events;
}

}  // namespace shopwire::woocommerce
