#include "tests/sandbox/erp/visit.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sandbox::erp {
namespace {

// "1.082,50" is a number as sors-sr writes it; a code, a date or a phone number is not.
bool is_comma_decimal(const std::string& text) {
    return text.contains(',') && text.find_first_not_of("0123456789.,-") == std::string::npos;
}

double comma_decimal(std::string text) {
    std::erase(text, '.');
    std::ranges::replace(text, ',', '.');
    return Amount::parse(text).value_or(Amount{}).as_json_number();
}

// Each number takes the other JSON type.
void swap_number_types(Json& value, bool decimal_comma) {
    if (value.is_structured()) {
        for (Json& member : value) swap_number_types(member, decimal_comma);
    } else if (!decimal_comma && value.is_number()) {
        value = value.dump();
    } else if (decimal_comma && value.is_string() && is_comma_decimal(value.get_ref<const std::string&>())) {
        value = comma_decimal(value.get<std::string>());
    }
}

void add_unknown_fields(Json& value) {
    for (Json& member : value) {
        if (member.is_structured()) add_unknown_fields(member);
    }
    if (value.is_object()) value["xNovoPolje"] = Json{{"verzija", 2}, {"oznake", {"a", "b"}}};
}

}  // namespace

int id_of(std::string_view digits) {
    int id = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9' || id > 100'000'000) return 0;
        id = id * 10 + (digit - '0');
    }
    return id;
}

kit::Fault answer_fault(kit::FaultEngine& faults, const kit::Request& request) {
    return faults.pick("answer", request.method, request.path).value_or(kit::Fault{});
}

void spoil_answer(Json& body, const std::string& fault, const std::string& list, bool decimal_comma) {
    const Json::json_pointer rows{list};
    if (fault == "empty_page" && body.contains(rows) && body[rows].is_array()) {
        body[rows] = Json::array();
    } else if (fault == "null_list" && body.contains(rows) && body[rows].is_array()) {
        body[rows] = nullptr;
    } else if (fault == "number_as_string") {
        const std::string_view content = std::string_view{list}.substr(0, list.find('/', 1));
        swap_number_types(body[Json::json_pointer{std::string{content}}], decimal_comma);
    } else if (fault == "unknown_fields") {
        add_unknown_fields(body);
    }
}

std::string text_of(const Json& body, const std::string& fault) {
    const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return fault == "bom" ? "\xEF\xBB\xBF" + text : text;
}

}  // namespace sandbox::erp
