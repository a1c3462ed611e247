// A text with {placeholders}: a path, a header, what authentication sends.  Immutable value, no thread rule.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"

namespace shopwire::dialect {

class TextTemplate {
 public:
    static Result<TextTemplate> parse(std::string_view text);  // kRejected: a brace that is not closed, an empty name

    std::vector<std::string> names() const;  // of the placeholders, in order, repeats included
    // `value_of` gives a placeholder's text, already encoded for where it goes; its first error ends the expansion.
    Result<std::string> expand(const std::function<Result<std::string>(const std::string&)>& value_of) const;

 private:
    struct Part {
        bool placeholder = false;
        std::string text{};
    };
    std::vector<Part> parts_{};
};

}  // namespace shopwire::dialect
