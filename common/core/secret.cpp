#include "common/core/secret.h"

#include <cstddef>

namespace shopwire {

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        difference = static_cast<unsigned char>(
            difference | (static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i])));
    // A volatile read keeps the compiler from leaving the loop early.
    volatile unsigned char result = difference;
    return result == 0;
}

}  // namespace shopwire
