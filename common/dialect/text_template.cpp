#include "common/dialect/text_template.h"

namespace shopwire::dialect {

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
    TextTemplate made;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        if (open != 0) made.parts_.push_back({.placeholder = false, .text = std::string(text.substr(0, open))});
        if (open == std::string_view::npos) break;
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos) return rejected("a { is not closed");
        if (close == open + 1) return rejected("{} has no name");
        made.parts_.push_back({.placeholder = true, .text = std::string(text.substr(open + 1, close - open - 1))});
        text.remove_prefix(close + 1);
    }
    return made;
}

std::vector<std::string> TextTemplate::names() const {
    std::vector<std::string> names;
    for (const Part& part : parts_)
        if (part.placeholder) names.push_back(part.text);
    return names;
}

Result<std::string> TextTemplate::expand(const std::function<Result<std::string>(const std::string&)>& value_of) const {
    std::string out;
    for (const Part& part : parts_) {
        if (!part.placeholder) {
            out += part.text;
            continue;
        }
        Result<std::string> value = value_of(part.text);
        if (!value) return std::unexpected(std::move(value.error()));
        out += *value;
    }
    return out;
}

}  // namespace shopwire::dialect
