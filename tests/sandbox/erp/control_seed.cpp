#include "tests/sandbox/erp/control_seed.h"

#include "tests/sandbox/erp/demo_data.h"
#include "tests/sandbox/erp/english_rows.h"
#include "tests/sandbox/erp/journal.h"
#include "tests/sandbox/erp/posting.h"

#include <nlohmann/json.hpp>

namespace sandbox::erp {
namespace {

constexpr int kGenerateMax = 100'000;

std::optional<Amount> amount_of(const Json& body, const char* name) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null()) return std::nullopt;
    return Amount::parse(found->is_string() ? found->get<std::string>() : found->dump());
}

Database* database_of(World& world, const Json& body) { return world.database(body.value("database", "Shop2026")); }

Article* article_of(World& world, const Json& body) {
    Database* database = database_of(world, body);
    return database == nullptr ? nullptr : database->article_by_code(body.value("code", ""));
}

bool set_price(UnitStock& row, const Json& body, Amount vat_rate) {
    if (const auto gross = amount_of(body, "priceWithVat")) {
        row.price_gross = *gross;
        row.price_net = net_of(*gross, vat_rate);
        return true;
    }
    if (const auto net = amount_of(body, "priceWithoutVat")) {
        row.price_net = *net;
        row.price_gross = gross_of(*net, vat_rate);
        return true;
    }
    return false;
}

// One article: flat members are for both units, "units": {"1": {...}, "2": {...}} for one.
std::string seed_article(World& world, Database& database, const Json& body, Microseconds now) {
    Article article{.code = body.value("code", ""),
                    .name = body.value("name", body.value("code", "")),
                    .kind = body.value("kind", "Roba"),
                    .group = body.value("groupId", 12),
                    .group2 = body.value("group2Id", 0),
                    .unit_of_measure = body.value("unit", "kom"),
                    .gtin = body.value("gtin", ""),
                    .vat_rate = amount_of(body, "vatRate").value_or(Amount::from_whole(20)),
                    .active = body.value("isActive", true),
                    .image_version = body.value("image", true) ? 1 : 0,
                    .modified = now};
    if (article.code.empty()) return "seeding: article without code";
    std::array<StockChange, kUnitCount> stock;
    for (int unit = 1; unit <= kUnitCount; ++unit) {
        const auto at = static_cast<std::size_t>(unit - 1);
        const Json units = body.value("units", Json::object());
        const Json own = units.value(std::to_string(unit), Json::object());
        UnitStock& row = article.units[at];
        row.modified = now;
        if (!set_price(row, own, article.vat_rate)) set_price(row, body, article.vat_rate);
        const auto purchase = amount_of(own, "purchasePrice");
        row.price_purchase = purchase ? *purchase : amount_of(body, "purchasePrice").value_or(Amount{});
        const auto on_hand = amount_of(own, "onHand");
        const auto reserved = amount_of(own, "reserved");
        stock[at] = {.unit = unit,
                     .on_hand = on_hand ? *on_hand : amount_of(body, "onHand").value_or(Amount{}),
                     .reserved = reserved ? *reserved : amount_of(body, "reserved").value_or(Amount{}),
                     .cause = "seed"};
    }
    Article* added = database.add_article(std::move(article));
    if (added == nullptr) return "seeding: code " + body.value("code", "") + " is taken, or the database is full";
    for (const StockChange& change : stock) move_stock(world.log, now, database, *added, change);
    return {};
}

void seed_customer(World& world, Database& database, const Json& body, Microseconds now) {
    Customer customer{.type = body.value("type", 3),
                      .name = body.value("name", "Kupac"),
                      .pib = body.value("pib", ""),
                      .address = body.value("address", ""),
                      .city = body.value("city", ""),
                      .postal_code = body.value("postalCode", ""),
                      .email = body.value("email", ""),
                      .phone = body.value("phone", ""),
                      .default_discount = amount_of(body, "defaultDiscountPercent").value_or(Amount{}),
                      .active = body.value("isActive", true),
                      .modified = now,
                      .debt = amount_of(body, "debt").value_or(Amount{}),
                      .overdue_at_start = amount_of(body, "overdue").value_or(Amount{}),
                      .credit_limit = amount_of(body, "creditLimit")};
    if (const Customer* added = database.add_customer(std::move(customer)))
        record_customer(world.log, now, database, *added);
}

}  // namespace

