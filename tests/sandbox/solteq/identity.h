// The identity server: client credentials for bearers, and what a bearer opens. Called under the world's lock.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/solteq/world.h"

namespace sandbox::solteq {

// POST /connect/token. The secret may stand in the form or in a Basic header.
kit::Response give_token(World& world, const kit::Request& request);

enum class Access { kGranted, kNoBearer, kNoScope };
// Checks signature, issuer, end, credential, uses and scope.
Access check_bearer(World& world, const kit::Request& request, const std::string& scope);

}  // namespace sandbox::solteq
