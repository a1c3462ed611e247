#include "services/sors/connector.h"

#include <algorithm>

#include "common/runtime/table_check.h"
#include "services/sors/client.h"
#include "services/sors/config.h"
#include "services/sors/kit.h"
#include "services/sors/media.h"
#include "services/sors/sink.h"
#include "services/sors/source.h"

namespace shopwire::sors {
namespace {

using namespace std::chrono_literals;
using dialect::FailureClass;
using Rule = runtime::ActionRule;

// A cheap call that needs the key, the database and the unit.
Status probe(const Room& room, Clock& clock, std::stop_token stop) {
    const std::string today = room.engine->zone().format(clock.now_ms(), "%Y-%m-%d");
    const DatabasePeriod* period = database_on(room.settings, today);
    if (period == nullptr) return rejected("probing: no database is configured for " + today);
    const std::string& database = period->database;
    if (room.client->can("list_databases")) {
        const Outcome<std::vector<Database>> databases = room.client->databases(stop);
        if (!databases) return within("probing", databases.error().error);
        const auto found = std::find_if(databases->begin(), databases->end(),
                                        [&](const Database& known) { return known.name == database; });
        if (found == databases->end()) return rejected("probing: the key opens no database \"" + database + "\"");
        if (found->closed) return rejected("probing: database \"" + database + "\" is closed");
    }
    if (!room.client->can("list_business_units")) return {};
    const Outcome<std::vector<Unit>> units = room.client->units(database, std::move(stop));
    if (!units) {
        if (units.error().reason == FailureClass::kNotFound)
            return rejected("probing: there is no database \"" + database + "\"");
        return within("probing", units.error().error);
    }
    const bool known =
        std::any_of(units->begin(), units->end(), [&](const Unit& unit) { return unit.id == room.settings.unit; });
    if (!known) return rejected("probing: database \"" + database + "\" has no business unit " + room.settings.unit);
    return {};
}

// The business units, from which `unit` and `units` are chosen.
Result<std::vector<std::string>> describe(const Room& room, Clock& clock, std::stop_token stop) {
    std::vector<std::string> lines;
    const DatabasePeriod* period = database_on(room.settings, room.engine->zone().format(clock.now_ms(), "%Y-%m-%d"));
    if (period == nullptr || !room.client->can("list_business_units")) return lines;
    const Outcome<std::vector<Unit>> units = room.client->units(period->database, std::move(stop));
    if (!units) return within("reading business units", units.error().error);
    for (const Unit& unit : *units) {
        const bool read = std::ranges::find(room.settings.units, unit.id) != room.settings.units.end();
        lines.push_back("unit " + unit.id + " " + unit.name +
                        (unit.id == room.settings.unit ? " (documents, prices)" : "") + (read ? " (stock)" : ""));
    }
    return lines;
}

// Units whose stock is read and that are not there, and a year that ends without a successor.
runtime::Examination examine(const Room& room, Clock& clock, std::stop_token stop) {
    using Grade = runtime::Finding::Grade;
    constexpr std::int64_t kSoonMs = std::int64_t{30} * 24 * 3600 * 1000;
    runtime::Examination out;
    const auto day = [&](std::int64_t ms) { return room.engine->zone().format(ms, "%Y-%m-%d"); };
    const DatabasePeriod* period = database_on(room.settings, day(clock.now_ms()));
    if (period == nullptr) return out;  // the probe says so
    if (database_on(room.settings, day(clock.now_ms() + kSoonMs)) == nullptr)
        out.findings.push_back({.check = "database",
                                .grade = Grade::kWarning,
                                .what = period->database + " ends on " + period->valid_to + ", and none follows it",
                                .remedy = "add the next one to databases"});
    else
        out.findings.push_back({.check = "database", .what = period->database});
    if (!room.client->can("list_business_units")) return out;
    const Outcome<std::vector<Unit>> units = room.client->units(period->database, std::move(stop));
    if (!units) return out;
    out.findings.push_back(runtime::look_up(
        room.settings.units,
        [&](const std::string& id) { return std::ranges::find(*units, id, &Unit::id) != units->end(); },
        {.check = "units",
         .becomes = "there is no such business unit, so its stock is never read",
         .remedy = "correct units of this connection",
         .grade = Grade::kFault}));
    return out;
}

Rule once(events::Command::ActionCase action) {
    return {.action = action, .write = Rule::Write::kCreate, .on_reject = Rule::OnReject::kPark};
}

Result<runtime::Connector> create(const config::Node& node, const runtime::ConnectionContext& context) {
    config::Problems problems;
    Parsed parsed = parse_settings(node, problems);
    if (!parsed.dialect)
        return rejected("reading settings: " +
                        (problems.empty() ? std::string("no dialect") : config::format(problems.front())));
    const std::shared_ptr<const Room> room = open_room(std::move(parsed), context);
    runtime::Connector connector;
    for (const char* list : {"list_stock", "list_products", "list_customers"})
        if (room->client->can(list) && !connector.source) connector.source = std::make_unique<Source>(room, context);
    if (!room->settings.media_secret.empty()) connector.media = std::make_unique<Media>(room, context);
    if (room->client->can("create_document")) connector.sink = std::make_unique<Sink>(room, context);
    connector.probe = [room, &clock = context.clock](std::stop_token stop) {
        return probe(*room, clock, std::move(stop));
    };
    connector.describe = [room, &clock = context.clock](std::stop_token stop) {
        return describe(*room, clock, std::move(stop));
    };
    connector.examine = [room, &clock = context.clock](const runtime::ExamineRequest&, std::stop_token stop) {
        return examine(*room, clock, std::move(stop));
    };
    return connector;
}

}  // namespace

runtime::ConnectorSpec spec() {
    return {.system = "sors",
            .streams = {{.name = kStock, .pass = runtime::Pass::kSnapshot, .interval = 5min},
                        {.name = kProducts, .pass = runtime::Pass::kSnapshot, .interval = 24h},
                        {.name = kCustomers, .pass = runtime::Pass::kSnapshot, .interval = 24h},
                        {.name = kBalances, .pass = runtime::Pass::kSnapshot, .interval = 24h}},
            .actions = {once(events::Command::kExportOrder), once(events::Command::kUpdateOrder),
                        once(events::Command::kCancelDocument), once(events::Command::kExportRefund),
                        once(events::Command::kUpsertCustomer)},
            .gives_files = true,
            .check = [](const config::Node& settings,
                        config::Problems& problems) { (void)parse_settings(settings, problems); },
            .limits = kLimits,
            .create = create,
            .schema = [] { return settings_schema().json_schema(); },
            .reads = dialect_tools::reads_of(vocabulary()),
            .mask = kit().words,
            .commands = {{"dialect", [](int argc, char** argv) { return dialect_tools::run(argc, argv, kit()); }}}};
}

}  // namespace shopwire::sors
