#include "common/core/ids.h"

#include <cassert>
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

// The lowest `digits` of it, in lower case.
void append_hex(std::string& out, std::uint64_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        out.push_back("0123456789abcdef"[(value >> shift) & 0xf]);
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
    const std::uint64_t time = static_cast<std::uint64_t>(unix_ms);
    const std::uint64_t high = random_bits();
    const std::uint64_t low = random_bits();
    std::string out;
    out.reserve(36);
    append_hex(out, time >> 16, 8);
    out += '-';
    append_hex(out, time, 4);
    out += "-7";
    append_hex(out, high, 3);
    out += '-';
    append_hex(out, 0x8000 | ((high >> 16) & 0x3fff), 4);
    out += '-';
    append_hex(out, low, 12);
    return out;
}

std::int32_t partition_of(std::string_view key, std::int32_t partition_count) {
    assert(partition_count > 0);
    return static_cast<std::int32_t>(murmur2(key) & 0x7fff'ffffU) % partition_count;
}

std::string hex(std::string_view bytes) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char byte : bytes) append_hex(out, static_cast<unsigned char>(byte), 2);
    return out;
}

std::string new_traceparent() {
    std::string out = "00-";
    out.reserve(55);
    append_hex(out, random_bits(), 16);
    append_hex(out, random_bits(), 16);
    out += '-';
    append_hex(out, random_bits(), 16);
    out += "-01";
    return out;
}

std::string new_span_id() {
    std::string out;
    append_hex(out, random_bits(), 16);
    return out;
}

}  // namespace shopwire
