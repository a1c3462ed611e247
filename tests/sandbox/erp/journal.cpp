#include "tests/sandbox/erp/journal.h"

#include <nlohmann/json.hpp>

namespace sandbox::erp {
namespace {

using Json = nlohmann::ordered_json;

void append(EventLog& log, const char* kind, Microseconds at, const Json& members) {
    const std::string object = members.dump(-1, ' ', false, Json::error_handler_t::replace);
    log.append(kind, at, object.substr(1, object.size() - 2));
}

Json head(const Database& database, const Document& document) {
    return {{"database", database.name()},
            {"documentId", document.id},
            {"documentType", type_name(document.type)},
            {"number", document.number},
            {"externalNumber", document.external_number},
            {"unit", document.unit},
            {"customerId", document.customer_id}};
}

}  // namespace

const char* type_name(DocumentType type) {
    switch (type) {
        case DocumentType::kInvoice: return "invoice";
        case DocumentType::kInvoiceDeliveryNote: return "invoice-delivery-note";
        case DocumentType::kReservation: return "reservation";
        case DocumentType::kReturn: return "return";
        case DocumentType::kDeliveryNote: return "delivery-note";
    }
    return "";
}

void record_document(EventLog& log, Microseconds at, const Database& database, const Document& document) {
    Json entry = head(database, document);
    entry["date"] = iso_date(document.date);
    entry["total"] = document.total.as_json_number();
    Json lines = Json::array();
    for (const Line& line : document.lines) {
        Json row{{"code", line.code},
                 {"quantity", line.quantity.as_json_number()},
                 {"unitPrice", line.unit_price.as_json_number()},
                 {"discountPercent", line.discount_percent.as_json_number()},
                 {"amount", line.amount.as_json_number()}};
        if (line.base) row["baseDocumentId"] = line.base->id;
        lines.push_back(std::move(row));
    }
    entry["lines"] = std::move(lines);
    append(log, "document_created", at, entry);
}

void record_cancellation(EventLog& log, Microseconds at, const Database& database, const Document& document) {
    append(log, "document_cancelled", at, head(database, document));
}

void record_customer(EventLog& log, Microseconds at, const Database& database, const Customer& customer) {
    append(log, "customer_created", at,
           {{"database", database.name()},
            {"customerId", customer.id},
            {"code", customer.code},
            {"type", customer.type},
            {"externalId", customer.external_id}});
}

void record_price(EventLog& log, Microseconds at, const Database& database, const Article& article, int unit) {
    const UnitStock& row = article.units[static_cast<std::size_t>(unit - 1)];
    append(log, "price_changed", at,
           {{"database", database.name()},
            {"code", article.code},
            {"unit", unit},
            {"priceWithoutVat", row.price_net.as_json_number()},
            {"priceWithVat", row.price_gross.as_json_number()}});
}

void move_stock(EventLog& log, Microseconds at, const Database& database, Article& article, const StockChange& change) {
    UnitStock& row = article.units[static_cast<std::size_t>(change.unit - 1)];
    row.on_hand += change.on_hand;
    row.reserved += change.reserved;
    row.modified = at;
    append(log, "stock_moved", at,
           {{"database", database.name()},
            {"code", article.code},
            {"unit", change.unit},
            {"cause", change.cause},
            {"documentId", change.document_id},
            {"externalNumber", change.external_number},
            {"onHandChange", change.on_hand.as_json_number()},
            {"reservedChange", change.reserved.as_json_number()},
            {"onHand", row.on_hand.as_json_number()},
            {"reserved", row.reserved.as_json_number()},
            {"free", row.free().as_json_number()}});
}

}  // namespace sandbox::erp
