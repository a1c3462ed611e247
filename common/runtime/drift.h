// Do a system's answers still have the shape that they had?  One row that cannot be read is set aside; when most
// cannot, it is not the rows that are wrong, and what is still read of them may be blank.  A value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/core/error.h"

namespace shopwire::runtime {

struct Drift {
    std::size_t rows = 0;
    std::size_t failed = 0;
    std::string example{};  // why the first of them failed

    void add(const Status& row);
    void add(const Drift& more);
    // kRejected when more than `percent` of the rows failed, and at least kDriftFrom.
    Status judge(std::string_view stream, int percent) const;
};

constexpr std::size_t kDriftFrom = 10;  // fewer say nothing about a ratio

}  // namespace shopwire::runtime
