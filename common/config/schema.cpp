#include "common/config/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace shopwire::config {
namespace {

// Edits between two words, for "did you mean".
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (left[i - 1] == right[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

nlohmann::ordered_json field_schema(const FieldInfo& field) {
    nlohmann::ordered_json out =
        field.nested.empty() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::parse(field.nested);
    if (!field.type.empty()) out["type"] = field.type;
    out["description"] = field.doc;
    if (!field.default_text.empty()) out["default"] = field.default_text;
    if (!field.choices.empty()) out["enum"] = field.choices;
    if (field.secret) out["pattern"] = R"(^\$\{(env|file):.+\}$)";
    return out;
}

}  // namespace

std::string format(const Problem& problem) {
    std::string out = problem.file;
    if (problem.line > 0) out += ":" + std::to_string(problem.line);
    if (!problem.path.empty()) out += ": " + problem.path;
    return out + ": " + problem.message;
}

std::string json_schema(std::string_view title, std::string_view doc, const std::vector<FieldInfo>& fields,
                        std::string_view shorthand) {
    nlohmann::ordered_json out;
    out["title"] = title;
    out["description"] = doc;
    out["type"] = "object";
    out["additionalProperties"] = false;
    out["properties"] = nlohmann::ordered_json::object();
    nlohmann::ordered_json required = nlohmann::ordered_json::array();
    for (const FieldInfo& field : fields) {
        out["properties"][field.key] = field_schema(field);
        if (field.required) required.push_back(field.key);
    }
    if (!required.empty()) out["required"] = required;
    if (shorthand.empty()) return out.dump(2);
    const auto field = std::ranges::find(fields, shorthand, &FieldInfo::key);
    const nlohmann::ordered_json scalar = field == fields.end() ? nlohmann::ordered_json{} : field_schema(*field);
    return nlohmann::ordered_json{{"title", title}, {"description", doc}, {"anyOf", {scalar, std::move(out)}}}.dump(2);
}

std::string markdown(std::string_view title, const std::vector<FieldInfo>& fields) {
    std::string out = "### " + std::string(title) + "\n\n| key | default | meaning |\n|---|---|---|\n";
    for (const FieldInfo& field : fields) {
        std::string choices;
        for (const std::string& choice : field.choices)
            choices += (choices.empty() ? " One of: `" : ", `") + choice + "`";
        out += "| `" + field.key + "` | " + (field.required ? "required" : field.default_text) + " | " + field.doc +
               choices + " |\n";
    }
    return out;
}

void report_unknown(const Node& node, const std::vector<FieldInfo>& fields, Problems& problems) {
    for (const auto& [key, member] : node.members()) {
        const std::string& name = key;
        if (std::ranges::any_of(fields, [&name](const FieldInfo& field) { return field.key == name; })) continue;
        const FieldInfo* nearest = nullptr;
        for (const FieldInfo& field : fields)
            if (nearest == nullptr || distance(name, field.key) < distance(name, nearest->key)) nearest = &field;
        std::string message = "unknown key";
        if (nearest != nullptr && distance(name, nearest->key) <= 3)
            message += ", did you mean \"" + nearest->key + "\"?";
        member.problem(problems, std::move(message));
    }
}

bool expect_map(const Node& node, Problems& problems) {
    if (node.kind() == Node::Kind::kMap) return true;
    node.problem(problems,
                 std::string("expected a map, got ") + (node.kind() == Node::Kind::kList ? "a list" : "a scalar"));
    return false;
}

bool expect_list(const Node& node, Problems& problems) {
    if (node.kind() == Node::Kind::kList) return true;
    node.problem(problems,
                 std::string("expected a list, got ") + (node.kind() == Node::Kind::kMap ? "a map" : "a scalar"));
    return false;
}

namespace detail {

std::string scalar_schema(const std::string& type) { return type.empty() ? "{}" : R"({"type": ")" + type + "\"}"; }
std::string list_schema(const std::string& item) { return R"({"type": "array", "items": )" + item + "}"; }
std::string map_schema(const std::string& item) {
    return R"({"type": "object", "additionalProperties": )" + item + "}";
}

std::string default_text(bool value) { return value ? "true" : "false"; }
std::string default_text(int value) { return std::to_string(value); }
std::string default_text(std::int64_t value) { return std::to_string(value); }
std::string default_text(double value) {
    std::string text = std::to_string(value);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}
std::string default_text(const std::string& value) { return value; }
std::string default_text(Decimal value) { return value.text(); }
std::string default_text(std::chrono::milliseconds value) {
    const std::int64_t count = value.count();
    if (count == 0) return "0ms";
    if (count % 86'400'000 == 0) return std::to_string(count / 86'400'000) + "d";
    if (count % 3'600'000 == 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0) return std::to_string(count / 60'000) + "m";
    if (count % 1000 == 0) return std::to_string(count / 1000) + "s";
    return std::to_string(count) + "ms";
}

void require_choice(const Node& node, const std::string& value, const std::vector<std::string>& choices,
                    Problems& problems) {
    if (choices.empty() || std::ranges::find(choices, value) != choices.end()) return;
    std::string list;
    for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
    node.problem(problems, "expected one of " + list + ", got \"" + value.substr(0, 80) + "\"");
}

}  // namespace detail
}  // namespace shopwire::config
