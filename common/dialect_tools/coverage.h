// In how many records of an operation each field was found.  One thread.
#pragma once

#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "common/dialect/dialect.h"
#include "common/json/value.h"

namespace shopwire::dialect_tools {

class Coverage {
 public:
    explicit Coverage(const dialect::OperationWords& words);
    void add(const json::Value& record);

    struct Row {
        std::string field{};  // "free|on_hand": one of them; "lines[].sku": of each item of a list
        std::size_t found = 0;
        std::size_t of = 0;
        bool required = false;
        bool used = true;  // by the connector
        bool lacks() const { return required && found < of; }
    };
    // Those that the operation's words name, in their order, then the others.
    std::vector<Row> rows() const;

 private:
    struct Field {
        Row row{};
        std::string list{};                 // "lines"; empty: a member of the record itself
        std::vector<std::string> names{};
    };
    void expect(const std::string& field, bool required);
    void add_others(const json::Value& object, const std::string& list);
    bool is_named(std::string_view name, const std::string& list) const;

    std::vector<Field> fields_{};
    std::map<std::string, Row> others_{};
};

// A line each, in columns.
void print(const std::vector<Coverage::Row>& rows, std::string_view margin, std::ostream& out);

}  // namespace shopwire::dialect_tools
