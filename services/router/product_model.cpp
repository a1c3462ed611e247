#include "services/router/product_model.h"

#include <algorithm>
#include <iterator>

#include "common/events/codec.h"

namespace shopwire::router {
namespace {

using events::fold_sku;
using events::v1::Attribute;
using events::v1::Product;
using events::v1::Variant;
using internal::v1::ProductEntity;
using internal::v1::ProductMember;
using internal::v1::ProductSource;

bool of_kind(const MerchantRoutes& routes, const std::string& connection,
             std::vector<std::string> ProductRoute::* kinds, const std::string& kind) {
    return std::ranges::any_of(routes.products, [&](const ProductRoute& route) {
        return route.from == connection && contains(route.*kinds, kind);
    });
}

bool is_alive(const ProductMember& member) { return !member.gone() && member.product().active(); }

// Its source has it no more, in no part.
bool is_gone(const ProductSource& source) {
    if (source.variants().empty()) return source.has_head() && source.head().gone();
    return (source.has_head() && source.head().gone()) ||
           std::ranges::all_of(source.variants(), [](const ProductMember& one) { return one.gone(); });
}

ProductSource& source_of(ProductEntity& entity, const std::string& connection) {
    for (ProductSource& source : *entity.mutable_sources())
        if (source.connection() == connection) return source;
    ProductSource& source = *entity.add_sources();
    source.set_connection(connection);
    return source;
}

const ProductSource* find_source(const ProductEntity& entity, const std::string& connection) {
    const auto found = std::ranges::find(entity.sources(), connection, &ProductSource::connection);
    return found == entity.sources().end() ? nullptr : &*found;
}

void add_options(const Attribute& from, Product& product) {
    auto& attributes = *product.mutable_attributes();
    auto into = std::ranges::find(attributes, from.name(), &Attribute::name);
    if (into == attributes.end()) {
        attributes.Add()->set_name(from.name());
        into = std::prev(attributes.end());
        into->set_varies(true);
    }
    for (const std::string& option : from.options())
        if (std::ranges::find(into->options(), option) == into->options().end()) into->add_options(option);
}

void fill_variant(const ProductMember& member, Variant& variant) {
    const Product& product = member.product();
    variant.set_sku(product.sku());
    variant.set_gtin(product.gtin());
    variant.set_active(is_alive(member));
    for (const Attribute& attribute : product.attributes())
        if (attribute.varies() || attribute.options_size() == 1) *variant.add_attributes() = attribute;
    if (product.images_size() > 0) *variant.mutable_image() = product.images(0);
    if (product.has_measures()) *variant.mutable_measures() = product.measures();
}

// A parent that its source never tells is made of what its variants share.
void fill_from_variant(const Product& variant, Product& product) {
    product = variant;
    product.clear_gtin();
    product.clear_measures();
    product.clear_images();
    product.clear_variants();
    product.clear_attributes();
    for (const Attribute& attribute : variant.attributes())
        if (!attribute.varies()) *product.add_attributes() = attribute;
}

// All that one source knows of it, as one product.  False: its parent has not come yet.
bool assemble(const ProductSource& source, Product& product) {
    if (source.variants().empty()) {
        if (!source.has_head()) return false;
        product = source.head().product();
        product.set_active(is_alive(source.head()));
        if (product.sku().empty()) product.set_sku(product.native_id());
        // A source that tells no state of its variants tells all of them as not active.
        if (std::ranges::none_of(product.variants(), &Variant::active))
            for (Variant& variant : *product.mutable_variants()) variant.set_active(product.active());
        return true;
    }
    if (source.has_head())
        product = source.head().product();
    else if (!source.model().empty())
        fill_from_variant(source.variants(0).product(), product);
    else
        return false;
    if (!source.model().empty()) product.set_sku(source.model());
    if (product.sku().empty()) product.set_sku(product.native_id());
    product.set_kind("variable");
    product.clear_variants();
    bool active = false;
    for (const ProductMember& member : source.variants()) {
        Variant& variant = *product.add_variants();
        fill_variant(member, variant);
        active = active || variant.active();
        if (!variant.active()) continue;
        for (const Attribute& attribute : variant.attributes())
            if (attribute.varies()) add_options(attribute, product);
    }
    product.set_active(active && (!source.has_head() || is_alive(source.head())));
    return true;
}

void take_categories(const ProductRoute& route, const Product& from, Product& into) {
    into.clear_categories();
    if (route.categories == "off") return;
    for (const events::v1::Category& category : from.categories()) {
        const auto named = route.category_names.find(category.native_id());
        const std::string& name = named == route.category_names.end() ? category.name() : named->second;
        if (name.empty()) continue;  // an id means nothing at the target
        events::v1::Category& taken = *into.add_categories();
        taken = category;
        taken.set_name(name);
        if (route.categories == "lists") taken.clear_parent_native_id();
    }
}

Variant* variant_of(Product& product, const std::string& sku) {
    for (Variant& variant : *product.mutable_variants())
        if (fold_sku(variant.sku()) == fold_sku(sku)) return &variant;
    return nullptr;
}

// The fields that this route owns, over what earlier routes gave.
void take_owned(const ProductRoute& route, const Product& from, Product& into) {
    const auto owns = [&route](const char* field) { return contains(route.fields, field); };
    if (owns("name")) into.set_name(from.name());
    if (owns("description")) into.set_description(from.description());
    if (owns("images")) *into.mutable_images() = from.images();
    if (owns("categories")) take_categories(route, from, into);
    if (owns("attributes")) *into.mutable_attributes() = from.attributes();
    if (owns("measures") && from.has_measures()) *into.mutable_measures() = from.measures();
    if (owns("gtin")) into.set_gtin(from.gtin());
    if (owns("unit")) into.set_unit(from.unit());
    if (owns("vat") && from.has_vat_rate()) *into.mutable_vat_rate() = from.vat_rate();
    if (owns("status")) {
        into.set_status(from.status());
        into.set_active(from.active());
    }
    for (const Variant& variant : from.variants()) {
        Variant* taken = variant_of(into, variant.sku());
        if (taken == nullptr) continue;
        if (owns("images") && variant.has_image()) *taken->mutable_image() = variant.image();
        if (owns("measures") && variant.has_measures()) *taken->mutable_measures() = variant.measures();
        if (owns("gtin")) taken->set_gtin(variant.gtin());
        if (owns("status")) taken->set_active(variant.active());
    }
}

// What no route decides: which article it is, and what tells its variants apart.
void start(const Product& from, Product& into) {
    into.set_sku(from.sku());
    into.set_kind(from.kind());
    into.set_active(true);
    for (const Variant& variant : from.variants()) {
        Variant& taken = *into.add_variants();
        taken.set_sku(variant.sku());
        taken.set_active(true);
        *taken.mutable_attributes() = variant.attributes();
    }
    for (const Attribute& attribute : from.attributes())
        if (attribute.varies()) *into.add_attributes() = attribute;
}

bool passes(const ProductRoute& route, const ProductSource& source) {
    if (route.kinds.empty()) return true;
    if (source.has_head() && contains(route.kinds, source.head().product().kind())) return true;
    return std::ranges::any_of(
        source.variants(), [&](const ProductMember& member) { return contains(route.kinds, member.product().kind()); });
}

// Ids of the source mean nothing at the target, and must not be taken for its own.
void drop_native_ids(Product& product) {
    for (events::v1::Image& image : *product.mutable_images()) image.clear_native_id();
    for (Variant& variant : *product.mutable_variants())
        if (variant.has_image()) variant.mutable_image()->clear_native_id();
}

}  // namespace

bool may_make(const ProductRoute& route) { return route.create && contains(route.fields, "name"); }

std::optional<Placement> place(const MerchantRoutes& routes, const std::string& connection, const Product& product) {
    if (!product.parent_native_id().empty())
        return Placement{.entity = events::join_key({connection, product.parent_native_id()}),
                         .variant = true,
                         .model = product.model_number()};
    if (!product.model_number().empty() && of_kind(routes, connection, &ProductRoute::variant_kinds, product.kind()))
        return Placement{.entity = events::join_key({routes.canonical(connection, product.model_number())}),
                         .variant = true,
                         .model = routes.spelled(connection, product.model_number())};
    const bool has_variants =
        product.variants_size() > 0 || of_kind(routes, connection, &ProductRoute::model_kinds, product.kind());
    if (has_variants && !product.native_id().empty())
        return Placement{.entity = events::join_key({connection, product.native_id()})};
    const std::string canonical = routes.canonical(connection, product.sku());
    if (canonical.empty()) return std::nullopt;
    return Placement{.entity = events::join_key({canonical})};
}

void keep_routed(const MerchantRoutes& routes, const std::string& connection, Product& product) {
    const auto owned = [&](const char* field) {
        return std::ranges::any_of(routes.products, [&](const ProductRoute& route) {
            return route.from == connection && contains(route.fields, field);
        });
    };
    if (!owned("description")) product.clear_description();
    if (!owned("images")) product.clear_images();
    if (!owned("categories")) product.clear_categories();
    product.clear_supplier_native_id();
}

namespace {

bool apply_head(ProductSource& source, const internal::v1::ProductSeen& seen) {
    if (!seen.member().gone()) {
        *source.mutable_head() = seen.member();
        return true;
    }
    if (!source.has_head() || source.head().key() != seen.member().key()) return false;
    if (seen.moved())
        source.clear_head();
    else
        source.mutable_head()->set_gone(true);
    return true;
}

}  // namespace

Result<bool> apply_seen(ProductEntity& entity, const internal::v1::ProductSeen& seen) {
    ProductSource& source = source_of(entity, seen.connection());
    if (!seen.model().empty()) source.set_model(seen.model());
    if (!seen.variant()) return apply_head(source, seen);
    auto& variants = *source.mutable_variants();
    auto found = std::ranges::find(variants, seen.member().key(), &ProductMember::key);
    if (seen.moved() || seen.member().gone()) {
        if (found == variants.end()) return false;
        if (seen.moved())
            variants.erase(found);
        else
            found->set_gone(true);
        return true;
    }
    if (found == variants.end()) {
        if (variants.size() >= kVariantsMax) {
            const auto gone = std::ranges::find_if(variants, [](const ProductMember& one) { return one.gone(); });
            if (gone == variants.end())
                return rejected("a model has more than " + std::to_string(kVariantsMax) + " variants");
            variants.erase(gone);
        }
        *variants.Add() = seen.member();
        // One order, whatever came first: else each newcomer would look like a change of all.
        std::ranges::sort(variants, {}, [](const ProductMember& one) { return one.key(); });
    } else {
        *found = seen.member();
    }
    return true;
}

std::optional<Wanted> wanted_at(const MerchantRoutes& routes, const ProductEntity& entity, const std::string& to) {
    std::optional<Wanted> wanted;
    for (const ProductRoute& route : routes.products) {
        if (route.to != to) continue;
        const ProductSource* source = find_source(entity, route.from);
        Product product;
        if (source == nullptr || !assemble(*source, product)) continue;
        const bool owns_status = contains(route.fields, "status");
        const bool fits = passes(route, *source);
        if (!wanted) {
            if (product.variants_size() == 0 && source->has_head() && source->head().has_price())
                wanted = Wanted{.price = &source->head().price()};
            else
                wanted = Wanted{};
            wanted->from = route.from;
            start(product, wanted->product);
        }
        wanted->create = wanted->create || may_make(route);
        wanted->publish = wanted->publish || route.publish;
        if (owns_status || wanted->from == route.from) {
            wanted->alive = product.active() && fits;
            wanted->kept = !owns_status || (route.vanished == "keep" && (is_gone(*source) || !fits));
        }
        if (!fits) product.set_active(false);
        take_owned(route, product, wanted->product);
    }
    if (wanted) drop_native_ids(wanted->product);
    return wanted;
}

internal::v1::ProductTarget& target_of(ProductEntity& entity, const std::string& connection, const std::string& sku) {
    for (internal::v1::ProductTarget& target : *entity.mutable_targets())
        if (target.connection() == connection && fold_sku(target.sku()) == fold_sku(sku)) return target;
    internal::v1::ProductTarget& target = *entity.add_targets();
    target.set_connection(connection);
    target.set_sku(sku);
    return target;
}

}  // namespace shopwire::router
