#include "services/keycrm/account.h"

#include <algorithm>

#include "common/events/codec.h"
#include "common/log/log.h"

namespace shopwire::keycrm {
namespace {

metrics::Labels labels(const runtime::ConnectionContext& context) {
    return {{"merchant", context.merchant}, {"connection", context.connection}};
}

bool has_id(const ListPage& page, std::int64_t id) {
    const std::string wanted = std::to_string(id);
    for (std::size_t i = 0; i < page.rows().size(); ++i)
        if (page.rows().at(i).member("id").text() == wanted) return true;
    return page.more;  // it may stand on a later page
}

}  // namespace

Account::Account(Settings settings, const runtime::ConnectionContext& context)
    : settings_(std::move(settings)),
      webhook_path_("/webhooks/" + context.merchant + "/" + context.connection + "/"),
      clock_(context.clock),
      echoes_(context.clock),
      echoes_seen_(context.metrics.counter("shopwire_keycrm_stock_echoes_total",
                                           "Stock webhooks that told of our own writes", labels(context))),
      doubled_orders_(context.metrics.counter("shopwire_keycrm_orders_doubled_total",
                                              "Orders that stand more than once in KeyCRM", labels(context))),
      doubled_skus_shown_(
          context.metrics.gauge("shopwire_keycrm_skus_doubled", "SKUs that stand on several offers", labels(context))) {
    http::Transport* transport = &context.transport;
    if (!settings_.ca_file.empty()) {
        own_transport_ = context.own_transport({.ca_file = settings_.ca_file});
        transport = own_transport_.get();
    }
    client_ = std::make_unique<Client>(Client::Options{.base_url = settings_.base_url,
                                                       .api_key = settings_.api_key,
                                                       .timeout = settings_.timeout,
                                                       .connection = context.merchant + "/" + context.connection},
                                       *transport, context.limiter, context.metrics, context.clock);
}

void Account::set_doubled_skus(std::set<std::string> folded) {
    doubled_skus_shown_.set(static_cast<double>(folded.size()));
    const std::lock_guard lock(mutex_);
    doubled_skus_ = std::move(folded);
}

bool Account::is_doubled(std::string_view sku) const {
    const std::lock_guard lock(mutex_);
    return !doubled_skus_.empty() && doubled_skus_.contains(events::fold_sku(sku));
}

Status Account::probe(std::stop_token stop) {
    const Result<ListPage> sources = client_->dictionary(Dictionary::kSources, 1, stop);
    if (!sources) return within("probing", sources.error());
    for (const std::int64_t id : settings_.all_sources())
        if (!has_id(*sources, id)) return rejected("probing: the account has no source " + std::to_string(id));
    if (settings_.all_sources().empty()) return {};
    const Result<ListPage> statuses = client_->dictionary(Dictionary::kStatuses, 1, std::move(stop));
    if (!statuses) return within("probing", statuses.error());
    std::vector<std::int64_t> wanted{settings_.cancel_status_id};
    if (settings_.create_status_id != 0) wanted.push_back(settings_.create_status_id);
    for (const auto& [word, id] : settings_.statuses) wanted.push_back(id);
    for (const std::int64_t id : wanted)
        if (!has_id(*statuses, id)) return rejected("probing: the account has no active status " + std::to_string(id));
    return {};
}

bool is_id(std::string_view text) {
    constexpr std::size_t kDigitsMax = 18;
    return !text.empty() && text.size() <= kDigitsMax && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace shopwire::keycrm
