// SIGINT and SIGTERM as something to wait for.  Block them before the first thread begins.
#pragma once

#include <chrono>

namespace shopwire::runtime {

void block_stop_signals();  // every thread that begins later inherits it
// True: a stop signal came within `wait`.
bool wait_for_stop_signal(std::chrono::milliseconds wait);

}  // namespace shopwire::runtime
