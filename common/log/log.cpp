#include "common/log/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>

#include "common/log/escape.h"

namespace shopwire::log {
namespace {

constexpr std::size_t kNameBytesMax = 64;

// Written by configure(), read by every line.  The strings and the sink are spdlog's, which locks them.
struct Log {
    spdlog::logger logger{"shopwire", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    std::atomic<Format> format{Format::kText};

    Log() { apply(Level::kInfo, Format::kText, {}); }
    void apply(Level lowest, Format chosen, std::string_view service);
};

// Never destroyed: threads may log while the process exits.
Log& the_log() {
    static Log& log = *new Log();
    return log;
}

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::kDebug: return spdlog::level::debug;
        case Level::kInfo: return spdlog::level::info;
        case Level::kWarning: return spdlog::level::warn;
        case Level::kError: return spdlog::level::err;
    }
    std::unreachable();
}

void Log::apply(Level lowest, Format chosen, std::string_view service) {
    std::string name;
    append_escaped(name, service, kNameBytesMax);
    std::string in_pattern;  // '%' begins a flag there
    for (const char c : name) in_pattern.append(c == '%' ? 2 : 1, c);
    const std::string time = "%Y-%m-%dT%H:%M:%S.%eZ";
    std::string pattern = chosen == Format::kJson
                              ? R"({"time":")" + time + R"(","level":"%l",)" +
                                    (name.empty() ? "" : R"("service":")" + in_pattern + R"(",)") + "%v}"
                              : time + " %l " + (name.empty() ? "" : in_pattern + ": ") + "%v";
    format.store(chosen, std::memory_order_relaxed);
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    logger.set_level(spdlog_level(lowest));
}

std::string json_line(std::string_view message, std::initializer_list<Field> fields) {
    std::string line = R"("message":")";
    append_escaped(line, message, kTextBytesMax);
    line += '"';
    for (const Field& field : fields) {
        line += ",\"";
        append_escaped(line, field.name, kNameBytesMax);
        line += "\":\"";
        append_escaped(line, field.value, kTextBytesMax);
        line += '"';
    }
    return line;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
}

std::string text_line(std::string_view message, std::initializer_list<Field> fields) {
    std::string line;
    append_escaped(line, message, kTextBytesMax);
    for (const Field& field : fields) {
        const std::string_view quote = needs_quotes(field.value) ? "\"" : "";
        line += ' ';
        append_escaped(line, field.name, kNameBytesMax);
        line += '=';
        line += quote;
        append_escaped(line, field.value, kTextBytesMax);
        line += quote;
    }
    return line;
}

}  // namespace

void configure(Level lowest, Format format, const std::string& service) { the_log().apply(lowest, format, service); }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    Log& log = the_log();
    const spdlog::level::level_enum at = spdlog_level(level);
    if (!log.logger.should_log(at)) return;
    const bool json = log.format.load(std::memory_order_relaxed) == Format::kJson;
    const std::string line = json ? json_line(message, fields) : text_line(message, fields);
    log.logger.log(at, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace shopwire::log
