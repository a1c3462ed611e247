#include "services/cli/tail_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "services/cli/command.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

constexpr std::size_t kLimitMax = 100'000;
constexpr std::chrono::milliseconds kFollowPause{500};
constexpr std::array<std::string_view, 4> kCarrying{"shopwire.events.", "shopwire.commands.", "shopwire.results",
                                                    "shopwire.deadletters"};

std::string shown(const kafka::Record& record, const TailOptions& options) {
    const Personal personal = options.personal ? Personal::kShown : Personal::kMasked;
    if (!options.reach.json) return line_of(record, personal);
    return json_of(record, personal).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// The newest lines, by time.
class Newest {
 public:
    explicit Newest(std::size_t limit) : limit_(limit) {}

    void add(std::int64_t time_ms, std::string line) {
        lines_.emplace(time_ms, std::move(line));
        if (lines_.size() <= limit_) return;
        lines_.erase(lines_.begin());
        ++left_out_;
    }

    void print(std::ostream& out) const {
        for (const auto& [time_ms, line] : lines_) out << line << '\n';
        out.flush();
        if (left_out_ > 0) std::cerr << left_out_ << " older records are left out (--limit)\n";
    }

 private:
    std::multimap<std::int64_t, std::string> lines_{};
    std::size_t limit_;
    std::size_t left_out_ = 0;
};

}  // namespace

Result<std::vector<std::string>> topics_named(const std::vector<std::string>& words,
                                              const std::map<std::string, std::int32_t>& topics) {
    std::vector<std::string> out;
    if (words.empty()) {
        for (const auto& [name, count] : topics)
            if (std::ranges::any_of(kCarrying, [&](std::string_view prefix) { return name.starts_with(prefix); }))
                out.push_back(name);
        return out;
    }
    const std::string joined = fmt::format("{}", fmt::join(words, "."));
    for (const std::string& name : {joined, "shopwire." + joined, "shopwire.events." + joined})
        if (topics.contains(name)) return std::vector{name};
    for (const auto& [name, count] : topics)
        if (name.starts_with("shopwire." + joined + ".")) out.push_back(name);
    if (out.empty())
        return rejected("expected a topic, an entity or \"commands SYSTEM\", got \"" + joined +
                        "\"; shopwire topics print lists the topics");
    return out;
}

Status tail(const TailOptions& options, std::ostream& out) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    const Result<std::int64_t> since = parse_since(options.since, system_clock().now_ms());
    if (!since) return std::unexpected(since.error());
    Result<TopicScan> scan = TopicScan::open(reach->kafka);
    if (!scan) return std::unexpected(scan.error());
    const auto topics = topics_named(options.what, scan->topics());
    if (!topics) return std::unexpected(topics.error());

    Newest newest(options.limit);
    Result<kafka::Offsets> next = scan->read(scan->partitions_of(*topics), *since, [&](const kafka::Record& record) {
        if (matches(record, options.filter)) newest.add(time_of(record), shown(record, options));
    });
    if (!next) return std::unexpected(next.error());
    newest.print(out);
    while (options.follow && out) {
        std::this_thread::sleep_for(kFollowPause);
        const Status read = scan->read_on(*next, [&](const kafka::Record& record) {
            if (matches(record, options.filter)) out << shown(record, options) << '\n';
        });
        out.flush();
        if (!read && read.error().kind != ErrorKind::kTransient) return read;
    }
    return {};
}

void add_tail_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<TailOptions>();  // the callback outlives this function
    CLI::App* command = app.add_subcommand("tail", "Show records of topics, and follow them");
    add_reach_options(*command, options->reach);
    command->add_option("what", options->what,
                        "A topic, an entity (order, stock ...), results, deadletters, or commands SYSTEM; default: all "
                        "events, commands, results and dead letters");
    command->add_option("--merchant", options->filter.merchant, "Of this merchant");
    command->add_option("--connection", options->filter.connection, "Of this connection");
    command->add_option("--key", options->filter.key, "Whose record key contains this");
    command->add_option("--since", options->since, "From here on: 90s, 30m, 12h, 7d or a time in UTC")
        ->capture_default_str();
    command->add_option("--limit", options->limit, "The newest so many")
        ->check(CLI::Range(std::size_t{1}, kLimitMax))
        ->capture_default_str();
    command->add_flag("--follow,-f", options->follow, "Go on with what comes");
    command->add_flag("--personal", options->personal, "Show personal data, which is masked otherwise");
    command->footer(
        "Examples:\n"
        "  shopwire tail order --config config --merchant example --since 2h\n"
        "  shopwire tail commands sors --config config --follow --json");
    command->callback([options, &exit_code] { exit_code = exit_code_of("tail", tail(*options, std::cout)); });
}

}  // namespace shopwire::cli
