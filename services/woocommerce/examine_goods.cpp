#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/events/codec.h"
#include "services/woocommerce/examine.h"

namespace shopwire::woocommerce {
namespace {

using runtime::Finding;
using Grade = Finding::Grade;

constexpr int kPagesMax = 60;       // of a hundred: some minutes at a small host are too long to wait
constexpr int kTrashPagesMax = 10;
constexpr int kParentsMax = 50;     // whose variations are asked for one by one, in shops before 10.3
constexpr std::size_t kNamedMax = 5;
constexpr const char* kFields = "id,parent_id,type,sku";

Listed listed_of(json::Value row) {
    return {.id = std::string(row.member("id").text()),
            .parent = std::string(row.member("parent_id").text()),
            .type = std::string(row.member("type").text()),
            .sku = std::string(row.member("sku").text())};
}

// Rows of a list, page by page.  False: there is more than was read.
Result<bool> read(Shop& shop, const std::string& path, const std::string& status, int pages_max,
                  std::vector<Listed>& rows, const std::stop_token& stop) {
    for (int page = 1; page <= pages_max; ++page) {
        Client::Query query{{"_fields", kFields},
                            {"orderby", "id"},
                            {"order", "asc"},
                            {"per_page", "100"},
                            {"page", std::to_string(page)}};
        if (!status.empty()) query.emplace_back("status", status);
        const Coded answer = shop.client().look(path, std::move(query), stop);
        if (!answer) return std::unexpected(answer.error().error);
        for (std::size_t i = 0; i < answer->root().size(); ++i) rows.push_back(listed_of(answer->root().at(i)));
        if (std::cmp_less(answer->root().size(), kPageMax)) return true;
    }
    return false;
}

// All variations at once where the shop has that list, else those of the first variable products.
Result<bool> read_variations(Shop& shop, std::vector<Listed>& rows, const std::stop_token& stop) {
    std::vector<Listed> variations;
    if (Result<bool> all = read(shop, "variations", "", kPagesMax, variations, stop)) {
        for (Listed& row : variations) {
            row.type = "variation";
            rows.push_back(std::move(row));
        }
        return all;
    }
    std::vector<std::string> parents;
    for (const Listed& row : rows)
        if (row.type == "variable") parents.push_back(row.id);
    const bool complete = parents.size() <= kParentsMax;
    if (!complete) parents.resize(kParentsMax);
    for (const std::string& parent : parents) {
        variations.clear();
        const Result<bool> done = read(shop, "products/" + parent + "/variations", "", kPagesMax, variations, stop);
        if (!done) return done;
        for (Listed& row : variations) {
            row.type = "variation";
            row.parent = parent;
            rows.push_back(std::move(row));
        }
    }
    return complete;
}

std::string named(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size() && i < kNamedMax; ++i) text += (i == 0 ? "" : ", ") + words[i];
    return words.size() > kNamedMax ? text + " ..." : text;
}

std::string count_of(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

Finding missing_of(const std::vector<std::string>& ids) {
    constexpr const char* kCheck = "SKU missing";
    if (ids.empty()) return {.check = kCheck, .what = "every article has one"};
    return {.check = kCheck,
            .grade = Grade::kWarning,
            .what = count_of(ids.size(), "article has none and takes no part", "articles have none and take no part") +
                    ": id " + named(ids),
            .remedy = "give them the SKU of the other system"};
}

Finding doubled_of(const std::vector<std::string>& skus) {
    constexpr const char* kCheck = "SKU doubled";
    if (skus.empty()) return {.check = kCheck, .what = "none stands twice"};
    return {.check = kCheck,
            .grade = Grade::kFault,
            .what = count_of(skus.size(), "SKU stands", "SKUs stand") +
                    " on several articles, whose stock and price "
                    "are refused: " +
                    named(skus),
            .remedy = "give each article an SKU of its own"};
}

Finding trashed_of(const std::vector<std::string>& skus) {
    constexpr const char* kCheck = "SKU in the trash";
    if (skus.empty()) return {.check = kCheck, .what = "none is blocked by the trash"};
    return {.check = kCheck,
            .grade = Grade::kWarning,
            .what = count_of(skus.size(), "SKU lies", "SKUs lie") +
                    " there and cannot be used by a new article: " + named(skus),
            .remedy = "restore these products, or delete them for ever"};
}

}  // namespace

Findings judge_skus(const std::vector<Listed>& articles, const std::vector<std::string>& trashed) {
    std::map<std::string, std::string> parents;  // SKU by id
    for (const Listed& article : articles)
        if (article.type != "variation") parents[article.id] = article.sku;
    std::vector<std::string> missing;
    std::map<std::string, int> times;
    for (const Listed& article : articles) {
        // What has variations, or only points elsewhere, has no stock of its own.
        const bool sold = article.type != "variable" && article.type != "grouped" && article.type != "external";
        const auto parent = article.type == "variation" ? parents.find(article.parent) : parents.end();
        // A variation without an SKU shows its product's.
        const bool borrowed = parent != parents.end() && parent->second == article.sku;
        if (sold && (article.sku.empty() || borrowed)) missing.push_back(article.id);
        if (!article.sku.empty() && !borrowed) ++times[events::fold_sku(article.sku)];
    }
    std::vector<std::string> doubled;
    for (const auto& [sku, count] : times)
        if (count > 1) doubled.push_back(sku);
    std::vector<std::string> blocked;
    for (const std::string& sku : trashed)
        if (!sku.empty() && !times.contains(events::fold_sku(sku))) blocked.push_back(sku);
    return {missing_of(missing), doubled_of(doubled), trashed_of(blocked)};
}

void examine_goods(Shop& shop, Findings& findings, std::stop_token stop) {
    std::vector<Listed> articles;
    const Result<bool> products = read(shop, "products", "", kPagesMax, articles, stop);
    const Result<bool> variations = products ? read_variations(shop, articles, stop) : products;
    std::vector<Listed> trash;
    const Result<bool> trashed = variations ? read(shop, "products", "trash", kTrashPagesMax, trash, stop) : variations;
    if (!trashed) {
        findings.push_back({.check = "articles", .grade = Grade::kUnknown, .what = trashed.error().message});
        return;
    }
    std::vector<std::string> skus;
    skus.reserve(trash.size());
    for (Listed& row : trash) skus.push_back(std::move(row.sku));
    for (Finding& finding : judge_skus(articles, skus)) findings.push_back(std::move(finding));
    if (*products && *variations && *trashed) return;
    findings.push_back({.check = "articles",
                        .grade = Grade::kUnknown,
                        .what = "only the first " + std::to_string(articles.size()) +
                                " were looked at: the catalogue is larger than an examination reads"});
}

}  // namespace shopwire::woocommerce
