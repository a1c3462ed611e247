// `shopwire trace order|sku`: everything that Kafka holds about one of them, as a story.  One thread.
#pragma once

#include <ostream>
#include <string>

#include "services/cli/order_story.h"
#include "services/cli/reach.h"

namespace shopwire::cli {

struct TraceOptions {
    ReachOptions reach{};
    std::string merchant{};
    std::string connection{};
    std::string wanted{};  // number, id or SKU
    std::string since = "14d";
    bool personal = false;
    bool by_id = false;       // `wanted` is no number
};

// False: nothing is known of it.
Result<bool> trace_order(const TraceOptions& options, std::ostream& out);
Result<bool> trace_sku(const TraceOptions& options, std::ostream& out);

void add_trace_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
