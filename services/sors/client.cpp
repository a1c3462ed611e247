#include "services/sors/client.h"

#include <charconv>
#include <initializer_list>
#include <utility>

#include "common/core/optional.h"

namespace shopwire::sors {
namespace {

using dialect::Failure;
using dialect::FailureClass;

// Empty texts are left out: an absent value and an empty one are the same to us.
std::string object(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, value] : members)
        if (!value.empty()) writer.key(name).string(value);
    writer.end_object();
    return writer.take();
}

std::unexpected<Failure> unreadable(std::string_view operation, const Error& error, bool wrote) {
    std::string message = std::string(operation) + ": " + error.message;
    return std::unexpected(
        Failure{.error = wrote ? ambiguous(std::move(message)).error() : transient(std::move(message)).error()});
}

// One canonical object out of text.  After a write an answer that cannot be read leaves open what was written.
template <class T, class Read>
Outcome<T> parse(std::string_view operation, const std::string& text, bool wrote, const Read& read) {
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return unreadable(operation, document.error(), wrote);
    json::Reader reader(document->root());
    T value = read(reader);
    if (Status ok = reader.status(); !ok) return unreadable(operation, ok.error(), wrote);
    return value;
}

StoredDocument stored_document(json::Reader& reader) {
    StoredDocument out{.id = reader.id("id"),
                       .number = reader.string_or("number"),
                       .external_number = reader.string_or("external_number"),
                       .status = reader.string_or("status"),
                       .total = reader.decimal("total"),
                       .currency = reader.string_or("currency"),
                       .customer = {.id = std::string(reader.raw("customer_id").text()),
                                    .code = reader.string_or("customer_code"),
                                    .pib = reader.string_or("customer_pib")}};
    for (json::Reader& line : reader.array_or_empty("lines"))
        out.lines.push_back({.sku = line.string("sku"),
                             .quantity = line.decimal("quantity"),
                             .unit_price = line.decimal_or_none("unit_price").value_or(Decimal{}),
                             .discount_percent = line.decimal_or_none("discount_percent").value_or(Decimal{}),
                             .vat_rate = line.decimal_or_none("vat_rate"),
                             .returned = line.decimal_or_none("returned")});
    return out;
}

std::string document_body(const NewDocument& document) {
    json::Writer writer;
    const auto text = [&writer](std::string_view name, const std::string& value) {
        if (!value.empty()) writer.key(name).string(value);
    };
    writer.begin_object();
    text("document_type", document.type);
    text("external_number", document.external_number);
    text("date", document.date);
    text("currency", document.currency);
    text("note", document.note);
    text("payment_method", document.payment_method);
    text("customer_id", document.customer.id);
    text("customer_code", document.customer.code);
    text("customer_pib", document.customer.pib);
    writer.key("lines").begin_array();
    for (const DocumentLine& line : document.lines) {
        writer.begin_object();
        text("sku", line.sku);
        writer.key("quantity").string(line.quantity.text());
        writer.key("unit_price").string(line.unit_price.text(2));
        writer.key("discount_percent").string(line.discount_percent.text());
        if (line.vat_rate) writer.key("vat_rate").string(line.vat_rate->text());
        text("base_type", line.base_type);
        text("base_id", line.base_id);
        writer.end_object();
    }
    writer.end_array().end_object();
    return writer.take();
}

std::string customer_input(const CustomerCard& card, std::string_view document_type = {}) {
    return object({{"customer_id", card.id}, {"customer_code", card.code}, {"document_type", document_type}});
}

}  // namespace

// The ERP may grow kinds that we do not know: then the card has none.
CustomerCard customer_card(json::Reader& reader) {
    const std::string_view kind = reader.raw("kind").text();
    CustomerCard card{.id = reader.id("id"),
                      .code = reader.string_or("code"),
                      .pib = reader.string_or("pib"),
                      .email = reader.string_or("email"),
                      .phone = reader.string_or("phone"),
                      .active = reader.boolean_or("active", true)};
    std::from_chars(kind.data(), kind.data() + kind.size(), card.kind);
    if (card.kind < 1 || card.kind > 5) card.kind = 0;
    return card;
}

