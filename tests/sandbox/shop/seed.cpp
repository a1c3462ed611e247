#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/customers.h"
#include "tests/sandbox/shop/product_write.h"
#include "tests/sandbox/shop/storefront.h"

namespace sandbox::shop {

namespace {

// "price" and "stock" are short for regular_price and managed stock.
Json full_fields(const Json& sent) {
    Json out = sent;
    if (has_value(sent, "price")) out["regular_price"] = to_text(sent.at("price"));
    if (has_value(sent, "stock")) {
        out["manage_stock"] = true;
        out["stock_quantity"] = sent.at("stock");
    }
    out.erase("variations");
    return out;
}

Product& seeded(Context& context, const Json& sent, std::int64_t parent) {
    auto& store = context.store;
    auto* known = store.product_by_sku(text_or(sent, "sku", ""));
    if (known == nullptr) {
        Product fresh;
        fresh.id = store.next_post_id();
        fresh.parent_id = parent;
        fresh.type = parent != 0 ? "variation" : "simple";
        fresh.created = fresh.modified = store.clock();
        if (parent == 0) fresh.category_ids = Json::array({15});
        known = &store.add_product(std::move(fresh));
    }
    apply_product(context, *known, full_fields(sent), Origin::kBatch, "seed");
    store.product_saved(*known);
    return *known;
}

void seed_product(Context& context, const Json& sent, Json& ids) {
    Json fields = sent;
    const bool variable = has_value(sent, "variations");
    if (variable) fields["type"] = "variable";
    const auto parent = seeded(context, fields, 0).id;
    ids[text_or(sent, "sku", std::to_string(parent))] = parent;
    if (!variable) return;
    for (const auto& item : sent.at("variations")) {
        const auto id = seeded(context, item, parent).id;
        ids[text_or(item, "sku", std::to_string(id))] = id;
    }
}

}  // namespace

Answer seed(Context& context, const Json& body) {
    auto& store = context.store;
    Json ids = Json::object();
    {
        const std::scoped_lock lock(store.mutex);
        for (const auto& item : body.value("products", Json::array())) {
            if (!item.is_object()) return fail(400, "sandbox_bad_seed", "products must be a list of objects.");
            if (store.products.size() >= Store::kMaxProducts) return fail(500, "sandbox_full", "The sandbox is full.");
            seed_product(context, item, ids);
        }
        for (const auto& item : body.value("coupons", Json::array())) {
            Coupon coupon{.code = kit::lower(text_or(item, "code", "")),
                          .type = text_or(item, "type", "percent"),
                          .amount = decimal_of(text_or(item, "amount", "0"))};
            store.coupons[coupon.code] = coupon;
        }
    }
    Json customers = Json::array();
    for (const auto& item : body.value("customers", Json::array())) {
        const auto made = Customers(context).create(item, Origin::kBatch);
        if (!made) return std::unexpected(made.error());
        customers.push_back(Json::parse(*made).at("id"));
    }
    return wire_text({{"ids", ids}, {"customers", customers}});
}

Answer silent_edit(Context& context, const Json& body) {
    auto& store = context.store;
    const std::scoped_lock lock(store.mutex);
    auto* product = store.product_by_sku(text_or(body, "sku", ""));
    if (product == nullptr) return fail(404, "sandbox_unknown_sku", "No product has this SKU.");
    if (has_value(body, "stock")) store.set_stock(*product, to_integer(body.at("stock")), "database");
    if (has_value(body, "price")) product->regular_price = to_text(body.at("price"));
    if (body.contains("new_sku")) product->sku = text_or(body, "new_sku", "");
    store.derive(*product);
    return "{\"id\":" + std::to_string(product->id) + "}";
}

void run_sale_jobs(Context& context) {
    auto& store = context.store;
    const std::scoped_lock lock(store.mutex);
    for (auto& [id, product] : store.products) {
        if (!product.sale_from && !product.sale_to) continue;
        const auto before = product.price;
        store.derive(product);
        if (product.price == before) continue;
        store.product_saved(product);
        context.hooks.event("product.updated", id);
    }
}

}  // namespace sandbox::shop
