#include "common/core/clock.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <random>

namespace shopwire {
namespace {

class SystemClock final : public Clock {
 public:
    std::int64_t now_ms() const override {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    Monotonic monotonic() const override {
        timespec now{};
        clock_gettime(CLOCK_BOOTTIME, &now);
        return Monotonic(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
    }
    bool sleep_for(Duration wait, std::stop_token stop) override {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        changed.wait_for(lock, stop, wait, [] { return false; });
        return !stop.stop_requested();
    }
};

bool read_number(std::string_view text, std::size_t at, std::size_t length, int& out) {
    if (at + length > text.size()) return false;
    out = 0;
    for (const char c : text.substr(at, length)) {
        if (c < '0' || c > '9') return false;
        out = out * 10 + (c - '0');
    }
    return true;
}

// The part after the seconds: fraction and offset.  False: not understood.
bool read_tail(std::string_view tail, std::int64_t& milliseconds, std::int64_t& offset_minutes) {
    if (tail.starts_with('.')) {
        std::int64_t unit = 100;
        tail.remove_prefix(1);
        if (tail.empty() || tail.front() < '0' || tail.front() > '9') return false;
        while (!tail.empty() && tail.front() >= '0' && tail.front() <= '9') {
            milliseconds += (tail.front() - '0') * unit;
            unit /= 10;
            tail.remove_prefix(1);
        }
    }
    if (tail.empty() || tail == "Z") return true;
    int hours = 0;
    int minutes = 0;
    const bool colon = tail.size() == 6 && tail[3] == ':';
    if ((tail.size() != 5 && !colon) || (tail.front() != '+' && tail.front() != '-')) return false;
    if (!read_number(tail, 1, 2, hours) || !read_number(tail, colon ? 4 : 3, 2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    offset_minutes = (tail.front() == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

}  // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

std::chrono::milliseconds backoff(int attempt, std::chrono::milliseconds first, std::chrono::milliseconds max,
                                  double chance) {
    const int doublings = std::clamp(attempt, 0, 20);  // 2^20 * 1 ms already passes any sensible max
    const std::chrono::milliseconds full = std::min(first * (1 << doublings), max);
    return full -
           std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(full.count()) * 0.25 * chance));
}

double random_chance() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

std::string format_utc(std::int64_t unix_ms) {
    std::int64_t seconds = unix_ms / 1000;
    std::int64_t rest = unix_ms % 1000;
    if (rest < 0) {
        rest += 1000;
        --seconds;
    }
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    char out[48];
    std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(rest));
    return out;
}

Result<std::int64_t> parse_utc(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    const bool shape = text.size() >= 19 && text.size() <= 40 && text[4] == '-' && text[7] == '-' &&
                       (text[10] == 'T' || text[10] == ' ') && text[13] == ':' && text[16] == ':';
    std::int64_t milliseconds = 0;
    std::int64_t offset_minutes = 0;
    if (!shape || !read_number(text, 0, 4, year) || !read_number(text, 5, 2, month) || !read_number(text, 8, 2, day) ||
        !read_number(text, 11, 2, hour) || !read_number(text, 14, 2, minute) || !read_number(text, 17, 2, second) ||
        !read_tail(text.substr(19), milliseconds, offset_minutes))
        return rejected("expected a time like 2026-11-22T00:35:01, got \"" + std::string(text.substr(0, 40)) + "\"");
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60)
        return rejected("expected a time that exists, got \"" + std::string(text.substr(0, 40)) + "\"");
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return ((days * 24 + hour) * 60 + minute - offset_minutes) * 60'000 + second * 1000 + milliseconds;
}

}  // namespace shopwire
