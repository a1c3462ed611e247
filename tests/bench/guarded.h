// How a tool of the benchmarks begins: what nobody caught is told, and its exit code is 1.
#pragma once

#include <exception>
#include <iostream>
#include <string_view>

namespace shopwire::bench {

inline int guarded(std::string_view name, int (*run)(int, char**), int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return 1;
    }
}

}  // namespace shopwire::bench
