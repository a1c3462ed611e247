#include "tests/sandbox/erp/serbian_rows.h"

#include "tests/sandbox/erp/serbian_text.h"
#include "tests/sandbox/kit/encoding.h"

#include <nlohmann/json.hpp>

namespace sandbox::erp::serbian {
namespace {

const char* yes_no(bool value) { return value ? "D" : "N"; }
std::string id_text(int id) { return id == 0 ? std::string{} : std::to_string(id); }

const char* code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::kValidation: return "NEISPRAVAN_ZAHTEV";
        case ErrorCode::kUnauthorized: return "NEOVLASCEN_PRISTUP";
        case ErrorCode::kDatabaseForbidden: return "BAZA_ZABRANJENA";
        case ErrorCode::kNotFound: return "NE_POSTOJI";
        case ErrorCode::kDuplicateExternalNumber: return "DUPLI_BROJ_NARUDZBINE";
        case ErrorCode::kDatabaseClosed: return "BAZA_ZATVORENA";
        case ErrorCode::kProductNotFound: return "ARTIKAL_NE_POSTOJI";
        case ErrorCode::kCustomerNotFound: return "KUPAC_NE_POSTOJI";
        case ErrorCode::kInsufficientStock: return "NEDOVOLJNO_NA_STANJU";
        case ErrorCode::kBaseDocumentRequired: return "OSNOVNI_DOKUMENT_OBAVEZAN";
        case ErrorCode::kReturnExceedsIssued: return "POVRAT_VECI_OD_IZDATOG";
        case ErrorCode::kNotCancellable: return "STORNO_NIJE_DOZVOLJEN";
        case ErrorCode::kInternal: return "INTERNA_GRESKA";
    }
    return "NEISPRAVAN_ZAHTEV";
}

const char* field_name(Field field) {
    switch (field) {
        case Field::kNone:
        case Field::kBody:
        case Field::kPath:
        case Field::kQuery: return "";
        case Field::kDatabase: return "baza";
        case Field::kType: return "vrsta";
        case Field::kUnit: return "pj";
        case Field::kExternalNumber: return "brojNarudzbine";
        case Field::kDate: return "datum";
        case Field::kDueDate: return "valuta";
        case Field::kCustomer: return "kupac";
        case Field::kName: return "naziv";
        case Field::kNote: return "napomena";
        case Field::kCurrency: return "oznakaValute";
        case Field::kPricesIncludeVat: return "cenaSaPdv";
        case Field::kLines: return "stavke";
        case Field::kLineCode: return "sifra";
        case Field::kLineQuantity: return "kolicina";
        case Field::kLinePrice: return "cena";
        case Field::kLineDiscount: return "rabat";
        case Field::kLineVat: return "pdv";
        case Field::kLineBase: return "osnov";
    }
    return "";
}

std::string field_path(const Failure& failure) {
    std::string name = field_name(failure.field);
    if (failure.line < 0) return name;
    return "stavke[" + std::to_string(failure.line) + "]" + (name.empty() ? "" : "." + name);
}

std::string group_name(const Database& database, int id) {
    const Group* group = database.group(id);
    return group == nullptr ? std::string{} : group->name;
}

}  // namespace

Json article_row(const Database& database, const Article& article, int unit) {
    const UnitStock& row = article.units[static_cast<std::size_t>(unit - 1)];
    return {{"idArtikla", std::to_string(article.id)},
            {"sifra", article.code},
            {"naziv", article.name},
            {"vrsta", article.kind},
            {"jm", article.unit_of_measure},
            {"barkod", article.gtin},
            {"idGrupe", id_text(article.group)},
            {"grupa", group_name(database, article.group)},
            {"idGrupe2", id_text(article.group2)},
            {"grupa2", group_name(database, article.group2)},
            {"pdv", money(article.vat_rate)},
            {"oznakaPdv", vat_label(article.vat_rate)},
            {"vpCena", money(row.price_net)},
            {"mpCena", money(row.price_gross)},
            {"pakovanje", quantity(article.package_quantity)},
            {"minKolicina", quantity(article.minimum_quantity)},
            {"opis", article.description},
            {"aktivan", yes_no(article.active)},
            {"izmenjeno", serbian_local_time(article.modified)}};
}

Json image_row(const Article& article, const std::string& url) {
    return {{"idSlike", std::to_string(image_id(article))},
            {"idArtikla", std::to_string(article.id)},
            {"rb", "1"},
            {"glavna", "D"},
            {"naziv", image_file_name(article)},
            {"tip", "image/png"},
            {"adresa", url},
            {"sadrzaj", url.empty() ? kit::base64_encode(image_bytes(article)) : std::string{}},
            {"izmenjeno", serbian_local_time(article.modified)}};
}

