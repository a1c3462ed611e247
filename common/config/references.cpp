#include "common/config/references.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace shopwire::config {
namespace {

constexpr std::string_view kBegin = "${file:";

// Follows links, since a mounted secret is exchanged by turning one.
std::string stamp_of(const std::string& path) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(path, error).time_since_epoch().count();
    if (error) return {};
    return std::to_string(time) + " " + std::to_string(std::filesystem::file_size(path, error));
}

}  // namespace

References::References(std::string_view yaml) {
    for (std::size_t at = yaml.find(kBegin); at != yaml.npos; at = yaml.find(kBegin, at)) {
        at += kBegin.size();
        const std::string path(yaml.substr(at, yaml.find('}', at) - at));
        stamps_.emplace(path, stamp_of(path));
    }
}

void References::add(const References& others) { stamps_.insert(others.stamps_.begin(), others.stamps_.end()); }

bool References::changed() const {
    return std::ranges::any_of(stamps_, [](const auto& file) { return stamp_of(file.first) != file.second; });
}

void References::renew() {
    for (auto& [path, stamp] : stamps_) stamp = stamp_of(path);
}

std::string References::contents() const {
    std::ostringstream all;
    for (const auto& [path, stamp] : stamps_) {
        std::ifstream in(path, std::ios::binary);
        all << path << '\n';
        if (in) all << in.rdbuf();
        all << '\n';
        all.clear();  // an empty file fails the stream
    }
    return all.str();
}

}  // namespace shopwire::config
