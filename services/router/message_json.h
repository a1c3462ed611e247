// Messages as JSON for people and their programs: names as in the contract, decimals as exact text, enums by name,
// bytes in hexadecimal, what is not set left out.  Pure functions.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/json/value.h"

namespace shopwire::router {

std::string to_json(const google::protobuf::Message& message);

// Numbers and booleans may stand as text too.  kRejected: "$.product.active: expected a boolean".
Status from_json(const json::Value& value, google::protobuf::Message& message);

// What `expected` names and `message` has otherwise: "product.name: expected "Cup", got "Mug"".  What it does not name
// is not compared; lists are compared as a whole.
std::vector<std::string> differences(const json::Value& expected, const google::protobuf::Message& message);

}  // namespace shopwire::router
