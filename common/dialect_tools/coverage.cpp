#include "common/dialect_tools/coverage.h"

#include <algorithm>

#include <fmt/format.h>

namespace shopwire::dialect_tools {
namespace {

constexpr std::string_view kEach = "[].";
constexpr std::size_t kOthersMax = 200;  // a record whose member names are data has no end of them

bool is_filled(const json::Value& value) {
    switch (value.type()) {
        case json::Type::kNull: return false;
        case json::Type::kString: return !value.text().empty();
        case json::Type::kArray:
        case json::Type::kObject: return value.size() > 0;
        default: return true;
    }
}

std::string path_of(const std::string& list, std::string_view name) {
    return list.empty() ? std::string(name) : list + std::string(kEach) + std::string(name);
}

}  // namespace

Coverage::Coverage(const dialect::OperationWords& words) {
    for (const std::string& field : words.required) expect(field, true);
    for (const std::string& field : words.optional) expect(field, false);
}

void Coverage::expect(const std::string& field, bool required) {
    Field expected{.row = {.field = field, .required = required}};
    std::string_view names = field;
    if (const std::size_t each = names.find(kEach); each != std::string_view::npos) {
        expected.list = names.substr(0, each);
        names.remove_prefix(each + kEach.size());
    }
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find('|'));
        expected.names.emplace_back(name);
        names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
    fields_.push_back(std::move(expected));
}

void Coverage::add(const json::Value& record) {
    for (Field& field : fields_) {
        const json::Value list = field.list.empty() ? json::Value() : record.member(field.list);
        const std::size_t count = field.list.empty() ? 1 : list.size();
        for (std::size_t i = 0; i < count; ++i) {
            const json::Value object = field.list.empty() ? record : list.at(i);
            ++field.row.of;
            if (std::ranges::any_of(field.names,
                                    [&](const std::string& name) { return is_filled(object.member(name)); }))
                ++field.row.found;
        }
    }
    add_others(record, {});
    for (const Field& field : fields_)
        if (!field.list.empty() && &field == &*std::ranges::find(fields_, field.list, &Field::list))
            for (std::size_t i = 0; i < record.member(field.list).size(); ++i)
                add_others(record.member(field.list).at(i), field.list);
}

void Coverage::add_others(const json::Value& object, const std::string& list) {
    for (std::size_t i = 0; i < object.size(); ++i) {
        const auto [name, value] = object.member_at(i);
        if (is_named(name, list) || (others_.size() >= kOthersMax && !others_.contains(path_of(list, name)))) continue;
        Row& row = others_[path_of(list, name)];
        row.used = false;
        ++row.of;
        if (is_filled(value)) ++row.found;
    }
}

bool Coverage::is_named(std::string_view name, const std::string& list) const {
    return std::ranges::any_of(fields_, [&](const Field& field) {
        if (list.empty() && field.list == name) return true;
        return field.list == list && std::ranges::find(field.names, name) != field.names.end();
    });
}

std::vector<Coverage::Row> Coverage::rows() const {
    std::vector<Row> out;
    out.reserve(fields_.size() + others_.size());
    for (const Field& field : fields_) out.push_back(field.row);
    for (const auto& [path, other] : others_) {
        out.push_back(other);
        out.back().field = path;
    }
    return out;
}

void print(const std::vector<Coverage::Row>& rows, std::string_view margin, std::ostream& out) {
    std::size_t width = 0;
    for (const Coverage::Row& row : rows) width = std::max(width, row.field.size());
    for (const Coverage::Row& row : rows) {
        const char* word = row.lacks() ? "  MISSING, and required" : row.required ? "  required" : "";
        out << fmt::format("{}{:<{}}  {} of {}{}\n", margin, row.field, width, row.found, row.of,
                           row.used ? word : "  not used by the connector");
    }
}

}  // namespace shopwire::dialect_tools
