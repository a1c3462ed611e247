#include "services/woocommerce/goods.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/events/codec.h"
#include "services/woocommerce/config.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::size_t kSkuQueryBytesMax = 3'000;  // hosts cut addresses at 8 KB, and percent-encoding may double it
constexpr int kPagesMax = 5;                      // of one lookup, should plugins allow doubled SKUs

using Found = std::unordered_map<std::string, std::vector<Shown>>;  // by folded SKU

Status find_chunk(Client& client, std::span<const std::string> skus, Found& found, std::stop_token stop) {
    bool more = true;
    for (int number = 1; more && number <= kPagesMax; ++number) {
        const Result<json::Document> page = client.products_by_sku(skus, kShownFields, number, stop);
        if (!page) return std::unexpected(page.error());
        const json::Value rows = page->root();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Result<Shown> shown = read_shown(rows.at(i));
            // A row without a readable number must not be taken for "not found": its command fails, the others go on.
            if (!shown) shown = Shown{.sku = std::string(rows.at(i).member("sku").text())};
            found[events::fold_sku(shown->sku)].push_back(*std::move(shown));
        }
        more = std::cmp_equal(rows.size(), kPageMax);
    }
    return {};
}

Result<Shown> pick(const Found& found, const std::string& sku) {
    const auto entry = found.find(events::fold_sku(sku));
    if (entry == found.end()) return rejected("finding a product: no product with SKU " + sku);
    if (entry->second.size() > 1) return rejected("finding a product: several products with SKU " + sku);
    if (entry->second.front().id.empty()) return rejected("finding a product: unreadable answer for SKU " + sku);
    return entry->second.front();
}

// Sends the items of one parent, or those without one, and puts the answers to their places.
Status write_chunk(Client& client, std::span<const ItemUpdate> items, std::span<const std::size_t> chunk,
                   std::vector<Result<Shown>>& out, std::stop_token stop) {
    std::string body = R"({"update":[)";
    for (const std::size_t index : chunk) body += (body.ends_with('[') ? "" : ",") + items[index].body;
    body += "]}";
    const std::string& parent_id = items[chunk.front()].parent_id;
    const Result<json::Document> answer = parent_id.empty()
                                              ? client.update_products(std::move(body), stop)
                                              : client.update_variations(parent_id, std::move(body), stop);
    if (!answer) return std::unexpected(answer.error());
    const json::Value rows = answer->root().member("update");
    if (rows.size() != chunk.size()) return ambiguous("writing a batch: the answer has another number of items");
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        const json::Value row = rows.at(i);
        if (row.has("error"))
            out[chunk[i]] = std::unexpected(item_error(row.member("error")).within("writing a batch"));
        else if (row.member("id").text() != items[chunk[i]].id)
            out[chunk[i]] = ambiguous("writing a batch: the answer names another item");
        else
            out[chunk[i]] = read_shown(row);
    }
    return {};
}

}  // namespace

std::vector<Result<Shown>> find_shown(Client& client, std::span<const std::string> skus, std::stop_token stop) {
    Found found;
    std::optional<Error> failed;
    std::vector<std::string> chunk;
    std::size_t bytes = 0;
    const auto flush = [&] {
        if (!chunk.empty() && !failed)
            if (Status ok = find_chunk(client, chunk, found, stop); !ok) failed = std::move(ok).error();
        chunk.clear();
        bytes = 0;
    };
    const auto can_be_asked = [](const std::string& sku) { return !sku.empty() && sku.find(',') == std::string::npos; };
    for (const std::string& sku : skus) {
        if (!can_be_asked(sku)) continue;
        if (std::cmp_equal(chunk.size(), kPageMax) || bytes + sku.size() > kSkuQueryBytesMax) flush();
        chunk.push_back(sku);
        bytes += sku.size();
    }
    flush();
    std::vector<Result<Shown>> out;
    for (const std::string& sku : skus) {
        if (!can_be_asked(sku))
            out.push_back(rejected("finding a product: an empty SKU or one with a comma cannot be asked for"));
        else if (failed)
            out.push_back(std::unexpected(*failed));
        else
            out.push_back(pick(found, sku));
    }
    return out;
}

std::vector<Result<Shown>> write_items(Client& client, std::span<const ItemUpdate> items, int batch_size,
                                       std::stop_token stop) {
    std::vector<Result<Shown>> out(items.size(), transient("writing a batch: not sent"));
    std::map<std::string_view, std::vector<std::size_t>> by_parent;
    for (std::size_t i = 0; i < items.size(); ++i) by_parent[items[i].parent_id].push_back(i);
    for (const auto& [parent, indexes] : by_parent) {
        for (std::size_t first = 0; first < indexes.size(); first += static_cast<std::size_t>(batch_size)) {
            const std::size_t count = std::min(indexes.size() - first, static_cast<std::size_t>(batch_size));
            const std::span chunk = std::span(indexes).subspan(first, count);
            const Status ok = write_chunk(client, items, chunk, out, stop);
            if (ok) continue;
            for (const std::size_t index : chunk) out[index] = std::unexpected(ok.error());
            if (ok.error().kind != ErrorKind::kRejected) return out;
        }
    }
    return out;
}

}  // namespace shopwire::woocommerce
