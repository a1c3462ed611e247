#include "tests/sandbox/erp/english_api.h"

#include "tests/sandbox/erp/english_rows.h"
#include "tests/sandbox/erp/journal.h"
#include "tests/sandbox/kit/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sandbox::erp {
namespace {

std::unexpected<Failure> refuse(ErrorCode code, Field field, std::string message) {
    return std::unexpected(Failure{.code = code, .field = field, .message = std::move(message)});
}

// One page of rows, each written by `write`.
template <typename Row, typename Write>
Outcome<Json> paged(const std::vector<Row>& rows, const english::Page& page, Write write) {
    Json data = Json::array();
    for (const Row& row : slice(rows, page.begin(), page.end())) data.push_back(write(row));
    Json body = english::envelope(std::move(data));
    const auto size = static_cast<std::size_t>(page.size);
    body["pagination"] = {{"page", page.number},
                          {"pageSize", page.size},
                          {"totalItems", rows.size()},
                          {"totalPages", (rows.size() + size - 1) / size}};
    return body;
}

std::string injected_failure(const kit::Fault& fault) {
    Json body = english::failed_envelope({.code = ErrorCode::kInternal, .message = "Servis trenutno nije dostupan"});
    if (!fault.body.empty()) body["errors"][0]["code"] = fault.body;
    return text_of(body, fault.kind);
}

}  // namespace

EnglishApi::EnglishApi(World& world, kit::FaultEngine& faults) : world_{world}, faults_{faults} {
    add("GET", "/api/databases", &EnglishApi::list_databases, false);
    add("GET", "/api/business-units", &EnglishApi::list_business_units);
    add("GET", "/api/product-groups", &EnglishApi::list_product_groups);
    add("GET", "/api/products", &EnglishApi::list_products);
    add("GET", "/api/products/{id}", &EnglishApi::get_product);
    add("GET", "/api/products/{id}/images", &EnglishApi::list_product_images);
    add("GET", "/api/stock", &EnglishApi::list_stock);
    add("GET", "/api/customers", &EnglishApi::find_customers);
    add("POST", "/api/customers", &EnglishApi::create_customer);
    add("GET", "/api/customers/{id}/debt", &EnglishApi::get_customer_debt);
    add("POST", "/api/documents/{type}", &EnglishApi::create_document);
    add("GET", "/api/documents/{type}", &EnglishApi::find_document);
    add("GET", "/api/documents/{type}/{id}", &EnglishApi::get_document);
    add("DELETE", "/api/documents/{type}/{id}", &EnglishApi::cancel_document);
    router_.add("GET", "/media/{database}/{id}",
                [this](const kit::Request&, const kit::PathValues& values) { return picture(values); });
    router_.set_fallback(
        [this](const kit::Request& request) { return serve(request, {}, &EnglishApi::no_such_path, false); });
}

void EnglishApi::add(const char* method, const char* pattern, Handler handler, bool needs_database) {
    router_.add(method, pattern,
                [this, handler, needs_database](const kit::Request& request, const kit::PathValues& values) {
                    return serve(request, values, handler, needs_database);
                });
}

kit::Response EnglishApi::serve(const kit::Request& request, const kit::PathValues& values, Handler handler,
                                bool needs_database) const {
    const kit::Fault fault = answer_fault(faults_, request);
    if (fault.kind == "failed_envelope") return kit::json_response(200, injected_failure(fault));
    auto body = run(request, values, handler, needs_database, fault.kind == "repeat_page");
    if (!body) {
        return kit::json_response(english::http_status(body.error().code),
                                  text_of(english::failed_envelope(body.error()), fault.kind));
    }
    if (fault.kind == "applied_then_failed") return kit::json_response(200, injected_failure(fault));
    spoil_answer(*body, fault.kind, "/data", false);
    return kit::json_response(request.method == "POST" ? 201 : 200, text_of(*body, fault.kind));
}

