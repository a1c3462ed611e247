// The second wire shape: the same facts with text for numbers, milliseconds for times, the SKU below stockItem and
// prices as a list. Pure functions over rows of the default shape.
#pragma once

#include "tests/sandbox/solteq/world.h"

namespace sandbox::solteq {

Json to_alt(const Json& row);
// What a client sent, in the default shape; a problem names the member that has the wrong type.
struct Read {
    Json row;
    std::string problem;
};
Read from_alt(const Json& row);

}  // namespace sandbox::solteq
