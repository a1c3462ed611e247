#include "services/woocommerce/catalogue.h"

#include <algorithm>
#include <utility>

namespace shopwire::woocommerce {
namespace {

constexpr int kDepthMax = 10;                    // of a tree of groups
constexpr std::string_view kNotMade = "0";       // an id that no product shows

template <class Attributes>
std::vector<ShownAttribute> attributes_of(const Attributes& attributes) {
    std::vector<ShownAttribute> out;
    for (const events::v1::Attribute& attribute : attributes)
        if (!attribute.name().empty() && attribute.options_size() > 0)
            out.push_back({.name = attribute.name(),
                           .varies = attribute.varies(),
                           .options = {attribute.options().begin(), attribute.options().end()}});
    return out;
}

std::vector<events::v1::Image> images_of(const events::v1::Product& product) {
    std::vector<events::v1::Image> out(product.images().begin(), product.images().end());
    std::ranges::stable_sort(out, {}, &events::v1::Image::position);
    return out;
}

// As the shop stores them, so that the next run finds them equal.
std::string trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

std::string gtin_of(std::string text) {
    std::erase_if(text, [](char c) { return (c < '0' || c > '9') && c != '-'; });
    return text;
}

WantedArticle article_of(const commands::v1::UpsertProduct& upsert) {
    const events::v1::Product& product = upsert.product();
    return {.native_id = product.native_id(),
            .sku = product.sku(),
            .gtin = gtin_of(product.gtin()),
            .name = trimmed(product.name()),
            .description = product.description(),
            .active = product.active(),
            .publish = upsert.publish(),
            .measures = product.measures(),
            .attributes = attributes_of(product.attributes()),
            .images = images_of(product)};
}

// The options that tell it from the others.  A source may mark them, or tell no others.
std::vector<ShownAttribute> own_options(const events::v1::Product& product) {
    std::vector<ShownAttribute> all = attributes_of(product.attributes());
    if (std::ranges::any_of(all, &ShownAttribute::varies))
        std::erase_if(all, [](const ShownAttribute& attribute) { return !attribute.varies; });
    for (ShownAttribute& attribute : all) attribute.varies = true;
    return all;
}

Item variation_item(const events::v1::Variant& variant, std::size_t index) {
    Item item{.commands = {index}};
    item.wanted = {.native_id = variant.native_id(),
                   .sku = variant.sku(),
                   .gtin = gtin_of(variant.gtin()),
                   .active = variant.active(),
                   .measures = variant.measures(),
                   .attributes = attributes_of(variant.attributes())};
    if (variant.has_image()) item.wanted.images.push_back(variant.image());
    return item;
}

void add_options(std::vector<std::string>& into, const std::vector<std::string>& options) {
    for (const std::string& option : options)
        if (std::ranges::none_of(into, [&](const std::string& one) { return same_options({one}, {option}); }))
            into.push_back(option);
}

class Groups {
 public:
    Groups(const events::v1::Product& product, bool tree, Terms& terms, bool make, std::stop_token stop)
        : product_(product), tree_(tree), terms_(terms), make_(make), stop_(std::move(stop)) {}

    Result<std::string> id_of(const events::v1::Category& group, int depth = 0) {
        std::string parent_id;
        const events::v1::Category* parent = tree_ && depth < kDepthMax ? parent_of(group) : nullptr;
        if (parent != nullptr) {
            Result<std::string> found = id_of(*parent, depth + 1);
            if (!found) return found;
            parent_id = *std::move(found);
        }
        if (parent_id == kNotMade) return parent_id;
        Result<std::string> found = terms_.category(parent_id, group.name(), make_, stop_);
        if (found && found->empty()) return std::string(kNotMade);
        return found;
    }

 private:
    const events::v1::Category* parent_of(const events::v1::Category& group) const {
        if (group.parent_native_id().empty()) return nullptr;
        for (const events::v1::Category& one : product_.categories())
            if (one.native_id() == group.parent_native_id() && !one.name().empty()) return &one;
        return nullptr;
    }

