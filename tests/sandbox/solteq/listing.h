// Pages of a list. The default shape goes by continuation tokens; the second one by page numbers, and for long lists by
// a token in a header. Called under the world's lock.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/solteq/refusal.h"

#include <optional>

namespace sandbox::solteq {

// "documents" and "continuationToken". A token belongs to the query that it was given for; `token` is the one sent.
Outcome<Json> token_page(World& world, const std::vector<Json>& rows, const kit::Request& request,
                         const std::optional<std::string>& token, const char* member);
// "items", "page", "pageSize", "total".
Outcome<Json> number_page(World& world, const std::vector<Json>& rows, const kit::Request& request);

}  // namespace sandbox::solteq
