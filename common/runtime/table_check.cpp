#include "common/runtime/table_check.h"

namespace shopwire::runtime {

Finding look_up(const std::vector<std::string>& words, const std::function<bool(const std::string&)>& is_known,
                const TableCheck& table) {
    std::string lacking;
    for (const std::string& word : words)
        if (!is_known(word)) lacking += (lacking.empty() ? "" : ", ") + word;
    if (lacking.empty()) return {.check = table.check, .what = "all " + std::to_string(words.size()) + " are known"};
    return {.check = table.check, .grade = table.grade, .what = lacking + ": " + table.becomes, .remedy = table.remedy};
}

}  // namespace shopwire::runtime
