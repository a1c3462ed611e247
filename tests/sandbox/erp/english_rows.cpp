#include "tests/sandbox/erp/english_rows.h"

#include "tests/sandbox/erp/journal.h"
#include "tests/sandbox/kit/encoding.h"

#include <nlohmann/json.hpp>

namespace sandbox::erp::english {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json{} : Json(text); }
Json id_or_null(int id) { return id == 0 ? Json{} : Json(id); }
double number(Amount amount) { return amount.as_json_number(); }

const char* code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::kValidation: return "VALIDATION";
        case ErrorCode::kUnauthorized: return "UNAUTHORIZED";
        case ErrorCode::kDatabaseForbidden: return "DATABASE_FORBIDDEN";
        case ErrorCode::kNotFound: return "NOT_FOUND";
        case ErrorCode::kDuplicateExternalNumber: return "DUPLICATE_EXTERNAL_NUMBER";
        case ErrorCode::kDatabaseClosed: return "DATABASE_CLOSED";
        case ErrorCode::kProductNotFound: return "PRODUCT_NOT_FOUND";
        case ErrorCode::kCustomerNotFound: return "CUSTOMER_NOT_FOUND";
        case ErrorCode::kInsufficientStock: return "INSUFFICIENT_STOCK";
        case ErrorCode::kBaseDocumentRequired: return "BASE_DOCUMENT_REQUIRED";
        case ErrorCode::kReturnExceedsIssued: return "RETURN_EXCEEDS_ISSUED";
        case ErrorCode::kNotCancellable: return "NOT_CANCELLABLE";
        case ErrorCode::kInternal: return "INTERNAL_ERROR";
    }
    return "VALIDATION";
}

const char* headline(ErrorCode code) {
    switch (code) {
        case ErrorCode::kProductNotFound: return "Artikal nije pronađen";
        case ErrorCode::kCustomerNotFound: return "Kupac nije pronađen";
        case ErrorCode::kUnauthorized: return "Neovlašćen pristup";
        case ErrorCode::kNotFound: return "Nije pronađeno";
        default: return "Zahtev je odbijen";
    }
}

const char* field_name(Field field) {
    switch (field) {
        case Field::kNone:
        case Field::kBody:
        case Field::kPath:
        case Field::kQuery: return "";
        case Field::kDatabase: return "database";
        case Field::kType: return "type";
        case Field::kUnit: return "businessUnitId";
        case Field::kExternalNumber: return "externalNumber";
        case Field::kDate: return "date";
        case Field::kDueDate: return "dueDate";
        case Field::kCustomer: return "customerId";
        case Field::kName: return "name";
        case Field::kNote: return "note";
        case Field::kCurrency: return "currency";
        case Field::kPricesIncludeVat: return "pricesIncludeVat";
        case Field::kLines: return "items";
        case Field::kLineCode: return "code";
        case Field::kLineQuantity: return "quantity";
        case Field::kLinePrice: return "unitPrice";
        case Field::kLineDiscount: return "discountPercent";
        case Field::kLineVat: return "vatRate";
        case Field::kLineBase: return "baseDocumentId";
    }
    return "";
}

Json field_path(const Failure& failure) {
    const std::string name = field_name(failure.field);
    if (failure.line < 0) return text_or_null(name);
    return "items[" + std::to_string(failure.line) + "]" + (name.empty() ? "" : "." + name);
}

}  // namespace

Json product_row(const Database& database, const Article& article, int unit, PriceType price) {
    const UnitStock& row = article.units[static_cast<std::size_t>(unit - 1)];
    const Group* group = database.group(article.group);
    const Group* group2 = database.group(article.group2);
    return {{"id", article.id},
            {"code", article.code},
            {"name", article.name},
            {"kind", article.kind},
            {"groupId", id_or_null(article.group)},
            {"group", group == nullptr ? Json{} : Json(group->name)},
            {"group2Id", id_or_null(article.group2)},
            {"group2", group2 == nullptr ? Json{} : Json(group2->name)},
            {"unit", article.unit_of_measure},
            {"gtin", text_or_null(article.gtin)},
            {"vatRate", number(article.vat_rate)},
            {"vatLabel", text_or_null(vat_label(article.vat_rate))},
            {"priceWithoutVat", number(row.price_net)},
            {"priceWithVat", number(row.price_gross)},
            {"price", number(price_of(row, price))},
            {"contractPrice", nullptr},
            {"packageQty", number(article.package_quantity)},
            {"minQty", number(article.minimum_quantity)},
            {"description", text_or_null(article.description)},
            {"isActive", article.active},
            {"modifiedAt", iso_local_time(article.modified)}};
}

Json image_row(const Article& article, const std::string& url) {
    return {{"id", image_id(article)},
            {"productId", article.id},
            {"ordinal", 1},
            {"isMain", true},
            {"fileName", image_file_name(article)},
            {"contentType", "image/png"},
            {"url", text_or_null(url)},
            {"base64", url.empty() ? Json(kit::base64_encode(image_bytes(article))) : Json{}},
            {"modifiedAt", iso_local_time(article.modified)}};
}

