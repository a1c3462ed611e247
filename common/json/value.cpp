#include "common/json/value.h"

#include <array>
#include <charconv>
#include <cstring>
#include <memory_resource>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

namespace shopwire::json {

// A tree of small nodes in one arena.  The children of a node stand side by side, so that at() is one addition.
struct Node {
    Type type = Type::kNull;
    bool truth = false;
    std::uint32_t name_size = 0;
    std::uint32_t size = 0;         // bytes of the text, or number of children
    const char* name = nullptr;     // of a member
    const char* text = nullptr;
    const Node* children = nullptr;

    std::string_view name_view() const { return {name, name_size}; }
    std::string_view text_view() const { return {text, size}; }
    std::span<const Node> members() const { return {children, size}; }
};

namespace {

constexpr std::size_t kArenaFirstBytes = 16 * 1024;  // one order's tree fits
const Node kNullNode{};

class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
    Builder(std::pmr::monotonic_buffer_resource& arena, std::size_t text_size) : arena_(arena), text_size_(text_size) {
        pending_.reserve(128);
    }

    Node root() const { return pending_.front(); }
    const std::string& problem() const { return problem_; }

    bool null() override { return add({.type = Type::kNull}); }
    bool boolean(bool value) override { return add({.type = Type::kBoolean, .truth = value}); }
    bool number_integer(number_integer_t value) override { return add_digits(value); }
    bool number_unsigned(number_unsigned_t value) override { return add_digits(value); }
    // Whole numbers over 64 bits come here too; the text is the value.
    bool number_float(number_float_t, const string_t& text) override { return add_text(Type::kNumber, text); }
    bool string(string_t& text) override { return add_text(Type::kString, text); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Type::kObject); }
    bool start_array(std::size_t) override { return open(Type::kArray); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        key_ = keep(name);
        return true;
    }
    // The library's own message quotes the text, which may be personal.
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
        if (error.id == 406)
            problem_ = "number out of range at byte " + std::to_string(position);
        else if (position > text_size_)
            problem_ = "text ends too early, at byte " + std::to_string(text_size_);
        else
            problem_ = "syntax error at byte " + std::to_string(position);
        return false;
    }

 private:
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        auto* bytes = static_cast<char*>(arena_.allocate(text.size(), 1));
        std::memcpy(bytes, text.data(), text.size());
        return {bytes, text.size()};
    }

    bool add(Node node) {
        node.name = key_.data();
        node.name_size = static_cast<std::uint32_t>(key_.size());
        key_ = {};
        pending_.push_back(node);
        return true;
    }

    bool add_text(Type type, std::string_view text) {
        const std::string_view kept = keep(text);
        return add({.type = type, .size = static_cast<std::uint32_t>(kept.size()), .text = kept.data()});
    }

    bool add_digits(auto value) {
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        return add_text(Type::kNumber, {digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    bool open(Type type) {
        if (open_.size() == kDepthMax) {
            problem_ = "nested deeper than " + std::to_string(kDepthMax);
            return false;
        }
        add({.type = type});
        open_.push_back(pending_.size());
        return true;
    }

    // Moves the children of the innermost open node out of the stack, to their place.
    bool close() {
        const std::size_t first = open_.back();
        open_.pop_back();
        const std::size_t count = pending_.size() - first;
        Node& parent = pending_[first - 1];
        parent.size = static_cast<std::uint32_t>(count);
        if (count == 0) return true;
        auto* children = static_cast<Node*>(arena_.allocate(count * sizeof(Node), alignof(Node)));
        std::uninitialized_copy_n(pending_.data() + first, count, children);
        parent.children = children;
        pending_.resize(first);
        return true;
    }

    std::pmr::monotonic_buffer_resource& arena_;
    std::size_t text_size_;
    std::vector<Node> pending_{};       // nodes whose parent is still open
    std::vector<std::size_t> open_{};   // per open node: where its children begin in pending_
    std::string_view key_{};
    std::string problem_{};
};

void dump_to(const Node& node, Writer& out);

void dump_members(const Node& node, Writer& out) {
    const bool object = node.type == Type::kObject;
    object ? out.begin_object() : out.begin_array();
    for (const Node& child : node.members()) {
        if (object) out.key(child.name_view());
        dump_to(child, out);
    }
    object ? out.end_object() : out.end_array();
}

void dump_to(const Node& node, Writer& out) {
    switch (node.type) {
        case Type::kNull: out.null(); break;
        case Type::kBoolean: out.boolean(node.truth); break;
        case Type::kNumber: out.number_text(node.text_view()); break;
        case Type::kString: out.string(node.text_view()); break;
        case Type::kArray:
        case Type::kObject: dump_members(node, out); break;
    }
}

}  // namespace

struct Document::Tree {
    std::pmr::monotonic_buffer_resource arena{kArenaFirstBytes};
    Node root{};
};

Document::Document() : tree_(std::make_unique<Tree>()) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
    if (text.size() > kBytesMax) return rejected("parsing JSON: longer than " + std::to_string(kBytesMax) + " bytes");
    Document document;
    Builder builder(document.tree_->arena, text.size());
    try {
        if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
            return rejected("parsing JSON: " + builder.problem());
    } catch (const std::exception&) {
        return rejected("parsing JSON: out of memory");
    }
    document.tree_->root = builder.root();
    return document;
}

Value Document::root() const { return Value(&tree_->root); }

Type Value::type() const { return node_ == nullptr ? Type::kNull : node_->type; }

std::string_view Value::text() const {
    return type() == Type::kString || type() == Type::kNumber ? node_->text_view() : std::string_view{};
}

bool Value::boolean() const { return node_ != nullptr && node_->truth; }

std::size_t Value::size() const { return is_array() || is_object() ? node_->size : 0; }

Value Value::at(std::size_t index) const {
    return is_array() && index < node_->size ? Value(node_->children + index) : Value();
}

Value Value::member(std::string_view name) const {
    if (!is_object()) return {};
    // From the back: of a name that stands twice the last one counts, as in PHP and JavaScript.
    for (std::size_t i = node_->size; i > 0; --i)
        if (node_->children[i - 1].name_view() == name) return Value(node_->children + i - 1);
    return {};
}

std::pair<std::string_view, Value> Value::member_at(std::size_t index) const {
    if (!is_object() || index >= node_->size) return {};
    return {node_->children[index].name_view(), Value(node_->children + index)};
}

bool Value::has(std::string_view name) const { return member(name).node_ != nullptr; }

std::string Value::dump() const {
    Writer out;
    dump_to(node_ == nullptr ? kNullNode : *node_, out);
    return out.take();
}

}  // namespace shopwire::json
