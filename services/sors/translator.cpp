#include "services/sors/translator.h"

#include <algorithm>
#include <utility>

#include "common/json/value.h"

namespace shopwire::sors {
namespace {

constexpr int kLevelsMax = 16;  // of groups, so that a ring of them ends

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// 0 when the record has none; a time that cannot be read is a problem of the record.
std::int64_t modified(json::Reader& reader, const dialect::Zone& zone) {
    const std::string text = reader.string_or("modified");
    if (text.empty()) return 0;
    const Result<std::int64_t> time = zone.parse(text);
    if (!time) reader.fail("modified", "a local time");
    return time.value_or(0);
}

void set(std::optional<Decimal>& into, std::optional<Decimal> value) {
    if (!into) into = value;
}

events::Event event_of(const events::v1::Source& source, std::int64_t modified_at_ms) {
    events::Event event;
    *event.mutable_source() = source;
    event.mutable_source()->set_modified_at_ms(modified_at_ms);
    return event;
}

void add_category(events::v1::Product& product, const Group& group) {
    for (const events::v1::Category& known : product.categories())
        if (known.native_id() == group.id) return;
    events::v1::Category& category = *product.add_categories();
    category.set_native_id(group.id);
    category.set_parent_native_id(group.parent);
    category.set_name(group.name);
}

// The groups above it first, so that each parent is known before its child.
void add_tree(events::v1::Product& product, const Group& group, const Groups& groups, int levels) {
    const auto known = groups.find(group.id);
    if (known == groups.end()) return add_category(product, group);
    const auto parent = groups.find(known->second.parent);
    if (parent != groups.end() && levels > 0) add_tree(product, parent->second, groups, levels - 1);
    add_category(product, known->second);
}

}  // namespace

Result<StockRow> stock_row(std::string_view record, const Settings& settings, const dialect::Zone& zone) {
    const Result<json::Document> document = json::Document::parse(record);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    StockRow row{.sku = trimmed(reader.id("code")),
                 .native_id = reader.id("id"),
                 .on_hand = reader.decimal_or_none("on_hand"),
                 .reserved = reader.decimal_or_none("reserved"),
                 .free = reader.decimal_or_none("free"),
                 .modified_at_ms = modified(reader, zone)};
    // The specific member when it is there, else the one that answers what we asked for, else what follows from the
    // others.
    const std::optional<Decimal> quantity = reader.decimal_or_none("quantity");
    set(settings.stock_mode == "free" ? row.free : row.on_hand, quantity);
    if (row.on_hand && row.reserved) set(row.free, *row.on_hand - *row.reserved);
    if (row.free && row.reserved) set(row.on_hand, *row.free + *row.reserved);
    if (settings.price_type == "gross") row.price = reader.decimal_or_none("price_gross");
    if (settings.price_type == "net") row.price = reader.decimal_or_none("price_net");
    set(row.price, reader.decimal_or_none("price"));
    if (row.sku.empty()) reader.fail("code", "an article code");
    if (!row.on_hand && !row.free) reader.fail("quantity", "a quantity");
    if (Status ok = reader.status(); !ok) return within("reading a stock row", std::move(ok.error()));
    return row;
}

std::string code_of(const Result<std::string>& record) {
    if (!record) return {};
    const Result<json::Document> document = json::Document::parse(*record);
    if (!document) return {};
    json::Reader reader(document->root());
    std::string code = trimmed(reader.id("code"));
    return reader.status() ? code : std::string();
}

void add_quantities(StockRow& sum, const StockRow& row) {
    const auto add = [](std::optional<Decimal>& into, const std::optional<Decimal>& value) {
        if (into && value)
            *into += *value;
        else
            into.reset();
    };
    add(sum.on_hand, row.on_hand);
    add(sum.reserved, row.reserved);
    add(sum.free, row.free);
    sum.modified_at_ms = std::max(sum.modified_at_ms, row.modified_at_ms);
}

events::Event stock_event(const StockRow& row, const events::v1::Source& source) {
    events::Event event = event_of(source, row.modified_at_ms);
    events::v1::Stock& stock = *event.mutable_stock();
    stock.set_sku(row.sku);
    stock.set_native_id(row.native_id);
    stock.set_managed(true);
    if (row.on_hand) *stock.mutable_on_hand() = events::to_proto(*row.on_hand);
    if (row.reserved) *stock.mutable_reserved() = events::to_proto(*row.reserved);
    if (row.free) *stock.mutable_free() = events::to_proto(*row.free);
    events::set_content_hash(event);
    return event;
}

events::Event price_event(const StockRow& row, const Settings& settings, const events::v1::Source& source) {
    events::Event event = event_of(source, row.modified_at_ms);
    events::v1::Price& price = *event.mutable_price();
    price.set_sku(row.sku);
    price.set_native_id(row.native_id);
    price.set_currency(settings.currency);
    price.set_price_list(settings.price_type);
    price.set_includes_tax(settings.price_type == "gross");
    if (row.price) *price.mutable_regular() = events::to_proto(*row.price);
    events::set_content_hash(event);
    return event;
}

Result<events::Event> product_event(std::string_view record, const Groups& groups, const Settings& settings,
                                    const dialect::Zone& zone, const events::v1::Source& source, bool& unknown) {
    const Result<json::Document> document = json::Document::parse(record);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    events::Event event = event_of(source, modified(reader, zone));
    events::v1::Product& product = *event.mutable_product();
    product.set_sku(trimmed(reader.id("code")));
    product.set_native_id(reader.id("id"));
    product.set_name(reader.string("name"));
    product.set_kind(reader.string_or("kind"));
    product.set_unit(reader.string_or("unit"));
    product.set_gtin(reader.string_or("gtin"));
    product.set_description(reader.string_or("description"));
    product.set_active(reader.boolean_or("active", true));
    product.set_status(product.active() ? "active" : "inactive");
    if (const std::optional<Decimal> rate = reader.decimal_or_none("vat_rate"))
        *product.mutable_vat_rate() = events::to_proto(*rate);
    unknown = !product.has_vat_rate() && !reader.string_or("vat_label").empty();
    std::string first;
    for (json::Reader& row : reader.array_or_empty("groups")) {
        Group group{.id = row.id("id"), .name = row.string_or("name")};
        if (settings.groups == "two_lists") {
            group.parent = std::exchange(first, group.id);
            add_category(product, group);
        } else {
            add_tree(product, group, groups, kLevelsMax);
        }
    }
    if (product.sku().empty()) reader.fail("code", "an article code");
    if (Status ok = reader.status(); !ok) return within("reading a product", std::move(ok.error()));
    return event;
}

Result<events::Event> customer_event(std::string_view record, const std::string& database, const dialect::Zone& zone,
                                     const events::v1::Source& source, bool& unknown) {
    const Result<json::Document> document = json::Document::parse(record);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    const CustomerCard card = customer_card(reader);
    events::Event event = event_of(source, modified(reader, zone));
    events::v1::Customer& customer = *event.mutable_customer();
    customer.set_native_id(customer_native_id(database, card));
    customer.set_code(card.code);
    customer.set_active(card.active);
    customer.set_company(is_company(card));
    customer.set_external_id(reader.string_or("external_id"));
    customer.set_credit_allowed(reader.integer_or_none("payment_days").value_or(0) > 0);
    unknown = card.kind == 0 && !reader.raw("kind").text().empty();
    if (card.kind != 0) customer.set_kind(std::to_string(card.kind));
    events::v1::PersonalFields& person = *customer.mutable_personal()->mutable_clear();
    person.set_email(card.email);
    person.set_phone(card.phone);
    person.set_tax_id(card.pib);
    events::v1::Address& billing = *person.mutable_billing();
    const std::string name = trimmed(reader.string("name"));
    const std::size_t space = name.find(' ');
    if (customer.company()) {
        billing.set_company(name);
    } else {  // SORS has one name; the rest of it is the family's
        billing.set_first_name(name.substr(0, space));
        if (space != std::string::npos) billing.set_last_name(trimmed(name.substr(space)));
    }
    billing.set_line_1(reader.string_or("address"));
    billing.set_city(reader.string_or("city"));
    billing.set_postal_code(reader.string_or("postal_code"));
    billing.set_country(reader.string_or("country"));
    if (Status ok = reader.status(); !ok) return within("reading a customer", std::move(ok.error()));
    events::set_content_hash(event);
    return event;
}

bool is_company(const CustomerCard& card) { return card.kind == 0 ? !card.pib.empty() : card.kind != 3; }

Result<CustomerCard> card_of(std::string_view record) {
    const Result<json::Document> document = json::Document::parse(record);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    CustomerCard card = customer_card(reader);
    if (Status ok = reader.status(); !ok) return within("reading a customer", std::move(ok.error()));
    return card;
}

events::Event balance_event(const Debt& debt, const std::string& customer_native_id, const Settings& settings,
                            const events::v1::Source& source) {
    events::Event event = event_of(source, 0);
    events::v1::Balance& balance = *event.mutable_balance();
    balance.set_customer_native_id(customer_native_id);
    balance.set_currency(debt.currency.empty() ? settings.currency : debt.currency);
    *balance.mutable_debt() = events::to_proto(debt.total);
    if (debt.overdue) *balance.mutable_overdue() = events::to_proto(*debt.overdue);
    if (debt.limit) *balance.mutable_credit_limit() = events::to_proto(*debt.limit);
    events::set_content_hash(event);
    return event;
}

}  // namespace shopwire::sors
