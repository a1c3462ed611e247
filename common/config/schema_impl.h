// Templates of schema.h: how each type of field is read and described.  Included by schema.h alone.
#pragma once

#include <type_traits>

namespace shopwire::config::detail {

template <class T>
struct Shape {  // a scalar, or Node
    static void read(const Node& node, T& out, Problems& problems) { config::read(node, out, problems); }
    static std::string type() {
        if constexpr (std::is_same_v<T, bool>)
            return "boolean";
        else if constexpr (std::is_integral_v<T>)
            return "integer";
        else if constexpr (std::is_floating_point_v<T>)
            return "number";
        else if constexpr (std::is_same_v<T, Node>)
            return "";
        else
            return "string";
    }
    static std::string nested() { return {}; }
};

template <class T>
struct Shape<std::optional<T>> {
    static void read(const Node& node, std::optional<T>& out, Problems& problems) {
        T value{};
        Shape<T>::read(node, value, problems);
        out = std::move(value);
    }
    static std::string type() { return Shape<T>::type(); }
    static std::string nested() { return Shape<T>::nested(); }
};

std::string scalar_schema(const std::string& type);  // JSON Schema of one scalar

template <class T>
std::string schema_of() {
    return Shape<T>::nested().empty() ? scalar_schema(Shape<T>::type()) : Shape<T>::nested();
}

std::string list_schema(const std::string& item);
std::string map_schema(const std::string& item);

template <class T, class ReadItem>
void read_list(const Node& node, std::vector<T>& out, Problems& problems, const ReadItem& read_item) {
    if (!expect_list(node, problems)) return;
    out.clear();
    for (const Node& item : node.items()) {
        T value{};
        read_item(item, value, problems);
        out.push_back(std::move(value));
    }
}

template <class T, class ReadItem>
void read_map(const Node& node, std::map<std::string, T>& out, Problems& problems, const ReadItem& read_item) {
    if (!expect_map(node, problems)) return;
    out.clear();
    for (const auto& [key, item] : node.members()) {
        T value{};
        read_item(item, value, problems);
        out.insert_or_assign(key, std::move(value));
    }
}

template <class T>
struct Shape<std::vector<T>> {
    static void read(const Node& node, std::vector<T>& out, Problems& problems) {
        read_list(node, out, problems, &Shape<T>::read);
    }
    static std::string type() { return "array"; }
    static std::string nested() { return list_schema(schema_of<T>()); }
};

template <class T>
struct Shape<std::map<std::string, T>> {
    static void read(const Node& node, std::map<std::string, T>& out, Problems& problems) {
        read_map(node, out, problems, &Shape<T>::read);
    }
    static std::string type() { return "object"; }
    static std::string nested() { return map_schema(schema_of<T>()); }
};

// Reads a struct, or a container of structs, through a schema.
template <class M, class N>
struct Through;

template <class N>
struct Through<N, N> {
    static void read(const Node& node, N& out, Problems& problems, const Schema<N>& schema) {
        out = schema.parse(node, problems);
    }
    static std::string type() { return "object"; }
    static std::string nested(const std::string& item) { return item; }
};

template <class N>
struct Through<std::optional<N>, N> {
    static void read(const Node& node, std::optional<N>& out, Problems& problems, const Schema<N>& schema) {
        out = schema.parse(node, problems);
    }
    static std::string type() { return "object"; }
    static std::string nested(const std::string& item) { return item; }
};

template <class N>
struct Through<std::vector<N>, N> {
    static void read(const Node& node, std::vector<N>& out, Problems& problems, const Schema<N>& schema) {
        read_list(node, out, problems,
                  [&schema](const Node& item, N& value, Problems& found) { value = schema.parse(item, found); });
    }
    static std::string type() { return "array"; }
    static std::string nested(const std::string& item) { return list_schema(item); }
};

template <class N>
struct Through<std::map<std::string, N>, N> {
    static void read(const Node& node, std::map<std::string, N>& out, Problems& problems, const Schema<N>& schema) {
        read_map(node, out, problems,
                 [&schema](const Node& item, N& value, Problems& found) { value = schema.parse(item, found); });
    }
    static std::string type() { return "object"; }
    static std::string nested(const std::string& item) { return map_schema(item); }
};

std::string default_text(bool value);
std::string default_text(int value);
std::string default_text(std::int64_t value);
std::string default_text(double value);
std::string default_text(const std::string& value);
std::string default_text(std::chrono::milliseconds value);
std::string default_text(Decimal value);
template <class T>
std::string default_text(const T&) {
    return {};  // containers, structs, secrets: described by their own schema
}

void require_choice(const Node& node, const std::string& value, const std::vector<std::string>& choices,
                    Problems& problems);

}  // namespace shopwire::config::detail

namespace shopwire::config {

template <class T>
template <class M>
Schema<T>&& Schema<T>::add(const std::string& key, M T::* member, const std::string& doc, bool required,
                           const std::vector<std::string>& choices) && {
    const T defaults{};
    infos_.push_back(FieldInfo{.key = key,
                               .doc = doc,
                               .type = detail::Shape<M>::type(),
                               .default_text = required ? std::string() : detail::default_text(defaults.*member),
                               .required = required,
                               .secret = std::is_same_v<M, Secret>,
                               .choices = choices,
                               .nested = detail::Shape<M>::nested()});
    readers_.push_back([key, member, required, choices](const Node& map, T& out, Problems& problems) {
        const Node node = map.member(key);
        if (node.is_null()) {
            if (required) map.problem(problems, "expected the key \"" + key + "\", got nothing");
            return;
        }
        detail::Shape<M>::read(node, out.*member, problems);
        if constexpr (std::is_same_v<M, std::string>) detail::require_choice(node, out.*member, choices, problems);
    });
    return std::move(*this);
}

template <class T>
template <class M, class N>
Schema<T>&& Schema<T>::object(const std::string& key, M T::* member, const Schema<N>& schema, const std::string& doc,
                              bool required) && {
    infos_.push_back(FieldInfo{.key = key,
                               .doc = doc,
                               .type = detail::Through<M, N>::type(),
                               .required = required,
                               .nested = detail::Through<M, N>::nested(schema.json_schema())});
    // The schema is copied: it is made once per process, and a reference to a temporary would dangle.
    readers_.push_back([key, member, required, schema](const Node& map, T& out, Problems& problems) {
        const Node node = map.member(key);
        if (node.is_null()) {
            if (required) map.problem(problems, "expected the key \"" + key + "\", got nothing");
            return;
        }
        detail::Through<M, N>::read(node, out.*member, problems, schema);
    });
    return std::move(*this);
}

template <class T>
T Schema<T>::parse(const Node& node, Problems& problems) const {
    T out{};
    if (node.is_null()) {  // an empty section: required keys are still missed
        for (const auto& reader : readers_) reader(node, out, problems);
        return out;
    }
    if (!shorthand_.empty() && node.kind() == Node::Kind::kScalar) return parse(node.under(shorthand_), problems);
    if (!expect_map(node, problems)) return out;
    const std::size_t before = problems.size();
    report_unknown(node, infos_, problems);
    for (const auto& reader : readers_) reader(node, out, problems);
    if (problems.size() == before)
        for (const auto& rule : rules_) rule(out, node, problems);
    return out;
}

}  // namespace shopwire::config
