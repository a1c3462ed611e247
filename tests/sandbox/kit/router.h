// Finds the handler of a method and a path such as "/orders/{id}/notes". Filled before the server starts, then read
// by many threads without a lock.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/kit/http_message.h"

namespace sandbox::kit {

// Values of the {..} segments, in order.
using PathValues = std::vector<std::string>;
using RouteHandler = std::function<Response(const Request&, const PathValues&)>;

class Router {
 public:
    // `method` may be "*". "{id}" takes one segment of digits, "{name}" (any other word) one segment of anything.
    void add(std::string method, std::string_view pattern, RouteHandler handler);
    void set_fallback(std::function<Response(const Request&)> fallback) { fallback_ = std::move(fallback); }
    // The handler's answer, the fallback's, or 404.
    Response route(const Request& request) const;
    // Whether some handler takes it.
    bool knows(const Request& request) const;

 private:
    struct Route {
        std::string method;
        std::vector<std::string> segments;
        RouteHandler handler;
    };
    const Route* find(const Request& request, PathValues& values) const;

    std::vector<Route> routes_;
    std::function<Response(const Request&)> fallback_;
};

}  // namespace sandbox::kit
