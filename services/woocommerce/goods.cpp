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
constexpr std::size_t kImportsMax = 20;  // images that the shop fetches in one request, some seconds each at worst

using Found = std::unordered_map<std::string, std::vector<Shown>>;  // by folded SKU

Status read_chunk(Client& client, std::span<const std::string> skus, Client::SkuQuery query, Documents& pages,
                  std::stop_token stop) {
    bool more = !skus.empty();
    for (query.page = 1; more && query.page <= kPagesMax; ++query.page) {
        Result<json::Document> page = client.products_by_sku(skus, query, stop);
        if (!page) return std::unexpected(page.error());
        more = std::cmp_equal(page->root().size(), kPageMax);
        pages.push_back(*std::move(page));
    }
    return {};
}

Found found_in(const Documents& pages, std::string_view meta_key) {
    Found found;
    for (const json::Document& page : pages) {
        const json::Value rows = page.root();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Result<Shown> shown = read_shown(rows.at(i), meta_key);
            // A row without a readable number must not be taken for "not found": its command fails, the others go on.
            if (!shown) shown = Shown{.sku = std::string(rows.at(i).member("sku").text())};
            found[events::fold_sku(shown->sku)].push_back(*std::move(shown));
        }
    }
    return found;
}

Result<std::optional<Shown>> pick(const Found& found, const std::string& sku) {
    const auto entry = found.find(events::fold_sku(sku));
    if (entry == found.end()) {
        // A row that does not say whose it is may be the one that was asked for.
        if (found.contains("")) return transient("finding a product: a row without an SKU");
        return std::nullopt;
    }
    if (entry->second.size() > 1) return rejected("finding a product: several products with SKU " + sku);
    if (entry->second.front().id.empty()) return rejected("finding a product: unreadable answer for SKU " + sku);
    return entry->second.front();
}

std::string list_of(std::span<const ItemUpdate> items, std::span<const std::size_t> chunk, bool creates) {
    std::string list;
    for (const std::size_t index : chunk)
        if (items[index].id.empty() == creates) list += (list.empty() ? "" : ",") + items[index].body;
    return list;
}

// Sends the items of one parent, or those without one.  Made ones stand first in the answer, as in the request.
Status write_chunk(Client& client, std::span<const ItemUpdate> items, std::span<const std::size_t> chunk,
                   const Took& took, std::stop_token stop) {
    const std::string creates = list_of(items, chunk, true);
    const auto creates_count = static_cast<std::size_t>(
        std::ranges::count_if(chunk, [&items](std::size_t index) { return items[index].id.empty(); }));
    const std::string updates = list_of(items, chunk, false);
    std::string body = creates.empty() ? "{" : R"({"create":[)" + creates + "]";
    if (!updates.empty()) body += (creates.empty() ? "" : ",") + (R"("update":[)" + updates + "]");
    body += "}";
    const std::string& parent_id = items[chunk.front()].parent_id;
    const Result<json::Document> answer = parent_id.empty()
                                              ? client.update_products(std::move(body), stop)
                                              : client.update_variations(parent_id, std::move(body), stop);
    if (!answer) return std::unexpected(answer.error());
    const json::Value made = answer->root().member("create");
    const json::Value changed = answer->root().member("update");
    if ((!creates.empty() && made.size() != creates_count) ||
        (!updates.empty() && changed.size() != chunk.size() - creates_count))
        return ambiguous("writing a batch: the answer has another number of items");
    std::size_t made_read = 0;
    std::size_t changed_read = 0;
    for (const std::size_t index : chunk) {
        const bool creates_it = items[index].id.empty();
        const json::Value row = creates_it ? made.at(made_read++) : changed.at(changed_read++);
        if (row.has("error"))
            took(index, std::unexpected(item_error(row.member("error")).within("writing a batch")),
                 item_code(row.member("error")));
        else if (row.is_null() || (!creates_it && row.member("id").text() != items[index].id))
            took(index, ambiguous("writing a batch: the answer names another item"), {});
        else
            took(index, row, {});
    }
    return {};
}

// How many items go into the next request: as many as the shop takes, and not too many images to be fetched.
std::size_t next_chunk(std::span<const ItemUpdate> items, std::span<const std::size_t> indexes, int batch_size) {
    std::size_t count = 0;
    std::size_t imports = 0;
    while (count < indexes.size() && std::cmp_less(count, batch_size)) {
        imports += items[indexes[count]].imports;
        if (count > 0 && imports > kImportsMax) break;
        ++count;
    }
    return count;
}

}  // namespace

