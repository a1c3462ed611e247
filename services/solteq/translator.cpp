#include "services/solteq/translator.h"

#include <algorithm>
#include <charconv>

#include "common/core/clock.h"
#include "common/json/value.h"

namespace shopwire::solteq {
namespace {

constexpr std::size_t kGtinDigits = 14;

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string text_or(const json::Reader& reader, std::string_view name) { return trimmed(reader.raw(name).text()); }

// 0 when the record has none; a time that cannot be read is a problem of the record.
std::int64_t time_or(json::Reader& reader, std::string_view name, const dialect::Zone& zone) {
    const std::string text = text_or(reader, name);
    if (text.empty()) return 0;
    const Result<std::int64_t> time = read_time(text, zone);
    if (!time) reader.fail(name, "a time");
    return time.value_or(0);
}

std::vector<std::string> texts(const json::Value& list) {
    std::vector<std::string> out;
    out.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) out.push_back(trimmed(list.at(i).text()));
    return out;
}

events::Event event_of(const events::v1::Source& source, std::int64_t modified_at_ms) {
    events::Event event;
    *event.mutable_source() = source;
    event.mutable_source()->set_modified_at_ms(modified_at_ms);
    return event;
}

void put(events::v1::Decimal* into, const std::optional<Decimal>& value) {
    if (value) *into = events::to_proto(*value);
}

template <class T, class Read>
Result<T> read_record(std::string_view what, std::string_view record, const Read& read) {
    const Result<json::Document> document = json::Document::parse(record);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    T value = read(reader);
    if (Status ok = reader.status(); !ok) return within(what, std::move(ok.error()));
    return value;
}

}  // namespace

Result<std::int64_t> read_time(std::string_view text, const dialect::Zone& zone) {
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
        std::int64_t ms = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), ms);
        if (problem == std::errc{}) return ms;
    }
    constexpr std::size_t kDate = 10;  // an offset stands behind the time, not in the date
    const bool has_zone = text.size() > kDate && text.find_first_of("Z+-", kDate) != std::string_view::npos;
    return has_zone ? parse_utc(text) : zone.parse(text);
}

std::string normalize_gtin(std::string_view text) {
    const std::string digits = trimmed(text);
    const std::size_t size = digits.size();
    const bool fits = size == 8 || size == 12 || size == 13 || size == kGtinDigits;
    if (!fits || digits.find_first_not_of("0123456789") != std::string::npos) return {};
    return std::string(kGtinDigits - size, '0') + digits;
}

Result<Article> read_article(std::string_view record, const dialect::Zone& zone) {
    return read_record<Article>("reading a product", record, [&zone](json::Reader& reader) {
        Article article{.kind = reader.string_or("kind"),
                        .model_number = text_or(reader, "model_number"),
                        .name = reader.string_or("name"),
                        .currency = reader.string_or("currency"),
                        .unit = reader.string_or("unit"),
                        .vat_rate = reader.decimal_or_none("vat_rate"),
                        .regular = reader.decimal_or_none("price"),
                        .purchase = reader.decimal_or_none("purchase_price"),
                        .active = reader.boolean_or("active", true),
                        .modified_at_ms = time_or(reader, "modified", zone)};
        Goods& goods = article.goods;
        goods = {.id = text_or(reader, "id"),
                 .code = text_or(reader, "code"),
                 .sku = text_or(reader, "sku"),
                 .category_ids = texts(reader.raw("category_ids")),
                 .supplier_id = text_or(reader, "supplier_id"),
                 .regular = article.regular.value_or(Decimal{}),
                 .discounted = reader.decimal_or_none("discounted_price")};
        if (goods.sku.empty()) goods.sku = goods.code;
        for (const std::string& gtin : texts(reader.raw("gtins")))
            if (article.gtin.empty()) article.gtin = normalize_gtin(gtin);
        for (json::Reader& attribute : reader.array_or_empty("attributes"))
            article.attributes.emplace_back(attribute.string("name"), attribute.string_or("value"));
        if (goods.id.empty() && goods.sku.empty()) reader.fail("sku", "a SKU, a code or an id");
        return article;
    });
}

Result<BalanceRow> read_balance(std::string_view record, const dialect::Zone& zone) {
    return read_record<BalanceRow>("reading a balance", record, [&zone](json::Reader& reader) {
        BalanceRow row{.sku = text_or(reader, "sku"),
                       .store_id = text_or(reader, "store_id"),
                       .stock_id = text_or(reader, "stock_id"),
                       .free = reader.decimal("free"),
                       .reserved = reader.decimal_or_none("reserved").value_or(Decimal{}),
                       .modified_at_ms = time_or(reader, "modified", zone)};
        if (row.sku.empty()) reader.fail("sku", "a SKU");
        if (row.store_id.empty() && row.stock_id.empty()) reader.fail("store_id", "a store or a stock");
        return row;
    });
}

std::string balance_location(const Settings& settings, const std::string& store_id, const std::string& stock_id) {
    if (settings.balance_scope == "sum") return settings.web_store_id;
    return settings.balance_scope == "stock" && !stock_id.empty() ? stock_id : store_id;
}