std::string customer_native_id(const std::string& database, const CustomerCard& card) {
    return card.code.empty() ? database + "/" + card.id : card.code;
}

std::string connection_text(const Settings& settings, const std::string& database, std::string_view unit) {
    return object({{"database", database},
                   {"unit", unit.empty() ? std::string_view(settings.unit) : unit},
                   {"price_type", settings.price_type},
                   {"stock_mode", settings.stock_mode}});
}

http::CurlOptions curl_options(const Settings& settings) {
    return {.connect_timeout = settings.connect_timeout, .ca_file = settings.ca_file};
}

dialect::EngineOptions engine_options(const Settings& settings, const std::string& connection) {
    return {.base_url = settings.base_url,
            .secrets = {{"api_key", settings.api_key}},
            .timeout = settings.timeout,
            .page_size = settings.page_size,
            .client = {.system = "sors", .connection = connection}};
}

dialect::Call Client::call(std::string_view operation, std::string input, const std::string& database,
                           std::stop_token stop, std::string_view unit) const {
    return {.operation = operation,
            .input = std::move(input),
            .connection = connection_text(settings_, database, unit),
            .stop = std::move(stop)};
}

template <class T, class Read>
Outcome<std::vector<T>> Client::list(const dialect::Call& call, const Read& read) const {
    const Outcome<std::vector<dialect::Record>> records = engine_.all(call);
    if (!records) return std::unexpected(records.error());
    std::vector<T> out;
    for (const dialect::Record& record : *records) {
        if (!record.value) return unreadable(call.operation, record.value.error(), false);
        Outcome<T> value = parse<T>(call.operation, *record.value, false, read);
        if (!value) return std::unexpected(std::move(value.error()));
        out.push_back(*std::move(value));
    }
    return out;
}

template <class T, class Read>
Outcome<T> Client::one(const dialect::Call& call, bool wrote, const Read& read) const {
    const Outcome<std::string> answer = engine_.call(call);
    if (!answer) return std::unexpected(answer.error());
    return parse<T>(call.operation, *answer, wrote, read);
}

Outcome<std::vector<Database>> Client::databases(std::stop_token stop) const {
    return list<Database>(call("list_databases", "{}", {}, std::move(stop)), [](json::Reader& reader) {
        return Database{.name = reader.string("name"), .closed = reader.boolean_or("closed", false)};
    });
}

Outcome<std::vector<Unit>> Client::units(const std::string& database, std::stop_token stop) const {
    return list<Unit>(call("list_business_units", "{}", database, std::move(stop)), [](json::Reader& reader) {
        return Unit{.id = reader.id("id"), .name = reader.string_or("name")};
    });
}

Outcome<dialect::RecordPage> Client::stock(const std::string& database, const std::string& unit,
                                           std::string_view cursor, std::stop_token stop) const {
    return engine_.page(call("list_stock", "{}", database, std::move(stop), unit), cursor);
}

Outcome<dialect::RecordPage> Client::products(const std::string& database, std::string_view cursor,
                                              std::stop_token stop) const {
    return engine_.page(call("list_products", "{}", database, std::move(stop)), cursor);
}

Outcome<std::vector<Group>> Client::groups(const std::string& database, std::stop_token stop) const {
    return list<Group>(call("list_product_groups", "{}", database, std::move(stop)), [](json::Reader& reader) {
        return Group{.id = reader.id("id"),
                     .parent = std::string(reader.raw("parent").text()),
                     .name = reader.string_or("name")};
    });
}

Outcome<std::vector<Picture>> Client::pictures(const std::string& database, const std::string& product_id,
                                               std::stop_token stop) const {
    return list<Picture>(call("list_product_images", object({{"product_id", product_id}}), database, std::move(stop)),
                         [](json::Reader& reader) {
                             return Picture{.id = reader.id("id"),
                                            .url = reader.string_or("url"),
                                            .content_type = reader.string_or("content_type"),
                                            .base64 = reader.string_or("base64"),
                                            .position = reader.integer_or_none("position").value_or(0)};
                         });
}

Outcome<dialect::RecordPage> Client::customer_page(const std::string& database, std::string_view cursor,
                                                   std::stop_token stop) const {
    return engine_.page(call("list_customers", "{}", database, std::move(stop)), cursor);
}

