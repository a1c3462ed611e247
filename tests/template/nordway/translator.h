// Nordway's JSON to events, and commands to its JSON.  Pure.
#pragma once

#include <string>
#include <vector>

#include "common/events/codec.h"
#include "common/json/value.h"
#include "tests/template/nordway/config.h"

namespace shopwire::nordway {

// Product, stock and price of one article: all of them, or the error.
Result<std::vector<events::Event>> article_events(json::Value row, const Settings& settings);

// The body of a new order; kRejected names what this system cannot take.
Result<std::string> order_body(const commands::v1::ExportOrder& command, const Settings& settings);

}  // namespace shopwire::nordway
