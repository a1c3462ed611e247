// kafka_copy BOOTSTRAP GROUP MEMBER FROM TO BATCH COUNT
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "tests/integration/copy_loop.h"

int main(int argc, char** argv) {
    if (argc != 8) {
        std::fputs("usage: kafka_copy BOOTSTRAP GROUP MEMBER FROM TO BATCH COUNT\n", stderr);
        return 2;
    }
    const auto report = shopwire::kafka::copy_loop({.client = {.bootstrap = argv[1]},
                                                    .group = argv[2],
                                                    .member_id = argv[3],
                                                    .from = argv[4],
                                                    .to = argv[5],
                                                    .batch_max = std::strtoul(argv[6], nullptr, 10),
                                                    .copy_max = std::strtol(argv[7], nullptr, 10)});
    if (!report) {
        std::fprintf(stderr, "kafka_copy: %s\n", report.error().message.c_str());
        return 1;
    }
    timespec cpu{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    const double seconds = std::chrono::duration<double>(report->busy).count();
    std::printf("%ld records, %ld transactions, %.2f s, %.0f records/s, %.2f CPU-s\n", report->records,
                report->transactions, seconds, seconds > 0 ? static_cast<double>(report->records) / seconds : 0,
                static_cast<double>(cpu.tv_sec) + static_cast<double>(cpu.tv_nsec) * 1e-9);
    return 0;
}
