#include "services/cli/status_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "common/core/clock.h"
#include "common/events/topics.h"
#include "common/kafka/admin.h"
#include "services/cli/command.h"

namespace shopwire::cli {
namespace {

constexpr std::string_view kCommandPrefix = "shopwire.commands.";
constexpr std::string_view kRouter = "router";
// Offsets between two transactions are not records: so few are counted by reading them.
constexpr std::int64_t kCountedMax = 1'000;

// The group of each program, and the topics that it may read.
std::map<std::string, std::vector<std::string>> groups_of(const TopicScan& scan) {
    std::map<std::string, std::vector<std::string>> groups;
    for (const auto& [topic, count] : scan.topics()) {
        if (topic.starts_with("shopwire.events.") || topic.starts_with("shopwire.internal.") ||
            topic == events::result_topic()) {
            groups["shopwire.router"].push_back(topic);
        } else if (topic.starts_with(kCommandPrefix)) {
            const std::string rest = topic.substr(kCommandPrefix.size());
            groups["shopwire." + rest.substr(0, rest.find('.'))].push_back(topic);
        }
    }
    return groups;
}

// Adds what one partition holds from `from` on.
Status add_lag(kafka::PartitionReader& reader, const kafka::Partition& partition, std::int64_t from, std::int64_t end,
               LagRow& lag) {
    if (from >= end) return {};
    const bool counted = end - from <= kCountedMax;
    if (!counted) lag.records += end - from;
    bool first = true;
    const auto read = reader.read(
        partition, from, counted ? end : from + 1,
        [&](const kafka::Record& record) -> Status {
            if (counted && record.offset < end) ++lag.records;
            if (std::exchange(first, false) && (lag.oldest_ms == 0 || record.timestamp_ms < lag.oldest_ms))
                lag.oldest_ms = record.timestamp_ms;
            return {};
        },
        kKafkaTimeout);
    if (!read) return std::unexpected(read.error());
    return {};
}

void ask_router(const AdminPort& port, AdminClient& client, StatusView& view) {
    const auto parked = client.ask(port, "/api/parked");
    const auto overdue = client.ask(port, "/api/reservations");
    if (!parked || !overdue) {
        view.problems.push_back((parked ? overdue : parked).error().message);
        return;
    }
    view.waiting_orders = std::max<std::int64_t>(view.waiting_orders, 0) + parked->value("count", std::int64_t{0});
    view.overdue_reservations =
        std::max<std::int64_t>(view.overdue_reservations, 0) + overdue->value("count", std::int64_t{0});
}

}  // namespace

StatusView ask_services(const Reach& reach, AdminClient& client) {
    StatusView view;
    for (const AdminPort& port : reach.ports) {
        if (port.service == kRouter) {
            ask_router(port, client, view);
            continue;
        }
        const auto answer = client.ask(port, "/api/status");
        if (answer)
            add_status(view, *answer);
        else
            view.problems.push_back(answer.error().message);
    }
    return view;
}

Result<std::vector<LagRow>> lags_of(const kafka::ClientConfig& config, TopicScan& scan) {
    std::vector<LagRow> out;
    for (const auto& [group, topics] : groups_of(scan)) {
        const std::vector<kafka::Partition> partitions = scan.partitions_of(topics);
        const auto committed = kafka::committed_offsets(config, group, partitions, kKafkaTimeout);
        if (!committed) return std::unexpected(committed.error());
        std::set<std::string> read;  // of a topic without any commit nobody says that the group reads it
        for (const auto& [partition, offset] : *committed) read.insert(partition.topic);
        const auto ends = scan.ends(partitions);
        if (!ends) return std::unexpected(ends.error());
        for (const std::string& topic : topics) {
            if (!read.contains(topic)) continue;
            LagRow lag{.group = group, .topic = topic};
            for (const kafka::Partition& partition : scan.partitions_of({topic})) {
                const kafka::PartitionEnds& end = ends->at(partition);
                const auto from = committed->find(partition);
                if (Status added =
                        add_lag(scan.reader(), partition,
                                std::max(end.earliest, from == committed->end() ? 0 : from->second), end.end, lag);
                    !added)
                    return std::unexpected(added.error());
            }
            out.push_back(std::move(lag));
        }
    }
    return out;
}

Result<bool> status(const ReachOptions& options, std::ostream& out) {
    const Result<Reach> reach = reach_of(options);
    if (!reach) return std::unexpected(reach.error());
    if (reach->ports.empty() && options.bootstrap.empty() && options.config.empty())
        return rejected("give --config, or --admin and --bootstrap");
    AdminClient client = AdminClient::over_network();
    StatusView view = ask_services(*reach, client);
    if (!options.config.empty() || !options.bootstrap.empty()) {
        Result<TopicScan> scan = TopicScan::open(reach->kafka);
        const auto lags = scan ? lags_of(reach->kafka, *scan) : std::unexpected(scan.error());
        if (lags)
            view.lags = *lags;
        else
            view.problems.push_back(lags.error().message);
    }
    if (options.json)
        print_json(view, out);
    else
        print(view, system_clock().now_ms(), out);
    return view.good();
}

void add_status_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<ReachOptions>();  // the callback outlives this function
    CLI::App* command = app.add_subcommand(
        "status", "Connections, what waits, and what is not read yet; exit 1 if something is stopped");
    add_reach_options(*command, *options);
    command->footer(
        "Examples:\n"
        "  shopwire status --config config\n"
        "  shopwire status --admin sors=http://10.0.0.7:9101 --bootstrap kafka-1:9092 --json");
    command->callback([options, &exit_code] { exit_code = exit_code_of("status", status(*options, std::cout)); });
}

}  // namespace shopwire::cli