Outcome<Json> EnglishApi::run(const kit::Request& request, const kit::PathValues& values, Handler handler,
                              bool needs_database, bool repeat_page) const {
    const std::scoped_lock lock{world_.mutex};
    const std::string* authorization = request.header("Authorization");
    Visit visit{.request = request, .values = values, .now = kit::now_micros(), .repeat_page = repeat_page};
    visit.key = world_.authorize(authorization == nullptr ? "" : *authorization);
    if (visit.key == nullptr)
        return refuse(ErrorCode::kUnauthorized, Field::kNone, "Zaglavlje mora biti: Authorization: ApiKey <ključ>");
    if (needs_database) {
        const std::string name = visit.query("database");
        if (name.empty()) return refuse(ErrorCode::kValidation, Field::kDatabase, "Baza nije izabrana");
        const auto database = world_.open(*visit.key, name);
        if (!database) return std::unexpected(database.error());
        visit.database = *database;
    }
    return (this->*handler)(visit);
}

// The address that image_url=true gives out; it needs no key, as a shop must be able to fetch it.
kit::Response EnglishApi::picture(const kit::PathValues& values) const {
    const std::scoped_lock lock{world_.mutex};
    Database* database = world_.database(values[0]);
    const Article* article =
        database == nullptr ? nullptr : database->article(id_of(values[1]) - kFirstImage + Database::kFirstArticle);
    if (article == nullptr || article->image_version == 0) return kit::json_response(404, "{}");
    return {.status = 200, .content_type = "image/png", .headers = {}, .body = image_bytes(*article)};
}

Outcome<Json> EnglishApi::list_databases(const Visit& visit) const {
    Json data = Json::array();
    for (const Database& database : world_.databases) {
        if (std::ranges::find(visit.key->databases, database.name()) == visit.key->databases.end()) continue;
        data.push_back({{"id", database.id()},
                        {"name", database.name()},
                        {"year", database.year()},
                        {"isClosed", database.closed()}});
    }
    return english::envelope(std::move(data));
}

Outcome<Json> EnglishApi::list_business_units(const Visit&) const {
    Json data = Json::array();
    for (const BusinessUnit& unit : Database::units()) {
        data.push_back({{"id", unit.id},
                        {"code", unit.code},
                        {"name", unit.name},
                        {"kind", unit.retail ? "retail" : "wholesale"},
                        {"address", unit.address},
                        {"city", unit.city},
                        {"isActive", true}});
    }
    return english::envelope(std::move(data));
}

Outcome<Json> EnglishApi::list_product_groups(const Visit& visit) const {
    Json data = Json::array();
    for (const Group& group : visit.database->groups()) {
        data.push_back({{"id", group.id},
                        {"parentId", group.parent == 0 ? Json{} : Json(group.parent)},
                        {"level", group.level},
                        {"name", group.name}});
    }
    return english::envelope(std::move(data));
}

Outcome<Json> EnglishApi::list_products(const Visit& visit) const {
    const auto filter = english::read_article_filter(visit);
    const auto page = english::read_page(visit, 200);
    const auto price = english::read_price_type(visit);
    if (!filter) return std::unexpected(filter.error());
    if (!page) return std::unexpected(page.error());
    if (!price) return std::unexpected(price.error());
    const int unit = filter->unit == 0 ? 1 : filter->unit;
    return paged(select_articles(*visit.database, *filter), *page,
                 [&](const Article* article) { return english::product_row(*visit.database, *article, unit, *price); });
}

