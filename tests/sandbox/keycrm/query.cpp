#include "tests/sandbox/keycrm/query.h"

#include <algorithm>
#include <charconv>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

constexpr int kLimitDefault = 15;
constexpr int kLimitMax = 50;
constexpr std::size_t kDateSize = 10;

std::string trimmed(std::string text) {
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

int number_or(const std::string* text, int fallback) {
    int value = fallback;
    if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

// deliveryService and delivery_service are one name.
std::string snake(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c >= 'A' && c <= 'Z') {
            out += '_';
            out += static_cast<char>(c + ('a' - 'A'));
        } else {
            out += c;
        }
    }
    return out;
}

std::string joined(const std::set<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

}  // namespace

kit::Response answer(int status, const Json& body) {
    kit::Response response = kit::json_response(status, status == 204 ? "" : body.dump());
    response.content_type = "application/json";
    return response;
}

kit::Response problem(int status, const std::string& message) { return answer(status, Json{{"message", message}}); }

kit::Response invalid(const std::vector<std::pair<std::string, std::string>>& errors) {
    Json body{{"message", "The given data was invalid."}, {"errors", Json::object()}};
    for (const auto& [field, wrong] : errors) body["errors"][field] = Json::array({wrong});
    return answer(422, body);
}

Filters::Filters(const kit::Request& request) {
    for (const auto& [name, value] : request.query)
        if (name.starts_with("filter[") && name.ends_with("]"))
            values_[name.substr(7, name.size() - 8)] = trimmed(value);
}

const std::string* Filters::text(const std::string& name) {
    asked_.insert(name);
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
}

bool Filters::admits(const std::string& name, const std::string& value) {
    const std::string* wanted = text(name);
    if (wanted == nullptr) return true;
    return std::ranges::any_of(kit::split(*wanted, ','), [&](const std::string& one) { return trimmed(one) == value; });
}

bool Filters::admits_time(const std::string& name, std::int64_t time) {
    const std::string* range = text(name);
    if (range == nullptr) return true;
    const auto ends = kit::split(*range, ',');
    if (ends.size() != 2) return false;
    const auto read = [](std::string end, const char* day_time) -> std::int64_t {
        end = trimmed(end);
        if (end.size() == kDateSize) end += day_time;
        const auto parsed = kit::parse_time(end);
        return parsed ? parsed->seconds : 0;
    };
    return read(ends[0], " 00:00:00") <= time && time <= read(ends[1], " 23:59:59");
}

bool Filters::is_true(const std::string& name) {
    const std::string* value = text(name);
    return value != nullptr && (*value == "true" || *value == "1");
}

std::optional<std::string> Filters::unknown() const {
    for (const auto& [name, value] : values_)
        if (!asked_.contains(name)) return name;
    return std::nullopt;
}

Includes includes_of(const kit::Request& request, const std::set<std::string>& allowed) {
    Includes out;
    const std::string* text = request.query_value("include");
    if (text == nullptr) return out;
    for (const std::string& one : kit::split(*text, ',')) {
        const std::string name = snake(trimmed(one));
        if (!allowed.contains(name)) {
            out.problem = problem(400, "Requested include(s) `" + trimmed(one) +
                                           "` are not allowed. Allowed include(s) are `" + joined(allowed) + "`.");
            return out;
        }
        out.names.insert(name);
    }
    return out;
}

kit::Response page_of(const kit::Request& request, const Crm& crm, std::vector<Json> rows) {
    int limit = number_or(request.query_value("limit"), kLimitDefault);
    if (limit > kLimitMax && crm.switches.limit_over_is_422)
        return invalid({{"limit", "The limit may not be greater than 50."}});
    limit = std::clamp(limit, 1, kLimitMax);
    const int page = std::max(1, number_or(request.query_value("page"), 1));
    if (const std::string* sort = request.query_value("sort"); sort != nullptr) {
        const bool down = sort->starts_with("-");
        const std::string field = sort->substr(down ? 1 : 0);
        std::ranges::stable_sort(rows, [&](const Json& left, const Json& right) {
            return down ? right[field] < left[field] : left[field] < right[field];
        });
    }
    const int total = static_cast<int>(rows.size());
    const int last = std::max(1, (total + limit - 1) / limit);
    const std::string path = "https://openapi.keycrm.app" + request.path;
    // The links lose filter and limit: whoever follows them reads other rows.
    const auto link = [&](int number) { return path + "?page=" + std::to_string(number); };
    Json body{{"total", total}, {"current_page", page}, {"per_page", limit}, {"last_page", last}};
    body["data"] = Json::array();
    for (int i = (page - 1) * limit; i < std::min(page * limit, total); ++i)
        body["data"].push_back(rows[static_cast<std::size_t>(i)]);
    body["first_page_url"] = link(1);
    body["last_page_url"] = link(last);
    body["next_page_url"] = page < last ? Json(link(page + 1)) : Json();
    body["prev_page_url"] = page > 1 ? Json(link(page - 1)) : Json();
    body["path"] = path;
    return answer(200, body);
}

}  // namespace sandbox::keycrm
