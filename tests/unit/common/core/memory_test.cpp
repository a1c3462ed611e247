#include "common/core/memory.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace shopwire {
namespace {

// Kilobytes, as the kernel counts them.
long status_of(const std::string& name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":")) return std::strtol(line.c_str() + name.size() + 1, nullptr, 10);
    return -1;
}

// Not by a macro: that of ThreadSanitizer is taken back, for the sake of a library's headers.
bool is_sanitized() {
    return ::dlsym(RTLD_DEFAULT, "__asan_init") != nullptr || ::dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr;
}

// Any code, anywhere in the program: it must still be there afterwards.
std::size_t use_much_code() {
    std::vector<std::string> texts;
    texts.reserve(1'000);
    for (int i = 0; i < 1'000; ++i) texts.push_back(std::to_string(i) + " " + std::to_string(i * 0.5));
    std::size_t bytes = 0;
    std::thread([&] {
        for (const std::string& text : texts) bytes += text.size();
    }).join();
    return bytes;
}

TEST(Memory, GivesPagesOfFilesBackAndTheProgramGoesOn) {
    const std::size_t before = use_much_code();
    const long resident = status_of("RssFile");
    give_back_start_memory();
    EXPECT_LT(status_of("RssFile"), resident / 2);
    EXPECT_EQ(use_much_code(), before);
}

TEST(Memory, GivesFreedHeapBack) {
    if (is_sanitized()) GTEST_SKIP() << "the heap is the sanitizer's, which keeps what was freed";
    std::vector<std::string> kept;
    {
        std::vector<std::string> freed;
        for (int i = 0; i < 20'000; ++i) {
            freed.emplace_back(2'000, 'x');
            if (i % 100 == 0) kept.emplace_back(2'000, 'y');  // so that the heap does not shrink from its end
        }
    }
    const long resident = status_of("RssAnon");
    give_back_start_memory();
    EXPECT_LT(status_of("RssAnon"), resident - 20'000);
}

}  // namespace
}  // namespace shopwire
