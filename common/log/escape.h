// Makes any text fit for one line of a log.  Private to this room; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shopwire::log {

// Appends `text` as the inside of a JSON string, which is also safe on a terminal: quotes, backslashes and control
// characters (those above 0x7f too) are escaped, bytes that are not UTF-8 become U+FFFD, past `bytes_max` of the input
// it is cut.
void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max);

}  // namespace shopwire::log
