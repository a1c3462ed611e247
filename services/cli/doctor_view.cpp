#include "services/cli/doctor_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> words_at(const Json& object, const char* name) {
    std::vector<std::string> words;
    if (!object.is_object() || !object.contains(name)) return words;
    for (const Json& word : object[name])
        if (word.is_string()) words.push_back(word.get<std::string>());
    return words;
}

void add_words(std::vector<std::string>& words, const std::vector<std::string>& more) {
    for (const std::string& word : more)
        if (std::ranges::find(words, word) == words.end()) words.push_back(word);
}

std::string upper(std::string word) {
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; });
    return word;
}

}  // namespace

void Terms::add(const Terms& other) {
    if (currency.empty()) currency = other.currency;
    if (basis.empty()) basis = other.basis;
    add_words(statuses, other.statuses);
    add_words(payment_methods, other.payment_methods);
    add_words(tax_rates, other.tax_rates);
}

Examined examined_of(const std::string& connection, const Json& answer) {
    Examined out;
    if (!answer.is_object()) return out;
    for (const Json& item : answer.value("findings", Json::array()))
        out.findings.push_back({.at = connection,
                                .check = text_at(item, "check"),
                                .grade = text_at(item, "grade"),
                                .what = text_at(item, "what"),
                                .remedy = text_at(item, "remedy")});
    const Json terms = answer.value("terms", Json::object());
    out.terms = {.currency = text_at(terms, "currency"),
                 .statuses = words_at(terms, "statuses"),
                 .payment_methods = words_at(terms, "payment_methods"),
                 .tax_rates = words_at(terms, "tax_rates")};
    if (terms.is_object() && terms.contains("prices_include_tax") && terms["prices_include_tax"].is_boolean())
        out.terms.basis = terms["prices_include_tax"].get<bool>() ? "with tax" : "without tax";
    return out;
}

Json examine_body(const std::string& connection, const Terms& seen, bool brief) {
    return {{"connection", connection},
            {"brief", brief},
            {"seen",
             {{"statuses", seen.statuses}, {"payment_methods", seen.payment_methods}, {"tax_rates", seen.tax_rates}}}};
}

bool has_fault(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.grade == "fault"; });
}

// What is to be done stands below what is wrong: side by side both would not fit.
void print(const std::vector<Finding>& findings, std::ostream& out) {
    Table table({"RESULT", "AT", "CHECK", "WHAT"});
    for (const Finding& finding : findings) {
        table.add({upper(finding.grade), finding.at, finding.check, one_line(finding.what)});
        if (finding.grade != "ok" && !finding.remedy.empty()) table.add({"", "", "", "-> " + one_line(finding.remedy)});
    }
    table.print(out);
    const auto count = [&](std::string_view grade) { return std::ranges::count(findings, grade, &Finding::grade); };
    out << fmt::format("{}, {}, {} unknown\n", count_text(std::int64_t{count("fault")}, "fault"),
                       count_text(std::int64_t{count("warning")}, "warning"), count("unknown"));
}

void print_json(const std::vector<Finding>& findings, std::ostream& out) {
    nlohmann::ordered_json all = Json::array();
    for (const Finding& finding : findings)
        all.push_back({{"at", finding.at},
                       {"check", finding.check},
                       {"result", finding.grade},
                       {"what", finding.what},
                       {"do", finding.remedy}});
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace shopwire::cli
