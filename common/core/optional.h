// What the standard's optional lacks.
#pragma once

#include <optional>
#include <utility>

namespace shopwire {

// The value, which is gone from `from` afterwards.  REQUIRES: there is one.
template <class T>
T taken(std::optional<T>& from) {
    T value = *std::move(from);  // NOLINT(bugprone-unchecked-optional-access): see REQUIRES
    from.reset();
    return value;
}

}  // namespace shopwire
