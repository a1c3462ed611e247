// The signature of OAuth 1.0a (RFC 5849) with one leg: a consumer key and its secret, no token.  Private to this room;
// thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/secret.h"

namespace shopwire::http {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// METHOD & url & parameters, each part percent-encoded, the parameters sorted by their encoded names.  `url` stands as
// the remote itself writes its address, since it signs with its own idea of it: nothing is normalized here.
std::string oauth1_base_string(std::string_view method, std::string_view url, const Parameters& parameters);

// HMAC-SHA256 of the base string under "<secret>&", in base64.
std::string oauth1_signature(std::string_view base_string, const Secret& consumer_secret);

}  // namespace shopwire::http
