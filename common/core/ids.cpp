#include "common/core/ids.h"

#include <cassert>
#include <cstdio>
#include <cstring>
#include <random>

namespace shopwire {
namespace {

std::uint64_t random_bits() {
    thread_local std::mt19937_64 generator = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }();
    return generator();
}

// As org.apache.kafka.common.utils.Utils.murmur2 computes it, so that every client agrees on the partition of a key.
std::uint32_t murmur2(std::string_view data) {
    constexpr std::uint32_t kMultiplier = 0x5bd1e995;
    std::uint32_t hash = 0x9747b28cU ^ static_cast<std::uint32_t>(data.size());
    std::size_t at = 0;
    for (; at + 4 <= data.size(); at += 4) {
        std::uint32_t block = 0;
        std::memcpy(&block, data.data() + at, 4);
        block *= kMultiplier;
        block ^= block >> 24;
        block *= kMultiplier;
        hash = (hash * kMultiplier) ^ block;
    }
    const std::size_t rest = data.size() - at;
    if (rest >= 3) hash ^= static_cast<std::uint32_t>(static_cast<unsigned char>(data[at + 2])) << 16;
    if (rest >= 2) hash ^= static_cast<std::uint32_t>(static_cast<unsigned char>(data[at + 1])) << 8;
    if (rest >= 1) {
        hash ^= static_cast<unsigned char>(data[at]);
        hash *= kMultiplier;
    }
    hash ^= hash >> 13;
    hash *= kMultiplier;
    hash ^= hash >> 15;
    return hash;
}

}  // namespace

std::string uuid7(std::int64_t unix_ms) {
    const std::uint64_t time = static_cast<std::uint64_t>(unix_ms) & 0xffff'ffff'ffffULL;
    const std::uint64_t high = random_bits();
    const std::uint64_t low = random_bits();
    char out[40];
    std::snprintf(out, sizeof out, "%08x-%04x-7%03x-%04x-%012llx", static_cast<unsigned>(time >> 16),
                  static_cast<unsigned>(time & 0xffff), static_cast<unsigned>(high & 0xfff),
                  static_cast<unsigned>(0x8000 | ((high >> 16) & 0x3fff)),
                  static_cast<unsigned long long>(low & 0xffff'ffff'ffffULL));
    return out;
}

std::int32_t partition_of(std::string_view key, std::int32_t partition_count) {
    assert(partition_count > 0);
    return static_cast<std::int32_t>(murmur2(key) & 0x7fff'ffffU) % partition_count;
}

std::string new_traceparent() {
    char out[64];
    std::snprintf(out, sizeof out, "00-%016llx%016llx-%016llx-01", static_cast<unsigned long long>(random_bits()),
                  static_cast<unsigned long long>(random_bits()), static_cast<unsigned long long>(random_bits()));
    return out;
}

}  // namespace shopwire
