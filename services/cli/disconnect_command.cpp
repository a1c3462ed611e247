#include "services/cli/disconnect_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/events/topics.h"
#include "services/cli/command.h"
#include "services/cli/doctor.h"
#include "services/cli/parked_command.h"
#include "services/cli/record_view.h"
#include "services/cli/status_view.h"
#include "services/cli/text.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::milliseconds kCallsEndMax{180'000};  // a call that is under way, at most
constexpr std::chrono::milliseconds kLeaveTimeout{90'000};

// One connection at the service that has it.
struct Leaving {
    ConnectionRef ref{};
    AdminPort port{};
    AdminClient& client;

    Result<ConnectionRow> row() const {
        const auto answer = client.ask(port, "/api/status");
        if (!answer) return std::unexpected(answer.error());
        if (!owns(*answer)) return rejected(port.service + ": another process of it has " + ref.id());
        StatusView view;
        add_status(view, *answer);
        for (const ConnectionRow& row : view.connections)
            if (row.connection == ref.id()) return row;
        return rejected(port.service + " does not have " + ref.id());
    }
    // Every process of a system knows all its connections; the one that has the slot works on it.
    bool owns(const Json& status) const {
        if (!status.is_object()) return false;
        const Json slots = status.value("slots", Json::array());
        const auto connections = status.value("connections", Json::array());
        return std::ranges::any_of(connections, [&](const Json& one) {
            return one.value("connection", std::string()) == ref.id() && one.contains("slot") &&
                   std::ranges::find(slots, one["slot"]) != slots.end();
        });
    }
    Result<std::vector<ParkedRow>> parked() const {
        const auto answer = client.ask(port, "/api/parked");
        if (!answer) return std::unexpected(answer.error());
        std::vector<ParkedRow> rows = parked_rows(*answer, false, false);
        std::erase_if(rows, [&](const ParkedRow& row) { return row.at != ref.id(); });
        return rows;
    }
    Status tell(std::string_view path, const Json& body) const {
        const auto answer = client.ask(port, path, body.dump());
        return answer ? Status{} : std::unexpected(answer.error());
    }
};

std::int64_t open_of(const ConnectionRow& row) { return row.in_hand + row.in_flight + row.parked; }

Result<Leaving> find(const Reach& reach, AdminClient& client, const ConnectionRef& ref) {
    std::string refusals;
    for (const AdminPort& port : reach.ports) {
        if (port.service == "router") continue;
        Leaving leaving{.ref = ref, .port = port, .client = client};
        const Result<ConnectionRow> row = leaving.row();
        if (row) return leaving;
        refusals += (refusals.empty() ? "" : "; ") + row.error().message;
    }
    return rejected("no service has it: " + (refusals.empty() ? "give --config or --admin" : refusals));
}

// Until nothing of it waits; it goes on working meanwhile.
Status drain(const Leaving& leaving, std::int64_t until_ms, std::ostream& out) {
    std::int64_t last = -1;
    while (true) {
        const Result<ConnectionRow> row = leaving.row();
        if (!row) return std::unexpected(row.error());
        if (open_of(*row) == 0) return {};
        if (open_of(*row) != last) out << "waiting: " << (last = open_of(*row)) << " left\n" << std::flush;
        if (system_clock().now_ms() >= until_ms) break;
        system_clock().sleep_for(kPause, {});
    }
    const Result<std::vector<ParkedRow>> rows = leaving.parked();
    std::string first;
    if (rows && !rows->empty()) first = fmt::format(", the first is {}: {}", rows->front().key, rows->front().reason);
    return rejected(
        fmt::format("--drain: {} still wait{}; it runs on: correct them, or give them up with --discard", last, first));
}

// REQUIRES: it is paused, so that all that waits is parked in the end.  Each is answered as discarded, by the service
// that owns it: the router lets go what the orders took from stock.
Result<std::size_t> discard(const Leaving& leaving) {
    std::size_t keys = 0;
    const std::int64_t until_ms = system_clock().now_ms() + kCallsEndMax.count();
    while (true) {
        const Result<std::vector<ParkedRow>> rows = leaving.parked();
        if (!rows) return std::unexpected(rows.error());
        for (const ParkedRow& row : *rows) {
            // One that is gone meanwhile is no mistake.
            if (leaving.tell("/api/parked/discard", {{"key", row.key}})) ++keys;
        }
        const Result<ConnectionRow> row = leaving.row();
        if (!row) return std::unexpected(row.error());
        if (open_of(*row) == 0) return keys;
        if (system_clock().now_ms() >= until_ms)
            return rejected(fmt::format("{} still wait: something is under way for too long", open_of(*row)));
        system_clock().sleep_for(kPause, {});
    }
}

Result<std::size_t> count_subtracted(const Reach& reach, const ConnectionRef& ref) {
    Result<TopicScan> scan = TopicScan::open(reach.kafka);
    if (!scan) return std::unexpected(scan.error());
    std::map<std::string, std::size_t> newest;  // by article: the topic may hold older states
    const auto each = [&](const kafka::Record& record) {
        newest[record.key] = still_subtracted(record, ref.merchant, ref.connection).size();
    };
    const auto read = scan->read(scan->partitions_of({events::router_state_topic("ledger")}), 0, each);
    if (!read) return std::unexpected(read.error());
    std::size_t count = 0;
    for (const auto& [key, orders] : newest) count += orders;
    return count;
}

std::vector<std::string> by_hand(const Reach& reach, const ConnectionRef& ref) {
    const std::string file = (reach.config.empty() ? "the configuration" : reach.config) + "/merchants/" + ref.merchant;
    std::vector<std::string> lines{
        fmt::format("by hand: set enabled: false at {} in {}.yaml before its service starts again", ref.connection,
                    file),
        fmt::format("by hand: withdraw its key at the system, and remove {} and its routes from that file",
                    ref.connection)};
    if (reach.kafka.bootstrap.empty()) return lines;
    const Result<std::size_t> count = count_subtracted(reach, ref);
    if (!count)
        lines.push_back("not known whether orders are still subtracted from stock: " + count.error().message);
    else if (*count > 0)
        lines.push_back(
            fmt::format("keep its routes until stock was read again: {} still subtracted, and only the "
                        "route lets them go",
                        count_text(static_cast<std::int64_t>(*count), "order line") + (*count == 1 ? " is" : " are")));
    return lines;
}

Result<std::vector<std::string>> leave(const Leaving& leaving) {
    const auto answer =
        leaving.client.ask(leaving.port, "/api/leave", Json{{"connection", leaving.ref.id()}}.dump(), kLeaveTimeout);
    if (!answer) return std::unexpected(answer.error());
    std::vector<std::string> lines;
    for (const Json& line : answer->value("lines", Json::array())) lines.push_back(line.get<std::string>());
    return lines;
}

void print(const ConnectionRef& ref, const std::vector<std::string>& lines, bool json, std::ostream& out) {
    if (json) {
        out << Json{{"connection", ref.id()}, {"lines", lines}}.dump(2, ' ', false, Json::error_handler_t::replace)
            << '\n';
        return;
    }
    for (const std::string& line : lines) out << one_line(line) << '\n';
}

}  // namespace

