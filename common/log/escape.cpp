#include "common/log/escape.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace shopwire::log {
namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;  // 0: not UTF-8
};

// The first character of a text that is not empty.  Overlong forms and surrogates are not UTF-8.
Character read_character(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
    const std::uint32_t first = byte(0);
    if (first < 0x80) return {.code = first, .length = 1};
    std::size_t length = 0;
    if (first >= 0xc2 && first <= 0xdf) length = 2;
    if (first >= 0xe0 && first <= 0xef) length = 3;
    if (first >= 0xf0 && first <= 0xf4) length = 4;
    if (length == 0 || text.size() < length) return {};
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3f);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x1'0000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kSmallest[length] || code > 0x10'ffff || surrogate) return {};
    return {.code = code, .length = length};
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max) {
    std::size_t at = 0;
    while (at < text.size()) {
        const Character next = read_character(text.substr(at));
        const std::size_t length = next.length == 0 ? 1 : next.length;
        if (at + length > bytes_max) {
            out += "...";
            return;
        }
        if (next.length == 0) {
            out += "\xef\xbf\xbd";
        } else if (next.code == '"' || next.code == '\\') {
            out += '\\';
            out += text[at];
        } else if (next.code == '\n') {
            out += "\\n";
        } else if (next.code < 0x20 || (next.code >= 0x7f && next.code <= 0x9f)) {
            std::array<char, 8> code{};
            std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(next.code));
            out += code.data();
        } else {
            out.append(text, at, length);
        }
        at += length;
    }
}

}  // namespace shopwire::log
