#include <fmt/format.h>

#include "common/dialect_tools/tools.h"
#include "common/exchanges/text.h"

namespace shopwire::dialect_tools {
namespace {

using Kind = dialect::OperationWords::Kind;

config::Node node_of(const Kit& kit, const std::string& file, config::Problems& problems) {
    for (const dialect::BuiltIn& known : kit.built_in)
        if (known.name == file) return config::Node::parse(known.text, file + ".yaml", problems);
    return config::Node::load(file, problems);
}

}  // namespace

std::optional<dialect::Dialect> load(const Kit& kit, const std::string& file, std::ostream& out) {
    config::Problems problems;
    const config::Node node = node_of(kit, file, problems);
    dialect::Dialect dialect;
    if (problems.empty()) dialect = dialect::parse_dialect(node, kit.vocabulary, problems);
    for (const config::Problem& problem : problems) out << config::format(problem) << '\n';
    if (problems.empty()) return dialect;
    out << (problems.size() == 1 ? "1 problem" : fmt::format("{} problems", problems.size())) << '\n';
    return std::nullopt;
}

const dialect::OperationWords* words_of(const Kit& kit, const std::string& operation, std::ostream& out) {
    const auto found = kit.vocabulary.operations.find(operation);
    if (found != kit.vocabulary.operations.end()) return &found->second;
    out << "no operation is called \"" << operation << "\"; there are";
    for (const auto& [name, words] : kit.vocabulary.operations) out << ' ' << name;
    out << '\n';
    return nullptr;
}

int check(const Kit& kit, const std::string& file, std::ostream& out) {
    const std::optional<dialect::Dialect> dialect = load(kit, file, out);
    if (!dialect) return kMistake;
    std::size_t width = 0;
    for (const auto& [name, words] : kit.vocabulary.operations)
        if (!dialect->operations.contains(name)) width = std::max(width, name.size());
    for (const auto& [name, words] : kit.vocabulary.operations)
        if (!dialect->operations.contains(name)) out << fmt::format("without {:<{}}  {}\n", name, width, words.lost);
    out << fmt::format("dialect {} is valid: {} of {} operations\n", dialect->name, dialect->operations.size(),
                       kit.vocabulary.operations.size());
    return kGood;
}

int example(const Kit& kit, const std::string& operation, std::ostream& out) {
    const dialect::OperationWords* words = words_of(kit, operation, out);
    if (words == nullptr) return kFailed;
    out << exchanges::indented(words->input) << '\n';
    return kGood;
}

}  // namespace shopwire::dialect_tools
