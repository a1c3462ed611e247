// One declaration per settings struct: it parses YAML, names every problem with file, line and path, and prints docs
// and JSON Schema.
//
//   struct Limits { double per_second = 5; int concurrency = 2; };
//   const config::Schema<Limits>& limits_schema() {
//       static const auto schema = config::Schema<Limits>("limits", "What one key may do at the remote.")
//           .optional("per_second", &Limits::per_second, "requests a second")
//           .optional("concurrency", &Limits::concurrency, "requests at the same time");
//       return schema;
//   }
//   config::Problems problems;
//   Limits limits = limits_schema().parse(node, problems);
//
// Field types: bool, int, std::int64_t, double, std::string, Secret, std::chrono::milliseconds ("500ms", "5s", "10m",
// "2h"), Decimal, std::vector<T>, std::map<std::string, T>, std::optional<T>, a struct with a Schema of its own, Node
// (kept as it is). Unknown keys are problems.  A Secret must be a reference, ${env:NAME} or ${file:path}; other strings
// may hold references too. Immutable after construction, so any thread may parse.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/decimal.h"
#include "common/core/error.h"
#include "common/core/secret.h"

namespace shopwire::config {

struct Problem {
    std::string file{};
    int line = 0;
    std::string path{};  // "connections.shop.base_url"
    std::string message{};  // "expected a URL, got nothing"
};
using Problems = std::vector<Problem>;

std::string format(const Problem& problem);  // "merchants/acme.yaml:12: connections.shop.base_url: expected ..."

// One value of a YAML file, with its place.  Shares the parsed file; cheap to copy; immutable.
class Node {
 public:
    enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
    Node() = default;
    // Reads one file.  A file that is not there or not YAML is a problem and gives a null node.
    static Node load(const std::string& file, Problems& problems);
    static Node parse(std::string_view yaml, const std::string& file, Problems& problems);

    Kind kind() const;
    bool is_null() const { return kind() == Kind::kNull; }
    const std::string& scalar() const;  // empty unless kScalar
    std::vector<Node> items() const;  // of a list
    std::vector<std::pair<std::string, Node>> members() const;  // of a map, in the order of the file
    Node member(std::string_view key) const;  // null when absent
    const std::string& file() const;
    int line() const;
    const std::string& path() const;
    void problem(Problems& problems, std::string message) const;  // about this place
    Node under(std::string_view key) const;  // a map with this node as its only member, at the same place
    // The scalar with ${env:NAME} and ${file:path} replaced; a reference that leads nowhere is a problem.
    std::string resolved(Problems& problems) const;

 private:
    struct Data;
    explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
    std::shared_ptr<const Data>
        data_{};  // shared: nodes outlive the loader, and parts of one tree are kept by many owners
    friend class Loader;
};

// Each reads one scalar and reports what was expected.
void read(const Node& node, bool& out, Problems& problems);
void read(const Node& node, int& out, Problems& problems);
void read(const Node& node, std::int64_t& out, Problems& problems);
void read(const Node& node, double& out, Problems& problems);
void read(const Node& node, std::string& out, Problems& problems);
void read(const Node& node, Secret& out, Problems& problems);
void read(const Node& node, std::chrono::milliseconds& out, Problems& problems);
void read(const Node& node, Decimal& out, Problems& problems);
void read(const Node& node, Node& out, Problems& problems);

// What docs and JSON Schema need to know of one field.
struct FieldInfo {
    std::string key{};
    std::string doc{};
    std::string type{};  // JSON Schema type: boolean, integer, number, string, array, object; "" any
    std::string default_text{};
    bool required = false;
    bool secret = false;
    std::vector<std::string> choices{};
    std::string nested{};  // JSON Schema (text) of an object or of the items
};

// `shorthand`: the field that a scalar stands for; empty: it must be an object.
std::string json_schema(std::string_view title, std::string_view doc, const std::vector<FieldInfo>& fields,
                        std::string_view shorthand = {});
std::string markdown(std::string_view title, const std::vector<FieldInfo>& fields);
// Reports members of `node` that no field has, with the nearest name that exists.
void report_unknown(const Node& node, const std::vector<FieldInfo>& fields, Problems& problems);
bool expect_map(const Node& node, Problems& problems);
bool expect_list(const Node& node, Problems& problems);

template <class T>
class Schema {
 public:
    Schema(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}

    template <class M>
    Schema&& required(const std::string& key, M T::* member, const std::string& doc) && {
        return std::move(*this).add(key, member, doc, true, {});
    }
    template <class M>
    Schema&& optional(const std::string& key, M T::* member, const std::string& doc) && {  // default: that of T{}
        return std::move(*this).add(key, member, doc, false, {});
    }
    // A string out of a closed list.
    Schema&& choice(const std::string& key, std::string T::* member, const std::vector<std::string>& choices,
                    const std::string& doc) && {
        return std::move(*this).add(key, member, doc, false, choices);
    }
    // A struct, or a container of structs, with a schema of its own.
    template <class M, class N>
    Schema&& object(const std::string& key, M T::* member, const Schema<N>& schema, const std::string& doc,
                    bool required = false) &&;
    // A scalar in place of the map stands for this field alone: `stock: 5m`.
    Schema&& shorthand(std::string key) && {
        shorthand_ = std::move(key);
        return std::move(*this);
    }
    // A rule over the whole struct, after its fields were read without a problem.
    Schema&& rule(std::function<void(const T&, const Node&, Problems&)> check) && {
        rules_.push_back(std::move(check));
        return std::move(*this);
    }

    T parse(const Node& node, Problems& problems) const;
    const std::vector<FieldInfo>& fields() const { return infos_; }
    std::string json_schema() const { return config::json_schema(name_, doc_, infos_, shorthand_); }
    std::string markdown() const { return config::markdown(name_, infos_); }

 private:
    template <class M>
    Schema&& add(const std::string& key, M T::* member, const std::string& doc, bool required,
                 const std::vector<std::string>& choices) &&;

    std::string name_;
    std::string doc_;
    std::string shorthand_{};
    std::vector<FieldInfo> infos_{};
    std::vector<std::function<void(const Node&, T&, Problems&)>> readers_{};
    std::vector<std::function<void(const T&, const Node&, Problems&)>> rules_{};
};

}  // namespace shopwire::config

#include "common/config/schema_impl.h"
