// Words that a table of the settings must know.  Pure functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/examination.h"

namespace shopwire::runtime {

// About the words that a table of the settings lacks: "cod, paypal: <becomes>".
struct TableCheck {
    std::string_view check{};
    std::string becomes{};  // what becomes of an order with such a word
    std::string remedy{};
    Finding::Grade grade = Finding::Grade::kWarning;
};
Finding look_up(const std::vector<std::string>& words, const std::function<bool(const std::string&)>& is_known,
                const TableCheck& table);

}  // namespace shopwire::runtime
