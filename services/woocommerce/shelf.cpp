#include "services/woocommerce/shelf.h"

#include <utility>

#include "services/woocommerce/config.h"
#include "services/woocommerce/goods.h"

namespace shopwire::woocommerce {
namespace {

constexpr int kVariationPagesMax = 10;

Status append_articles(json::Value rows, std::vector<ShownArticle>& out) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Result<ShownArticle> article = read_article(rows.at(i));
        if (!article) return std::unexpected(std::move(article).error());
        out.push_back(*std::move(article));
    }
    return {};
}

}  // namespace

Status Shelf::read(std::vector<std::string> skus, std::stop_token stop) {
    if (Status ok = read_with_status(skus, "any", stop); !ok) return ok;
    std::erase_if(skus, [this](const std::string& sku) { return has(sku); });
    return read_with_status(skus, "trash", std::move(stop));
}

Status Shelf::read_with_status(const std::vector<std::string>& skus, std::string_view status, std::stop_token stop) {
    const Result<Documents> pages =
        read_by_skus(client_, skus, {.fields = kArticleFields, .status = status}, std::move(stop));
    if (!pages) return std::unexpected(pages.error());
    std::vector<ShownArticle> articles;
    for (const json::Document& page : *pages)
        if (Status ok = append_articles(page.root(), articles); !ok) return ok;
    for (ShownArticle& article : articles) by_sku_[events::fold_sku(article.sku)].push_back(std::move(article));
    return {};
}

Status Shelf::read_variations(const std::string& product_id, std::stop_token stop) {
    std::vector<ShownArticle>& all = by_product_[product_id];
    bool more = true;
    for (int number = 1; more; ++number) {
        if (number > kVariationPagesMax) return rejected("product " + product_id + " has more than 1000 variations");
        const Coded page = client_.variations(product_id, kArticleFields, number, stop);
        if (!page) return std::unexpected(page.error().error);
        if (Status ok = append_articles(page->root(), all); !ok) return ok;
        more = std::cmp_equal(page->root().size(), kPageMax);
    }
    for (ShownArticle& one : all) one.parent_id = product_id;  // older shops leave it out here
    return {};
}

bool Shelf::has(const std::string& sku) const { return by_sku_.contains(events::fold_sku(sku)); }

Result<ShownArticle> Shelf::find(const std::string& sku) const {
    const auto found = by_sku_.find(events::fold_sku(sku));
    if (sku.empty() || found == by_sku_.end()) return ShownArticle{};
    if (found->second.size() > 1) return rejected("several products with SKU " + sku);
    return found->second.front();
}

const std::vector<ShownArticle>& Shelf::variations(const std::string& product_id) const {
    static const std::vector<ShownArticle> kNone;
    const auto found = by_product_.find(product_id);
    return found == by_product_.end() ? kNone : found->second;
}

}  // namespace shopwire::woocommerce
