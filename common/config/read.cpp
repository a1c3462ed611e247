// Scalars of a config file to C++ values.
#include <charconv>
#include <cmath>

#include "common/config/schema.h"

namespace shopwire::config {
namespace {

// The scalar with its references replaced; nullopt after a problem.
std::optional<std::string> text_of(const Node& node, std::string_view expected, Problems& problems) {
    if (node.kind() != Node::Kind::kScalar) {
        node.problem(problems, "expected " + std::string(expected) +
                                   (node.kind() == Node::Kind::kList ? ", got a list" : ", got a map"));
        return std::nullopt;
    }
    const std::size_t before = problems.size();
    std::string text = node.resolved(problems);
    if (problems.size() != before) return std::nullopt;
    return text;
}

void wrong(const Node& node, std::string_view expected, Problems& problems) {
    // What stands in the file, never what a reference leads to.
    node.problem(problems, "expected " + std::string(expected) + ", got \"" + node.scalar().substr(0, 80) + "\"");
}

template <class T>
void read_number(const Node& node, T& out, std::string_view expected, Problems& problems) {
    const std::optional<std::string> text = text_of(node, expected, problems);
    if (!text) return;
    T value{};
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size()) return wrong(node, expected, problems);
    out = value;
}

}  // namespace

void read(const Node& node, bool& out, Problems& problems) {
    const std::optional<std::string> text = text_of(node, "true or false", problems);
    if (!text) return;
    if (*text == "true" || *text == "on" || *text == "yes")
        out = true;
    else if (*text == "false" || *text == "off" || *text == "no")
        out = false;
    else
        wrong(node, "true or false", problems);
}

void read(const Node& node, int& out, Problems& problems) { read_number(node, out, "a whole number", problems); }
void read(const Node& node, std::int64_t& out, Problems& problems) {
    read_number(node, out, "a whole number", problems);
}

void read(const Node& node, double& out, Problems& problems) {
    double value = 0;
    const std::size_t before = problems.size();
    read_number(node, value, "a number", problems);
    if (problems.size() != before) return;
    if (!std::isfinite(value)) return wrong(node, "a number", problems);
    out = value;
}

void read(const Node& node, std::string& out, Problems& problems) {
    if (std::optional<std::string> text = text_of(node, "a text", problems)) out = *std::move(text);
}

void read(const Node& node, Secret& out, Problems& problems) {
    const std::string& scalar = node.scalar();
    const bool reference =
        scalar.starts_with("${") && scalar.ends_with("}") && scalar.find("${", 2) == std::string::npos;
    if (!reference) {  // the message must not show what stands there
        node.problem(problems, "expected ${env:NAME} or ${file:path}: a secret never stands in the file");
        return;
    }
    if (std::optional<std::string> text = text_of(node, "a reference", problems)) {
        if (text->empty()) node.problem(problems, "expected a secret, " + scalar + " is empty");
        out = Secret(*std::move(text));
    }
}

void read(const Node& node, std::chrono::milliseconds& out, Problems& problems) {
    constexpr std::string_view kExpected = "a duration like 500ms, 5s, 10m, 2h or 1d";
    constexpr std::int64_t kDaysMax = 3650;
    const std::optional<std::string> text = text_of(node, kExpected, problems);
    if (!text) return;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text->data() + text->size() - end));
    std::int64_t factor = 0;
    if (unit == "ms")
        factor = 1;
    else if (unit == "s")
        factor = 1000;
    else if (unit == "m")
        factor = 60'000;
    else if (unit == "h")
        factor = 3'600'000;
    else if (unit == "d")
        factor = 86'400'000;
    if (error != std::errc() || factor == 0 || number < 0 || number > kDaysMax * 86'400'000 / factor)
        return wrong(node, kExpected, problems);
    out = std::chrono::milliseconds(number * factor);
}

void read(const Node& node, Decimal& out, Problems& problems) {
    const std::optional<std::string> text = text_of(node, "a decimal like 12.50", problems);
    if (!text) return;
    const Result<Decimal> value = Decimal::parse(*text);
    if (!value) return wrong(node, "a decimal like 12.50", problems);
    out = *value;
}

void read(const Node& node, Node& out, Problems&) { out = node; }

}  // namespace shopwire::config
