// A program of the operator's own between an event and its routes: jq, for what the tables do not say.  Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/config/installation.h"
#include "common/config/schema.h"
#include "common/core/error.h"
#include "shopwire/events/v1/event.pb.h"

namespace shopwire::dialect {
class Program;
}

namespace shopwire::router {

struct EventFilter {
    std::string from{};
    std::string entity{};  // order, product ...
    std::string jq{};
    std::shared_ptr<const dialect::Program> program{};  // shared: by every generation of the routing that has it
};

const config::Schema<EventFilter>& filter_schema();

// Compiles the programs.  A mistake in one is a problem with its place.
void compile_filters(std::vector<EventFilter>& filters, const config::Merchant& merchant, config::Problems& problems);

// True: the event goes on, as the program left it.  Where it came from cannot be changed.  kRejected: the program
// failed, or what it gave is not an event of this kind.
Result<bool> run_filters(const std::vector<EventFilter>& filters, events::v1::Event& event);

}  // namespace shopwire::router
