// One product or variation of the shop against what a catalogue wants of it.  Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/woocommerce/images.h"
#include "services/woocommerce/measures.h"
#include "services/woocommerce/translator_product.h"

namespace shopwire::woocommerce {

// Meta data by which we know what came from us.
constexpr std::string_view kMetaId = "_shopwire_id";  // the article's id at its source, or its SKU if we made it
constexpr std::string_view kMetaImages = "_shopwire_images";  // see images.h
constexpr std::string_view kMetaCategories = "_shopwire_categories";  // ids that we have put the product into
constexpr std::string_view kMetaDescription = "_shopwire_description";  // hash of the text that we wrote last
constexpr std::string_view kMetaDrafted = "_shopwire_drafted";  // the status before we took it out of the shop

struct ShownAttribute {
    std::string id{};  // "0": of this product alone
    std::string name{};
    bool visible = true;
    bool varies = false;
    std::vector<std::string> options{};  // one for a variation
};

// What the shop shows of an article now; an empty id: nothing, it is to be made.
struct ShownArticle {
    std::string id{};
    std::string parent_id{};
    std::string type{};
    std::string status{};
    std::string name{};
    std::string sku{};
    std::optional<std::string> gtin{};  // nullopt: this shop is too old to have one
    ShopMeasures measures{};
    std::vector<std::string> category_ids{};
    std::vector<std::string> image_ids{};
    std::vector<ShownAttribute> attributes{};
    std::map<std::string, std::string, std::less<>> meta{};  // ours alone

    bool is_variation() const { return !parent_id.empty(); }
    std::string_view noted(std::string_view key) const;
};
Result<ShownArticle> read_article(json::Value product);

// What a catalogue wants of one product or variation, its groups and attributes already as ids of the shop.
struct WantedArticle {
    std::string native_id{};  // at its source
    std::string sku{};
    std::string gtin{};
    std::string name{};
    std::string description{};
    bool variable = false;
    bool active = true;
    bool publish = false;
    events::v1::Measures measures{};
    std::vector<std::string> category_ids{};
    std::vector<ShownAttribute> attributes{};
    std::vector<events::v1::Image> images{};
    const commands::v1::SetPrice* price = nullptr;  // of a new one
};

struct WriteRules {
    ShopFacts facts{};
    bool new_products_sold_out = true;
};

// The fields that differ from what is shown, as the JSON object of a batch item; empty when none does.
std::string article_body(const WantedArticle& wanted, const ShownArticle& shown, const std::optional<ImagePlan>& images,
                         const WriteRules& rules);
// The second write of an import: what has become of its images.
std::string image_note_body(const std::string& id, const std::string& note);

// Same name and same options, whatever their order, capitals and escaping.
bool same_options(const std::vector<std::string>& left, const std::vector<std::string>& right);
const ShownAttribute* attribute_named(const std::vector<ShownAttribute>& attributes, std::string_view name);

}  // namespace shopwire::woocommerce
