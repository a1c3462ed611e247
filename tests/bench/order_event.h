// The order of the benchmarks: what a shop's order of 2.4 KB JSON with two lines is as an event.  Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "shopwire/events/v1/event.pb.h"

namespace shopwire::bench {

struct OrderSpec {
    std::string merchant = "acme";
    std::int64_t number = 0;
    std::int64_t skus = 1;  // articles that the lines are spread over
    std::int64_t now_ms = 0;
};

// Complete, with its content hash; the same spec gives the same event.
events::v1::Event order_event(const OrderSpec& spec);

}  // namespace shopwire::bench
