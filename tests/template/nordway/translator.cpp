#include "tests/template/nordway/translator.h"

#include "common/core/clock.h"

namespace shopwire::nordway {
namespace {

events::Event event_at(std::int64_t modified_at_ms) {
    events::Event event;
    event.mutable_source()->set_modified_at_ms(modified_at_ms);
    return event;
}

// What of an order's line leaves: gross, as the price list of the shop has it.
void write_line(json::Writer& out, const events::v1::OrderLine& line) {
    const Decimal gross = events::from_proto(line.total()) + events::from_proto(line.total_tax());
    out.begin_object()
        .key("sku")
        .string(line.sku())
        .key("quantity")
        .number(events::from_proto(line.quantity()))
        .key("total")
        .number(gross)
        .end_object();
}

}  // namespace

Result<std::vector<events::Event>> article_events(json::Value row, const Settings& settings) {
    json::Reader reader(row);
    const std::string id = reader.id("id");
    const std::string sku = reader.string("sku");
    const Result<std::int64_t> modified = parse_utc(reader.string("modifiedAt"));
    if (sku.empty()) reader.fail("sku", "an article number");
    if (!modified) reader.fail("modifiedAt", "a time");

    events::Event product = event_at(modified.value_or(0));
    product.mutable_product()->set_native_id(id);
    product.mutable_product()->set_sku(sku);
    product.mutable_product()->set_name(reader.string_or("name"));
    product.mutable_product()->set_active(reader.string_or("status", "active") == "active");

    events::Event stock = event_at(modified.value_or(0));
    stock.mutable_stock()->set_native_id(id);
    stock.mutable_stock()->set_sku(sku);
    stock.mutable_stock()->set_managed(true);
    *stock.mutable_stock()->mutable_free() = events::to_proto(reader.decimal("free"));

    events::Event price = event_at(modified.value_or(0));
    price.mutable_price()->set_native_id(id);
    price.mutable_price()->set_sku(sku);
    price.mutable_price()->set_currency(settings.currency);
    price.mutable_price()->set_includes_tax(settings.prices_include_tax);
    *price.mutable_price()->mutable_regular() = events::to_proto(reader.decimal("price"));

    if (Status ok = reader.status(); !ok) return within("reading an article", std::move(ok.error()));
    std::vector<events::Event> events{std::move(product), std::move(stock), std::move(price)};
    for (events::Event& event : events) events::set_content_hash(event);
    return events;
}

Result<std::string> order_body(const commands::v1::ExportOrder& command, const Settings& settings) {
    const events::v1::Order& order = command.order();
    if (order.currency() != settings.currency)
        return rejected("order " + command.external_number() + " is in " + order.currency() + ", not in " +
                        settings.currency);
    const events::v1::PersonalFields& person = order.personal().clear();
    json::Writer out;
    out.begin_object()
        .key("externalNumber")
        .string(command.external_number())
        .key("currency")
        .string(order.currency())
        .key("total")
        .number(events::from_proto(order.total()))
        .key("customer")
        .begin_object()
        .key("name")
        .string(person.billing().first_name() + " " + person.billing().last_name())
        .key("email")
        .string(person.email())
        .key("note")
        .string(person.note())
        .end_object()
        .key("lines")
        .begin_array();
    for (const events::v1::OrderLine& line : order.lines()) write_line(out, line);
    return out.end_array().end_object().take();
}

}  // namespace shopwire::nordway
