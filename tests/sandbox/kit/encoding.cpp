#include "tests/sandbox/kit/encoding.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace sandbox::kit {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
         bytes.size(), out.data(), &size);
    return {reinterpret_cast<const char*>(out.data()), size};
}

bool number(std::string_view text, std::size_t at, std::size_t width, int& out) {
    if (at + width > text.size()) return false;
    out = 0;
    for (std::size_t i = at; i < at + width; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        out = out * 10 + (text[i] - '0');
    }
    return true;
}

}  // namespace

std::string url_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return out;
}

std::string url_encode(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
    return out;
}

Pairs parse_query(std::string_view raw) {
    Pairs out;
    while (!raw.empty()) {
        const auto end = std::min(raw.find('&'), raw.size());
        const auto part = raw.substr(0, end);
        raw.remove_prefix(std::min(end + 1, raw.size()));
        if (part.empty()) continue;
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) {
            out.emplace_back(url_decode(part, true), "");
        } else {
            out.emplace_back(url_decode(part.substr(0, equals), true), url_decode(part.substr(equals + 1), true));
        }
    }
    return out;
}

std::string base64_encode(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const auto padding = text.ends_with("==") ? 2U : text.ends_with("=") ? 1U : 0U;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) { return hmac(EVP_sha256(), key, bytes); }
std::string hmac_sha1(std::string_view key, std::string_view bytes) { return hmac(EVP_sha1(), key, bytes); }

std::string md5_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_md5(), nullptr);
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += kHex[out[i] >> 4];
        text += kHex[out[i] & 15];
    }
    return text;
}

std::string random_token(std::size_t length) {
    constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    std::string out(length, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(length));
    for (char& c : out) c = kLetters[static_cast<unsigned char>(c) % kLetters.size()];
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (true) {
        const auto at = text.find(separator);
        out.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

std::string iso_seconds(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> out{};
    const auto size = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return {out.data(), size};
}

std::optional<ParsedTime> parse_time(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!number(text, 0, 4, year) || !number(text, 5, 2, month) || !number(text, 8, 2, day)) return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || text.size() < 16 || (text[10] != 'T' && text[10] != ' '))
        return std::nullopt;
    if (!number(text, 11, 2, hour) || text[13] != ':' || !number(text, 14, 2, minute)) return std::nullopt;
    std::size_t at = 16;
    if (at < text.size() && text[at] == ':') {
        if (!number(text, at + 1, 2, second)) return std::nullopt;
        at += 3;
    }
    if (at < text.size() && text[at] == '.') {
        do ++at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9');
    }
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return std::nullopt;
    std::tm parts{};
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    parts.tm_hour = hour;
    parts.tm_min = minute;
    parts.tm_sec = second;
    ParsedTime out{.seconds = static_cast<std::int64_t>(timegm(&parts)), .offset_seconds = std::nullopt};
    if (at == text.size()) return out;
    if (text.substr(at) == "Z" || text.substr(at) == "z") {
        out.offset_seconds = 0;
        return out;
    }
    // A "+" of an unescaped offset arrives as a space.
    const bool plus = text[at] == '+' || text[at] == ' ';
    int hours = 0, minutes = 0;
    if ((!plus && text[at] != '-') || !number(text, at + 1, 2, hours)) return std::nullopt;
    std::size_t tail = at + 3;
    if (tail < text.size() && text[tail] == ':') ++tail;
    if (tail < text.size() && !number(text, tail, 2, minutes)) return std::nullopt;
    out.offset_seconds = (plus ? 1 : -1) * (hours * 3600 + minutes * 60);
    return out;
}

std::string http_date(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 40> out{};
    const auto size = std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {out.data(), size};
}

std::int64_t now_micros() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::int64_t now_seconds() { return now_micros() / 1'000'000; }

}  // namespace sandbox::kit
