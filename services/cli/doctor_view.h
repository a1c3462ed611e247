// What doctor and golive found, as a table.  Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace shopwire::cli {

struct Finding {
    std::string at{};  // merchant/connection
    std::string check{};
    std::string grade = "ok";  // ok, unknown, warning, fault
    std::string what{};
    std::string remedy{};
};

// The words of orders and prices that one connection knows of.
struct Terms {
    std::string currency{};
    std::string basis{};  // "with tax", "without tax"; empty: not told
    std::vector<std::string> statuses{};
    std::vector<std::string> payment_methods{};
    std::vector<std::string> tax_rates{};

    void add(const Terms& other);
};

// The answer of POST /api/examine.
struct Examined {
    std::vector<Finding> findings{};
    Terms terms{};
};
Examined examined_of(const std::string& connection, const nlohmann::json& answer);
// The question for it.
nlohmann::json examine_body(const std::string& connection, const Terms& seen, bool brief);

bool has_fault(const std::vector<Finding>& findings);
void print(const std::vector<Finding>& findings, std::ostream& out);
void print_json(const std::vector<Finding>& findings, std::ostream& out);

}  // namespace shopwire::cli