Json stock_row(const StockRow& row, PriceType price, bool free_stock) {
    const UnitStock& stock = row.values();
    return {{"idArtikla", std::to_string(row.article->id)},
            {"sifra", row.article->code},
            {"pj", std::to_string(row.unit)},
            {"stanje", quantity(stock.on_hand)},
            {"rezervisano", quantity(stock.reserved)},
            {"slobodno", quantity(stock.free())},
            {"kolicina", quantity(free_stock ? stock.free() : stock.on_hand)},
            {"vpCena", money(stock.price_net)},
            {"mpCena", money(stock.price_gross)},
            {"cena", money(price_of(stock, price))},
            {"izmenjeno", serbian_local_time(stock.modified)}};
}

Json partner_row(const Customer& customer) {
    return {{"idPartnera", std::to_string(customer.id)},
            {"sifra", customer.code},
            {"vrsta", std::to_string(customer.type)},
            {"naziv", customer.name},
            {"pib", customer.pib},
            {"mb", customer.registration_number},
            {"jbkjs", customer.jbkjs},
            {"adresa", customer.address},
            {"mesto", customer.city},
            {"ptt", customer.postal_code},
            {"drzava", customer.country},
            {"email", customer.email},
            {"telefon", customer.phone},
            {"rabat", money(customer.default_discount)},
            {"rok", std::to_string(customer.payment_term_days)},
            {"spoljniId", customer.external_id},
            {"aktivan", yes_no(customer.active)},
            {"izmenjeno", serbian_local_time(customer.modified)}};
}

Json debt_object(const Customer& customer, const Debt& debt, Microseconds as_of) {
    return {{"sifra", customer.code},
            {"oznakaValute", "RSD"},
            {"ukupno", money(debt.total)},
            {"dospelo", money(debt.overdue)},
            {"najstarijaValuta", debt.oldest_due ? serbian_date(*debt.oldest_due) : std::string{}},
            {"limit", customer.credit_limit ? money(*customer.credit_limit) : std::string{}},
            {"naDan", serbian_local_time(as_of)}};
}

Json document_head(const Document& document, const Customer& customer) {
    const char* status = document.status == DocumentStatus::kOpen     ? "O"
                         : document.status == DocumentStatus::kPosted ? "K"
                                                                      : "S";
    return {{"idDokumenta", std::to_string(document.id)},
            {"vrsta", std::to_string(type_number(document.type))},
            {"broj", std::to_string(document.number) + "/" + std::to_string(static_cast<int>(document.date.year()))},
            {"brojNarudzbine", document.external_number},
            {"datum", serbian_date(document.date)},
            {"pj", std::to_string(document.unit)},
            {"kupac", {{"sifra", customer.code}, {"pib", customer.pib}}},
            {"stanjeDokumenta", status},
            {"iznos", money(document.total)},
            {"iznosPdv", money(document.total_vat)}};
}

Json document_whole(const Document& document, const Customer& customer) {
    Json whole = document_head(document, customer);
    whole["valuta"] = serbian_date(document.due_date);
    whole["oznakaValute"] = document.currency;
    whole["cenaSaPdv"] = yes_no(document.prices_include_vat);
    whole["napomena"] = document.note;
    Json lines = Json::array();
    for (const Line& line : document.lines) {
        Json base = "";
        if (line.base)
            base = {{"vrsta", std::to_string(type_number(line.base->type))},
                    {"idDokumenta", std::to_string(line.base->id)}};
        lines.push_back({{"rb", std::to_string(lines.size() + 1)},
                         {"idArtikla", std::to_string(line.article_id)},
                         {"sifra", line.code},
                         {"kolicina", quantity(line.quantity)},
                         {"cena", money(line.unit_price)},
                         {"rabat", money(line.discount_percent)},
                         {"pdv", money(line.vat_rate)},
                         {"iznos", money(line.amount)},
                         {"vraceno", quantity(line.returned)},
                         {"osnov", std::move(base)}});
    }
    whole["stavke"] = std::move(lines);
    return whole;
}

Json envelope(Json content) {
    Json body{{"status", 1}, {"poruka", ""}};
    body["podaci"] = std::move(content);
    return body;
}

Json failed_envelope(const Failure& failure) {
    return {{"status", 0},
            {"poruka", failure.message},
            {"sifraGreske", code_name(failure.code)},
            {"polje", field_path(failure)},
            {"podaci", nullptr}};
}

int type_number(DocumentType type) {
    switch (type) {
        case DocumentType::kInvoice: return 1;
        case DocumentType::kInvoiceDeliveryNote: return 2;
        case DocumentType::kReservation: return 3;
        case DocumentType::kReturn: return 4;
        case DocumentType::kDeliveryNote: return 5;
    }
    return 0;
}

std::optional<DocumentType> document_type(int number) {
    for (int index = 0; index < kDocumentTypeCount; ++index) {
        const auto type = static_cast<DocumentType>(index);
        if (type_number(type) == number) return type;
    }
    return std::nullopt;
}

}  // namespace sandbox::erp::serbian
