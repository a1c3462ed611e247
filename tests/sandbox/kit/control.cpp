#include "tests/sandbox/kit/control.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace sandbox::kit {

namespace {

std::int64_t number_or(const std::string* text, std::int64_t fallback) {
    if (text == nullptr) return fallback;
    std::int64_t value = fallback;
    std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

}  // namespace

void add_control_routes(Router& router, FaultEngine& faults, RequestLog& log, const ControlHooks& hooks) {
    router.add("POST", "/__sandbox/faults", [&faults](const Request& request, const PathValues&) {
        if (const auto problem = faults.add(request.body)) {
            return json_response(400, nlohmann::json{{"error", *problem}}.dump());
        }
        return json_response(200, faults.describe());
    });
    router.add("GET", "/__sandbox/faults",
               [&faults](const Request&, const PathValues&) { return json_response(200, faults.describe()); });
    router.add("DELETE", "/__sandbox/faults", [&faults](const Request&, const PathValues&) {
        faults.clear();
        return json_response(200, "[]");
    });
    router.add("GET", "/__sandbox/requests", [&log](const Request& request, const PathValues&) {
        const auto limit = number_or(request.query_value("limit"), 1000);
        return json_response(200, log.describe(number_or(request.query_value("after"), 0),
                                               static_cast<std::size_t>(limit < 0 ? 0 : limit)));
    });
    router.add("GET", "/__sandbox/state", [state = hooks.state](const Request&, const PathValues&) {
        return json_response(200, state ? state() : "{}");
    });
    router.add("POST", "/__sandbox/reset", [&faults, &log, reset = hooks.reset](const Request&, const PathValues&) {
        faults.clear();
        if (reset) reset();
        log.clear();
        return json_response(200, R"({"reset":true})");
    });
}

}  // namespace sandbox::kit
