#include "tests/contract/conformance/json_edit.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/core/decimal.h"

namespace shopwire::conformance {
namespace {

using Json = nlohmann::ordered_json;

bool is_scalar(const Json& value) { return value.is_string() || value.is_number() || value.is_boolean(); }

// Each member of each object, inside out.
void each_member(Json& value, const std::function<void(const std::string& name, Json& member)>& visit) {
    if (value.is_array())
        for (Json& one : value) each_member(one, visit);
    if (!value.is_object()) return;
    for (auto& [name, member] : value.items()) {
        each_member(member, visit);
        visit(name, member);
    }
}

void each_object(Json& value, const std::function<void(Json& object)>& visit) {
    if (value.is_object() || value.is_array())
        for (Json& one : value) each_object(one, visit);
    if (value.is_object()) visit(value);
}

Json* longest_list(Json& value) {
    Json* longest = value.is_array() && !value.empty() && value[0].is_object() ? &value : nullptr;
    if (longest != nullptr || !value.is_object()) return longest;
    for (auto& [name, member] : value.items()) {
        Json* inside = longest_list(member);
        if (inside != nullptr && (longest == nullptr || inside->size() > longest->size())) longest = inside;
    }
    return longest;
}

std::string edited(const std::string& text, const std::function<void(Json&)>& edit) {
    Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) return text;
    edit(document);
    return document.dump();
}

// Every text and number anywhere inside, as text.
std::vector<std::string> scalars(const std::string& text) {
    std::vector<std::string> out;
    const std::function<void(const Json&)> look = [&](const Json& value) {
        if (value.is_string()) out.push_back(value.get<std::string>());
        if (value.is_number()) out.push_back(value.dump());
        if (value.is_structured())
            for (const Json& one : value) look(one);
    };
    look(Json::parse(text, nullptr, false));
    return out;
}

}  // namespace

std::set<std::string> scalar_members(const std::string& text) {
    std::set<std::string> names;
    edited(text, [&names](Json& document) {
        each_member(document, [&names](const std::string& name, const Json& member) {
            if (is_scalar(member)) names.insert(name);
        });
    });
    return names;
}

std::string with_member(const std::string& text, const std::string& name, const std::string& value) {
    return edited(text, [&](Json& document) {
        each_member(document, [&](const std::string& here, Json& member) {
            if (here == name && is_scalar(member)) member = Json::parse(value);
        });
    });
}

std::string with_unknown_members(const std::string& text) {
    return edited(text, [](Json& document) {
        each_object(document, [](Json& object) {
            object["zz_unknown"] = Json::array({1, "two", nullptr});
            object["zzUnknown"] = Json::object({{"id", "9"}, {"name", "nobody knows"}});
        });
    });
}

std::string with_rows(const std::string& text, std::size_t rows) {
    return edited(text, [rows](Json& document) {
        Json* list = longest_list(document);
        if (list == nullptr) return;
        const Json first = *list;
        for (std::size_t i = first.size(); i < rows; ++i) list->push_back(first[i % first.size()]);
    });
}

bool has_text(const std::string& text, const std::string& part) {
    const std::vector<std::string> texts = scalars(text);
    return std::ranges::any_of(texts, [&part](const std::string& one) { return one.contains(part); });
}

bool has_amount(const std::string& text, const std::string& amount) {
    const std::vector<std::string> texts = scalars(text);
    const Result<Decimal> wanted = Decimal::parse(amount);
    return std::ranges::any_of(texts, [&wanted](const std::string& one) {
        const Result<Decimal> value = Decimal::parse(one);
        return value && *value == *wanted;
    });
}

std::string quoted(const std::string& text) { return Json(text).dump(); }

}  // namespace shopwire::conformance
