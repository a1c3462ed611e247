#include "services/cli/golive_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/config/installation.h"
#include "common/core/clock.h"
#include "services/cli/command.h"
#include "services/cli/doctor.h"
#include "services/cli/files.h"
#include "services/cli/golive_view.h"
#include "services/cli/record_view.h"
#include "services/cli/status_command.h"
#include "services/cli/text.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
// The router looks at its files every second.  An order of before it has taken the moment over would be seen by the old
// one, and not be sent.
constexpr std::int64_t kTakeOverMs = 5'000;
constexpr std::string_view kCursors = "shopwire.state.cursors.";

// When each stream was last read to its end, as it is stored: a service that was just started does not know.
std::map<std::string, std::int64_t> read_times(const Reach& reach) {
    std::map<std::string, std::int64_t> out;
    Result<TopicScan> scan = TopicScan::open(reach.kafka);
    if (!scan) return out;
    const auto each = [&out](const kafka::Record& record) {
        const auto message = message_of(record);
        if (const auto* cursor = dynamic_cast<const internal::v1::CursorState*>(message.get()))
            out[record.key] = cursor->last_success_ms();
    };
    if (!scan->read(scan->partitions_of(scan->topics_under(kCursors)), 0, each)) out.clear();
    return out;
}

std::vector<std::string> waiting_at_router(const Reach& reach, AdminClient& client, const std::string& merchant) {
    std::vector<std::string> out;
    for (const AdminPort& port : reach.ports) {
        if (port.service != "router") continue;
        const auto answer = client.ask(port, "/api/parked");
        if (!answer || !answer->is_object()) continue;
        for (const auto& order : answer->value("parked", nlohmann::json::array())) {
            const std::string name = order.value("order", std::string());
            if (name.starts_with(merchant + "/")) out.push_back(name);
        }
    }
    return out;
}

Readiness readiness_of(const Reach& reach, AdminClient& client, const config::Merchant& merchant) {
    Readiness readiness{.status = ask_services(reach, client),
                        .read_ms = read_times(reach),
                        .waiting = waiting_at_router(reach, client, merchant.name)};
    Doctor doctor(reach, client, merchant.name, system_clock().now_ms() - 7 * kDayMs);
    for (const auto& [name, connection] : merchant.connections) {
        if (!connection.enabled) continue;
        for (Finding& finding : doctor.look_at(name)) readiness.examined.push_back(std::move(finding));
    }
    readiness.routes = doctor.routes();
    readiness.sent = doctor.stored().sent;
    return readiness;
}

// Each order route's line alone; comments and order stay.
Status write_since(const config::Merchant& merchant, const std::string& time) {
    const std::string file = merchant.routing.file();
    Result<std::string> text = text_of_file(file);
    for (const config::Node& route : merchant.routing.member("orders").items()) {
        if (!text) break;
        text = with_export_since(*text, route.member("export_since").line(), time);
    }
    if (!text) return within(file, text.error());
    return replace_text(file, *text);
}

void print(const std::vector<Point>& points, std::ostream& out) {
    Table table({"", "POINT", "DETAIL"});
    for (const Point& point : points) table.add({point.good ? "OK" : "NOT", point.what, one_line(point.detail)});
    table.print(out);
}

void print_json(const std::vector<Point>& points, std::ostream& out) {
    Json all = Json::array();
    for (const Point& point : points)
        all.push_back({{"ok", point.good}, {"point", point.what}, {"detail", point.detail}});
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

Result<bool> golive(const GoliveOptions& options, std::ostream& out) {
    const std::int64_t now_ms = system_clock().now_ms();
    const Result<std::int64_t> at = options.at.empty() ? now_ms : parse_utc(options.at);
    if (!at) return std::unexpected(at.error());
    if (*at < now_ms - kDayMs) return rejected("--at: that is past; an earlier time would send old orders");
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    if (reach->config.empty()) return rejected("give --config: the merchant's file is needed");
    const config::Merchants loaded = config::load_merchants(reach->config);
    const auto merchant = loaded.merchants.find(options.merchant);
    if (merchant == loaded.merchants.end())
        return rejected(reach->config + "/merchants has no merchant \"" + options.merchant +
                        "\", or its file has mistakes");
    if (merchant->second.routing.member("orders").items().empty())
        return rejected(options.merchant + " has no routing.orders: there is nothing that could go live");
    AdminClient client = AdminClient::over_network();
    Readiness readiness = readiness_of(*reach, client, merchant->second);
    // What was created before a later moment, and is not sent yet, would never be.
    if (options.write && readiness.sent > 0)
        return rejected(fmt::format("--write: {} went out already, so {} is live; its moment stands",
                                    count_text(readiness.sent, "order"), options.merchant));
    // The time that is about to be written counts as the one that stands there.
    const std::string time = format_utc(*at / 1000 * 1000);
    if (options.write)
        for (OrderTables& route : readiness.routes.orders) route.export_since = time;
    const std::vector<Point> points = points_of(readiness, options.merchant, now_ms);
    if (options.reach.json)
        print_json(points, out);
    else
        print(points, out);
    const bool good = std::ranges::all_of(points, &Point::good);
    if (!options.write || !good) return good;
    const std::string moment =
        options.at.empty() ? format_utc((system_clock().now_ms() + kTakeOverMs) / 1000 * 1000) : time;
    if (Status written = write_since(merchant->second, moment); !written) return std::unexpected(written.error());
    if (!options.reach.json) out << "\nexport_since is " << moment << " now; the router takes it over by itself\n";
    return true;
}

void add_golive_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<GoliveOptions>();  // the callback outlives this function
    CLI::App* command =
        app.add_subcommand("golive", "Is a merchant ready?  Exit 1 if not; --write sets the moment it begins");
    add_reach_options(*command, options->reach);
    command->add_option("merchant", options->merchant, "MERCHANT")->required();
    command->add_flag("--write", options->write,
                      "When everything else is ready, set export_since of its order routes in the merchant's file");
    command->add_option("--at", options->at, "With --write: that moment, in UTC, instead of a few seconds from now");
    command->footer(
        "Examples:\n"
        "  shopwire golive example --config config\n"
        "  shopwire golive example --config config --write --at 2027-01-01T06:00:00Z");
    command->callback([options, &exit_code] { exit_code = exit_code_of("golive", golive(*options, std::cout)); });
}

}  // namespace shopwire::cli
