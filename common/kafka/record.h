// One Kafka record as a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/kafka/headers.h"

namespace shopwire::kafka {

// The largest record that clients send and topics take: whoever makes one keeps below it, wrapped copies included.
constexpr int kRecordBytesMax = 10 * 1024 * 1024;

struct Partition {
    std::string topic{};
    std::int32_t number = 0;
    friend auto operator<=>(const Partition&, const Partition&) = default;
};

// Per partition: the offset of the next record to read.
using Offsets = std::map<Partition, std::int64_t>;

struct Record {
    std::string topic{};
    std::int32_t partition = -1;  // -1 when sending: by the key's hash (murmur2)
    std::int64_t offset = -1;     // set on what was read
    std::string key{};
    std::optional<std::string> value{};  // nullopt: a tombstone
    Headers headers{};
    std::int64_t timestamp_ms = 0;  // set on what was read
};

}  // namespace shopwire::kafka
