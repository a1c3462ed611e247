// Identifiers and hashes.  Free functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shopwire {

// RFC 9562 version 7: sorts by time.  `unix_ms` comes from the caller's Clock.
std::string uuid7(std::int64_t unix_ms);

// Kafka's own partitioner hash (murmur2, seed 0x9747b28c), made positive: partition = partition_of(key, count).
std::int32_t partition_of(std::string_view key, std::int32_t partition_count);

std::string hex(std::string_view bytes);  // two digits a byte, lower case

// A W3C trace context header value with new ids.
std::string new_traceparent();
std::string new_span_id();  // 16 digits: what a span in such a context is called

}  // namespace shopwire
