#include "services/router/message_json.h"

#include <google/protobuf/descriptor.h>

#include <charconv>
#include <memory>
#include <optional>

#include "common/core/decimal.h"
#include "shopwire/events/v1/types.pb.h"

namespace shopwire::router {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kHexadecimal = "0123456789abcdef";
constexpr std::size_t kShownMax = 120;  // characters of a value in a difference

bool is_decimal(const Message& message) { return message.GetDescriptor() == events::v1::Decimal::descriptor(); }

std::string to_hexadecimal(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += kHexadecimal[byte >> 4];
        out += kHexadecimal[byte & 0xf];
    }
    return out;
}

std::optional<std::string> from_hexadecimal(std::string_view text) {
    std::string out;
    if (text.size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::size_t high = kHexadecimal.find(text[i]);
        const std::size_t low = kHexadecimal.find(text[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

void write_message(json::Writer& writer, const Message& message);

// One element of a repeated field, or with index -1 the field.
void write_value(json::Writer& writer, const Message& message, const FieldDescriptor* field, int index) {
    const Reflection* reflection = message.GetReflection();
    const auto pick = [&](auto one, auto of_many) {
        return index < 0 ? (reflection->*one)(message, field) : (reflection->*of_many)(message, field, index);
    };
    std::string scratch;
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return write_message(writer, index < 0 ? reflection->GetMessage(message, field)
                                                   : reflection->GetRepeatedMessage(message, field, index));
        case FieldDescriptor::CPPTYPE_STRING: {
            const std::string& text = index < 0
                                          ? reflection->GetStringReference(message, field, &scratch)
                                          : reflection->GetRepeatedStringReference(message, field, index, &scratch);
            writer.string(field->type() == FieldDescriptor::TYPE_BYTES ? to_hexadecimal(text) : text);
            return;
        }
        case FieldDescriptor::CPPTYPE_BOOL:
            writer.boolean(pick(&Reflection::GetBool, &Reflection::GetRepeatedBool));
            return;
        case FieldDescriptor::CPPTYPE_ENUM:
            writer.string(pick(&Reflection::GetEnum, &Reflection::GetRepeatedEnum)->name());
            return;
        case FieldDescriptor::CPPTYPE_INT32:
            writer.number(std::int64_t{pick(&Reflection::GetInt32, &Reflection::GetRepeatedInt32)});
            return;
        case FieldDescriptor::CPPTYPE_INT64:
            writer.number(std::int64_t{pick(&Reflection::GetInt64, &Reflection::GetRepeatedInt64)});
            return;
        case FieldDescriptor::CPPTYPE_UINT32:
            writer.number_text(std::to_string(pick(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32)));
            return;
        case FieldDescriptor::CPPTYPE_UINT64:
            writer.number_text(std::to_string(pick(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64)));
            return;
        case FieldDescriptor::CPPTYPE_FLOAT:  // the contracts have none
        case FieldDescriptor::CPPTYPE_DOUBLE: writer.null(); return;
    }
}

void write_message(json::Writer& writer, const Message& message) {
    if (is_decimal(message)) {
        const std::int64_t micros = static_cast<const events::v1::Decimal&>(message).micros();
        writer.string(Decimal::from_micros(micros).text());
        return;
    }
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    writer.begin_object();
    for (const FieldDescriptor* field : fields) {
        writer.key(field->name());
        if (!field->is_repeated()) {
            write_value(writer, message, field, -1);
            continue;
        }
        writer.begin_array();
        for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i)
            write_value(writer, message, field, i);
        writer.end_array();
    }
    writer.end_object();
}

std::unexpected<Error> wrong(const std::string& path, std::string_view expected) {
    return rejected(path + ": expected " + std::string(expected));
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number out{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

Status read_message(const json::Value& value, Message& message, const std::string& path);

// Sets a field, or adds to a repeated one.
Status read_value(const json::Value& value, Message& message, const FieldDescriptor* field, const std::string& path) {
    const Reflection* reflection = message.GetReflection();
    const bool many = field->is_repeated();
    const std::string text(value.text());
    const auto put = [&](auto one, auto of_many, auto number) -> Status {
        if (!number) return wrong(path, "a whole number");
        many ? (reflection->*of_many)(&message, field, *number) : (reflection->*one)(&message, field, *number);
        return {};
    };
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return read_message(
                value, many ? *reflection->AddMessage(&message, field) : *reflection->MutableMessage(&message, field),
                path);
        case FieldDescriptor::CPPTYPE_STRING: {
            if (value.is_object() || value.is_array() || value.type() == json::Type::kBoolean)
                return wrong(path, "text");
            const bool bytes = field->type() == FieldDescriptor::TYPE_BYTES;
            const std::optional<std::string> read = bytes ? from_hexadecimal(text) : std::optional(text);
            if (!read) return wrong(path, "hexadecimal digits");
            many ? reflection->AddString(&message, field, *read) : reflection->SetString(&message, field, *read);
            return {};
        }
        case FieldDescriptor::CPPTYPE_BOOL: {
            if (value.type() != json::Type::kBoolean && text != "true" && text != "false")
                return wrong(path, "a boolean");
            const bool yes = value.boolean() || text == "true";
            many ? reflection->AddBool(&message, field, yes) : reflection->SetBool(&message, field, yes);
            return {};
        }
        case FieldDescriptor::CPPTYPE_ENUM: {
            const auto* number = field->enum_type()->FindValueByName(text);
            if (number == nullptr) return wrong(path, "a name of " + field->enum_type()->name());
            many ? reflection->AddEnum(&message, field, number) : reflection->SetEnum(&message, field, number);
            return {};
        }
        case FieldDescriptor::CPPTYPE_INT32:
            return put(&Reflection::SetInt32, &Reflection::AddInt32, number_of<std::int32_t>(text));
        case FieldDescriptor::CPPTYPE_INT64:
            return put(&Reflection::SetInt64, &Reflection::AddInt64, number_of<std::int64_t>(text));
        case FieldDescriptor::CPPTYPE_UINT32:
            return put(&Reflection::SetUInt32, &Reflection::AddUInt32, number_of<std::uint32_t>(text));
        case FieldDescriptor::CPPTYPE_UINT64:
            return put(&Reflection::SetUInt64, &Reflection::AddUInt64, number_of<std::uint64_t>(text));
        case FieldDescriptor::CPPTYPE_FLOAT:
        case FieldDescriptor::CPPTYPE_DOUBLE: return wrong(path, "no floating point number");
    }
    return wrong(path, "a known type");
}

Status read_message(const json::Value& value, Message& message, const std::string& path) {
    if (is_decimal(message)) {
        const Result<Decimal> number = Decimal::parse(value.text());
        if (!number) return wrong(path, "a decimal");
        static_cast<events::v1::Decimal&>(message).set_micros(number->micros());
        return {};
    }
    if (!value.is_object()) return wrong(path, "an object");
    std::size_t known = 0;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const FieldDescriptor* field = message.GetDescriptor()->field(i);
        if (!value.has(field->name())) continue;
        ++known;
        const std::string here = path + "." + field->name();
        const json::Value member = value.member(field->name());
        if (member.is_null()) continue;
        if (field->is_repeated() && !member.is_array()) return wrong(here, "a list");
        for (std::size_t at = 0; field->is_repeated() && at < member.size(); ++at)
            if (Status read = read_value(member.at(at), message, field, here + "[" + std::to_string(at) + "]"); !read)
                return read;
        if (field->is_repeated()) continue;
        if (Status read = read_value(member, message, field, here); !read) return read;
    }
    if (known != value.size()) return wrong(path, "nothing but fields of " + message.GetDescriptor()->name());
    return {};
}

std::string shown(const std::string& text) {
    return text.size() <= kShownMax ? text : text.substr(0, kShownMax) + "...";
}

// As JSON of its own, in the form in which both sides are written: "12.50" and "12.5" are the same decimal.
std::string value_text(const Message& message, const FieldDescriptor* field, int index) {
    json::Writer writer;
    write_value(writer, message, field, index);
    return writer.take();
}

void compare(const json::Value& expected, const Message& message, const std::string& path,
             std::vector<std::string>& out);

void compare_one(const json::Value& expected, const Message& message, const FieldDescriptor* field, int index,
                 const std::string& path, std::vector<std::string>& out) {
    const Reflection* reflection = message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const Message& below =
            index < 0 ? reflection->GetMessage(message, field) : reflection->GetRepeatedMessage(message, field, index);
        if (!is_decimal(below)) return compare(expected, below, path, out);
    }
    // Through a message of its own, so that both are in one form.
    const std::unique_ptr<Message> wanted(message.New());
    if (Status read = read_value(expected, *wanted, field, path); !read) {
        out.push_back(read.error().message);
        return;
    }
    const std::string want = value_text(*wanted, field, field->is_repeated() ? 0 : -1);
    const std::string have = value_text(message, field, index);
    if (want != have) out.push_back(path + ": expected " + shown(want) + ", got " + shown(have));
}

void compare(const json::Value& expected, const Message& message, const std::string& path,
             std::vector<std::string>& out) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const FieldDescriptor* field = message.GetDescriptor()->field(i);
        if (!expected.has(field->name())) continue;
        const json::Value member = expected.member(field->name());
        const std::string here = path.empty() ? field->name() : path + "." + field->name();
        if (!field->is_repeated()) {
            const bool absent = field->has_presence() && !message.GetReflection()->HasField(message, field);
            if (member.is_null() != absent)
                out.push_back(here + (absent ? ": expected a value, got nothing" : ": expected nothing, got a value"));
            else if (!absent)
                compare_one(member, message, field, -1, here, out);
            continue;
        }
        const int size = message.GetReflection()->FieldSize(message, field);
        if (static_cast<std::size_t>(size) != member.size())
            out.push_back(here + ": expected " + std::to_string(member.size()) + " elements, got " +
                          std::to_string(size));
        for (int at = 0; at < size && static_cast<std::size_t>(at) < member.size(); ++at)
            compare_one(member.at(static_cast<std::size_t>(at)), message, field, at,
                        here + "[" + std::to_string(at) + "]", out);
    }
}

}  // namespace

std::string to_json(const Message& message) {
    json::Writer writer;
    write_message(writer, message);
    return writer.take();
}

Status from_json(const json::Value& value, Message& message) { return read_message(value, message, "$"); }

std::vector<std::string> differences(const json::Value& expected, const Message& message) {
    std::vector<std::string> out;
    compare(expected, message, "", out);
    return out;
}

}  // namespace shopwire::router
