// Base64 with padding, as Basic authentication and signatures write it.  Private to this room; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace shopwire::http {

std::string base64(std::string_view bytes);

}  // namespace shopwire::http