Outcome<Debt> Client::debt(const std::string& database, const CustomerCard& card, std::stop_token stop) const {
    return one<Debt>(call("get_customer_debt", customer_input(card), database, std::move(stop)), false,
                     [](json::Reader& reader) {
                         return Debt{.currency = reader.string_or("currency"),
                                     .total = reader.decimal("total"),
                                     .overdue = reader.decimal_or_none("overdue"),
                                     .limit = reader.decimal_or_none("limit")};
                     });
}

Outcome<bool> Client::has_product(const std::string& database, const std::string& sku, std::stop_token stop) const {
    const auto codes = list<std::string>(call("list_products", object({{"code", sku}}), database, std::move(stop)),
                                         [](json::Reader& reader) { return reader.id("code"); });
    if (!codes) return std::unexpected(codes.error());
    for (const std::string& code : *codes)
        if (code == sku) return true;
    return false;
}

Outcome<std::vector<CustomerCard>> Client::customers(const std::string& database, std::string_view field,
                                                     const std::string& value, std::stop_token stop) const {
    return list<CustomerCard>(call("find_customers", object({{field, value}}), database, std::move(stop)),
                              customer_card);
}

Outcome<CustomerCard> Client::create_customer(const std::string& database, const NewCustomer& customer,
                                              std::stop_token stop) const {
    json::Writer writer;
    writer.begin_object().key("kind").number(std::int64_t{customer.kind});
    const std::pair<std::string_view, const std::string&> texts[] = {{"name", customer.name},
                                                                     {"pib", customer.pib},
                                                                     {"address", customer.address},
                                                                     {"city", customer.city},
                                                                     {"postal_code", customer.postal_code},
                                                                     {"country", customer.country},
                                                                     {"email", customer.email},
                                                                     {"phone", customer.phone},
                                                                     {"external_id", customer.external_id}};
    for (const auto& [name, value] : texts)
        if (!value.empty()) writer.key(name).string(value);
    writer.end_object();
    return one<CustomerCard>(call("create_customer", writer.take(), database, std::move(stop)), true, customer_card);
}

Outcome<StoredDocument> Client::create_document(const std::string& database, const NewDocument& document,
                                                std::stop_token stop) const {
    return one<StoredDocument>(call("create_document", document_body(document), database, std::move(stop)), true,
                               stored_document);
}

Outcome<std::vector<StoredDocument>> Client::find_documents(const std::string& database, const std::string& type,
                                                            const std::string& external_number,
                                                            std::stop_token stop) const {
    auto found = list<StoredDocument>(
        call("find_document", object({{"document_type", type}, {"external_number", external_number}}), database,
             std::move(stop)),
        stored_document);
    // A filter that the remote does not know is ignored there: never take another order's document for ours.
    if (found)
        std::erase_if(*found,
                      [&](const StoredDocument& document) { return document.external_number != external_number; });
    return found;
}

Outcome<std::vector<StoredDocument>> Client::documents_of(const std::string& database, const std::string& type,
                                                          const CustomerCard& card, std::stop_token stop) const {
    auto found = list<StoredDocument>(call("list_documents", customer_input(card, type), database, std::move(stop)),
                                      stored_document);
    // A filter that the remote does not know is ignored there.
    const auto differ = [](const std::string& left, const std::string& right) {
        return !left.empty() && !right.empty() && left != right;
    };
    if (found)
        std::erase_if(*found, [&](const StoredDocument& document) {
            return differ(document.customer.id, card.id) || differ(document.customer.code, card.code);
        });
    return found;
}

Outcome<StoredDocument> Client::document(const std::string& database, const std::string& type, const std::string& id,
                                         std::stop_token stop) const {
    return one<StoredDocument>(
        call("get_document", object({{"document_type", type}, {"id", id}}), database, std::move(stop)), false,
        stored_document);
}

Outcome<StoredDocument> Client::cancel_document(const std::string& database, const std::string& type,
                                                const std::string& id, std::stop_token stop) const {
    return one<StoredDocument>(
        call("cancel_document", object({{"document_type", type}, {"id", id}}), database, std::move(stop)), false,
        stored_document);
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
    return room;
}

}  // namespace shopwire::sors
