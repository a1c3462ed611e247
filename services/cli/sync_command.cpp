#include "services/cli/sync_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/config/installation.h"
#include "services/cli/command.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kLookEvery{1'000};
constexpr std::chrono::seconds kBeginMax{30};   // for a service that has just begun
constexpr std::chrono::seconds kPatience{120};  // with services that give no answer: a restart takes a while
constexpr std::int64_t kLineEveryMs = 10'000;

std::vector<AdminPort> connectors_of(const Reach& reach) {
    std::vector<AdminPort> out;
    for (const AdminPort& port : reach.ports)
        if (port.service != "router") out.push_back(port);
    return out;
}

std::string name_of(const SyncOptions& options) { return "sync " + options.connection + " " + options.stream; }

Result<SyncTicket> ask(const SyncOptions& options, const std::vector<AdminPort>& ports, AdminClient& client,
                       const Json& body) {
    const Result<Json> answer = client.tell_one(ports, "/api/sync", body, name_of(options));
    if (!answer) return std::unexpected(answer.error());
    SyncTicket ticket{.body = body.dump()};
    if (!answer->is_object()) return ticket;
    ticket.run = answer->value("run", std::string());
    ticket.number = answer->value("ticket", std::int64_t{0});
    ticket.note = answer->value("note", std::string());
    return ticket;
}

bool counts(const StreamRow& stream, const SyncTicket& ticket) {
    return stream.run == ticket.run && stream.asked >= ticket.number;
}

// Another process goes on with what ours has begun, or came to its end.
bool inherits(const StreamRow& stream, const SyncTicket& ticket) {
    return !ticket.run.empty() && stream.inherited_run == ticket.run && stream.inherited >= ticket.number;
}

// The stream as the service that serves it shows it, and why its connection is stopped.
struct Seen {
    StreamRow stream{};
    std::string stopped{};
};
std::optional<Seen> look(const SyncOptions& options, const std::vector<AdminPort>& ports, AdminClient& client) {
    StatusView view;
    for (const AdminPort& port : ports)
        if (const auto answer = client.ask(port, "/api/status")) add_status(view, *answer);
    for (const ConnectionRow& row : view.connections) {
        if (row.connection != options.connection) continue;
        for (const StreamRow& stream : row.streams)
            if (stream.stream == options.stream) return Seen{.stream = stream, .stopped = row.stopped};
    }
    return std::nullopt;
}

std::string line_of(const SyncOptions& options, const Seen& seen) {
    const std::string name = options.connection + " " + options.stream + ": ";
    if (!seen.stream.under_way) return name + "waits for its turn";
    return name + progress_text(seen.stream) + (seen.stream.error.empty() ? "" : "; tries again: " + seen.stream.error);
}

// A name that is nobody's shall not be waited for.
Status check_name(const SyncOptions& options, const std::string& config) {
    if (config.empty()) return {};
    const config::Merchants files = config::load_merchants(config);
    if (!files.problems.empty()) return {};  // its file may be among those
    const std::size_t slash = options.connection.find('/');
    const auto merchant = files.merchants.find(options.connection.substr(0, slash));
    if (slash != std::string::npos && merchant != files.merchants.end() &&
        merchant->second.connections.contains(options.connection.substr(slash + 1)))
        return {};
    return rejected(name_of(options) + ": no file in " + config + "/merchants names this connection");
}

Result<bool> sync(const SyncOptions& options) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    if (const Status known = check_name(options, reach->config); !known) return std::unexpected(known.error());
    const std::vector<AdminPort> ports = connectors_of(*reach);
    AdminClient client = AdminClient::over_network();
    ProgressLine line(std::cerr, ::isatty(STDERR_FILENO) == 1);
    const Result<SyncTicket> ticket = ask_sync(options, ports, client, system_clock(), line);
    line.end();
    if (!ticket) return std::unexpected(ticket.error());
    const std::string note = ticket->note;
    if (!note.empty()) std::cerr << name_of(options) << ": " << one_line(note) << '\n';
    if (options.wait) {
        const Status ended = wait_for_sync(options, ports, client, system_clock(), *ticket, line);
        line.end();
        if (!ended) return std::unexpected(ended.error());
    }
    if (options.reach.json)
        std::cout << Json{{"ok", true}, {"note", note}}.dump() << '\n';
    else
        std::cout << name_of(options) << (options.wait ? ": done\n" : ": it begins\n");
    return true;
}

}  // namespace