Result<Campaign> read_campaign(std::string_view record, const Settings& settings, const dialect::Zone& zone) {
    static const std::map<std::string, Discount> kDiscounts = {{"percentage", Discount::kPercentage},
                                                               {"amount", Discount::kAmount},
                                                               {"fixed", Discount::kFixed},
                                                               {"fixedPrice", Discount::kFixed}};
    static const std::map<std::string, Level> kLevels = {{"product", Level::kProduct},
                                                         {"productGroup", Level::kGroup},
                                                         {"group", Level::kGroup},
                                                         {"supplier", Level::kSupplier}};
    return read_record<Campaign>("reading a campaign", record, [&](json::Reader& reader) {
        Campaign campaign{.id = reader.id("id"),
                          .simple = text_or(reader, "kind") == "simple",
                          .value = reader.decimal_or_none("value").value_or(Decimal{}),
                          .store_ids = texts(reader.raw("store_ids")),
                          .for_customers = reader.boolean_or("for_customers", false),
                          .for_hours = reader.boolean_or("for_hours", false),
                          .active = reader.boolean_or("active", true),
                          .from_ms = time_or(reader, "valid_from", zone),
                          .to_ms = time_or(reader, "valid_to", zone)};
        campaign.to_ms = window_end(campaign.to_ms, zone, settings.valid_to_is == "inclusive_day");
        const auto discount = kDiscounts.find(text_or(reader, "value_type"));
        if (discount != kDiscounts.end() && !reader.raw("value").is_null()) campaign.discount = discount->second;
        for (json::Reader& target : reader.array_or_empty("targets")) {
            const auto level = kLevels.find(target.string_or("level"));
            if (level != kLevels.end()) campaign.targets.push_back({.level = level->second, .id = target.id("id")});
        }
        return campaign;
    });
}

Result<Category> read_category(std::string_view record) {
    return read_record<Category>("reading a category", record, [](json::Reader& reader) {
        return Category{.id = reader.id("id"), .parent_id = text_or(reader, "parent_id")};
    });
}

events::Event product_event(const Article& article, const events::v1::Source& source) {
    events::Event event = event_of(source, article.modified_at_ms);
    events::v1::Product& product = *event.mutable_product();
    const Goods& goods = article.goods;
    product.set_native_id(goods.id);
    product.set_sku(goods.sku);
    product.set_gtin(article.gtin);
    product.set_name(article.name);
    product.set_kind(article.kind);
    product.set_active(article.active);
    product.set_status(article.active ? "active" : "inactive");
    product.set_unit(article.unit);
    product.set_model_number(article.model_number);
    product.set_supplier_native_id(goods.supplier_id);
    if (article.vat_rate) put(product.mutable_vat_rate(), article.vat_rate);
    for (const std::string& id : goods.category_ids) product.add_categories()->set_native_id(id);
    for (const auto& [name, value] : article.attributes) {
        events::v1::Attribute& attribute = *product.add_attributes();
        attribute.set_name(name);
        attribute.add_options(value);
        attribute.set_varies(!article.model_number.empty());
    }
    events::set_content_hash(event);
    return event;
}

// Without the time of the product's change: the price changes by campaigns too, and by mere passage of time.
events::Event price_event(const Article& article, const std::optional<Sale>& sale, const Settings& settings,
                          const events::v1::Source& source) {
    events::Event event = event_of(source, 0);
    events::v1::Price& price = *event.mutable_price();
    price.set_native_id(article.goods.id);
    price.set_sku(article.goods.sku);
    price.set_currency(article.currency.empty() ? settings.currency : article.currency);
    price.set_includes_tax(settings.prices_include_vat);
    if (article.vat_rate) put(price.mutable_vat_rate(), article.vat_rate);
    put(price.mutable_regular(), article.regular);
    if (sale) {
        put(price.mutable_sale(), sale->price);
        price.set_sale_from_ms(sale->from_ms);
        price.set_sale_to_ms(sale->to_ms);
    }
    if (settings.publish_purchase_price && article.purchase) put(price.mutable_purchase(), article.purchase);
    events::set_content_hash(event);
    return event;
}

events::Event stock_event(const BalanceRow& row, const events::v1::Source& source) {
    events::Event event = event_of(source, row.modified_at_ms);
    events::v1::Stock& stock = *event.mutable_stock();
    stock.set_sku(row.sku);
    stock.set_managed(true);
    put(stock.mutable_free(), row.free);
    put(stock.mutable_reserved(), row.reserved);
    put(stock.mutable_on_hand(), row.free + row.reserved);
    events::set_content_hash(event);
    return event;
}

events::Event customer_event(const CustomerCard& card, const dialect::Zone& zone, const events::v1::Source& source) {
    events::Event event = event_of(source, read_time(card.modified, zone).value_or(0));
    events::v1::Customer& customer = *event.mutable_customer();
    customer.set_native_id(card.id);
    customer.set_code(card.card);
    customer.set_kind(card.kind);
    customer.set_active(true);
    customer.set_company(card.company());
    customer.set_credit_allowed(card.credit_allowed);
    customer.set_external_id(card.external_id);
    for (const std::string& group : card.groups) customer.add_groups(group);
    events::v1::PersonalFields& person = *customer.mutable_personal()->mutable_clear();
    person.set_email(card.email);
    person.set_phone(card.phone);
    person.set_tax_id(card.tax_code);
    for (const CustomerAddress& address : card.addresses) {
        events::v1::Address& into = address.kind == "billing" ? *person.mutable_billing() : *person.mutable_shipping();
        into.set_line_1(address.street);
        into.set_postal_code(address.postal_code);
        into.set_city(address.city);
        into.set_country(address.country);
    }
    person.mutable_billing()->set_first_name(card.first_name);
    person.mutable_billing()->set_last_name(card.last_name);
    person.mutable_billing()->set_company(card.company_name);
    events::set_content_hash(event);
    return event;
}

}  // namespace shopwire::solteq
