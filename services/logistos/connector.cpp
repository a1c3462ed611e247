#include "services/logistos/connector.h"

#include "services/logistos/client.h"
#include "services/logistos/config.h"
#include "services/logistos/kit.h"
#include "services/logistos/sink.h"
#include "services/logistos/source.h"

namespace shopwire::logistos {
namespace {

using Rule = runtime::ActionRule;

// The integration routes have no call that only asks: what they took once is the sign.  A store that was refused is
// tried again; else the seller's login is checked, when there is one.
Status probe(Room& room, std::stop_token stop) {
    if (room.refused.exchange(false) || !room.client->can_track()) return {};
    const Outcome<std::string> token = room.client->sign_in(std::move(stop));
    if (!token) return within("probing", token.error().error);
    return {};
}

Result<runtime::Connector> create(const config::Node& node, const runtime::ConnectionContext& context) {
    config::Problems problems;
    Parsed parsed = parse_settings(node, problems);
    if (!parsed.dialect)
        return rejected("reading settings: " +
                        (problems.empty() ? std::string("no dialect") : config::format(problems.front())));
    const std::shared_ptr<Room> room = open_room(std::move(parsed), context);
    runtime::Connector connector;
    connector.source = std::make_unique<Source>(room, context);
    if (room->client->can("export_order")) connector.sink = std::make_unique<Sink>(room);
    connector.probe = [room](std::stop_token stop) { return probe(*room, std::move(stop)); };
    connector.leave = [room](std::stop_token stop) { return leave(*room, std::move(stop)); };
    return connector;
}

}  // namespace

runtime::ConnectorSpec spec() {
    return {.system = "logistos",
            .streams = {{.name = "integration",
                         .interval = std::chrono::minutes(5),
                         .undone_by_leaving = true,
                         .from_start = integration_from_start},
                        {.name = "tracking", .interval = std::chrono::minutes(15), .from_start = tracking_from_start}},
            .actions = {{.action = events::Command::kExportOrder,
                         .write = Rule::Write::kCreate,
                         .on_reject = Rule::OnReject::kPark},
                        {.action = events::Command::kUpdateOrder,
                         .write = Rule::Write::kAbsolute,
                         .on_reject = Rule::OnReject::kPark},
                        {.action = events::Command::kCancelDocument,
                         .write = Rule::Write::kAbsolute,
                         .on_reject = Rule::OnReject::kPark}},
            .check = [](const config::Node& settings,
                        config::Problems& problems) { (void)parse_settings(settings, problems); },
            .limits = kLimits,
            .create = create,
            .schema = [] { return settings_schema().json_schema(); },
            .reads = dialect_tools::reads_of(vocabulary()),
            .mask = kit().words,
            .commands = {{"dialect", [](int argc, char** argv) { return dialect_tools::run(argc, argv, kit()); }}}};
}

}  // namespace shopwire::logistos
