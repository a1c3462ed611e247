#include "tests/sandbox/erp/control_api.h"
#include "tests/sandbox/erp/english_rows.h"

#include <nlohmann/json.hpp>

namespace sandbox::erp {
namespace {

Json stock_of(const Article& article) {
    Json units = Json::object();
    for (int unit = 1; unit <= kUnitCount; ++unit) {
        const UnitStock& row = article.units[static_cast<std::size_t>(unit - 1)];
        units[std::to_string(unit)] = {{"onHand", row.on_hand.as_json_number()},
                                       {"reserved", row.reserved.as_json_number()},
                                       {"free", row.free().as_json_number()},
                                       {"priceWithoutVat", row.price_net.as_json_number()},
                                       {"priceWithVat", row.price_gross.as_json_number()}};
    }
    return units;
}

Json database_state(const Database& database) {
    Json articles = Json::array();
    for (const Article& article : database.articles()) {
        articles.push_back({{"id", article.id},
                            {"code", article.code},
                            {"name", article.name},
                            {"isActive", article.active},
                            {"units", stock_of(article)}});
    }
    Json customers = Json::array();
    for (const Customer& customer : database.customers()) {
        Json row = english::customer_row(customer);
        row["debt"] = customer.debt.as_json_number();
        customers.push_back(std::move(row));
    }
    Json documents = Json::array();
    for (const Document& document : database.documents()) documents.push_back(english::document_whole(document));
    Json state{{"name", database.name()}, {"isClosed", database.closed()}};
    state["articles"] = std::move(articles);
    state["customers"] = std::move(customers);
    state["documents"] = std::move(documents);
    return state;
}

}  // namespace

std::string state_text(World& world, const std::string& name) {
    Json databases = Json::object();
    {
        const std::scoped_lock lock{world.mutex};
        for (const Database& database : world.databases) {
            if (name.empty() || name == database.name()) databases[database.name()] = database_state(database);
        }
    }
    Json state = Json::object();
    state["databases"] = std::move(databases);
    return state.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sandbox::erp