void ProgressLine::show(const std::string& text, std::int64_t now_ms) {
    if (text == shown_) return;
    if (is_terminal_) {
        out_ << '\r' << one_line(text) << "\x1b[K" << std::flush;
    } else {
        if (!shown_.empty() && now_ms - shown_at_ms_ < kLineEveryMs) return;
        out_ << one_line(text) << '\n' << std::flush;
    }
    shown_ = text;
    shown_at_ms_ = now_ms;
}

void ProgressLine::end() {
    if (is_terminal_ && !shown_.empty()) out_ << '\n';
    shown_.clear();
}

Result<SyncTicket> ask_sync(const SyncOptions& options, const std::vector<AdminPort>& ports, AdminClient& client,
                            Clock& clock, ProgressLine& line) {
    Json body{{"connection", options.connection}, {"stream", options.stream}};
    if (options.full) body["full"] = true;
    if (options.accept_loss > 0) body["accept_loss"] = options.accept_loss;
    if (!options.since.empty()) {
        const Result<std::int64_t> since = parse_since(options.since, clock.now_ms());
        if (!since) return within("--since", since.error());
        body["since_ms"] = *since;
    }
    const Clock::Monotonic end = clock.monotonic() + kBeginMax;
    while (true) {
        Result<SyncTicket> ticket = ask(options, ports, client, body);
        if (ticket || ticket.error().kind != ErrorKind::kTransient || clock.monotonic() >= end) return ticket;
        line.show(ticket.error().message, clock.now_ms());
        clock.sleep_for(kLookEvery, {});
    }
}

Status wait_for_sync(const SyncOptions& options, const std::vector<AdminPort>& ports, AdminClient& client, Clock& clock,
                     SyncTicket ticket, ProgressLine& line) {
    const Clock::Monotonic end = clock.monotonic() + options.timeout;
    Clock::Monotonic seen_at = clock.monotonic();
    while (clock.monotonic() < end) {
        const std::optional<Seen> seen = look(options, ports, client);
        if (seen) seen_at = clock.monotonic();
        if (clock.monotonic() - seen_at > kPatience) return rejected(name_of(options) + ": no service serves it");
        if (seen && !seen->stopped.empty())
            return rejected(name_of(options) + ": the connection is stopped: " + one_line(seen->stopped));
        const bool heir = seen && inherits(seen->stream, ticket);
        // It may never have begun, or ended unseen.
        if (seen && !heir && !counts(seen->stream, ticket))
            if (Result<SyncTicket> again = ask(options, ports, client, Json::parse(ticket.body)))
                ticket = *std::move(again);
        const bool ended = seen && (heir ? !seen->stream.under_way
                                         : counts(seen->stream, ticket) && seen->stream.served >= ticket.number);
        if (ended) {
            if (seen->stream.failure.empty()) return {};
            return rejected(name_of(options) + ": " + one_line(seen->stream.failure));
        }
        line.show(seen ? line_of(options, *seen) : options.connection + ": no answer", clock.now_ms());
        clock.sleep_for(kLookEvery, {});
    }
    return rejected(name_of(options) + ": not at its end after " + span_text(options.timeout.count() * 1'000) +
                    "; it goes on");
}

void add_sync_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<SyncOptions>();  // the callback outlives this function
    CLI::App* command = app.add_subcommand("sync", "Read a stream of a connection now");
    add_reach_options(*command, options->reach);
    command->add_option("connection", options->connection, "MERCHANT/CONNECTION")->required();
    command->add_option("entity", options->stream, "Its stream: orders, stock, products ...")->required();
    CLI::Option* full = command->add_flag("--full", options->full, "From its start, not only what changed");
    command->add_option("--since", options->since, "What changed since: 12h, 7d, 2027-01-01T00:00:00Z")->excludes(full);
    command->add_option("--accept-loss", options->accept_loss, "Believe it although so many rows vanish or become zero")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{2'000'000}));
    command->add_flag("--wait", options->wait, "Show how far it is; exit 0 once it is done, 1 if it failed");
    command->add_option_function<std::int64_t>(
        "--timeout", [options](std::int64_t seconds) { options->timeout = std::chrono::seconds(seconds); },
        "Seconds to wait at most; a day unless given");
    command->footer(
        "Quiet hours do not hold it up.\nExamples:\n"
        "  shopwire sync example/erp stock --config config --wait\n"
        "  shopwire sync example/shop orders --since 12h --config config");
    command->callback([options, &exit_code] { exit_code = exit_code_of("sync", sync(*options)); });
}

}  // namespace shopwire::cli
