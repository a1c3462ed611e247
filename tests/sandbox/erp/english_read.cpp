#include "tests/sandbox/erp/english_read.h"

#include "tests/sandbox/erp/english_rows.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sandbox::erp::english {
namespace {

Failure invalid(Field field, std::string message, int line = -1) {
    return {.code = ErrorCode::kValidation, .field = field, .line = line, .message = std::move(message)};
}

// Reads the members of one JSON object and keeps the first thing that is wrong with it.
class Members {
 public:
    Members(const Json& object, int line) : object_{object}, line_{line} {}

    const std::optional<Failure>& failure() const { return failure_; }

    std::string text(const char* name, Field field) {
        const Json* value = find(name);
        if (value == nullptr) return {};
        if (value->is_string()) return value->get<std::string>();
        fail(field, std::string{name} + " mora biti tekst");
        return {};
    }

    int id(const char* name, Field field) {
        const Json* value = find(name);
        if (value == nullptr) return 0;
        if (value->is_number_integer() && value->get<std::int64_t>() > 0 &&
            value->get<std::int64_t>() < 1'000'000'000) {
            return value->get<int>();
        }
        fail(field, std::string{name} + " mora biti ceo broj");
        return 0;
    }

    bool flag(const char* name, Field field, bool fallback) {
        const Json* value = find(name);
        if (value == nullptr) return fallback;
        if (value->is_boolean()) return value->get<bool>();
        fail(field, std::string{name} + " mora biti true ili false");
        return fallback;
    }

    std::optional<Amount> amount(const char* name, Field field, int places) {
        const Json* value = find(name);
        if (value == nullptr) return std::nullopt;
        // The shortest text of the double is the number that was sent, for everything that Amount can hold.
        const auto amount = value->is_number() ? Amount::parse(value->dump()) : std::nullopt;
        if (amount && amount->places() <= places) return amount;
        fail(field, std::string{name} + " mora biti broj sa najviše " + std::to_string(places) + " decimala");
        return std::nullopt;
    }

    std::optional<Date> date(const char* name, Field field) {
        const std::string value = text(name, field);
        if (value.empty()) return std::nullopt;
        const auto date = parse_iso_date(value);
        if (!date) fail(field, std::string{name} + " mora biti GGGG-MM-DD");
        return date;
    }

    void fail(Field field, std::string message) {
        if (!failure_) failure_ = invalid(field, std::move(message), line_);
    }

 private:
    const Json* find(const char* name) const {
        const auto found = object_.find(name);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }

    const Json& object_;
    int line_ = -1;
    std::optional<Failure> failure_;
};

Outcome<LineRequest> read_line(const Json& item, int index, DocumentType type) {
    if (!item.is_object()) return std::unexpected(invalid(Field::kLines, "Stavka mora biti objekat", index));
    Members members{item, index};
    LineRequest line{.article_id = members.id("productId", Field::kLineCode),
                     .code = members.text("code", Field::kLineCode)};
    if (line.article_id == 0 && line.code.empty()) members.fail(Field::kLineCode, "Stavka nema artikal");
    const auto quantity = members.amount("quantity", Field::kLineQuantity, 3);
    if (!quantity) members.fail(Field::kLineQuantity, "Stavka nema količinu");
    line.quantity = quantity.value_or(Amount{});
    line.unit_price = members.amount("unitPrice", Field::kLinePrice, 4);
    line.discount_percent = members.amount("discountPercent", Field::kLineDiscount, 4).value_or(Amount{});
    line.vat_rate = members.amount("vatRate", Field::kLineVat, 4);
    if (type == DocumentType::kReturn) {
        const int base_id = members.id("baseDocumentId", Field::kLineBase);
        const std::string base_name = members.text("baseDocumentType", Field::kLineBase);
        const auto base_type = document_type(base_name);
        if (!base_name.empty() && !base_type) members.fail(Field::kLineBase, "Nepoznata vrsta dokumenta");
        if (base_type && base_id != 0) line.base = BaseReference{.type = *base_type, .id = base_id};
    }
    if (members.failure()) return std::unexpected(*members.failure());
    return line;
}

Outcome<Json> parse_object(std::string_view body) {
    Json document = Json::parse(body, nullptr, false);
    if (!document.is_object()) return std::unexpected(invalid(Field::kBody, "Telo mora biti JSON objekat"));
    return document;
}

}  // namespace

