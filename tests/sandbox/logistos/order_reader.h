// Reads what a caller posts as orders: one object, an array, or {"orders": [...]}, in either set of names. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "tests/sandbox/logistos/model.h"

namespace sandbox::logistos {

using Json = nlohmann::json;

struct AskedOrders {
    std::vector<AskedOrder> orders;
    bool nested = false;
};

// None: the body is no such thing, or an order in it is no object.
std::optional<AskedOrders> read_orders(const std::string& body);

// Text of a string or number member; empty otherwise.
std::string text_of(const Json& object, const char* member);

}  // namespace sandbox::logistos
