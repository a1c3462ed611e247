#include "services/woocommerce/order_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/events/codec.h"
#include "services/woocommerce/reader.h"
#include "services/woocommerce/scan.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::int64_t kReachS = std::int64_t{48} * 3600;  // commands count orders that were released up to 48 h ago
constexpr std::size_t kOrdersMax = 20'000;
constexpr int kPagesMax = 300;
// In a rush many articles wait for the same order; had what was told been lost, the sweep would bring it.
constexpr std::chrono::seconds kToldFor{10};

}  // namespace

void OrderWatch::remember(json::Value row) {
    const std::string_view status = row.member("status").text();
    const std::vector<std::string>& statuses = shop_->settings().stock_statuses;
    const bool holds_stock = std::ranges::find(statuses, status) != statuses.end();
    const std::string id(row.member("id").text());
    const std::lock_guard lock(mutex_);
    const auto known = orders_.find(id);
    if (known != orders_.end() && known->second.modified_s > modified_s(row)) return;  // an answer that was on its way
    if (!holds_stock) {
        orders_.erase(id);
        return;
    }
    Order order{.modified_s = modified_s(row)};
    const json::Value lines = row.member("line_items");
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (const std::string_view sku = lines.at(i).member("sku").text(); !sku.empty())
            order.skus.insert(events::fold_sku(sku));
    if (known != orders_.end() && known->second.modified_s == order.modified_s) order.told = known->second.told;
    orders_.insert_or_assign(id, std::move(order));
}

bool OrderWatch::told_lately(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto order = orders_.find(id);
    return order != orders_.end() && order->second.told != Clock::Monotonic::min() &&
           shop_->clock().monotonic() - order->second.told < kToldFor;
}

void OrderWatch::forget_oldest(std::int64_t before_s) {
    const std::lock_guard lock(mutex_);
    std::erase_if(orders_, [before_s](const auto& entry) { return entry.second.modified_s < before_s; });
    while (orders_.size() > kOrdersMax)
        orders_.erase(std::ranges::min_element(orders_, {}, [](const auto& entry) { return entry.second.modified_s; }));
}

Status OrderWatch::refresh(std::int64_t since_s, std::stop_token stop) {
    const std::lock_guard reading(reading_);
    const std::int64_t floor_s = shop_->clock().now_ms() / 1000 - kReachS;
    const std::int64_t from_s = std::max(since_s, floor_s) - 1;  // the bound is exclusive
    const std::int64_t overlap_s = shop_->settings().overlap.count() / 1000;
    // What was read before is kept, unless this command looks further back than any before it.
    const bool known = read_to_s_ > 0 && read_from_s_ <= from_s;
    TimePosition position{.after_s = known ? std::max(read_to_s_ - overlap_s, from_s) : from_s};
    std::int64_t newest_s = known ? read_to_s_ : from_s;
    bool more = true;
    for (int number = 0; more; ++number) {
        if (number == kPagesMax) return transient("reading recent orders: more than 300 pages");
        const Result<TimePage> page =
            read_by_time(shop_->client(), List::kOrders, kWatchFields, kPageMax, position, stop);
        if (!page) return within("reading recent orders", page.error());
        const json::Value rows = page->rows.root();
        for (std::size_t i = page->first; i < rows.size(); ++i) {
            remember(rows.at(i));
            newest_s = std::max(newest_s, modified_s(rows.at(i)));
        }
        position = page->next;
        more = page->more;
    }
    if (!known) read_from_s_ = from_s;
    read_to_s_ = newest_s;
    forget_oldest(floor_s);
    return {};
}

Result<std::vector<runtime::Change>> OrderWatch::read_again(const std::string& id, std::stop_token stop) {
    std::vector<runtime::Change> changes;
    if (told_lately(id)) return changes;
    const Coded order = shop_->client().get_coded(List::kOrders, id, kOrderFields, stop);
    if (!order && !is_gone(order.error())) return std::unexpected(order.error().error);
    if (!order) {
        const std::lock_guard lock(mutex_);
        orders_.erase(id);
        changes.push_back({.raw = {}, .event = deleted_event("order", id)});
        return changes;
    }
    remember(order->root());
    if (const std::lock_guard lock(mutex_); orders_.contains(id)) orders_.at(id).told = shop_->clock().monotonic();
    append_changes(changes, order->root(), filled_order_events(*shop_, order->root()));
    return changes;
}

std::vector<std::string> OrderWatch::uncounted(const commands::v1::SetStock& command) const {
    const std::string sku = events::fold_sku(command.sku());
    std::map<std::string_view, std::int64_t> counted;  // newest state that the number knows, per order
    for (const commands::v1::CountedOrder& order : command.counted()) {
        std::int64_t& modified_ms = counted[order.native_id()];
        modified_ms = std::max(modified_ms, order.modified_at_ms());
    }
    std::vector<std::string> ids;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, order] : orders_) {
        if (!order.skus.contains(sku) || order.modified_s * 1000 < command.counted_since_ms()) continue;
        const auto known = counted.find(id);
        if (known == counted.end() || known->second < order.modified_s * 1000) ids.push_back(id);
    }
    return ids;
}

}  // namespace shopwire::woocommerce
