#include "tests/sandbox/kit/router.h"

namespace sandbox::kit {

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> out;
    while (!path.empty()) {
        if (path.front() == '/') {
            path.remove_prefix(1);
            continue;
        }
        const auto end = std::min(path.find('/'), path.size());
        out.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return out;
}

bool fits(std::string_view pattern, std::string_view segment, PathValues& values) {
    if (!pattern.starts_with('{')) return pattern == segment;
    if (pattern == "{id}" && segment.find_first_not_of("0123456789") != std::string_view::npos) return false;
    values.emplace_back(segment);
    return true;
}

}  // namespace

void Router::add(std::string method, std::string_view pattern, RouteHandler handler) {
    Route route{.method = std::move(method), .segments = {}, .handler = std::move(handler)};
    for (const auto segment : segments_of(pattern)) route.segments.emplace_back(segment);
    routes_.push_back(std::move(route));
}

const Router::Route* Router::find(const Request& request, PathValues& values) const {
    const auto segments = segments_of(request.path);
    for (const auto& route : routes_) {
        if (route.segments.size() != segments.size() || (route.method != "*" && route.method != request.method))
            continue;
        values.clear();
        bool found = true;
        for (std::size_t i = 0; found && i < segments.size(); ++i) found = fits(route.segments[i], segments[i], values);
        if (found) return &route;
    }
    return nullptr;
}

bool Router::knows(const Request& request) const {
    PathValues values;
    return find(request, values) != nullptr;
}

Response Router::route(const Request& request) const {
    PathValues values;
    if (const auto* route = find(request, values)) return route->handler(request, values);
    if (fallback_) return fallback_(request);
    return json_response(404, R"({"error":"no such route"})");
}

}  // namespace sandbox::kit
