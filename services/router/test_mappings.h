// Mappings tested by data files: given events, expect commands.  For --test-mappings; does file I/O, no Kafka.
#pragma once

#include <ostream>
#include <span>
#include <string>

namespace shopwire::router {

// One line per case.  0: all are as expected; 1: some are not; 2: a file or the configuration has a mistake.
int test_mappings(std::span<const std::string> files, std::ostream& out);

}  // namespace shopwire::router
