// Why a write is refused: the HTTP status and the members at fault.
#pragma once

#include "tests/sandbox/solteq/world.h"

#include <expected>
#include <string>

namespace sandbox::solteq {

struct Refusal {
    int status = 400;
    std::string field;
    std::string words;
};
template <typename T>
using Outcome = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(std::string field, std::string words, int status = 400) {
    return std::unexpected(Refusal{.status = status, .field = std::move(field), .words = std::move(words)});
}

}  // namespace sandbox::solteq
