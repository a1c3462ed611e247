#include "tests/sandbox/erp/serbian_read.h"

#include "tests/sandbox/erp/posting.h"
#include "tests/sandbox/erp/serbian_rows.h"
#include "tests/sandbox/erp/serbian_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sandbox::erp::serbian {
namespace {

Failure invalid(Field field, std::string message, int line = -1) {
    return {.code = ErrorCode::kValidation, .field = field, .line = line, .message = std::move(message)};
}

// Takes members out of an object; the first one of a wrong type stays in `failure`. "" and an absent member are the
// same here.
struct Reader {
    const Json& object;
    int line = -1;
    std::optional<Failure> failure{};

    void wrong(Field field, std::string message) {
        if (!failure) failure = invalid(field, std::move(message), line);
    }

    const Json& at(const char* name) const {
        static const Json kAbsent;
        const auto found = object.find(name);
        return found == object.end() ? kAbsent : *found;
    }

    std::string text(const char* name, Field field) {
        const Json& value = at(name);
        if (value.is_null()) return {};
        if (value.is_string()) return value.get<std::string>();
        wrong(field, std::string{name} + " mora biti tekst");
        return {};
    }

    int integer(const char* name, Field field) {
        const Json& value = at(name);
        if (value.is_number_integer() && value.get<std::int64_t>() >= 0 && value.get<std::int64_t>() < 1000)
            return value.get<int>();
        if (!value.is_null()) wrong(field, std::string{name} + " mora biti ceo broj");
        return 0;
    }

    std::optional<Amount> decimal(const char* name, Field field, int places) {
        const std::string value = text(name, field);
        if (value.empty()) return std::nullopt;
        const auto amount = parse_number(value);
        if (amount && amount->places() <= places) return amount;
        wrong(field, std::string{name} + " nije broj oblika 1.234,56");
        return std::nullopt;
    }

    std::optional<Date> date(const char* name, Field field) {
        const std::string value = text(name, field);
        if (value.empty()) return std::nullopt;
        const auto date = parse_serbian_date(value);
        if (!date) wrong(field, std::string{name} + " mora biti DD.MM.GGGG");
        return date;
    }
};

std::optional<BaseReference> read_base(Reader& stavka) {
    const Json& osnov = stavka.at("osnov");
    if (!osnov.is_object()) return std::nullopt;
    Reader base{.object = osnov, .line = stavka.line};
    const auto type = document_type(base.integer("vrsta", Field::kLineBase));
    const int id = id_of(base.text("idDokumenta", Field::kLineBase));
    if (base.failure && !stavka.failure) stavka.failure = base.failure;
    if (!type || id == 0) return std::nullopt;
    return BaseReference{.type = *type, .id = id};
}

Outcome<LineRequest> read_line(const Json& stavka, int index) {
    if (!stavka.is_object()) return std::unexpected(invalid(Field::kLines, "Stavka mora biti objekat", index));
    Reader reader{.object = stavka, .line = index};
    LineRequest line{.code = reader.text("sifra", Field::kLineCode),
                     .quantity = reader.decimal("kolicina", Field::kLineQuantity, 3).value_or(Amount{}),
                     .unit_price = reader.decimal("cena", Field::kLinePrice, 4),
                     .discount_percent = reader.decimal("rabat", Field::kLineDiscount, 4).value_or(Amount{}),
                     .vat_rate = reader.decimal("pdv", Field::kLineVat, 4),
                     .base = read_base(reader)};
    if (line.code.empty()) reader.wrong(Field::kLineCode, "Stavka nema šifru");
    if (reader.failure) return std::unexpected(*reader.failure);
    return line;
}

std::optional<Failure> read_head(Reader& reader, DocumentBody& body) {
    DocumentRequest& document = body.document;
    const auto type = document_type(reader.integer("vrsta", Field::kType));
    if (!type) reader.wrong(Field::kType, "vrsta mora biti od 1 do 5");
    document.type = type.value_or(DocumentType::kReservation);
    document.unit = reader.integer("pj", Field::kUnit);
    document.external_number = reader.text("brojNarudzbine", Field::kExternalNumber);
    const auto date = reader.date("datum", Field::kDate);
    if (!date) reader.wrong(Field::kDate, "datum je obavezan");
    document.date = date.value_or(Date{});
    document.due_date = reader.date("valuta", Field::kDueDate);
    document.note = reader.text("napomena", Field::kNote);
    if (const std::string currency = reader.text("oznakaValute", Field::kCurrency); !currency.empty())
        document.currency = currency;
    if (document.currency.size() != 3) reader.wrong(Field::kCurrency, "oznakaValute mora imati tri slova");
    const std::string with_vat = reader.text("cenaSaPdv", Field::kPricesIncludeVat);
    if (!with_vat.empty() && with_vat != "D" && with_vat != "N")
        reader.wrong(Field::kPricesIncludeVat, "cenaSaPdv mora biti D ili N");
    document.prices_include_vat = with_vat != "N";
    if (const Json& kupac = reader.at("kupac"); kupac.is_object()) {
        Reader partner{.object = kupac};
        body.partner_code = partner.text("sifra", Field::kCustomer);
        body.partner_pib = partner.text("pib", Field::kCustomer);
        if (partner.failure && !reader.failure) reader.failure = partner.failure;
    }
    if (body.partner_code.empty() && body.partner_pib.empty()) reader.wrong(Field::kCustomer, "kupac je obavezan");
    if (!reader.at("stavke").is_array()) reader.wrong(Field::kLines, "stavke moraju biti lista");
    return reader.failure;
}

Outcome<int> positive(const Visit& visit, const char* name, Field field) {
    const std::string text = visit.query(name);
    if (text.empty()) return 0;
    const int value = id_of(text);
    if (value > 0) return value;
    return std::unexpected(invalid(field, std::string{name} + " mora biti pozitivan broj"));
}

}  // namespace

