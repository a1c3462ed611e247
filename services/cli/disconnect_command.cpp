#include "services/cli/disconnect_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "services/cli/command.h"
#include "services/cli/leaving.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

std::vector<std::string> by_hand(const Reach& reach, TopicScan& scan, const ConnectionRef& ref) {
    const std::string file = (reach.config.empty() ? "the configuration" : reach.config) + "/merchants/" + ref.merchant;
    std::vector<std::string> lines;
    const Result<StockShare> share = read_share(scan, ref);
    if (share)
        lines = lines_of(*share);
    else
        lines.push_back("not known what is still subtracted from stock: " + share.error().message);
    lines.push_back(fmt::format("by hand: set enabled: false at {} in {}.yaml before its service starts again",
                                ref.connection, file));
    lines.push_back(
        fmt::format("by hand: withdraw its key at the system, and remove {} and its routes from that file; until then "
                    "the router goes on sending commands to it, which wait",
                    ref.connection));
    return lines;
}

Hands hands_of(const Leaving& leaving, const ConnectionRef& ref) {
    const Json connection{{"connection", ref.id()}};
    return {
        .look = [&leaving] { return leaving.look(); },
        .pause = [&leaving, connection] { return leaving.tell("/api/pause", connection); },
        .resume = [&leaving, connection] { return leaving.tell("/api/resume", connection); },
        .parked = [&leaving] { return leaving.parked(); },
        .discard = [&leaving](const std::string& key) { return leaving.tell("/api/parked/discard", {{"key", key}}); },
        .clock = system_clock()};
}

// Paused and with nothing that waits, as the options say.  What was done, a line each.
Result<std::vector<std::string>> stop(const DisconnectOptions& options, const Leaving& leaving,
                                      const ConnectionRef& ref, std::int64_t wait_ms, std::ostream& told) {
    const Result<ConnectionRow> row = leaving.row();
    if (!row) return std::unexpected(row.error());
    const Hands hands = hands_of(leaving, ref);
    if (options.discard) {
        const Result<std::size_t> keys = discard(hands);
        if (!keys) return rejected("--discard: " + keys.error().message + "; " + left_as(leaving.row()));
        return std::vector<std::string>{
            "paused: nothing is read or written any more",
            count_text(static_cast<std::int64_t>(*keys), "key") +
                " discarded; their orders take nothing from stock once the router has read that"};
    }
    const Result<Waiting> waiting = leaving.look();
    if (!waiting) return std::unexpected(waiting.error());
    if (waiting->count() > 0 && !options.drain)
        return rejected(fmt::format("{} wait{} for {}: --drain waits for them, --discard gives them up",
                                    count_text(waiting->count(), "record"), waiting->count() == 1 ? "s" : "",
                                    ref.id()));
    if (waiting->count() > 0 && !row->stopped.empty())
        return rejected(
            fmt::format("--drain: {} is stopped ({}), so that nothing is worked off: resume it, or give up "
                        "what waits with --discard",
                        ref.id(), row->stopped));
    if (const Status done = drain(hands, system_clock().now_ms() + wait_ms, told); !done)
        return rejected("--drain: " + done.error().message + "; " + left_as(leaving.row()));
    return std::vector<std::string>{"paused: nothing is read or written any more"};
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

Result<bool> disconnect(const DisconnectOptions& options, std::ostream& out) {
    const Result<ConnectionRef> ref = connection_ref(options.connection);
    if (!ref) return std::unexpected(ref.error());
    const std::int64_t now_ms = system_clock().now_ms();
    const Result<std::int64_t> since = parse_since(options.wait, now_ms);
    if (!since) return rejected("--wait: expected a span like 10m, got \"" + options.wait + "\"");
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    if (reach->kafka.bootstrap.empty()) return rejected("give --config or --bootstrap: commands wait in Kafka");
    Result<TopicScan> scan = TopicScan::open(reach->kafka);
    if (!scan) return std::unexpected(scan.error());
    AdminClient client = AdminClient::over_network();
    const Result<Leaving> leaving = Leaving::find(*reach, client, *scan, *ref);
    if (!leaving) return std::unexpected(leaving.error());
    if (!options.yes) return rejected("this stops " + ref->id() + " and takes our webhooks out of it; say --yes");

    std::ostream& told = options.reach.json ? std::cerr : out;
    Result<std::vector<std::string>> lines = stop(options, *leaving, *ref, now_ms - *since, told);
    if (!lines) return std::unexpected(lines.error());
    const Result<std::vector<std::string>> left = leaving->leave();
    if (left)
        lines->insert(lines->end(), left->begin(), left->end());
    else
        lines->push_back("NOT done: what we put into the system was not taken back: " + left.error().message);
    const std::vector<std::string> rest = by_hand(*reach, *scan, *ref);
    lines->insert(lines->end(), rest.begin(), rest.end());
    print(*ref, *lines, options.reach.json, out);
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
