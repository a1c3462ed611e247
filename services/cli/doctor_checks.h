// What only the merchant's routing and Kafka can tell of a connection: which words of one side the tables of the other
// lack, and which articles meet nobody.  Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "common/kafka/record.h"
#include "services/cli/doctor_view.h"

namespace shopwire::cli {

// A route of orders, as the router says that it is in force.
struct OrderTables {
    std::string from{};
    std::string to{};
    bool exports = true;
    std::string export_since{};
    std::set<std::string> statuses{};  // in any of the three tables
    std::string document_type{};
    std::set<std::string> ruled{};     // payment methods that a document rule names
    std::set<std::string> filtered{};  // the only ones that are sent; empty: all
};

struct Pair {
    std::string from{};
    std::string to{};
};

struct Routes {
    bool known = false;
    std::vector<OrderTables> orders{};
    std::vector<Pair> stock{};  // from its owner
    std::vector<Pair> prices{};
    std::map<std::string, std::map<std::string, std::string>> aliases{};  // folded

    std::string canonical(const std::string& connection, const std::string& sku) const;
};
Routes routes_of(const nlohmann::json& answer, const std::string& merchant);

// What the topics of one merchant say.
struct Stored {
    std::map<std::string, Terms> seen{};  // of orders, by the connection where they were placed
    std::map<std::string, std::set<std::string>> articles{};  // canonical SKUs by connection
    std::int64_t sent = 0;  // orders that some target was asked to take
    std::map<std::string, std::set<std::string>> rates{};  // of taxes, by the connection whose articles have them
    std::map<std::string, Terms> priced{};  // currency, basis and rates of prices, by the connection that shows them
};
// Takes in a record of events.order, events.stock, events.product, state.snapshots.* or state.links.
void add(Stored& stored, const kafka::Record& record, const std::string& merchant, const Routes& routes);

// `terms`: what the connection itself offers.
std::vector<Finding> cross_checks(const std::string& merchant, const std::string& connection, const Routes& routes,
                                  const Stored& stored, const Terms& terms);

}  // namespace shopwire::cli
