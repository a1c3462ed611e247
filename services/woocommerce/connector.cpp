#include "services/woocommerce/connector.h"

#include <memory>
#include <utility>

#include "services/woocommerce/config.h"
#include "services/woocommerce/examine.h"
#include "services/woocommerce/intake.h"
#include "services/woocommerce/shop.h"
#include "services/woocommerce/sink.h"
#include "services/woocommerce/source.h"
#include "services/woocommerce/upkeep.h"
#include "services/woocommerce/webhooks.h"

namespace shopwire::woocommerce {
namespace {

using namespace std::chrono_literals;
using Write = runtime::ActionRule::Write;
using OnReject = runtime::ActionRule::OnReject;

// Under load: a request for many articles costs as much as for one.  Stock waits less, for it may have to fall.
constexpr std::chrono::milliseconds kStockGather{50};
constexpr std::chrono::milliseconds kGather{250};

constexpr int kProductsMax = 25;  // each may bring images, which the shop fetches during the call

Result<runtime::Connector> create(const config::Node& settings, const runtime::ConnectionContext& context) {
    config::Problems problems;
    Settings parsed = settings_schema().parse(settings, problems);
    if (!problems.empty()) return rejected("reading settings: " + config::format(problems.front()));
    auto shop = std::make_shared<Shop>(std::move(parsed), context);
    runtime::Connector connector{
        .source = std::make_unique<Source>(shop),
        .sink = std::make_unique<Sink>(shop),
        .intake = std::make_unique<Intake>(shop),
        .upkeep = std::make_unique<Upkeep>(shop),
        .probe = [shop](std::stop_token stop) { return shop->probe(std::move(stop)); },
        .examine = [shop, context](const runtime::ExamineRequest& request,
                                   std::stop_token stop) { return examine(*shop, context, request, std::move(stop)); },
        .leave = [shop](std::stop_token stop) { return remove_webhooks(*shop, std::move(stop)); },
    };
    return connector;
}

std::vector<runtime::Stream> streams() {
    return {
        {.name = kOrders, .interval = 60s, .since = cursor_since, .from_start = cursor_from_start},
        {.name = kProducts, .interval = 5min, .since = cursor_since, .from_start = cursor_from_start},
        {.name = kCatalogue, .pass = runtime::Pass::kSnapshot, .interval = 24h},
        {.name = kCustomers, .pass = runtime::Pass::kSnapshot, .interval = 24h},
        // Each of its readings is a whole one, and what it knows of the last one tells what is gone.
        {.name = kDeletes,
         .interval = 24h,
         .from_start = [](const runtime::Cursor& current) -> Result<runtime::Cursor> { return current; }},
    };
}

std::vector<runtime::ActionRule> actions() {
    return {
        {.action = events::Command::kSetStock, .batch_max = kBatchMax, .gather = kStockGather},
        {.action = events::Command::kSetPrice, .batch_max = kBatchMax, .gather = kGather},
        {.action = events::Command::kSetOrderStatus, .on_reject = OnReject::kPark},
        {.action = events::Command::kAddOrderNote, .write = Write::kCreate, .on_reject = OnReject::kPark},
        {.action = events::Command::kSetTracking, .write = Write::kCreate, .on_reject = OnReject::kPark},
        {.action = events::Command::kUpsertProduct,
         .batch_max = kProductsMax,
         .write = Write::kCreate,
         .gather = kGather},
        {.action = events::Command::kUpsertCustomer, .write = Write::kCreate},
        {.action = events::Command::kRefresh},
    };
}

}  // namespace

runtime::ConnectorSpec spec() {
    runtime::ConnectorSpec spec{
        .system = "woocommerce",
        .streams = streams(),
        .actions = actions(),
        .takes_webhooks = true,
        .upkeep_interval = 5min,
        .check = [](const config::Node& settings,
                    config::Problems& problems) { settings_schema().parse(settings, problems); },
        // Shops have no limit of their own; two requests at a time help, four do not (contract woocommerce 11).
        .limits = {.per_second = 5, .burst = 5, .concurrency = 2},
        .create = create,
        .schema = [] { return settings_schema().json_schema(); },
    };
    return spec;
}

}  // namespace shopwire::woocommerce
