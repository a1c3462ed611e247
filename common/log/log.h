// Structured lines on stderr: time, level, message, fields.  Thread-safe.  A Secret cannot be passed; personal data
// must not be.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/error.h"

namespace shopwire::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct Field {
    std::string_view name{};
    std::string value{};
    Field(std::string_view key, std::string text) : name(key), value(std::move(text)) {}
    Field(std::string_view key, std::string_view text) : name(key), value(text) {}
    Field(std::string_view key, const char* text) : name(key), value(text) {}
    Field(std::string_view key, bool yes) : name(key), value(yes ? "true" : "false") {}
    template <std::integral Number>
    Field(std::string_view key, Number number) : name(key), value(std::to_string(number)) {}
    Field(std::string_view key, const Error& error) : name(key), value(error.message) {}
};

enum class Format : std::uint8_t { kText, kJson };
// Before the first call: text, from kInfo on.
void configure(Level lowest, Format format, const std::string& service);  // once, at start

// A message or a value over this is cut and ends in "...".
inline constexpr std::size_t kTextBytesMax = 1024;

// One line, whatever the texts hold: control characters are escaped, broken UTF-8 is replaced.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kInfo, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kWarning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kError, message, fields);
}
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kDebug, message, fields);
}

}  // namespace shopwire::log
