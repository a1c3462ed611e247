// Hashes, signatures and base64.  Results are raw bytes where nothing else is said.  Free functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/core/secret.h"

namespace shopwire::http {

std::string sha256(std::string_view bytes);
std::string hmac_sha256(const Secret& key, std::string_view text);

std::string base64(std::string_view bytes);  // with padding
// Line breaks are allowed.  kRejected: it is no base64, or gives more than `bytes_max`.
Result<std::string> base64_decode(std::string_view text, std::size_t bytes_max);

}  // namespace shopwire::http
