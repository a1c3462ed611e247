#include "tests/sandbox/erp/serbian_api.h"

#include "tests/sandbox/erp/serbian_rows.h"
#include "tests/sandbox/kit/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sandbox::erp {
namespace {

std::unexpected<Failure> refuse(ErrorCode code, Field field, std::string message) {
    return std::unexpected(Failure{.code = code, .field = field, .message = std::move(message)});
}

// The list object of a range of rows, each written by `write`.
template <typename Row, typename Write>
Json list(const std::vector<Row>& rows, const serbian::Range& range, Write write) {
    Json lines = Json::array();
    for (const Row& row : slice(rows, range.from, range.to)) lines.push_back(write(row));
    Json content{{"ukupno", rows.size()}};
    content["stavke"] = std::move(lines);
    return content;
}

template <typename Rows, typename Write>
Json whole_list(const Rows& rows, Write write) {
    Json lines = Json::array();
    for (const auto& row : rows) lines.push_back(write(row));
    Json content{{"ukupno", lines.size()}};
    content["stavke"] = std::move(lines);
    return content;
}

std::string injected_failure(const kit::Fault& fault) {
    Json body = serbian::failed_envelope({.code = ErrorCode::kInternal, .message = "Servis trenutno nije dostupan"});
    if (!fault.body.empty()) body["sifraGreske"] = fault.body;
    return text_of(body, fault.kind);
}

}  // namespace

SerbianApi::SerbianApi(World& world, kit::FaultEngine& faults) : world_{world}, faults_{faults} {
    router_.add("GET", "/baze", [this](const kit::Request& request, const kit::PathValues& values) {
        return serve(request, values, &SerbianApi::baze, false);
    });
    router_.add("GET", "/media/{baza}/{id}",
                [this](const kit::Request&, const kit::PathValues& values) { return picture(values); });
    add("GET", "/{baza}/poslovne-jedinice", &SerbianApi::poslovne_jedinice);
    add("GET", "/{baza}/grupe", &SerbianApi::grupe);
    add("GET", "/{baza}/artikli", &SerbianApi::artikli);
    add("GET", "/{baza}/artikli/{id}", &SerbianApi::artikal);
    add("GET", "/{baza}/artikli/{id}/slike", &SerbianApi::slike);
    add("GET", "/{baza}/lager", &SerbianApi::lager);
    add("GET", "/{baza}/partneri", &SerbianApi::partneri);
    add("POST", "/{baza}/partneri", &SerbianApi::novi_partner);
    add("GET", "/{baza}/partneri/{sifra}/dugovanje", &SerbianApi::dugovanje);
    add("POST", "/{baza}/dokumenti", &SerbianApi::novi_dokument);
    add("GET", "/{baza}/dokumenti", &SerbianApi::dokumenti);
    add("GET", "/{baza}/dokumenti/{id}", &SerbianApi::dokument);
    add("POST", "/{baza}/dokumenti/{id}/storno", &SerbianApi::storno);
    router_.set_fallback(
        [this](const kit::Request& request) { return serve(request, {}, &SerbianApi::nepoznata_putanja, false); });
}

void SerbianApi::add(const char* method, const char* pattern, Handler handler) {
    router_.add(method, pattern, [this, handler](const kit::Request& request, const kit::PathValues& values) {
        return serve(request, values, handler, true);
    });
}

kit::Response SerbianApi::serve(const kit::Request& request, const kit::PathValues& values, Handler handler,
                                bool needs_database) const {
    const kit::Fault fault = answer_fault(faults_, request);
    if (fault.kind == "failed_envelope") return kit::json_response(200, injected_failure(fault));
    auto content = run(request, values, handler, needs_database, fault.kind == "repeat_page");
    if (!content) {
        const int status = content.error().code == ErrorCode::kUnauthorized ? 401 : 200;
        return kit::json_response(status, text_of(serbian::failed_envelope(content.error()), fault.kind));
    }
    if (fault.kind == "applied_then_failed") return kit::json_response(200, injected_failure(fault));
    Json body = serbian::envelope(*std::move(content));
    spoil_answer(body, fault.kind, "/podaci/stavke", true);
    return kit::json_response(200, text_of(body, fault.kind));
}

