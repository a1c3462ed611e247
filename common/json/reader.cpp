#include <charconv>
#include <utility>

#include "common/json/value.h"

namespace shopwire::json {
namespace {

std::string_view name_of(Type type) {
    switch (type) {
        case Type::kNull: return "null";
        case Type::kBoolean: return "boolean";
        case Type::kNumber: return "number";
        case Type::kString: return "string";
        case Type::kArray: return "array";
        case Type::kObject: return "object";
    }
    std::unreachable();
}

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_text(Value value) { return value.type() == Type::kString || value.type() == Type::kNumber; }

// A string is held to the letter; a number may carry an exponent or more decimals than count.
std::optional<Decimal> exact(Value value) {
    if (!is_text(value)) return std::nullopt;
    const Result<Decimal> read =
        value.type() == Type::kNumber ? Decimal::parse_rounded(value.text()) : Decimal::parse(value.text());
    if (!read) return std::nullopt;
    return *read;
}

// More digits before the point than a Decimal holds: it is a number all the same.
bool is_too_large(Value value) {
    std::string_view text = value.text();
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::string_view whole = text.substr(0, text.find('.'));
    return whole.size() > 10 && whole.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Reader::Reader(Value object, std::string path)
    : object_(object), path_(std::move(path)), problem_(std::make_shared<std::optional<Error>>()) {
    if (!object_.is_object())
        *problem_ = Error{.kind = ErrorKind::kRejected,
                          .message = path_ + ": expected object, got " + std::string(name_of(object_.type()))};
}

Reader::Reader(Value object, std::string path, std::shared_ptr<std::optional<Error>> problem)
    : object_(object), path_(std::move(path)), problem_(std::move(problem)) {}

void Reader::fail(std::string_view name, std::string_view expected) {
    if (*problem_) return;
    const std::string_view got = object_.has(name) ? name_of(object_.member(name).type()) : "nothing";
    std::string message =
        path_ + "." + std::string(name) + ": expected " + std::string(expected) + ", got " + std::string(got);
    *problem_ = Error{.kind = ErrorKind::kRejected, .message = std::move(message)};
}

Status Reader::status() const {
    if (*problem_) return std::unexpected(**problem_);
    return {};
}

Value Reader::raw(std::string_view name) const { return object_.member(name); }

std::string Reader::string(std::string_view name) {
    const Value value = raw(name);
    if (value.type() != Type::kString) fail(name, "string");
    return std::string(value.type() == Type::kString ? value.text() : std::string_view{});
}

std::int64_t Reader::integer(std::string_view name) {
    const Value value = raw(name);
    const std::optional<std::int64_t> read = is_text(value) ? whole(value.text()) : std::nullopt;
    if (!read) fail(name, "integer");
    return read.value_or(0);
}

Decimal Reader::decimal(std::string_view name) {
    const std::optional<Decimal> read = exact(raw(name));
    if (!read) fail(name, is_too_large(raw(name)) ? "number below 10000000000" : "decimal");
    return read.value_or(Decimal{});
}

bool Reader::boolean(std::string_view name) {
    const Value value = raw(name);
    if (value.type() != Type::kBoolean) fail(name, "boolean");
    return value.boolean();
}

Reader Reader::object(std::string_view name) {
    const Value value = raw(name);
    if (!value.is_object()) fail(name, "object");
    return {value, path_ + "." + std::string(name), problem_};
}

std::vector<Reader> Reader::array(std::string_view name) {
    const Value value = raw(name);
    if (!value.is_array()) fail(name, "array");
    std::vector<Reader> items;
    items.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        Reader item(value.at(i), path_ + "." + std::string(name) + "[" + std::to_string(i) + "]", problem_);
        if (!item.object_.is_object() && !*problem_)
            *problem_ =
                Error{.kind = ErrorKind::kRejected,
                      .message = item.path_ + ": expected object, got " + std::string(name_of(item.object_.type()))};
        items.push_back(std::move(item));
    }
    return items;
}

std::string Reader::string_or(std::string_view name, std::string_view fallback) {
    return raw(name).is_null() ? std::string(fallback) : string(name);
}

std::optional<std::int64_t> Reader::integer_or_none(std::string_view name) {
    if (raw(name).is_null()) return std::nullopt;
    return integer(name);
}

std::optional<Decimal> Reader::decimal_or_none(std::string_view name) {
    const Value value = raw(name);
    if (value.is_null() || (value.type() == Type::kString && value.text().empty())) return std::nullopt;
    return decimal(name);
}

bool Reader::boolean_or(std::string_view name, bool fallback) { return raw(name).is_null() ? fallback : boolean(name); }

std::vector<Reader> Reader::array_or_empty(std::string_view name) {
    if (raw(name).is_null()) return {};
    return array(name);
}

std::optional<Reader> Reader::object_or_none(std::string_view name) {
    if (raw(name).is_null()) return std::nullopt;
    return object(name);
}

std::string Reader::id(std::string_view name) {
    const Value value = raw(name);
    if (!is_text(value) || value.text().empty()) fail(name, "id");
    return std::string(value.text());
}

}  // namespace shopwire::json
