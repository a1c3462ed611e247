#include "services/cli/message_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "services/cli/text.h"
#include "shopwire/internal/v1/entity.pb.h"

namespace shopwire::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

constexpr std::size_t kHexBytesMax = 32;

// Free texts in which a system's answer may name a buyer.
bool is_free_text(std::string_view name) {
    constexpr std::array<std::string_view, 6> kNames{"error", "last_error", "reason", "text", "note", "status_text"};
    return std::ranges::find(kNames, name) != kNames.end();
}

std::string bytes_text(const std::string& bytes) {
    if (bytes.size() > kHexBytesMax) return fmt::format("<{} bytes>", bytes.size());
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

// One value of a field, repeated or not, through the getters that fit.
struct FieldValue {
    const Message& message;
    const FieldDescriptor& field;
    int index = -1;  // -1: not repeated
    Personal personal = Personal::kMasked;
    bool in_person = false;  // inside what tells who a person is

    Json json() const {
        switch (field.cpp_type()) {
            case FieldDescriptor::CPPTYPE_MESSAGE: return of_message();
            case FieldDescriptor::CPPTYPE_STRING: return of_text();
            case FieldDescriptor::CPPTYPE_BOOL:
                return repeated() ? reflection().GetRepeatedBool(message, &field, index)
                                  : reflection().GetBool(message, &field);
            case FieldDescriptor::CPPTYPE_ENUM:
                return word_of(*field.enum_type(), repeated()
                                                       ? reflection().GetRepeatedEnumValue(message, &field, index)
                                                       : reflection().GetEnumValue(message, &field));
            case FieldDescriptor::CPPTYPE_INT32:
                return repeated() ? reflection().GetRepeatedInt32(message, &field, index)
                                  : reflection().GetInt32(message, &field);
            case FieldDescriptor::CPPTYPE_UINT32:
                return repeated() ? reflection().GetRepeatedUInt32(message, &field, index)
                                  : reflection().GetUInt32(message, &field);
            case FieldDescriptor::CPPTYPE_INT64: return of_integer();
            case FieldDescriptor::CPPTYPE_UINT64:
                return repeated() ? reflection().GetRepeatedUInt64(message, &field, index)
                                  : reflection().GetUInt64(message, &field);
            default: return "?";  // our messages have no binary floating point
        }
    }

 private:
    bool repeated() const { return index >= 0; }
    const Reflection& reflection() const { return *message.GetReflection(); }

    Json of_message() const;

    Json of_text() const {
        std::string text = repeated() ? reflection().GetRepeatedString(message, &field, index)
                                      : reflection().GetString(message, &field);
        if (field.type() == FieldDescriptor::TYPE_BYTES) return bytes_text(text);
        if (personal == Personal::kShown) return text;
        if (in_person) return "***";
        return is_free_text(field.name()) ? without_contacts(text) : text;
    }

    Json of_integer() const {
        const std::int64_t value =
            repeated() ? reflection().GetRepeatedInt64(message, &field, index) : reflection().GetInt64(message, &field);
        return field.name().ends_with("_ms") && value > 0 ? Json(format_utc(value)) : Json(value);
    }
};

Json fields_of(const Message& message, Personal personal, bool in_person) {
    Json out = Json::object();
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        const FieldValue value{.message = message, .field = *field, .personal = personal, .in_person = in_person};
        if (!field->is_repeated()) {
            out[field->name()] = value.json();
            continue;
        }
        Json list = Json::array();
        for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
            FieldValue item = value;
            item.index = i;
            list.push_back(item.json());
        }
        out[field->name()] = std::move(list);
    }
    return out;
}

Json FieldValue::of_message() const {
    const Message& inner =
        repeated() ? reflection().GetRepeatedMessage(message, &field, index) : reflection().GetMessage(message, &field);
    const std::string& type = inner.GetDescriptor()->full_name();
    if (type == "shopwire.events.v1.Decimal") return decimal_text(static_cast<const events::v1::Decimal&>(inner));
    return fields_of(inner, personal, in_person || type == "shopwire.events.v1.PersonalFields");
}

}  // namespace

Json json_of(const Message& message, Personal personal) { return fields_of(message, personal, false); }

std::string word_of(const google::protobuf::EnumDescriptor& type, int number) {
    const auto* value = type.FindValueByNumber(number);
    if (value == nullptr) return std::to_string(number);
    // The first one is PREFIX_UNSPECIFIED.
    const std::string& first = type.value(0)->name();
    const std::size_t prefix = first.rfind('_') + 1;
    std::string word = value->name().substr(std::min(prefix, value->name().size()));
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; });
    return word;
}

const google::protobuf::Descriptor* message_type(std::string_view full_name) {
    // Only files that somebody names are linked; this one imports all others.
    const google::protobuf::DescriptorPool& pool = *internal::v1::EntityInputs::descriptor()->file()->pool();
    return pool.FindMessageTypeByName(std::string(full_name));
}

std::string decimal_text(const events::v1::Decimal& value) { return events::from_proto(value).text(); }

}  // namespace shopwire::cli