Json stock_row(const StockRow& row, PriceType price, bool free_stock) {
    const UnitStock& stock = row.values();
    return {{"productId", row.article->id},
            {"code", row.article->code},
            {"businessUnitId", row.unit},
            {"onHand", number(stock.on_hand)},
            {"reserved", number(stock.reserved)},
            {"free", number(stock.free())},
            {"quantity", number(free_stock ? stock.free() : stock.on_hand)},
            {"priceWithoutVat", number(stock.price_net)},
            {"priceWithVat", number(stock.price_gross)},
            {"price", number(price_of(stock, price))},
            {"modifiedAt", iso_local_time(stock.modified)}};
}

Json customer_row(const Customer& customer) {
    return {{"id", customer.id},
            {"code", customer.code},
            {"type", customer.type},
            {"name", customer.name},
            {"pib", text_or_null(customer.pib)},
            {"registrationNumber", text_or_null(customer.registration_number)},
            {"jbkjs", text_or_null(customer.jbkjs)},
            {"address", text_or_null(customer.address)},
            {"city", text_or_null(customer.city)},
            {"postalCode", text_or_null(customer.postal_code)},
            {"country", text_or_null(customer.country)},
            {"email", text_or_null(customer.email)},
            {"phone", text_or_null(customer.phone)},
            {"defaultDiscountPercent", number(customer.default_discount)},
            {"paymentTermDays", customer.payment_term_days},
            {"externalId", text_or_null(customer.external_id)},
            {"isActive", customer.active},
            {"modifiedAt", iso_local_time(customer.modified)}};
}

Json debt_object(const Customer& customer, const Debt& debt, Microseconds as_of) {
    return {{"customerId", customer.id},
            {"currency", "RSD"},
            {"totalDebt", number(debt.total)},
            {"overdueDebt", number(debt.overdue)},
            {"oldestDueDate", debt.oldest_due ? Json(iso_date(*debt.oldest_due)) : Json{}},
            {"creditLimit", customer.credit_limit ? Json(number(*customer.credit_limit)) : Json{}},
            {"asOf", iso_local_time(as_of)}};
}

Json document_head(const Document& document) {
    const char* status = document.status == DocumentStatus::kOpen     ? "open"
                         : document.status == DocumentStatus::kPosted ? "posted"
                                                                      : "cancelled";
    return {{"id", document.id},
            {"documentType", type_name(document.type)},
            {"number", std::to_string(document.number) + "/" + std::to_string(static_cast<int>(document.date.year()))},
            {"externalNumber", text_or_null(document.external_number)},
            {"date", iso_date(document.date)},
            {"businessUnitId", document.unit},
            {"customerId", document.customer_id},
            {"status", status},
            {"total", number(document.total)},
            {"totalVat", number(document.total_vat)}};
}

Json document_whole(const Document& document) {
    Json whole = document_head(document);
    whole["dueDate"] = iso_date(document.due_date);
    whole["currency"] = document.currency;
    whole["pricesIncludeVat"] = document.prices_include_vat;
    whole["note"] = text_or_null(document.note);
    Json items = Json::array();
    for (const Line& line : document.lines) {
        items.push_back({{"position", items.size() + 1},
                         {"productId", line.article_id},
                         {"code", line.code},
                         {"quantity", number(line.quantity)},
                         {"unitPrice", number(line.unit_price)},
                         {"discountPercent", number(line.discount_percent)},
                         {"vatRate", number(line.vat_rate)},
                         {"amount", number(line.amount)},
                         {"returnedQuantity", number(line.returned)},
                         {"baseDocumentType", line.base ? Json(type_name(line.base->type)) : Json{}},
                         {"baseDocumentId", line.base ? Json(line.base->id) : Json{}}});
    }
    whole["items"] = std::move(items);
    return whole;
}

Json envelope(Json data) {
    Json body{{"success", true}, {"message", nullptr}, {"errors", Json::array()}};
    body["data"] = std::move(data);
    body["pagination"] = nullptr;
    return body;
}

Json failed_envelope(const Failure& failure) {
    Json error{{"code", code_name(failure.code)}, {"field", field_path(failure)}, {"message", failure.message}};
    Json body{{"success", false}, {"message", headline(failure.code)}};
    body["errors"] = Json::array({std::move(error)});
    body["data"] = nullptr;
    body["pagination"] = nullptr;
    return body;
}

int http_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::kValidation: return 400;
        case ErrorCode::kUnauthorized: return 401;
        case ErrorCode::kDatabaseForbidden: return 403;
        case ErrorCode::kNotFound: return 404;
        case ErrorCode::kDuplicateExternalNumber:
        case ErrorCode::kDatabaseClosed: return 409;
        case ErrorCode::kInternal: return 500;
        default: return 422;
    }
}

std::optional<DocumentType> document_type(std::string_view name) {
    for (int index = 0; index < kDocumentTypeCount; ++index) {
        const auto type = static_cast<DocumentType>(index);
        if (name == type_name(type)) return type;
    }
    return std::nullopt;
}

}  // namespace sandbox::erp::english
