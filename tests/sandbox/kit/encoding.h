// Small encoders that every simulator needs: URLs, base64, HMAC, dates, JSON as PHP writes it. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sandbox::kit {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// `plus_is_space` as in query strings and form bodies.
std::string url_decode(std::string_view text, bool plus_is_space);
// RFC 3986: everything but letters, digits and -._~ is escaped.
std::string url_encode(std::string_view text);
Pairs parse_query(std::string_view raw);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);
std::string md5_hex(std::string_view bytes);
std::string random_token(std::size_t length);

std::string lower(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);

// "2026-11-22T08:30:00", no zone.
std::string iso_seconds(std::int64_t unix_seconds);
// Whole seconds of "YYYY-MM-DD[T ]HH:MM[:SS]", with no zone read as UTC; the zone's offset in seconds when one was
// written.
struct ParsedTime {
    std::int64_t seconds = 0;
    std::optional<int> offset_seconds;
};
std::optional<ParsedTime> parse_time(std::string_view text);
std::string http_date(std::int64_t unix_seconds);
std::int64_t now_seconds();
std::int64_t now_micros();

}  // namespace sandbox::kit
