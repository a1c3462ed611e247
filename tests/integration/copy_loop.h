// The smallest exactly-once program: consume, send, commit.  For tests that kill it, and for measuring what the broker
// allows.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/core/error.h"
#include "common/kafka/client_config.h"

namespace shopwire::kafka {

struct CopyOptions {
    ClientConfig client{};
    std::string group{};
    std::string member_id{};  // also the transactional id
    std::string from{};
    std::string to{};
    std::size_t batch_max = 1'000;     // records per transaction
    std::int64_t copy_max = -1;        // ends after that many; -1: never
    std::chrono::milliseconds idle_max{10'000};  // ends when nothing came for so long
};

struct CopyReport {
    std::int64_t records = 0;
    std::int64_t transactions = 0;
    std::chrono::nanoseconds busy{};  // from the first record to the last commit
};

Result<CopyReport> copy_loop(const CopyOptions& options);

}  // namespace shopwire::kafka