bool can_be_asked(std::string_view sku) { return !sku.empty() && sku.find(',') == std::string_view::npos; }

Result<Documents> read_by_skus(Client& client, std::span<const std::string> skus, const Client::SkuQuery& query,
                               std::stop_token stop) {
    Documents pages;
    std::vector<std::string> chunk;
    std::size_t bytes = 0;
    for (const std::string& sku : skus) {
        if (!can_be_asked(sku)) continue;
        if (std::cmp_equal(chunk.size(), kPageMax) || bytes + sku.size() > kSkuQueryBytesMax) {
            if (Status ok = read_chunk(client, chunk, query, pages, stop); !ok) return std::unexpected(ok.error());
            chunk.clear();
            bytes = 0;
        }
        chunk.push_back(sku);
        bytes += sku.size();
    }
    if (Status ok = read_chunk(client, chunk, query, pages, stop); !ok) return std::unexpected(ok.error());
    return pages;
}

Result<Documents> read_by_ids(Client& client, std::span<const std::string> ids, std::string_view fields,
                              std::stop_token stop) {
    Documents pages;
    for (; !ids.empty(); ids = ids.subspan(std::min(ids.size(), std::size_t{kPageMax}))) {
        Result<json::Document> page =
            client.products_by_id(ids.first(std::min(ids.size(), std::size_t{kPageMax})), fields, stop);
        if (!page) return std::unexpected(std::move(page).error());
        pages.push_back(*std::move(page));
    }
    return pages;
}

std::vector<Result<std::optional<Shown>>> find_shown(Client& client, std::span<const std::string> skus,
                                                     std::stop_token stop, std::string_view meta_key) {
    const std::string fields = std::string(kShownFields) + std::string(meta_key.empty() ? "" : kMetaField);
    const Result<Documents> pages = read_by_skus(client, skus, {.fields = fields}, stop);
    const Found found = pages ? found_in(*pages, meta_key) : Found{};
    std::vector<Result<std::optional<Shown>>> out;
    for (const std::string& sku : skus) {
        if (!can_be_asked(sku))
            out.push_back(rejected("finding a product: an empty SKU or one with a comma cannot be asked for"));
        else if (!pages)
            out.push_back(std::unexpected(pages.error()));
        else
            out.push_back(pick(found, sku));
    }
    return out;
}

const Shown* shown_or_answer(Shop& shop, const std::string& sku, const Result<std::optional<Shown>>& found,
                             Result<runtime::Applied>& answer) {
    if (!found) {
        answer = std::unexpected(found.error());
        return nullptr;
    }
    if (!*found) {
        answer = shop.absent_articles().absent(sku, "finding a product: no product with SKU " + sku);
        return nullptr;
    }
    shop.absent_articles().present(sku);
    return &**found;
}

bool write_items(Client& client, std::span<const ItemUpdate> items, int batch_size, const Took& took,
                 std::stop_token stop) {
    std::map<std::string_view, std::vector<std::size_t>> by_parent;
    for (std::size_t i = 0; i < items.size(); ++i) by_parent[items[i].parent_id].push_back(i);
    for (const auto& [parent, indexes] : by_parent) {
        std::span<const std::size_t> rest(indexes);
        while (!rest.empty()) {
            const std::span chunk = rest.first(next_chunk(items, rest, batch_size));
            rest = rest.subspan(chunk.size());
            const Status ok = write_chunk(client, items, chunk, took, stop);
            if (ok) continue;
            for (const std::size_t index : chunk) took(index, std::unexpected(ok.error()), {});
            if (ok.error().kind != ErrorKind::kRejected) return false;
        }
    }
    return true;
}

std::vector<Result<Shown>> write_items(Client& client, std::span<const ItemUpdate> items, int batch_size,
                                       std::stop_token stop, std::string_view meta_key) {
    std::vector<Result<Shown>> out(items.size(), transient("writing a batch: not sent"));
    const Took took = [&out, meta_key](std::size_t index, const Result<json::Value>& row, const std::string&) {
        out[index] = row ? read_shown(*row, meta_key) : std::unexpected(row.error());
    };
    write_items(client, items, batch_size, took, std::move(stop));
    return out;
}

}  // namespace shopwire::woocommerce
