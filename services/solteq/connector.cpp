#include "services/solteq/connector.h"

#include <algorithm>

#include "common/runtime/table_check.h"
#include "services/solteq/client.h"
#include "services/solteq/config.h"
#include "services/solteq/intake.h"
#include "services/solteq/kit.h"
#include "services/solteq/sink.h"
#include "services/solteq/source.h"

namespace shopwire::solteq {
namespace {

using namespace std::chrono_literals;
using Rule = runtime::ActionRule;

// A cheap call that needs the credential, its scope and the web store.
Status probe(const Room& room, std::stop_token stop) {
    const std::string& store = room.settings.web_store_id;
    if (!room.client->can("list_stores")) {
        const auto page = room.client->page("list_products", 0, {}, std::move(stop));
        return page ? Status{} : within("probing", page.error().error);
    }
    const Outcome<std::vector<std::string>> stores = room.client->store_ids(std::move(stop));
    if (!stores) return within("probing", stores.error().error);
    if (std::find(stores->begin(), stores->end(), store) == stores->end())
        return rejected("probing: there is no store \"" + store + "\"");
    return {};
}

// What the payments of the shops' orders become here.
runtime::Examination examine(const Settings& settings, const runtime::ExamineRequest& request) {
    runtime::Examination out;
    if (settings.export_orders)
        out.findings.push_back(
            runtime::look_up(request.seen.payment_methods,
                             [&](const std::string& word) { return settings.payment_types.contains(word); },
                             {.check = "payments",
                              .becomes = "it is booked as " + settings.payment_type_default,
                              .remedy = "add it to payment_types of this connection, if that is not meant"}));
    return out;
}

Result<runtime::Connector> create(const config::Node& node, const runtime::ConnectionContext& context) {
    config::Problems problems;
    Parsed parsed = parse_settings(node, problems);
    if (!parsed.dialect)
        return rejected("reading settings: " +
                        (problems.empty() ? std::string("no dialect") : config::format(problems.front())));
    const std::shared_ptr<const Room> room = open_room(std::move(parsed), context);
    runtime::Connector connector;
    if (room->client->can("list_products")) connector.source = std::make_unique<Source>(room, context);
    if (room->client->can("create_sale")) connector.sink = std::make_unique<Sink>(room, context);
    if (room->settings.message_auth != "off") connector.intake = std::make_unique<Intake>(room);
    connector.probe = [room](std::stop_token stop) { return probe(*room, std::move(stop)); };
    connector.examine = [room](const runtime::ExamineRequest& request, std::stop_token) {
        return examine(room->settings, request);
    };
    return connector;
}

Rule once(events::Command::ActionCase action) {
    return {.action = action, .write = Rule::Write::kCreate, .on_reject = Rule::OnReject::kPark};
}

}  // namespace

// Messages tell balances and prices too, so a pass tells all of its own.
runtime::ConnectorSpec spec() {
    return {
        .system = "solteq",
        .streams = {{.name = kProducts, .interval = 15min, .since = cursor_since},
                    {.name = kCatalogue, .pass = runtime::Pass::kSnapshot, .interval = 24h},
                    {.name = kCampaigns, .pass = runtime::Pass::kSnapshot, .interval = 15min, .told_elsewhere = true},
                    {.name = kBalances, .pass = runtime::Pass::kSnapshot, .interval = 5min, .told_elsewhere = true},
                    {.name = kCustomers, .interval = 15min, .since = cursor_since}},
        .actions = {once(events::Command::kExportOrder), once(events::Command::kUpdateOrder),
                    once(events::Command::kCancelDocument), once(events::Command::kExportRefund),
                    once(events::Command::kUpsertCustomer)},
        .takes_webhooks = true,
        .check = [](const config::Node& settings,
                    config::Problems& problems) { (void)parse_settings(settings, problems); },
        .limits = kLimits,
        .create = create,
        .schema = [] { return settings_schema().json_schema(); },
        .reads = dialect_tools::reads_of(vocabulary()),
        .mask = kit().words,
        .commands = {{"dialect", [](int argc, char** argv) { return dialect_tools::run(argc, argv, kit()); }}}};
}

}  // namespace shopwire::solteq
