// Foreign JSON, read with its path.  Numbers keep the text they came with; no double is ever made.
//
// A Document owns the parsed tree; Values point into it and must not outlive it.  Immutable after parsing, so any
// thread may read. Reading never throws: a Reader collects the first problem with its path, and is asked once at the
// end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/decimal.h"
#include "common/core/error.h"

namespace shopwire::json {

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kBytesMax = 32U * 1024 * 1024;

enum class Type : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

struct Node;  // in value.cpp

class Value {
 public:
    Value() = default;
    Type type() const;
    bool is_null() const { return type() == Type::kNull; }
    bool is_object() const { return type() == Type::kObject; }
    bool is_array() const { return type() == Type::kArray; }
    std::string_view text() const;   // of a string (unescaped) or a number (as it stood); else empty
    bool boolean() const;            // false unless it is true
    std::size_t size() const;        // of an array or object; else 0
    Value at(std::size_t index) const;          // of an array; a null Value past the end
    Value member(std::string_view name) const;  // of an object; a null Value when absent
    std::pair<std::string_view, Value> member_at(
        std::size_t index) const;  // in the order of the text; empty past the end
    bool has(std::string_view name) const;
    std::string dump() const;        // the JSON text again, numbers as they stood

 private:
    friend class Document;
    explicit Value(const Node* node) : node_(node) {}
    const Node* node_ = nullptr;
};

class Document {
 public:
    // kRejected with position and reason; too deep and too long are errors.
    static Result<Document> parse(std::string_view text);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();
    Value root() const;

 private:
    Document();
    struct Tree;
    std::unique_ptr<Tree> tree_;
};

// Reads the members of one object.  Every getter records the first problem; the value is then a default one.
class Reader {
 public:
    explicit Reader(Value object, std::string path = "$");
    // Required: absent, null or of another type is a problem: "$.sku: expected string, got null".
    std::string string(std::string_view name);
    std::int64_t integer(std::string_view name);           // a JSON number without fraction, or a string of digits
    Decimal decimal(std::string_view name);                 // a string or number, exact
    bool boolean(std::string_view name);
    Reader object(std::string_view name);                   // shares this reader's status
    std::vector<Reader> array(std::string_view name);       // of objects; share this reader's status
    // Optional: absent or null gives the default; another type is still a problem.
    std::string string_or(std::string_view name, std::string_view fallback = {});
    std::optional<std::int64_t> integer_or_none(std::string_view name);
    std::optional<Decimal> decimal_or_none(std::string_view name);  // "" is none
    bool boolean_or(std::string_view name, bool fallback);
    std::vector<Reader> array_or_empty(std::string_view name);
    std::optional<Reader> object_or_none(std::string_view name);
    // An id that some systems send as number and some as string: its text.
    std::string id(std::string_view name);
    Value raw(std::string_view name) const;
    const std::string& path() const { return path_; }
    void fail(std::string_view name, std::string_view expected);  // a rule of the caller's own
    Status status() const;                                        // kRejected with the first problem

 private:
    Reader(Value object, std::string path, std::shared_ptr<std::optional<Error>> problem);

    Value object_{};
    std::string path_{};
    std::shared_ptr<std::optional<Error>> problem_{};  // shared with the readers below it
};

// Writes JSON text; numbers from Decimal stay exact.  Strings that are not UTF-8 get replacement characters.
class Writer {
 public:
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& string(std::string_view text);
    Writer& number(Decimal value, int decimals_min = 0);
    Writer& number(std::int64_t value);
    Writer& number_text(std::string_view text);  // REQUIRES: a JSON number, as Value::text() gives it
    Writer& json_text(std::string_view text);  // REQUIRES: JSON, as Value::dump() gives it
    Writer& boolean(bool value);
    Writer& null();
    std::string take();

 private:
    void separate();
    Writer& append(std::string_view token);
    std::string out_{};
    std::vector<bool> first_{};
    bool after_key_ = false;
};

}  // namespace shopwire::json
