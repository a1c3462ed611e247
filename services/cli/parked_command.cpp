#include "services/cli/parked_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/core/clock.h"
#include "services/cli/command.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

struct Options {
    ReachOptions reach{};
    std::string key{};
    std::string connection{};
    bool personal = false;
};

Status list_parked(const Options& options) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    if (reach->ports.empty()) return rejected("no admin port is known: give --config or --admin");
    AdminClient client = AdminClient::over_network();
    std::vector<ParkedRow> rows;
    Status status;
    for (const AdminPort& port : reach->ports) {
        const auto answer = client.ask(port, "/api/parked");
        if (!answer) {
            status = std::unexpected(answer.error());  // the others are shown all the same
            continue;
        }
        const auto more = parked_rows(*answer, port.service == "router", options.personal);
        rows.insert(rows.end(), more.begin(), more.end());
    }
    if (options.reach.json)
        print_json(rows, std::cout);
    else
        print(rows, system_clock().now_ms(), std::cout);
    return status;
}

// Tells the service that has it; which one that is, only the services know.
Status tell(const Options& options, std::string_view path, const Json& body, const std::string& what) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    std::vector<AdminPort> connectors;
    for (const AdminPort& port : reach->ports)
        if (port.service != "router") connectors.push_back(port);
    AdminClient client = AdminClient::over_network();
    if (const auto told = client.tell_one(connectors, path, body, what); !told) return std::unexpected(told.error());
    if (options.reach.json)
        std::cout << Json{{"ok", true}}.dump() << '\n';
    else
        std::cout << what << ": done\n";
    return {};
}

std::string text_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void add_about_parked(CLI::App& app, const std::shared_ptr<Options>& options, int& exit_code) {
    CLI::App* parked = app.add_subcommand("parked", "Records that wait for a person or a newer state");
    parked->require_subcommand(1);
    CLI::App* list = parked->add_subcommand("list", "Show them all");
    add_reach_options(*list, options->reach);
    list->add_flag("--personal", options->personal, "Show personal data, which is masked otherwise");
    list->footer("Example:\n  shopwire parked list --config config");
    list->callback([options, &exit_code] { exit_code = exit_code_of("parked list", list_parked(*options)); });
    for (const auto& [name, about] : {std::pair{"retry", "Try a key again now"},
                                      std::pair{"discard", "Give a key up: its records are answered as discarded"}}) {
        CLI::App* command = parked->add_subcommand(name, about);
        add_reach_options(*command, options->reach);
        command->add_option("key", options->key, "As the list shows it")->required();
        command->footer(std::string("Example:\n  shopwire parked ") + name + " example/erp/shop%2F14 --config config");
        command->callback([options, &exit_code, verb = std::string(name)] {
            exit_code = exit_code_of("parked " + verb, tell(*options, "/api/parked/" + verb, {{"key", options->key}},
                                                            verb + " " + options->key));
        });
    }
}

}  // namespace

std::vector<ParkedRow> parked_rows(const Json& answer, bool router, bool personal) {
    std::vector<ParkedRow> rows;
    if (!answer.is_object() || !answer.contains("parked")) return rows;
    for (const Json& item : answer["parked"]) {
        const std::string reason = text_at(item, "reason");
        ParkedRow row{.key = text_at(item, router ? "order" : "key"),
                      .at = text_at(item, router ? "target" : "connection"),
                      .reason = personal ? reason : without_contacts(reason),
                      .kind = router ? "unsent" : text_at(item, "error_kind"),
                      .since_ms = item.value(router ? "seen_at_ms" : "parked_at_ms", std::int64_t{0}),
                      .attempts = item.value("attempts", std::int64_t{0}),
                      .at_router = router};
        // What the target has seen stands in its connector's list too.
        if (!router || !item.value("sent", false)) rows.push_back(std::move(row));
    }
    return rows;
}

void print(const std::vector<ParkedRow>& rows, std::int64_t now_ms, std::ostream& out) {
    Table table({"KEY", "AT", "SINCE", "ATTEMPTS", "KIND", "REASON"});
    for (const ParkedRow& row : rows)
        table.add(
            {row.key, row.at, ago_text(row.since_ms, now_ms), std::to_string(row.attempts), row.kind, row.reason});
    table.print(out);
    out << rows.size() << " wait\n";
}

void print_json(const std::vector<ParkedRow>& rows, std::ostream& out) {
    nlohmann::ordered_json all = Json::array();
    for (const ParkedRow& row : rows)
        all.push_back({{"key", row.key},
                       {"at", row.at},
                       {"since_ms", row.since_ms},
                       {"attempts", row.attempts},
                       {"kind", row.kind},
                       {"reason", row.reason},
                       {"at_router", row.at_router}});
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void add_parked_commands(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<Options>();  // the callbacks outlive this function
    add_about_parked(app, options, exit_code);
    for (const auto& [name, about] : {std::pair{"pause", "Stop writing to a connection; its records wait in order"},
                                      std::pair{"resume", "Let a paused or stopped connection go on"}}) {
        CLI::App* command = app.add_subcommand(name, about);
        add_reach_options(*command, options->reach);
        command->add_option("connection", options->connection, "MERCHANT/CONNECTION")->required();
        command->footer(std::string("Example:\n  shopwire ") + name + " example/erp --config config");
        command->callback([options, &exit_code, verb = std::string(name)] {
            exit_code = exit_code_of(verb, tell(*options, "/api/" + verb, {{"connection", options->connection}},
                                                verb + " " + options->connection));
        });
    }
}

}  // namespace shopwire::cli
