#include "services/keycrm/account.h"

#include <algorithm>

#include "common/events/codec.h"
#include "common/log/log.h"

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;

constexpr int kStatusPagesMax = 20;
constexpr auto kStatusesFor = 10min;

// true, or 1 where the account writes flags as numbers.
bool is_set(const json::Value& flag) {
    return flag.type() == json::Type::kBoolean ? flag.boolean() : flag.text() == "1";
}

// As many as fit into a line.
std::string first_of(const std::set<std::string>& skus) {
    std::string out;
    for (const std::string& sku : skus) {
        if (out.size() + sku.size() + 1 >= log::kTextBytesMax) break;
        out += (out.empty() ? "" : " ") + sku;
    }
    return out;
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
      connection_(context.merchant + "/" + context.connection),
      webhook_path_("/webhooks/" + context.merchant + "/" + context.connection + "/"),
      clock_(context.clock),
      echoes_(context.clock),
      absent_articles_(context),
      echoes_seen_(context.metrics.counter("shopwire_keycrm_stock_echoes_total",
                                           "Stock webhooks that told of our own writes", context.labels())),
      doubled_orders_(context.metrics.counter("shopwire_keycrm_orders_doubled_total",
                                              "Orders that stand more than once in KeyCRM", context.labels())),
      doubled_skus_shown_(context.metrics.gauge("shopwire_keycrm_skus_doubled", "SKUs that stand on several offers",
                                                context.labels())) {
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
    if (folded == doubled_skus_) return;
    if (!folded.empty())
        log::warning("SKUs stand on several KeyCRM offers; the lowest number counts",
                     {{"connection", connection_}, {"count", folded.size()}, {"skus", first_of(folded)}});
    doubled_skus_ = std::move(folded);
}

bool Account::is_doubled(std::string_view sku) const {
    const std::lock_guard lock(mutex_);
    return !doubled_skus_.empty() && doubled_skus_.contains(events::fold_sku(sku));
}

Result<std::vector<OrderStatus>> Account::read_statuses(std::stop_token stop) {
    std::vector<OrderStatus> out;
    for (int number = 1; number <= kStatusPagesMax; ++number) {
        const Result<ListPage> page = client_->dictionary(Dictionary::kStatuses, number, stop);
        if (!page) return std::unexpected(page.error());
        for (std::size_t i = 0; i < page->rows().size(); ++i) {
            json::Reader row(page->rows().at(i));
            out.push_back({.id = row.integer("id"), .group = row.integer_or_none("group_id").value_or(0)});
            out.back().reserves = is_set(row.raw("is_reserved"));
            if (Status ok = row.status(); !ok) return within("reading a status", std::move(ok).error());
        }
        if (page->more) continue;
        const std::lock_guard lock(mutex_);
        statuses_ = out;
        statuses_read_ = clock_.monotonic();
        return out;
    }
    return rejected("the account has too many statuses");
}

Status Account::check_start(std::stop_token stop) {
    if (settings_.unreserved_orders == "allow") return {};
    const auto fresh = [this] {
        const std::lock_guard lock(mutex_);
        return statuses_read_ && clock_.monotonic() - *statuses_read_ < kStatusesFor;
    };
    if (!fresh())
        if (const Result<std::vector<OrderStatus>> read = read_statuses(std::move(stop)); !read)
            return std::unexpected(read.error());
    const std::int64_t start = start_status();
    if (holds_stock(std::to_string(start), std::to_string(kGroupNew))) return {};
    return auth_failed("new orders start in status " + std::to_string(start) +
                       ", which reserves no stock: expected create_status_id of a status that reserves, or "
                       "unreserved_orders: allow where KeyCRM does not own the stock");
}

std::int64_t Account::start_status() const {
    if (settings_.create_status_id != 0) return settings_.create_status_id;
    const std::lock_guard lock(mutex_);
    const auto first = std::ranges::min_element(statuses_, {}, &OrderStatus::id);
    return first == statuses_.end() ? 0 : first->id;
}

bool Account::holds_stock(std::string_view status, std::string_view group) const {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::ranges::find_if(statuses_, [status](const OrderStatus& one) { return std::to_string(one.id) == status; });
    const bool known = found != statuses_.end();
    const bool may_be_new = group.empty() ? !known || found->group <= kGroupNew : group == std::to_string(kGroupNew);
    return !may_be_new || (known && found->reserves);
}

Status Account::probe(std::stop_token stop) {
    const Result<ListPage> sources = client_->dictionary(Dictionary::kSources, 1, stop);
    if (!sources) return within("probing", sources.error());
    for (const std::int64_t id : settings_.all_sources())
        if (!has_id(*sources, id)) return rejected("probing: the account has no source " + std::to_string(id));
    if (settings_.all_sources().empty()) return {};
    const Result<std::vector<OrderStatus>> statuses = read_statuses(stop);
    if (!statuses) return within("probing", statuses.error());
    std::vector<std::int64_t> wanted{settings_.cancel_status_id};
    if (settings_.create_status_id != 0) wanted.push_back(settings_.create_status_id);
    for (const auto& [word, id] : settings_.statuses) wanted.push_back(id);
    for (const std::int64_t id : wanted)
        if (std::ranges::find(*statuses, id, &OrderStatus::id) == statuses->end())
            return rejected("probing: the account has no active status " + std::to_string(id));
    return check_start(std::move(stop));
}

bool is_id(std::string_view text) {
    constexpr std::size_t kDigitsMax = 18;
    return !text.empty() && text.size() <= kDigitsMax && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace shopwire::keycrm
