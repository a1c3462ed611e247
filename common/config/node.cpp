// YAML to nodes with their places.  The only user of yaml-cpp.
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/config/schema.h"

namespace shopwire::config {

namespace {
constexpr std::size_t kFileBytesMax = 4U * 1024 * 1024;
constexpr int kDepthMax = 32;

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    return text;
}
}  // namespace

struct Node::Data {
    Kind kind = Kind::kNull;
    std::string scalar{};
    std::vector<Node> items{};
    std::vector<std::pair<std::string, Node>> members{};
    std::string file{};
    int line = 0;
    std::string path{};
};

class Loader {
 public:
    Loader(std::string file, Problems& problems) : file_(std::move(file)), problems_(problems) {}

    Node convert(const YAML::Node& yaml, const std::string& path, int depth) {
        auto data = std::make_shared<Node::Data>();
        data->file = file_;
        data->path = path;
        data->line = yaml.Mark().line + 1;
        if (depth > kDepthMax) {
            problems_.push_back({file_, data->line, path, "expected at most 32 levels"});
            return Node(std::move(data));
        }
        if (yaml.IsScalar()) {
            data->kind = Node::Kind::kScalar;
            data->scalar = yaml.Scalar();
        } else if (yaml.IsSequence()) {
            data->kind = Node::Kind::kList;
            for (std::size_t i = 0; i < yaml.size(); ++i)
                data->items.push_back(convert(yaml[i], path + "[" + std::to_string(i) + "]", depth + 1));
        } else if (yaml.IsMap()) {
            data->kind = Node::Kind::kMap;
            convert_members(yaml, path, depth, *data);
        }
        return Node(std::move(data));
    }

 private:
    void convert_members(const YAML::Node& yaml, const std::string& path, int depth, Node::Data& data) {
        for (const auto& entry : yaml) {
            const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
            const std::string inner = path.empty() ? key : path + "." + key;
            for (const auto& [known, ignored] : data.members)
                if (known == key)
                    problems_.push_back({file_, entry.first.Mark().line + 1, inner, "the key stands twice"});
            data.members.emplace_back(key, convert(entry.second, inner, depth + 1));
        }
    }

    std::string file_;
    Problems& problems_;
};

Node Node::parse(std::string_view yaml, const std::string& file, Problems& problems) {
    try {
        return Loader(file, problems).convert(YAML::Load(std::string(yaml)), "", 0);
    } catch (const YAML::Exception& error) {
        problems.push_back({file, error.mark.line + 1, "", "expected YAML: " + error.msg});
        return {};
    }
}

Node Node::load(const std::string& file, Problems& problems) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in || text.str().size() > kFileBytesMax) {
        problems.push_back({file, 0, "", in ? "expected a file of at most 4 MB" : "expected a readable file"});
        return {};
    }
    return parse(text.str(), file, problems);
}

namespace {
const std::string kEmpty;
}

Node::Kind Node::kind() const { return data_ ? data_->kind : Kind::kNull; }
const std::string& Node::scalar() const { return data_ ? data_->scalar : kEmpty; }
std::vector<Node> Node::items() const { return data_ ? data_->items : std::vector<Node>{}; }
std::vector<std::pair<std::string, Node>> Node::members() const {
    return data_ ? data_->members : std::vector<std::pair<std::string, Node>>{};
}
const std::string& Node::file() const { return data_ ? data_->file : kEmpty; }
int Node::line() const { return data_ ? data_->line : 0; }
const std::string& Node::path() const { return data_ ? data_->path : kEmpty; }

Node Node::member(std::string_view key) const {
    if (data_)
        for (const auto& [name, node] : data_->members)
            if (name == key) return node;
    return {};
}

Node Node::under(std::string_view key) const {
    auto map = std::make_shared<Data>();
    map->kind = Kind::kMap;
    map->file = file();
    map->line = line();
    map->path = path();
    map->members.emplace_back(key, *this);
    return Node(std::move(map));
}

void Node::problem(Problems& problems, std::string message) const {
    problems.push_back({file(), line(), path(), std::move(message)});
}

std::string Node::resolved(Problems& problems) const {
    std::string out;
    std::string_view rest = scalar();
    for (std::size_t at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
        out += rest.substr(0, at);
        rest.remove_prefix(at + 2);
        const std::size_t end = rest.find('}');
        const std::string_view reference = rest.substr(0, end);
        if (end == std::string_view::npos || (!reference.starts_with("env:") && !reference.starts_with("file:"))) {
            problem(problems, "expected ${env:NAME} or ${file:path}");
            return {};
        }
        rest.remove_prefix(end + 1);
        if (reference.starts_with("env:")) {
            const std::string name(reference.substr(4));
            const char* value = std::getenv(name.c_str());
            if (value == nullptr)
                problem(problems, "expected the environment variable " + name + ", it is not set");
            else
                out += value;
            continue;
        }
        const std::string path(reference.substr(5));
        std::ifstream in(path, std::ios::binary);
        std::ostringstream text;
        if (in) text << in.rdbuf();
        if (!in)
            problem(problems, "expected a readable file " + path);
        else
            out += trimmed(text.str());
    }
    out += rest;
    return out;
}

}  // namespace shopwire::config