Outcome<Json> EnglishApi::get_product(const Visit& visit) const {
    const auto filter = english::read_article_filter(visit);
    const auto price = english::read_price_type(visit);
    if (!filter) return std::unexpected(filter.error());
    if (!price) return std::unexpected(price.error());
    const Article* article = visit.database->article(id_of(visit.values[0]));
    if (article == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Artikal ne postoji");
    return english::envelope(
        english::product_row(*visit.database, *article, filter->unit == 0 ? 1 : filter->unit, *price));
}

Outcome<Json> EnglishApi::list_product_images(const Visit& visit) const {
    const Article* article = visit.database->article(id_of(visit.values[0]));
    if (article == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Artikal ne postoji");
    Json data = Json::array();
    if (article->image_version > 0) {
        const std::string* host = visit.request.header("Host");
        const std::string url = std::string{visit.request.secure ? "https://" : "http://"} +
                                (host == nullptr ? "localhost" : *host) + "/media/" + visit.database->name() + "/" +
                                std::to_string(image_id(*article));
        data.push_back(english::image_row(*article, world_.settings.image_url ? url : std::string{}));
    }
    return english::envelope(std::move(data));
}

Outcome<Json> EnglishApi::list_stock(const Visit& visit) const {
    const auto filter = english::read_article_filter(visit);
    const auto page = english::read_page(visit, 200);
    const auto price = english::read_price_type(visit);
    if (!filter) return std::unexpected(filter.error());
    if (!page) return std::unexpected(page.error());
    if (!price) return std::unexpected(price.error());
    const std::string mode = visit.query("stockMode");
    if (mode != "" && mode != "free" && mode != "on_hand") {
        return refuse(ErrorCode::kValidation, Field::kQuery, "stockMode mora biti on_hand ili free");
    }
    return paged(select_stock(*visit.database, *filter), *page,
                 [&](const StockRow& row) { return english::stock_row(row, *price, mode != "on_hand"); });
}

Outcome<Json> EnglishApi::find_customers(const Visit& visit) const {
    const auto page = english::read_page(visit, 50);
    const auto since = english::read_modified_since(visit);
    if (!page) return std::unexpected(page.error());
    if (!since) return std::unexpected(since.error());
    const auto found = visit.database->find_customers({.pib = visit.query("pib"),
                                                       .code = visit.query("code"),
                                                       .email = visit.query("email"),
                                                       .phone = visit.query("phone"),
                                                       .name = visit.query("name"),
                                                       .modified_since = *since,
                                                       .visible_until = world_.visible_until(visit.now)});
    return paged(found, *page, [](const Customer* customer) { return english::customer_row(*customer); });
}

Outcome<Json> EnglishApi::create_customer(const Visit& visit) const {
    auto asked = english::read_customer(visit.request.body);
    if (!asked) return std::unexpected(asked.error());
    const auto customer = add_new_customer(world_, *visit.database, *std::move(asked), visit.now);
    if (!customer) return std::unexpected(customer.error());
    return english::envelope(english::customer_row(**customer));
}

Outcome<Json> EnglishApi::get_customer_debt(const Visit& visit) const {
    const Customer* customer = visit.database->customer(id_of(visit.values[0]));
    if (customer == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Kupac ne postoji");
    const std::string as_of = visit.query("asOf");
    const auto date = as_of.empty() ? local_date(visit.now) : parse_iso_date(as_of);
    if (!date) return refuse(ErrorCode::kValidation, Field::kQuery, "asOf nije datum");
    return english::envelope(
        english::debt_object(*customer, debt_of(*visit.database, *customer, *date, visit.now), visit.now));
}

Outcome<Json> EnglishApi::create_document(const Visit& visit) const {
    const auto type = english::document_type(visit.values[0]);
    if (!type) return no_such_path(visit);
    const auto asked = english::read_document(visit.request.body, *type);
    if (!asked) return std::unexpected(asked.error());
    const auto document = post_document(world_, *visit.database, *asked, visit.now);
    if (!document) return std::unexpected(document.error());
    return english::envelope(english::document_head(**document));
}

Outcome<Json> EnglishApi::find_document(const Visit& visit) const {
    const auto type = english::document_type(visit.values[0]);
    if (!type) return no_such_path(visit);
    const auto page = english::read_page(visit, 50);
    auto filter = english::read_document_filter(visit, *type);
    if (!page) return std::unexpected(page.error());
    if (!filter) return std::unexpected(filter.error());
    filter->visible_until = world_.visible_until(visit.now);
    return paged(visit.database->find_documents(*filter), *page,
                 [](const Document* document) { return english::document_head(*document); });
}

Outcome<Json> EnglishApi::get_document(const Visit& visit) const {
    const Document* document = visit.database->document(id_of(visit.values[1]));
    if (document == nullptr || type_name(document->type) != visit.values[0]) {
        return refuse(ErrorCode::kNotFound, Field::kPath, "Dokument ne postoji");
    }
    return english::envelope(english::document_whole(*document));
}

Outcome<Json> EnglishApi::cancel_document(const Visit& visit) const {
    const Document* document = visit.database->document(id_of(visit.values[1]));
    if (document == nullptr || type_name(document->type) != visit.values[0]) {
        return refuse(ErrorCode::kNotFound, Field::kPath, "Dokument ne postoji");
    }
    const auto cancelled = erp::cancel_document(world_, *visit.database, document->id, visit.now);
    if (!cancelled) return std::unexpected(cancelled.error());
    return english::envelope(english::document_head(**cancelled));
}

Outcome<Json> EnglishApi::no_such_path(const Visit&) const {
    return refuse(ErrorCode::kNotFound, Field::kPath, "Nepoznata putanja");
}

}  // namespace sandbox::erp
