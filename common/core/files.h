// What the standard library's streams cannot say of a file.
#pragma once

#include <string_view>

namespace shopwire {

// Writes all of it, also over signals.  False: errno says why, and a part may be written.
bool write_all(int handle, std::string_view text);

}  // namespace shopwire