    const events::v1::Product& product_;
    bool tree_;
    Terms& terms_;
    bool make_;
    std::stop_token stop_;
};

Status resolve_attributes(std::vector<ShownAttribute>& attributes, Terms& terms, std::stop_token stop) {
    for (ShownAttribute& attribute : attributes) {
        Result<std::string> id = terms.attribute(attribute.name, stop);
        if (!id) return std::unexpected(std::move(id).error());
        attribute.id = *std::move(id);
    }
    return {};
}

}  // namespace

std::string group_sku(const events::v1::Product& product, const Settings& settings) {
    if (product.variants_size() > 0) return {};
    if (!product.parent_native_id().empty())
        return product.model_number().empty() ? product.parent_native_id() : product.model_number();
    const bool of_a_model = settings.group_by_model && !product.model_number().empty() &&
                            events::fold_sku(product.model_number()) != events::fold_sku(product.sku());
    return of_a_model && !own_options(product).empty() ? product.model_number() : std::string();
}

Target target_of(const commands::v1::UpsertProduct& upsert, const Settings& settings, std::size_t index) {
    const events::v1::Product& product = upsert.product();
    Target target;
    target.product.commands = {index};
    if (std::string sku = group_sku(product, settings); !sku.empty()) {
        target.grouped = true;
        target.product.commands.clear();
        target.product.wanted = {.native_id = product.parent_native_id(),
                                 .sku = std::move(sku),
                                 .name = trimmed(product.name()),
                                 .variable = true,
                                 .publish = upsert.publish()};
        join(target, upsert, index);
        return target;
    }
    target.product.wanted = article_of(upsert);
    target.whole = product.variants_size() > 0;
    target.product.wanted.variable = target.whole;
    for (const events::v1::Variant& variant : product.variants())
        target.variations.push_back(variation_item(variant, index));
    return target;
}

void join(Target& target, const commands::v1::UpsertProduct& upsert, std::size_t index) {
    Item item{.wanted = article_of(upsert), .commands = {index}};
    item.wanted.attributes = own_options(upsert.product());
    target.variations.push_back(std::move(item));
    target.product.commands.push_back(index);
}

void offer_options(Target& target) {
    Item& product = target.product;
    std::vector<ShownAttribute>& offered = product.wanted.attributes;
    for (const Item& variation : target.variations) {
        for (const ShownAttribute& one : variation.wanted.attributes) {
            const auto known = std::ranges::find_if(offered, [&one](const ShownAttribute& attribute) {
                return events::fold_sku(attribute.name) == events::fold_sku(one.name);
            });
            ShownAttribute& into =
                known == offered.end() ? offered.emplace_back(ShownAttribute{.name = one.name}) : *known;
            into.varies = true;
            add_options(into.options, one.options);
        }
    }
    if (!target.grouped) return;
    // Others that are not in this batch keep theirs, and of the product itself no more is ours once it is there.
    for (ShownAttribute& attribute : offered)
        if (const ShownAttribute* shown = attribute_named(product.shown.attributes, attribute.name))
            add_options(attribute.options, shown->options);
    if (!product.shown.id.empty()) product.wanted.name.clear();
}

Status resolve_terms(Target& target, const events::v1::Product& product, const Settings& settings, Terms& terms,
                     bool make, std::stop_token stop) {
    WantedArticle& wanted = target.product.wanted;
    Groups groups(product, settings.categories == "tree", terms, make, stop);
    const bool keeps = target.grouped && !target.product.shown.id.empty();
    for (const events::v1::Category& group : product.categories()) {
        if (keeps) break;
        if (group.name().empty()) {
            target.remark = "group " + group.native_id() + " has no name and is left out";
            continue;
        }
        Result<std::string> id = groups.id_of(group);
        if (!id) return std::unexpected(std::move(id).error());
        if (std::ranges::find(wanted.category_ids, *id) == wanted.category_ids.end())
            wanted.category_ids.push_back(*std::move(id));
    }
    if (Status ok = resolve_attributes(wanted.attributes, terms, stop); !ok) return ok;
    for (Item& variation : target.variations)
        if (Status ok = resolve_attributes(variation.wanted.attributes, terms, stop); !ok) return ok;
    return {};
}

const ShownArticle* variation_of(const std::vector<ShownArticle>& shown, const WantedArticle& wanted) {
    for (const ShownArticle& one : shown)
        if (!wanted.sku.empty() && events::fold_sku(one.sku) == events::fold_sku(wanted.sku)) return &one;
    if (wanted.attributes.empty()) return nullptr;
    for (const ShownArticle& one : shown) {
        if (!one.sku.empty() && !wanted.sku.empty()) continue;  // another article
        const auto agrees = [&one](const ShownAttribute& attribute) {
            const ShownAttribute* known = attribute_named(one.attributes, attribute.name);
            return known != nullptr && same_options(known->options, attribute.options);
        };
        if (std::ranges::all_of(wanted.attributes, agrees)) return &one;
    }
    return nullptr;
}

}  // namespace shopwire::woocommerce