Outcome<Json> SerbianApi::run(const kit::Request& request, const kit::PathValues& values, Handler handler,
                              bool needs_database, bool repeat_page) const {
    const std::scoped_lock lock{world_.mutex};
    const std::string* authorization = request.header("Authorization");
    Visit visit{.request = request, .values = values, .now = kit::now_micros(), .repeat_page = repeat_page};
    visit.key = world_.authorize(authorization == nullptr ? "" : *authorization);
    if (visit.key == nullptr) return refuse(ErrorCode::kUnauthorized, Field::kNone, "Ključ nije ispravan");
    if (needs_database) {
        const auto database = world_.open(*visit.key, values[0]);
        if (!database) return std::unexpected(database.error());
        visit.database = *database;
    }
    return (this->*handler)(visit);
}

kit::Response SerbianApi::picture(const kit::PathValues& values) const {
    const std::scoped_lock lock{world_.mutex};
    Database* database = world_.database(values[0]);
    const Article* article =
        database == nullptr ? nullptr : database->article(id_of(values[1]) - kFirstImage + Database::kFirstArticle);
    if (article == nullptr || article->image_version == 0) return kit::json_response(404, "{}");
    return {.status = 200, .content_type = "image/png", .headers = {}, .body = image_bytes(*article)};
}

Outcome<Json> SerbianApi::baze(const Visit& visit) const {
    std::vector<const Database*> open;
    for (const Database& database : world_.databases) {
        if (std::ranges::find(visit.key->databases, database.name()) != visit.key->databases.end())
            open.push_back(&database);
    }
    return whole_list(open, [](const Database* database) {
        return Json{{"naziv", database->name()},
                    {"godina", std::to_string(database->year())},
                    {"zatvorena", database->closed() ? "D" : "N"}};
    });
}

Outcome<Json> SerbianApi::poslovne_jedinice(const Visit&) const {
    return whole_list(Database::units(), [](const BusinessUnit& unit) {
        return Json{{"pj", std::to_string(unit.id)},
                    {"sifra", unit.code},
                    {"naziv", unit.name},
                    {"tip", unit.retail ? "MP" : "VP"},
                    {"adresa", unit.address},
                    {"mesto", unit.city},
                    {"aktivna", "D"}};
    });
}

Outcome<Json> SerbianApi::grupe(const Visit& visit) const {
    return whole_list(visit.database->groups(), [](const Group& group) {
        return Json{{"idGrupe", std::to_string(group.id)},
                    {"nadredjena", group.parent == 0 ? "" : std::to_string(group.parent)},
                    {"nivo", std::to_string(group.level)},
                    {"naziv", group.name}};
    });
}

Outcome<Json> SerbianApi::artikli(const Visit& visit) const {
    const auto filter = serbian::read_article_filter(visit);
    const auto range = serbian::read_range(visit);
    if (!filter) return std::unexpected(filter.error());
    if (!range) return std::unexpected(range.error());
    return list(select_articles(*visit.database, *filter), *range, [&](const Article* article) {
        return serbian::article_row(*visit.database, *article, filter->unit == 0 ? 1 : filter->unit);
    });
}

