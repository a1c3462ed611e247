// Is a merchant ready to go live?  Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "services/cli/doctor_checks.h"
#include "services/cli/status_view.h"

namespace shopwire::cli {

// What was learned of a merchant.
struct Readiness {
    std::vector<Finding> examined{};              // of all its connections
    StatusView status{};
    std::map<std::string, std::int64_t> read_ms{};  // last whole reading by "merchant/connection/stream", as stored
    std::vector<std::string> waiting{};             // orders that wait for a person, at the router
    Routes routes{};
    std::int64_t sent = 0;  // orders that went out already
};

struct Point {
    bool good = false;
    std::string what{};
    std::string detail{};
};
// Everything of it, in the order in which a person would look.
std::vector<Point> points_of(const Readiness& readiness, const std::string& merchant, std::int64_t now_ms);

// The text with another `export_since` in one line; everything else stays as it is.  kRejected: the line has none, or
// several.
Result<std::string> with_export_since(const std::string& text, int line, const std::string& time);

}  // namespace shopwire::cli
