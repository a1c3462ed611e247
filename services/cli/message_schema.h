// Our messages as JSON Schema, from their descriptors.  Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace google::protobuf {
class Descriptor;
}

namespace shopwire::cli {

// Adds the message and all that it holds to `schemas`, by their full names; each refers to the others below `base`, as
// in "#/components/schemas/".
void add_schema(const google::protobuf::Descriptor& type, std::string_view base, nlohmann::ordered_json& schemas);

}  // namespace shopwire::cli
