// Query parameters of the API: filters, includes, pages; and its error bodies.  Pure functions.
#pragma once

#include <functional>
#include <optional>

#include "tests/sandbox/keycrm/crm.h"
#include "tests/sandbox/kit/http_message.h"

namespace sandbox::keycrm {

kit::Response answer(int status, const Json& body);
kit::Response problem(int status, const std::string& message);
// 422 in Laravel's shape: field, what is wrong with it.
kit::Response invalid(const std::vector<std::pair<std::string, std::string>>& errors);

// filter[name] of a request.
class Filters {
 public:
    explicit Filters(const kit::Request& request);
    const std::string* text(const std::string& name);
    // A comma list; false when `value` is not among it.  No filter: true.
    bool admits(const std::string& name, const std::string& value);
    // "from, to", dates or times; false when `time` is outside.  No filter: true.
    bool admits_time(const std::string& name, std::int64_t time);
    bool is_true(const std::string& name);
    // A filter that nobody asked for.
    std::optional<std::string> unknown() const;

 private:
    std::map<std::string, std::string> values_{};
    std::set<std::string> asked_{};
};

// Names in snake case; the problem names one that is not allowed.
struct Includes {
    std::set<std::string> names{};
    std::optional<kit::Response> problem{};
};
Includes includes_of(const kit::Request& request, const std::set<std::string>& allowed);

// The envelope of one page of rows; "sort=-id" turns the order round.
kit::Response page_of(const kit::Request& request, const Crm& crm, std::vector<Json> rows);

}  // namespace sandbox::keycrm