Outcome<Json> SerbianApi::artikal(const Visit& visit) const {
    const auto filter = serbian::read_article_filter(visit);
    if (!filter) return std::unexpected(filter.error());
    const Article* article = visit.database->article(id_of(visit.values[1]));
    if (article == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Artikal ne postoji");
    return serbian::article_row(*visit.database, *article, filter->unit == 0 ? 1 : filter->unit);
}

Outcome<Json> SerbianApi::slike(const Visit& visit) const {
    const Article* article = visit.database->article(id_of(visit.values[1]));
    if (article == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Artikal ne postoji");
    std::vector<const Article*> pictured;
    if (article->image_version > 0) pictured.push_back(article);
    return whole_list(pictured, [&](const Article* one) {
        if (!world_.settings.image_url) return serbian::image_row(*one, "");
        const std::string* host = visit.request.header("Host");
        return serbian::image_row(*one, std::string{visit.request.secure ? "https://" : "http://"} +
                                            (host == nullptr ? "localhost" : *host) + "/media/" +
                                            visit.database->name() + "/" + std::to_string(image_id(*one)));
    });
}

Outcome<Json> SerbianApi::lager(const Visit& visit) const {
    const auto filter = serbian::read_article_filter(visit);
    const auto range = serbian::read_range(visit);
    const auto price = serbian::read_price_type(visit);
    if (!filter) return std::unexpected(filter.error());
    if (!range) return std::unexpected(range.error());
    if (!price) return std::unexpected(price.error());
    const std::string view = visit.query("prikaz");
    if (!view.empty() && view != "slobodno" && view != "stanje") {
        return refuse(ErrorCode::kValidation, Field::kQuery, "prikaz mora biti stanje ili slobodno");
    }
    return list(select_stock(*visit.database, *filter), *range,
                [&](const StockRow& row) { return serbian::stock_row(row, *price, view != "stanje"); });
}

Outcome<Json> SerbianApi::partneri(const Visit& visit) const {
    const auto range = serbian::read_range(visit);
    const auto since = serbian::read_modified_since(visit);
    if (!range) return std::unexpected(range.error());
    if (!since) return std::unexpected(since.error());
    const auto found = visit.database->find_customers({.pib = visit.query("pib"),
                                                       .code = visit.query("sifra"),
                                                       .email = visit.query("email"),
                                                       .phone = visit.query("telefon"),
                                                       .name = visit.query("naziv"),
                                                       .modified_since = *since,
                                                       .visible_until = world_.visible_until(visit.now)});
    return list(found, *range, [](const Customer* customer) { return serbian::partner_row(*customer); });
}

Outcome<Json> SerbianApi::novi_partner(const Visit& visit) const {
    auto asked = serbian::read_partner(visit.request.body);
    if (!asked) return std::unexpected(asked.error());
    const auto customer = add_new_customer(world_, *visit.database, *std::move(asked), visit.now);
    if (!customer) return std::unexpected(customer.error());
    return serbian::partner_row(**customer);
}

Outcome<Json> SerbianApi::dugovanje(const Visit& visit) const {
    const Customer* customer = visit.database->customer_by_code(visit.values[1]);
    if (customer == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Kupac ne postoji");
    const Debt debt = debt_of(*visit.database, *customer, local_date(visit.now), visit.now);
    return serbian::debt_object(*customer, debt, visit.now);
}

// The partner of a new document by code or by PIB; both must mean the same one.
Outcome<int> SerbianApi::partner_of(const Visit& visit, const serbian::DocumentBody& body) const {
    const auto found = visit.database->find_customers(
        {.pib = body.partner_pib, .code = body.partner_code, .visible_until = visit.now});
    if (found.empty()) return refuse(ErrorCode::kCustomerNotFound, Field::kCustomer, "Kupac ne postoji");
    return found.front()->id;
}

Outcome<Json> SerbianApi::novi_dokument(const Visit& visit) const {
    auto asked = serbian::read_document(visit.request.body);
    if (!asked) return std::unexpected(asked.error());
    const auto customer = partner_of(visit, *asked);
    if (!customer) return std::unexpected(customer.error());
    asked->document.customer_id = *customer;
    const auto document = post_document(world_, *visit.database, asked->document, visit.now);
    if (!document) return std::unexpected(document.error());
    return serbian::document_head(**document, *visit.database->customer(*customer));
}

Outcome<Json> SerbianApi::dokumenti(const Visit& visit) const {
    const auto range = serbian::read_range(visit);
    auto filter = serbian::read_document_filter(visit);
    if (!range) return std::unexpected(range.error());
    if (!filter) return std::unexpected(filter.error());
    if (const std::string code = visit.query("kupac"); !code.empty()) {
        const Customer* customer = visit.database->customer_by_code(code);
        if (customer == nullptr)
            return list(std::vector<const Document*>{}, *range, [](const Document*) { return Json{}; });
        filter->customer_id = customer->id;
    }
    filter->visible_until = world_.visible_until(visit.now);
    return list(visit.database->find_documents(*filter), *range, [&](const Document* document) {
        return serbian::document_head(*document, *visit.database->customer(document->customer_id));
    });
}

Outcome<Json> SerbianApi::dokument(const Visit& visit) const {
    const Document* document = visit.database->document(id_of(visit.values[1]));
    if (document == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Dokument ne postoji");
    return serbian::document_whole(*document, *visit.database->customer(document->customer_id));
}

Outcome<Json> SerbianApi::storno(const Visit& visit) const {
    const auto cancelled = cancel_document(world_, *visit.database, id_of(visit.values[1]), visit.now);
    if (!cancelled) return std::unexpected(cancelled.error());
    return serbian::document_head(**cancelled, *visit.database->customer((*cancelled)->customer_id));
}

Outcome<Json> SerbianApi::nepoznata_putanja(const Visit&) const {
    return refuse(ErrorCode::kNotFound, Field::kPath, "Nepoznata putanja");
}

}  // namespace sandbox::erp