std::string seed(World& world, const Json& body, Microseconds now) {
    Database* database = database_of(world, body);
    if (database == nullptr) return "seeding: no such database";
    if (body.value("replace", false)) {
        std::vector<Group> groups = database->groups();
        database->clear();
        database->set_groups(std::move(groups));
    }
    const int generate = body.value("generate", 0);
    if (generate < 0 || generate > kGenerateMax) return "seeding: generate is 0 to 100000";
    add_generated_articles(*database, generate, now);
    for (const Json& article : body.value("articles", Json::array())) {
        if (const std::string problem = seed_article(world, *database, article, now); !problem.empty()) return problem;
    }
    for (const Json& customer : body.value("customers", Json::array())) seed_customer(world, *database, customer, now);
    return {};
}

std::string set_stock(World& world, const Json& body, Microseconds now) {
    Article* article = article_of(world, body);
    const int unit = body.value("unit", 1);
    if (article == nullptr || !is_unit(unit)) return "setting stock: no such article or unit";
    const auto counted = amount_of(body, "onHand");
    const auto added = amount_of(body, "add");
    if (counted.has_value() == added.has_value()) return "setting stock: give onHand or add";
    const Amount before = article->units[static_cast<std::size_t>(unit - 1)].on_hand;
    move_stock(world.log, now, *database_of(world, body), *article,
               {.unit = unit, .on_hand = counted ? *counted - before : *added, .cause = "stock"});
    return {};
}

std::string change_price(World& world, const Json& body, Microseconds now) {
    Article* article = article_of(world, body);
    const int only = body.value("unit", 0);
    if (article == nullptr || (only != 0 && !is_unit(only))) return "changing price: no such article or unit";
    for (int unit = 1; unit <= kUnitCount; ++unit) {
        if (only != 0 && only != unit) continue;
        UnitStock& row = article->units[static_cast<std::size_t>(unit - 1)];
        if (!set_price(row, body, article->vat_rate)) return "changing price: give priceWithVat or priceWithoutVat";
        row.modified = now;
        record_price(world.log, now, *database_of(world, body), *article, unit);
    }
    article->modified = now;
    return {};
}

std::string change_article(World& world, const Json& body, Microseconds now) {
    Article* article = article_of(world, body);
    if (article == nullptr) return "changing article: no such article";
    article->name = body.value("name", article->name);
    article->active = body.value("isActive", article->active);
    if (body.value("newImage", false)) ++article->image_version;
    article->modified = now;
    return {};
}

std::string fulfil(World& world, const Json& body, Microseconds now) {
    Database* database = database_of(world, body);
    const auto type = english::document_type(body.value("type", "invoice-delivery-note"));
    if (database == nullptr || !type) return "fulfilling: no such database or type";
    const auto posted = fulfil_reservation(world, *database, body.value("documentId", 0), *type, now);
    return posted ? std::string{} : "fulfilling: " + posted.error().message;
}

std::string close_database(World& world, const Json& body, Microseconds) {
    Database* database = database_of(world, body);
    if (database == nullptr) return "closing: no such database";
    database->set_closed(body.value("closed", true));
    return {};
}

void mutate(World& world, Database& database, std::uint64_t random, Microseconds now) {
    if (database.articles().empty()) return;
    Article& article = database.articles()[random % database.articles().size()];
    const int unit = 1 + static_cast<int>((random >> 20) % kUnitCount);
    UnitStock& row = article.units[static_cast<std::size_t>(unit - 1)];
    switch ((random >> 24) % 3) {
        case 0:
            move_stock(world.log, now, database, article,
                       {.unit = unit, .on_hand = Amount::from_whole(1), .cause = "mutator"});
            break;
        case 1:
            row.price_gross += Amount::from_whole(1);
            row.price_net = net_of(row.price_gross, article.vat_rate);
            row.modified = now;
            record_price(world.log, now, database, article, unit);
            break;
        default:
            article.name = article.code + " (izmena " + std::to_string(random % 1000) + ")";
            article.modified = now;
    }
}

}  // namespace sandbox::erp
