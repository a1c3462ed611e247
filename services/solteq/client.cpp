#include "services/solteq/client.h"

#include <algorithm>
#include <utility>

#include "common/core/optional.h"
#include "common/json/value.h"
#include "services/solteq/customer.h"

namespace shopwire::solteq {
namespace {

using dialect::Failure;

// Empty texts are left out: an absent value and an empty one are the same to us.
void add_text(json::Writer& writer, std::string_view name, std::string_view value) {
    if (!value.empty()) writer.key(name).string(value);
}

std::unexpected<Failure> unreadable(std::string_view operation, const Error& error, bool wrote) {
    std::string message = std::string(operation) + ": " + error.message;
    return std::unexpected(
        Failure{.error = wrote ? ambiguous(std::move(message)).error() : transient(std::move(message)).error()});
}

CustomerCard customer_card(json::Reader& reader) {
    CustomerCard card{.id = reader.id("id"),
                      .kind = reader.string_or("kind"),
                      .company_name = reader.string_or("company_name"),
                      .tax_code = reader.string_or("tax_code"),
                      .first_name = reader.string_or("first_name"),
                      .last_name = reader.string_or("last_name"),
                      .email = reader.string_or("email"),
                      .phone = reader.string_or("phone"),
                      .card = reader.string_or("card"),
                      .external_id = reader.string_or("external_id"),
                      .credit_allowed = reader.boolean_or("credit_allowed", false),
                      .modified = std::string(reader.raw("modified").text())};
    for (json::Reader& address : reader.array_or_empty("addresses"))
        card.addresses.push_back({.kind = address.string_or("kind"),
                                  .street = address.string_or("street"),
                                  .postal_code = address.string_or("postal_code"),
                                  .city = address.string_or("city"),
                                  .country = address.string_or("country")});
    const json::Value groups = reader.raw("groups");
    for (std::size_t i = 0; i < groups.size(); ++i) card.groups.emplace_back(groups.at(i).text());
    return card;
}

StoredSale stored_sale(json::Reader& reader) {
    StoredSale sale{.id = reader.id("id"),
                    .number = std::string(reader.raw("number").text()),
                    .external_id = reader.string_or("external_id"),
                    .total = reader.decimal("total")};
    for (json::Reader& row : reader.array_or_empty("rows")) {
        const std::optional<Decimal> rate = row.decimal_or_none("vat_rate");
        const std::optional<Decimal> vat = row.decimal_or_none("vat_amount");
        sale.shows_vat = sale.shows_vat && rate && vat;
        sale.rows.push_back({.sku = row.string("sku"),
                             .name = row.string_or("name"),
                             .quantity = row.decimal("quantity"),
                             .unit_price = row.decimal("unit_price"),
                             .discount = row.decimal_or_none("discount").value_or(Decimal{}),
                             .total = row.decimal("total"),
                             .vat_rate = rate.value_or(Decimal{}),
                             .vat_amount = vat.value_or(Decimal{})});
    }
    for (json::Reader& payment : reader.array_or_empty("payments"))
        sale.payments.push_back({.type = payment.string_or("type"),
                                 .reference = payment.string_or("reference"),
                                 .amount = payment.decimal_or_none("amount").value_or(Decimal{})});
    return sale;
}

template <class T>
Result<T> parse(const std::string& text, T (*read)(json::Reader&)) {
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    T value = read(reader);
    if (Status ok = reader.status(); !ok) return std::unexpected(std::move(ok.error()));
    return value;
}

std::string field(std::string_view name, std::string_view value) {
    json::Writer writer;
    writer.begin_object().key(name).string(value).end_object();
    return writer.take();
}

std::string customer_body(const CustomerCard& card) {
    json::Writer writer;
    writer.begin_object();
    add_text(writer, "id", card.id);
    add_text(writer, "kind", card.kind);
    add_text(writer, "company_name", card.company_name);
    add_text(writer, "tax_code", card.tax_code);
    add_text(writer, "first_name", card.first_name);
    add_text(writer, "last_name", card.last_name);
    add_text(writer, "email", card.email);
    add_text(writer, "phone", card.phone);
    add_text(writer, "external_id", card.external_id);
    writer.key("addresses").begin_array();
    for (const CustomerAddress& address : card.addresses) {
        writer.begin_object();
        add_text(writer, "kind", address.kind);
        add_text(writer, "street", address.street);
        add_text(writer, "postal_code", address.postal_code);
        add_text(writer, "city", address.city);
        add_text(writer, "country", address.country);
        writer.end_object();
    }
    writer.end_array().end_object();
    std::string body = writer.take();
    if (!card.raw.empty()) body.insert(body.size() - 1, ",\"current\":" + card.raw);
    return body;
}

}  // namespace

std::string local_time(const dialect::Zone& zone, std::int64_t unix_ms) {
    const std::string local = zone.format(unix_ms, "%Y-%m-%dT%H:%M:%S");
    const std::int64_t seconds = (parse_utc(local).value_or(unix_ms) - unix_ms / 1000 * 1000) / 1000;
    const std::int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;
    const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return local + (seconds < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

Result<CustomerCard> read_customer(const dialect::Record& record) {
    if (!record.value) return std::unexpected(record.value.error());
    Result<CustomerCard> card = parse(*record.value, customer_card);
    if (card) card->raw = record.raw;
    return card;
}

std::string connection_text(const Settings& settings, const std::string& store) {
    json::Writer connection;
    connection.begin_object();
    add_text(connection, "store", store.empty() ? settings.web_store_id : store);
    add_text(connection, "time_zone", settings.time_zone);
    connection.end_object();
    return connection.take();
}

http::CurlOptions curl_options(const Settings& settings) {
    return {.connect_timeout = settings.connect_timeout, .ca_file = settings.ca_file};
}

dialect::EngineOptions engine_options(const Settings& settings, const std::string& connection) {
    return {.base_url = settings.base_url,
            .secrets = {{"client_id", Secret(settings.client_id)}, {"client_secret", settings.client_secret}},
            .timeout = settings.timeout,
            .page_size = settings.page_size,
            .client = {.system = "solteq", .connection = connection}};
}

dialect::Call Client::call(std::string_view operation, std::string input, std::stop_token stop,
                           const std::string& store) const {
    return {.operation = operation,
            .input = std::move(input),
            .connection = connection_text(settings_, store),
            .stop = std::move(stop)};
}

Outcome<dialect::RecordPage> Client::page(std::string_view operation, std::int64_t since_ms, std::string_view cursor,
                                          std::stop_token stop) const {
    dialect::Call asked = call(operation, "{}", std::move(stop));
    if (since_ms > 0) asked.since_ms = since_ms;
    return engine_.page(asked, cursor);
}

Outcome<dialect::RecordPage> Client::balances(const std::string& store, std::string_view cursor,
                                              std::stop_token stop) const {
    return engine_.page(call("list_balances", "{}", std::move(stop), store), cursor);
}

Outcome<std::vector<dialect::Record>> Client::all(std::string_view operation, std::stop_token stop) const {
    return engine_.all(call(operation, "{}", std::move(stop)));
}

Outcome<std::vector<std::string>> Client::store_ids(std::stop_token stop) const {
    const auto records = all("list_stores", std::move(stop));
    if (!records) return std::unexpected(records.error());
    std::vector<std::string> ids;
    for (const dialect::Record& record : *records) {
        if (!record.value) return unreadable("list_stores", record.value.error(), false);
        const auto id = parse<std::string>(*record.value, [](json::Reader& reader) { return reader.id("id"); });
        if (!id) return unreadable("list_stores", id.error(), false);
        ids.push_back(*id);
    }
    return ids;
}

Outcome<std::vector<CustomerCard>> Client::customers(std::string_view name, const std::string& value,
                                                     std::stop_token stop) const {
    const auto records = engine_.all(call("list_customers", field(name, value), std::move(stop)));
    if (!records) return std::unexpected(records.error());
    std::vector<CustomerCard> cards;
    for (const dialect::Record& record : *records) {
        Result<CustomerCard> card = read_customer(record);
        if (!card) return unreadable("list_customers", card.error(), false);
        cards.push_back(*std::move(card));
    }
    return cards;
}

Outcome<CustomerCard> Client::customer(const std::string& id, std::stop_token stop) const {
    const Outcome<std::string> answer = engine_.call(call("get_customer", field("id", id), std::move(stop)));
    if (!answer) return std::unexpected(answer.error());
    const Result<json::Document> document = json::Document::parse(*answer);
    if (!document) return unreadable("get_customer", document.error(), false);
    Result<CustomerCard> card = parse(document->root().member("record").dump(), customer_card);
    if (!card) return unreadable("get_customer", card.error(), false);
    card->raw = document->root().member("raw").dump();
    return *std::move(card);
}

Outcome<CustomerCard> Client::save_customer(const CustomerCard& card, std::stop_token stop) const {
    const std::string_view operation = card.id.empty() ? "create_customer" : "update_customer";
    const Outcome<std::string> answer = engine_.call(call(operation, customer_body(card), std::move(stop)));
    if (!answer) return std::unexpected(answer.error());
    Result<CustomerCard> saved = parse(*answer, customer_card);
    if (!saved) return unreadable(operation, saved.error(), true);
    if (!card.id.empty() && saved->id != card.id)
        return unreadable(operation, rejected("it answers for another customer").error(), true);
    return *std::move(saved);
}

std::string Client::sale_body(const NewSale& sale) const {
    const bool negative = sale.refund && settings_.refund_sign == "negative";
    const auto number = [negative](Decimal value, int decimals) { return (negative ? -value : value).text(decimals); };
    const dialect::Zone& zone = engine_.zone();
    json::Writer writer;
    writer.begin_object();
    writer.key("type").string(sale.refund ? "refund" : "sale");
    add_text(writer, "external_id", sale.external_id);
    add_text(writer, "original_external_id", sale.original_external_id);
    add_text(writer, "number", sale.number);
    add_text(writer, "channel", settings_.channel);
    add_text(writer, "business_date", sale.business_date);
    add_text(writer, "currency", sale.currency);
    add_text(writer, "customer_id", sale.customer_id);
    add_text(writer, "note", sale.note);
    writer.key("created_at").string(local_time(zone, sale.created_at_ms));
    writer.key("created_at_ms").number(sale.created_at_ms);
    if (sale.paid_at_ms > 0) {
        writer.key("paid_at").string(local_time(zone, sale.paid_at_ms));
        writer.key("paid_at_ms").number(sale.paid_at_ms);
    }
    writer.key("rows").begin_array();
    std::int64_t position = 0;
    for (const SaleRow& row : sale.rows) {
        writer.begin_object().key("number").number(++position);
        add_text(writer, "sku", row.sku);
        add_text(writer, "name", row.name);
        writer.key("quantity").string(number(row.quantity, 0)).key("unit_price").string(row.unit_price.text(2));
        writer.key("discount").string(number(row.discount, 2)).key("total").string(number(row.total, 2));
        writer.key("vat_rate").string(row.vat_rate.text()).key("vat_amount").string(number(row.vat_amount, 2));
        writer.end_object();
    }
    writer.end_array().key("payments").begin_array();
    for (const SalePayment& payment : sale.payments) {
        writer.begin_object();
        add_text(writer, "type", payment.type);
        add_text(writer, "reference", payment.reference);
        writer.key("amount").string(number(payment.amount, 2)).end_object();
    }
    writer.end_array();
    writer.key("total").string(number(sale.total, 2)).key("total_vat").string(number(sale.total_vat, 2)).end_object();
    return writer.take();
}

Outcome<StoredSale> Client::create_sale(const NewSale& sale, std::stop_token stop) const {
    const Outcome<std::string> answer = engine_.call(call("create_sale", sale_body(sale), std::move(stop)));
    if (!answer) return std::unexpected(answer.error());
    Result<StoredSale> made = parse(*answer, stored_sale);
    if (!made) return unreadable("create_sale", made.error(), true);
    return *std::move(made);
}

Outcome<std::vector<StoredSale>> Client::find_sales(const std::string& external_id, std::stop_token stop) const {
    const auto records = engine_.all(call("find_sale", field("external_id", external_id), std::move(stop)));
    if (!records) return std::unexpected(records.error());
    std::vector<StoredSale> sales;
    for (const dialect::Record& record : *records) {
        if (!record.value) return unreadable("find_sale", record.value.error(), false);
        Result<StoredSale> sale = parse(*record.value, stored_sale);
        if (!sale) return unreadable("find_sale", sale.error(), false);
        // A filter that the remote does not know is ignored there: never take another order's sale for ours.
        if (sale->external_id == external_id) sales.push_back(*std::move(sale));
    }
    return sales;
}

Room::Room() = default;
Room::~Room() = default;

std::string Room::product_kind(const std::string& word) const {
    if (word.empty() || std::ranges::find(settings.product_kinds, word) != settings.product_kinds.end()) return word;
    unknown_values->add();
    return {};
}

std::string Room::customer_kind(const std::string& word) const {
    if (word.empty() || word == "company" || word == "private") return word;
    unknown_values->add();
    return {};
}

std::shared_ptr<const Room> open_room(Parsed parsed, const runtime::ConnectionContext& context) {
    auto room = std::make_shared<Room>();
    room->settings = std::move(parsed.settings);
    const Settings& settings = room->settings;
    if (!settings.ca_file.empty() || settings.connect_timeout != Settings{}.connect_timeout)
        room->transport = context.own_transport(curl_options(settings));
    room->engine = std::make_unique<dialect::Engine>(
        taken(parsed.dialect), engine_options(settings, context.merchant + "/" + context.connection),
        room->transport ? *room->transport : context.transport, context.limiter, context.metrics, context.clock);
    room->client = std::make_unique<Client>(*room->engine, settings);
    room->echoes = std::make_unique<Echoes>();
    room->unknown_values = &context.metrics.counter("shopwire_solteq_unknown_values_total",
                                                    "Records with a kind that is not known", context.labels());
    return room;
}

}  // namespace shopwire::solteq
