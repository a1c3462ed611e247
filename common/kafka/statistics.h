// What librdkafka counts about its connections, as the JSON that its STATISTICS.md describes.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace shopwire::kafka {

// Each consumer and producer that is made from now on tells `observer` its numbers every `interval`, on the thread that
// polls it.  (A transaction is not polled while it is idle.)  One observer for the process; an empty one ends it, after
// a call that runs has returned.  Any thread.
using Observer = std::function<void(std::string_view json)>;
void observe_statistics(Observer observer, std::chrono::milliseconds interval);

}  // namespace shopwire::kafka
