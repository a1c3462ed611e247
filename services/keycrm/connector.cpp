#include "services/keycrm/connector.h"

#include <memory>
#include <utility>

#include "common/runtime/table_check.h"
#include "services/keycrm/account.h"
#include "services/keycrm/config.h"
#include "services/keycrm/intake.h"
#include "services/keycrm/sink.h"
#include "services/keycrm/sink_stock.h"
#include "services/keycrm/source.h"

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;
using Write = runtime::ActionRule::Write;
using OnReject = runtime::ActionRule::OnReject;

// What the words of the shops' orders become here.
runtime::Examination examine(const Settings& settings, const runtime::ExamineRequest& request) {
    runtime::Examination out;
    if (settings.all_sources().empty()) return out;  // this connection has no orders
    if (settings.updates("status"))
        out.findings.push_back(runtime::look_up(
            request.seen.statuses, [&](const std::string& word) { return settings.statuses.contains(word); },
            {.check = "statuses",
             .becomes = "the order keeps the status that it has in KeyCRM",
             .remedy = "add it to statuses of this connection, if that is not meant"}));
    out.findings.push_back(
        runtime::look_up(request.seen.payment_methods,
                         [&](const std::string& word) {
                             return settings.payment_methods.contains(word) || settings.payment_method_id != 0;
                         },
                         {.check = "payments",
                          .becomes = "the payment goes by its title",
                          .remedy = "add it to payment_methods of this connection, or set payment_method_id"}));
    return out;
}

Result<runtime::Connector> create(const config::Node& settings, const runtime::ConnectionContext& context) {
    config::Problems problems;
    Settings parsed = settings_schema().parse(settings, problems);
    if (!problems.empty()) return rejected("reading settings: " + config::format(problems.front()));
    const bool takes_webhooks = !parsed.webhook_secrets.empty();
    auto account = std::make_shared<Account>(std::move(parsed), context);
    runtime::Connector connector{
        .source = std::make_unique<Source>(account),
        .sink = std::make_unique<Sink>(account),
        .probe = [account](std::stop_token stop) { return account->probe(std::move(stop)); },
        .examine = [account](const runtime::ExamineRequest& request,
                             std::stop_token) { return examine(account->settings(), request); },
        .leave =
            [takes_webhooks](std::stop_token) {
                std::vector<std::string> lines;
                if (takes_webhooks) lines.emplace_back("by hand: remove our addresses from KeyCRM's webhooks");
                return Result<std::vector<std::string>>(std::move(lines));
            },
    };
    if (takes_webhooks) connector.intake = std::make_unique<Intake>(account);
    return connector;
}

std::vector<runtime::Stream> streams() {
    return {
        {.name = kStock, .pass = runtime::Pass::kSnapshot, .interval = 24h, .told_elsewhere = true},
        {.name = kProducts, .pass = runtime::Pass::kSnapshot, .interval = 24h},
        {.name = kOrders, .interval = 5min, .since = cursor_since, .from_start = cursor_from_start},
        {.name = kBuyers, .interval = 1h, .since = cursor_since, .from_start = cursor_from_start},
        {.name = kFollowUps, .interval = 15s},
    };
}

std::vector<runtime::ActionRule> actions() {
    return {
        {.action = events::Command::kExportOrder, .write = Write::kCreate, .on_reject = OnReject::kPark},
        {.action = events::Command::kUpdateOrder, .on_reject = OnReject::kPark},
        {.action = events::Command::kCancelDocument, .on_reject = OnReject::kPark},
        {.action = events::Command::kExportRefund, .write = Write::kCreate, .on_reject = OnReject::kPark},
        {.action = events::Command::kSetStock, .batch_max = kStockBatchMax},
        {.action = events::Command::kRefresh},
    };
}

}  // namespace

runtime::ConnectorSpec spec() {
    runtime::ConnectorSpec spec{
        .system = "keycrm",
        .streams = streams(),
        .actions = actions(),
        .takes_webhooks = true,
        .check = [](const config::Node& settings,
                    config::Problems& problems) { settings_schema().parse(settings, problems); },
        // 20 requests a minute and key (contract keycrm A1): two at once, so that an order's look and its write follow
        // each other, and 18 a minute make 20 in any minute.  Each stream may wait for its turn beside the orders.
        .limits = {.per_second = 0.3, .burst = 2, .concurrency = 4},
        .create = create,
        .schema = [] { return settings_schema().json_schema(); },
    };
    return spec;
}

}  // namespace shopwire::keycrm
