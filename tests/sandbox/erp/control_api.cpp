#include "tests/sandbox/erp/control_api.h"

#include "tests/sandbox/erp/control_seed.h"
#include "tests/sandbox/erp/visit.h"
#include "tests/sandbox/kit/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sandbox::erp {
namespace {

constexpr std::uint64_t kLogPage = 10'000;

struct Switch {
    const char* name;
    bool Settings::* member;
};
constexpr std::array<Switch, 7> kSwitches{{{"invoice_moves_stock", &Settings::invoice_moves_stock},
                                           {"delivery_note_moves_stock", &Settings::delivery_note_moves_stock},
                                           {"allow_negative_stock", &Settings::allow_negative_stock},
                                           {"duplicate_check", &Settings::duplicate_check},
                                           {"cancelled_frees_number", &Settings::cancelled_frees_number},
                                           {"customer_default_discount", &Settings::customer_default_discount},
                                           {"image_url", &Settings::image_url}}};
struct Span {
    const char* name;
    int Settings::* member;
};
constexpr std::array<Span, 2> kSpans{
    {{"lookup_lag_ms", &Settings::lookup_lag_ms}, {"mutator_interval_ms", &Settings::mutator_interval_ms}}};
constexpr int kSpanMaxMs = 3'600'000;

Json settings_json(const Settings& settings) {
    Json json = Json::object();
    for (const Switch& one : kSwitches) json[one.name] = settings.*one.member;
    for (const Span& one : kSpans) json[one.name] = settings.*one.member;
    return json;
}

// All named settings or, with a message, none.
std::string change_settings(Settings& settings, const Json& wanted) {
    Settings changed = settings;
    for (const auto& [name, value] : wanted.items()) {
        bool known = false;
        for (const Switch& one : kSwitches) {
            if (name != one.name || !value.is_boolean()) continue;
            changed.*one.member = value.get<bool>();
            known = true;
        }
        for (const Span& one : kSpans) {
            if (name != one.name || !value.is_number_unsigned() || value.get<std::uint64_t>() > kSpanMaxMs) continue;
            changed.*one.member = value.get<int>();
            known = true;
        }
        if (!known) return "setting " + name + ": unknown name or wrong value";
    }
    settings = changed;
    return {};
}

kit::Response answer(const std::string& problem, const Json& good) {
    if (problem.empty()) return kit::json_response(200, good.dump());
    return kit::json_response(400, Json{{"error", problem}}.dump());
}

// Runs one change under the lock; its text says what is wrong with the body, or nothing.
template <typename Change>
kit::RouteHandler changing(World& world, Change change) {
    return [&world, change](const kit::Request& request, const kit::PathValues&) {
        const Json body = Json::parse(request.body, nullptr, false);
        if (!body.is_object()) return answer("reading body: expected a JSON object", {});
        const std::scoped_lock lock{world.mutex};
        try {
            return answer(change(world, body, kit::now_micros()), Json{{"done", true}});
        } catch (const Json::exception& error) {
            return answer(std::string{"reading body: "} + error.what(), {});
        }
    };
}

std::uint64_t number_of(const std::string* text, std::uint64_t fallback) {
    if (text == nullptr) return fallback;
    std::uint64_t value = fallback;
    std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

}  // namespace

void add_erp_control_routes(kit::Router& router, World& world) {
    router.add("GET", "/__sandbox/state/{database}", [&world](const kit::Request&, const kit::PathValues& values) {
        return kit::json_response(200, state_text(world, values[0]));
    });
    router.add("GET", "/__sandbox/log", [&world](const kit::Request& request, const kit::PathValues&) {
        const std::uint64_t after = number_of(request.query_value("after"), 0);
        const std::uint64_t limit = number_of(request.query_value("limit"), kLogPage);
        const std::scoped_lock lock{world.mutex};
        return kit::json_response(200, world.log.read(after, std::min(limit, kLogPage)));
    });
    router.add("GET", "/__sandbox/settings", [&world](const kit::Request&, const kit::PathValues&) {
        const std::scoped_lock lock{world.mutex};
        return kit::json_response(200, settings_json(world.settings).dump());
    });
    router.add("POST", "/__sandbox/settings", changing(world, [](World& into, const Json& body, Microseconds) {
                   return change_settings(into.settings, body);
               }));
    router.add("POST", "/__sandbox/seed", changing(world, seed));
    router.add("POST", "/__sandbox/stock", changing(world, set_stock));
    router.add("POST", "/__sandbox/nivelacija", changing(world, change_price));
    router.add("POST", "/__sandbox/article", changing(world, change_article));
    router.add("POST", "/__sandbox/fulfil", changing(world, fulfil));
    router.add("POST", "/__sandbox/close", changing(world, close_database));
}

}  // namespace sandbox::erp
