#include "services/woocommerce/line_facts.h"

#include <set>
#include <utility>

#include "services/woocommerce/goods.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::size_t kFactsMax = 20'000;  // about 3 MB

// The id under which a line's product is known; empty when it names none.
std::string_view id_of(json::Value line) {
    const std::string_view variation = line.member("variation_id").text();
    if (!variation.empty() && variation != "0") return variation;
    const std::string_view product = line.member("product_id").text();
    return product == "0" ? std::string_view{} : product;
}

}  // namespace

void LineFacts::put(const std::string& id, std::optional<Fact> fact) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = facts_.try_emplace(id);
    if (fact) entry->second = *std::move(fact);
    if (is_new) oldest_.push_back(id);
    while (oldest_.size() > kFactsMax) {
        facts_.erase(oldest_.front());
        oldest_.pop_front();
    }
}

void LineFacts::remember(json::Value product, const Units& units) {
    const std::string id(product.member("id").text());
    if (id.empty() || product.member("virtual").type() != json::Type::kBoolean) return;
    put(id, Fact{.needs_shipping = !product.member("virtual").boolean(), .measures = measures_of(product, units)});
}

LineFacts::Missing LineFacts::missing(json::Value orders) const {
    Missing out;
    std::set<std::string> seen;
    const std::lock_guard lock(mutex_);
    const std::size_t count = orders.is_array() ? orders.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
        const json::Value lines = (orders.is_array() ? orders.at(i) : orders).member("line_items");
        for (std::size_t j = 0; j < lines.size(); ++j) {
            const std::string id(id_of(lines.at(j)));
            if (id.empty() || facts_.contains(id) || !seen.insert(id).second) continue;
            if (id == lines.at(j).member("product_id").text()) {
                out.products.push_back(id);
            } else {
                out.variations.push_back(id);
                out.skus.emplace_back(lines.at(j).member("sku").text());
            }
        }
    }
    return out;
}

Status LineFacts::learn(Client& client, const Missing& missing, const Units& units, std::stop_token stop) {
    const Result<Documents> products = read_by_ids(client, missing.products, kLineFields, stop);
    if (!products) return std::unexpected(products.error());
    const Result<Documents> variations = read_by_skus(client, missing.skus, {.fields = kLineFields}, stop);
    if (!variations) return std::unexpected(variations.error());
    for (const Documents* pages : {&*products, &*variations})
        for (const json::Document& page : *pages)
            for (std::size_t i = 0; i < page.root().size(); ++i) {
                const json::Value row = page.root().at(i);
                // Else the one that was asked for would count as gone from here on.
                if (row.member("id").text().empty()) return transient("reading products of lines: a row without an id");
                remember(row, units);
            }
    for (const std::vector<std::string>* asked : {&missing.products, &missing.variations})
        for (const std::string& id : *asked) put(id, std::nullopt);
    return {};
}

void LineFacts::fill(events::v1::Order& order) const {
    const std::lock_guard lock(mutex_);
    for (events::v1::OrderLine& line : *order.mutable_lines()) {
        const std::string& id =
            line.variation_native_id().empty() ? line.product_native_id() : line.variation_native_id();
        const auto fact = facts_.find(id);
        if (fact == facts_.end()) continue;
        if (fact->second.needs_shipping) line.set_needs_shipping(*fact->second.needs_shipping);
        if (fact->second.measures) *line.mutable_measures() = *fact->second.measures;
    }
}

}  // namespace shopwire::woocommerce