std::vector<std::string> still_subtracted(const kafka::Record& record, const std::string& merchant,
                                          const std::string& connection) {
    std::vector<std::string> out;
    if (!record.key.starts_with("s/" + events::join_key({merchant}) + "/")) return out;
    const auto message = message_of(record);
    const auto* ledger = dynamic_cast<const internal::v1::Ledger*>(message.get());
    if (ledger == nullptr) return out;
    for (const internal::v1::LedgerOrder& order : ledger->orders()) {
        const bool ours = order.connection() == connection || order.owner() == connection;
        const bool takes = order.released_at_ms() == 0 && !events::from_proto(order.quantity()).is_zero();
        if (ours && takes) out.push_back(order.connection() + "/" + order.native_id());
    }
    return out;
}

Result<bool> disconnect(const DisconnectOptions& options, std::ostream& out) {
    const Result<ConnectionRef> ref = connection_ref(options.connection);
    if (!ref) return std::unexpected(ref.error());
    const std::int64_t now_ms = system_clock().now_ms();
    const Result<std::int64_t> wait = parse_since(options.wait, now_ms);
    if (!wait) return rejected("--wait: expected a span like 10m, got \"" + options.wait + "\"");
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    AdminClient client = AdminClient::over_network();
    const Result<Leaving> leaving = find(*reach, client, *ref);
    if (!leaving) return std::unexpected(leaving.error());
    const Result<ConnectionRow> row = leaving->row();
    if (!row) return std::unexpected(row.error());
    if (!options.drain && !options.discard && open_of(*row) > 0)
        return rejected(fmt::format("{} wait for {}: --drain waits for them, --discard gives them up",
                                    count_text(open_of(*row), "record"), ref->id()));
    if (!options.yes) return rejected("this stops " + ref->id() + " and takes our webhooks out of it; say --yes");

    std::ostream& told = options.reach.json ? std::cerr : out;
    if (options.drain)
        if (Status done = drain(*leaving, now_ms + (now_ms - *wait), told); !done) return std::unexpected(done.error());
    if (Status paused = leaving->tell("/api/pause", {{"connection", ref->id()}}); !paused)
        return std::unexpected(paused.error());
    std::vector<std::string> lines{"paused: nothing is read or written any more"};
    if (options.discard) {
        const Result<std::size_t> keys = discard(*leaving);
        if (!keys) return std::unexpected(keys.error());
        lines.push_back(count_text(static_cast<std::int64_t>(*keys), "key") +
                        " discarded; their orders take nothing from stock any more");
    }
    const Result<std::vector<std::string>> left = leave(*leaving);
    if (left)
        lines.insert(lines.end(), left->begin(), left->end());
    else
        lines.push_back("NOT done: what we put into the system was not taken back: " + left.error().message);
    const std::vector<std::string> rest = by_hand(*reach, *ref);
    lines.insert(lines.end(), rest.begin(), rest.end());
    print(*ref, lines, options.reach.json, out);
    return left.has_value();
}

void add_disconnect_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<DisconnectOptions>();  // the callback outlives this function
    CLI::App* command =
        app.add_subcommand("disconnect", "Stop a connection for good: what waits, our webhooks, what is left to do");
    add_reach_options(*command, options->reach);
    command->add_option("connection", options->connection, "MERCHANT/CONNECTION")->required();
    CLI::Option* drain = command->add_flag("--drain", options->drain, "First wait until nothing waits any more");
    command->add_flag("--discard", options->discard, "Give up what waits: it is answered as discarded")
        ->excludes(drain);
    command->add_option("--wait", options->wait, "With --drain: how long at most")->capture_default_str();
    command->add_flag("--yes", options->yes, "Do it");
    command->footer("Example:\n  shopwire disconnect example/shop --config config --drain --yes");
    command->callback(
        [options, &exit_code] { exit_code = exit_code_of("disconnect", disconnect(*options, std::cout)); });
}

}  // namespace shopwire::cli
