// What a room gives so that people can make a dialect of their own for its system.  A value.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/config/schema.h"
#include "common/dialect/engine.h"
#include "common/exchanges/mask.h"
#include "common/http/client.h"

namespace shopwire::dialect_tools {

// What a configured connection calls with.
struct Opened {
    dialect::Dialect dialect{};
    dialect::EngineOptions options{};
    std::string connection{};                      // $connection
    std::map<std::string, std::string> inputs{};   // operation -> what its settings give it: a login
    http::CurlOptions curl{};
    http::RateLimiter::Options limits{};
};

struct Kit {
    std::string_view system{};
    const dialect::Vocabulary& vocabulary;
    std::span<const dialect::BuiltIn> built_in{};
    std::string_view connection{};  // an example of $connection
    exchanges::MaskWords words{};
    // Of the connection's own settings; nullopt: they have mistakes, which were added.
    std::function<std::optional<Opened>(const config::Node& settings, config::Problems& problems)> open{};
};

// What a dialect of these words sends where nothing may change: operations that read, and none of them by a method that
// replaces or deletes.  `vocabulary` outlives it.
std::function<bool(const http::Request&)> reads_of(const dialect::Vocabulary& vocabulary);

// `dialect check|example|map|render|probe ...`; argv[0] is "dialect".  Returns the exit code.
int run(int argc, char** argv, const Kit& kit);

}  // namespace shopwire::dialect_tools