Outcome<DocumentBody> read_document(std::string_view body) {
    const Json object = Json::parse(body, nullptr, false);
    if (!object.is_object()) return std::unexpected(invalid(Field::kBody, "Telo mora biti JSON objekat"));
    DocumentBody read;
    Reader reader{.object = object};
    if (auto failure = read_head(reader, read)) return std::unexpected(*std::move(failure));
    const Json& lines = reader.at("stavke");
    if (lines.size() > kLinesMax) return std::unexpected(invalid(Field::kLines, "Previše stavki"));
    for (const Json& stavka : lines) {
        auto line = read_line(stavka, static_cast<int>(read.document.lines.size()));
        if (!line) return std::unexpected(line.error());
        read.document.lines.push_back(*std::move(line));
    }
    return read;
}

Outcome<Customer> read_partner(std::string_view body) {
    const Json object = Json::parse(body, nullptr, false);
    if (!object.is_object()) return std::unexpected(invalid(Field::kBody, "Telo mora biti JSON objekat"));
    Reader reader{.object = object};
    Customer customer{.type = reader.integer("vrsta", Field::kType),
                      .name = reader.text("naziv", Field::kName),
                      .pib = reader.text("pib", Field::kBody),
                      .registration_number = reader.text("mb", Field::kBody),
                      .jbkjs = reader.text("jbkjs", Field::kBody),
                      .address = reader.text("adresa", Field::kBody),
                      .city = reader.text("mesto", Field::kBody),
                      .postal_code = reader.text("ptt", Field::kBody),
                      .country = reader.text("drzava", Field::kBody),
                      .email = reader.text("email", Field::kBody),
                      .phone = reader.text("telefon", Field::kBody),
                      .external_id = reader.text("spoljniId", Field::kBody)};
    if (customer.type < 1 || customer.type > 5) reader.wrong(Field::kType, "vrsta mora biti od 1 do 5");
    if (customer.name.empty()) reader.wrong(Field::kName, "naziv je obavezan");
    if (reader.failure) return std::unexpected(*reader.failure);
    return customer;
}

Outcome<Range> read_range(const Visit& visit) {
    const auto from = positive(visit, "od", Field::kQuery);
    const auto to = positive(visit, "do", Field::kQuery);
    Range range;
    if (visit.query("od") != "0") {
        if (!from) return std::unexpected(from.error());
        range.from = static_cast<std::size_t>(*from);
    }
    if (!to) return std::unexpected(to.error());
    range.to = *to == 0 ? range.from + 200 : static_cast<std::size_t>(*to);
    if (range.to <= range.from) return std::unexpected(invalid(Field::kQuery, "do mora biti veće od od"));
    range.to = std::min(range.to, range.from + kRowsMax);
    if (visit.repeat_page) {
        const std::size_t back = std::min(range.from, range.to - range.from);
        range = {.from = range.from - back, .to = range.to - back};
    }
    return range;
}

Outcome<Microseconds> read_modified_since(const Visit& visit) {
    const std::string text = visit.query("izmenjenoOd");
    if (text.empty()) return 0;
    if (const auto since = parse_serbian_local_time(text)) return *since;
    return std::unexpected(invalid(Field::kQuery, "izmenjenoOd mora biti DD.MM.GGGG HH:MM:SS"));
}

Outcome<ArticleFilter> read_article_filter(const Visit& visit) {
    const auto since = read_modified_since(visit);
    const auto id = positive(visit, "idArtikla", Field::kQuery);
    const auto group = positive(visit, "grupa", Field::kQuery);
    const auto unit = positive(visit, "pj", Field::kUnit);
    if (!since) return std::unexpected(since.error());
    if (!id) return std::unexpected(id.error());
    if (!group) return std::unexpected(group.error());
    if (!unit) return std::unexpected(unit.error());
    if (*unit != 0 && !is_unit(*unit)) return std::unexpected(invalid(Field::kUnit, "Poslovna jedinica ne postoji"));
    return ArticleFilter{
        .id = *id, .group = *group, .unit = *unit, .code = visit.query("sifra"), .modified_since = *since};
}

Outcome<PriceType> read_price_type(const Visit& visit) {
    const std::string name = visit.query("cena");
    if (name.empty() || name == "mp") return PriceType::kGross;
    if (name == "vp") return PriceType::kNet;
    if (name == "nabavna") return PriceType::kPurchase;
    return std::unexpected(invalid(Field::kQuery, "cena mora biti nabavna, vp ili mp"));
}

Outcome<DocumentFilter> read_document_filter(const Visit& visit) {
    DocumentFilter filter{.external_number = visit.query("brojNarudzbine")};
    const std::string type = visit.query("vrsta");
    const std::string from = visit.query("datumOd");
    const std::string to = visit.query("datumDo");
    if (!type.empty() && !(filter.type = document_type(id_of(type))))
        return std::unexpected(invalid(Field::kType, "vrsta mora biti od 1 do 5"));
    if (!from.empty() && !(filter.date_from = parse_serbian_date(from)))
        return std::unexpected(invalid(Field::kQuery, "datumOd nije datum"));
    if (!to.empty() && !(filter.date_to = parse_serbian_date(to)))
        return std::unexpected(invalid(Field::kQuery, "datumDo nije datum"));
    return filter;
}

}  // namespace sandbox::erp::serbian
