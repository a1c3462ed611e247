#include "services/cli/text.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/core/clock.h"

namespace shopwire::cli {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

void Table::print(std::ostream& out) const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    std::vector<std::vector<std::string>> rows = rows_;
    for (auto& row : rows) {
        row.resize(widths.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = one_line(row[i]);
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line += std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
}

std::string count_text(std::int64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string count_text(Decimal count, std::string_view noun) {
    return fmt::format("{} {}{}", count.text(), noun, count == Decimal::from_integer(1) ? "" : "s");
}

std::string span_text(std::int64_t ms) {
    if (ms < kMinuteMs) return fmt::format("{} s", std::max<std::int64_t>(ms, 0) / kSecondMs);
    if (ms < 2 * kHourMs) return fmt::format("{} min", ms / kMinuteMs);
    if (ms < 2 * kDayMs) return fmt::format("{} h", ms / kHourMs);
    return fmt::format("{} d", ms / kDayMs);
}

std::string ago_text(std::int64_t time_ms, std::int64_t now_ms) {
    return time_ms == 0 ? "never" : span_text(now_ms - time_ms) + " ago";
}

std::string time_text(std::int64_t time_ms) { return time_ms == 0 ? "-" : format_utc(time_ms); }

Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ms) {
    const auto wrong = [&] {
        return rejected("--since: expected a span like 90s, 30m, 12h, 7d or a time in UTC, got \"" + std::string(text) +
                        "\"");
    };
    std::int64_t count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (failed == std::errc() && count >= 0 && count <= 1'000'000 && unit.size() == 1) {
        switch (unit.front()) {
            case 's': return now_ms - count * kSecondMs;
            case 'm': return now_ms - count * kMinuteMs;
            case 'h': return now_ms - count * kHourMs;
            case 'd': return now_ms - count * kDayMs;
            default: return wrong();
        }
    }
    const Result<std::int64_t> time = parse_utc(text);
    return time ? time : wrong();
}

std::string one_line(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\x{:02x}", byte);
        else if (c1)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
        else
            out += text[i];
    }
    return out;
}

}  // namespace shopwire::cli
