#include "services/cli/message_schema.h"

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>

namespace shopwire::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

Json enum_schema(const google::protobuf::EnumDescriptor& type) {
    Json names = Json::array();
    for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
    return {{"type", "string"}, {"enum", names}};
}

// One value, as protobuf's own mapping to JSON has it: 64 bits are a text there.
Json value_schema(const FieldDescriptor& field, std::string_view base) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL: return {{"type", "boolean"}};
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_UINT32: return {{"type", "integer"}};
        case FieldDescriptor::CPPTYPE_INT64:
        case FieldDescriptor::CPPTYPE_UINT64: return {{"type", "string"}, {"format", "int64"}};
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT: return {{"type", "number"}};
        case FieldDescriptor::CPPTYPE_ENUM: return enum_schema(*field.enum_type());
        case FieldDescriptor::CPPTYPE_MESSAGE: return {{"$ref", std::string(base) + field.message_type()->full_name()}};
        case FieldDescriptor::CPPTYPE_STRING:
            if (field.type() == FieldDescriptor::TYPE_BYTES) return {{"type", "string"}, {"contentEncoding", "base64"}};
            return {{"type", "string"}};
    }
    return Json::object();
}

Json field_schema(const FieldDescriptor& field, std::string_view base) {
    if (field.is_map())
        return {{"type", "object"}, {"additionalProperties", value_schema(*field.message_type()->map_value(), base)}};
    if (field.is_repeated()) return {{"type", "array"}, {"items", value_schema(field, base)}};
    Json schema = value_schema(field, base);
    // Beside a reference nothing else counts.
    if (const auto* choice = field.real_containing_oneof(); choice != nullptr && !schema.contains("$ref"))
        schema["x-oneof"] = choice->name();
    return schema;
}

// At most one of each group may be there.
Json choices_of(const Descriptor& type) {
    Json all = Json::array();
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
        Json members = Json::array();
        for (int f = 0; f < type.oneof_decl(i)->field_count(); ++f)
            members.push_back(type.oneof_decl(i)->field(f)->name());
        all.push_back({{"name", type.oneof_decl(i)->name()}, {"members", members}});
    }
    return all;
}

}  // namespace

void add_schema(const Descriptor& type, std::string_view base, Json& schemas) {
    if (schemas.contains(type.full_name())) return;
    Json& schema = schemas[type.full_name()] = {{"type", "object"}, {"x-protobuf-message", type.full_name()}};
    Json properties = Json::object();
    for (int i = 0; i < type.field_count(); ++i) properties[type.field(i)->name()] = field_schema(*type.field(i), base);
    schema["properties"] = std::move(properties);
    if (Json choices = choices_of(type); !choices.empty()) schema["x-oneof"] = std::move(choices);
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        const FieldDescriptor& value = field.is_map() ? *field.message_type()->map_value() : field;
        if (value.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) add_schema(*value.message_type(), base, schemas);
    }
}

}  // namespace shopwire::cli
