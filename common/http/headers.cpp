#include <algorithm>

#include "common/http/transport.h"

namespace shopwire::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

const std::string* find_header(const Headers& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (std::ranges::equal(key, name, {}, lower, lower)) return &value;
    }
    return nullptr;
}

}  // namespace shopwire::http