Outcome<DocumentRequest> read_document(std::string_view body, DocumentType type) {
    const auto document = parse_object(body);
    if (!document) return std::unexpected(document.error());
    Members members{*document, -1};
    DocumentRequest request{.type = type,
                            .unit = members.id("businessUnitId", Field::kUnit),
                            .external_number = members.text("externalNumber", Field::kExternalNumber),
                            .due_date = members.date("dueDate", Field::kDueDate),
                            .customer_id = members.id("customerId", Field::kCustomer),
                            .prices_include_vat = members.flag("pricesIncludeVat", Field::kPricesIncludeVat, true),
                            .note = members.text("note", Field::kNote)};
    const auto date = members.date("date", Field::kDate);
    if (!date) members.fail(Field::kDate, "Datum je obavezan");
    request.date = date.value_or(Date{});
    if (const auto currency = members.text("currency", Field::kCurrency); !currency.empty())
        request.currency = currency;
    if (request.currency.size() != 3) members.fail(Field::kCurrency, "Valuta mora imati tri slova");
    if (request.customer_id == 0) members.fail(Field::kCustomer, "Kupac je obavezan");
    const auto items = document->find("items");
    if (items == document->end() || !items->is_array()) members.fail(Field::kLines, "Stavke moraju biti lista");
    if (members.failure()) return std::unexpected(*members.failure());
    if (items->size() > kLinesMax) return std::unexpected(invalid(Field::kLines, "Previše stavki"));
    for (const Json& item : *items) {
        auto line = read_line(item, static_cast<int>(request.lines.size()), type);
        if (!line) return std::unexpected(line.error());
        request.lines.push_back(*std::move(line));
    }
    return request;
}

Outcome<Customer> read_customer(std::string_view body) {
    const auto document = parse_object(body);
    if (!document) return std::unexpected(document.error());
    Members members{*document, -1};
    Customer customer{.type = members.id("type", Field::kType),
                      .name = members.text("name", Field::kName),
                      .pib = members.text("pib", Field::kBody),
                      .registration_number = members.text("registrationNumber", Field::kBody),
                      .jbkjs = members.text("jbkjs", Field::kBody),
                      .address = members.text("address", Field::kBody),
                      .city = members.text("city", Field::kBody),
                      .postal_code = members.text("postalCode", Field::kBody),
                      .country = members.text("country", Field::kBody),
                      .email = members.text("email", Field::kBody),
                      .phone = members.text("phone", Field::kBody),
                      .external_id = members.text("externalId", Field::kBody)};
    if (customer.type < 1 || customer.type > 5) members.fail(Field::kType, "Vrsta kupca mora biti od 1 do 5");
    if (customer.name.empty()) members.fail(Field::kName, "Naziv je obavezan");
    if (members.failure()) return std::unexpected(*members.failure());
    return customer;
}

Outcome<Page> read_page(const Visit& visit, int default_size) {
    Page page{.number = 1, .size = default_size};
    const std::string number = visit.query("page");
    const std::string size = visit.query("pageSize");
    if (!number.empty()) page.number = id_of(number);
    if (!size.empty()) page.size = std::min(id_of(size), kPageSizeMax);
    if (page.number < 1 || page.size < 1)
        return std::unexpected(invalid(Field::kQuery, "page i pageSize moraju biti pozitivni brojevi"));
    if (visit.repeat_page && page.number > 1) --page.number;
    return page;
}

Outcome<Microseconds> read_modified_since(const Visit& visit) {
    const std::string text = visit.query("modifiedSince");
    if (text.empty()) return 0;
    if (const auto since = parse_iso_local_time(text)) return *since;
    return std::unexpected(invalid(Field::kQuery, "modifiedSince mora biti GGGG-MM-DDTHH:MM:SS"));
}

Outcome<ArticleFilter> read_article_filter(const Visit& visit) {
    const auto since = read_modified_since(visit);
    if (!since) return std::unexpected(since.error());
    ArticleFilter filter{.code = visit.query("code"), .modified_since = *since};
    const auto read = [&](const char* name, int& into) {
        const std::string text = visit.query(name);
        if (text.empty()) return true;
        into = id_of(text);
        return into > 0;
    };
    if (!read("productId", filter.id) || !read("groupId", filter.group)) {
        return std::unexpected(invalid(Field::kQuery, "productId i groupId moraju biti brojevi"));
    }
    if (!read("businessUnitId", filter.unit) || (filter.unit != 0 && !is_unit(filter.unit))) {
        return std::unexpected(invalid(Field::kUnit, "Poslovna jedinica ne postoji"));
    }
    return filter;
}

Outcome<PriceType> read_price_type(const Visit& visit) {
    const std::string name = visit.query("priceType");
    if (name.empty() || name == "gross") return PriceType::kGross;
    if (name == "net") return PriceType::kNet;
    if (name == "purchase") return PriceType::kPurchase;
    return std::unexpected(invalid(Field::kQuery, "priceType mora biti purchase, net ili gross"));
}

Outcome<DocumentFilter> read_document_filter(const Visit& visit, DocumentType type) {
    DocumentFilter filter{.type = type, .external_number = visit.query("externalNumber")};
    const std::string from = visit.query("dateFrom");
    const std::string to = visit.query("dateTo");
    const std::string customer = visit.query("customerId");
    if (!from.empty() && !(filter.date_from = parse_iso_date(from)))
        return std::unexpected(invalid(Field::kQuery, "dateFrom nije datum"));
    if (!to.empty() && !(filter.date_to = parse_iso_date(to)))
        return std::unexpected(invalid(Field::kQuery, "dateTo nije datum"));
    if (!customer.empty() && (filter.customer_id = id_of(customer)) == 0) {
        return std::unexpected(invalid(Field::kQuery, "customerId nije broj"));
    }
    return filter;
}

}  // namespace sandbox::erp::english
