#include "tests/sandbox/shop/product_write.h"

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::shop {

namespace {

void apply_texts(Product& product, const Json& body) {
    const std::pair<const char*, std::string*> fields[] = {{"name", &product.name},
                                                           {"status", &product.status},
                                                           {"description", &product.description},
                                                           {"short_description", &product.short_description},
                                                           {"weight", &product.weight},
                                                           {"slug", &product.slug}};
    for (const auto& [key, field] : fields) {
        if (has_value(body, key)) *field = to_text(body.at(key));
    }
    if (has_value(body, "dimensions")) {
        const auto& sizes = body.at("dimensions");
        product.length = text_or(sizes, "length", product.length);
        product.width = text_or(sizes, "width", product.width);
        product.height = text_or(sizes, "height", product.height);
    }
    product.menu_order = integer_or(body, "menu_order", product.menu_order);
}

// "" clears, null does not, a date alone is local midnight, a zone is honoured, garbage becomes the epoch.
void apply_sale_date(std::optional<std::int64_t>& date, const Json& body, const char* key, std::int64_t offset) {
    if (!has_value(body, key)) return;
    auto text = to_text(body.at(key));
    if (text.empty()) {
        date.reset();
        return;
    }
    if (text.size() == 10) text += "T00:00:00";
    const auto time = kit::parse_time(text);
    if (!time) {
        date = 0;
    } else {
        date = time->offset_seconds ? time->seconds - *time->offset_seconds : time->seconds - offset;
    }
}

void apply_prices(const ShopConfig& config, Product& product, const Json& body) {
    if (product.type == "variable") return;  // 200, and nothing happens
    if (has_value(body, "regular_price")) product.regular_price = stored_price(body.at("regular_price"));
    if (has_value(body, "sale_price")) product.sale_price = stored_price(body.at("sale_price"));
    const auto offset = config.site_offset_seconds();
    apply_sale_date(product.sale_from, body, "date_on_sale_from", offset);
    apply_sale_date(product.sale_from, body, "date_on_sale_from_gmt", 0);
    apply_sale_date(product.sale_to, body, "date_on_sale_to", offset);
    apply_sale_date(product.sale_to, body, "date_on_sale_to_gmt", 0);
}

void apply_stock(Context& context, Product& product, const Json& body, Origin origin, const std::string& cause) {
    const bool before = product.manage_stock;
    if (has_value(body, "manage_stock")) product.manage_stock = to_bool(body.at("manage_stock"));
    if (has_value(body, "backorders")) product.backorders = to_text(body.at("backorders"));
    if (has(body, "low_stock_amount")) {
        product.low_stock.reset();
        if (has_value(body, "low_stock_amount")) product.low_stock = to_integer(body.at("low_stock_amount"));
    }
    if (!product.manage_stock) {
        if (before) {
            context.store.log_stock(product, product.stock, std::nullopt, cause, 0);
            product.stock = 0;
        }
        if (has_value(body, "stock_status")) product.stock_status = to_text(body.at("stock_status"));
        return;
    }
    // A null becomes 0 in a single request and is skipped in a batch.
    const bool sent = origin == Origin::kSingle ? has(body, "stock_quantity") : has_value(body, "stock_quantity");
    if (sent) {
        context.store.set_stock(product, to_integer(body.at("stock_quantity")), cause);
        context.hooks.event(
            product.is_variation() ? "action.woocommerce_variation_set_stock" : "action.woocommerce_product_set_stock",
            product.id);
    } else if (!before) {
        context.store.set_stock(product, product.stock, cause);
    }
}

Json product_attributes(Store& store, const Json& sent) {
    Json out = Json::array();
    for (const auto& item : sent) {
        const auto id = integer_or(item, "id", 0);
        const auto term = store.attributes.find(id);
        const bool global = term != store.attributes.end();
        const auto name = global ? term->second.name : text_or(item, "name", "");
        Json options = has_value(item, "options") && item.at("options").is_array() ? item.at("options") : Json::array();
        if (global) std::sort(options.begin(), options.end());
        out.push_back({{"id", global ? id : 0},
                       {"name", name},
                       {"slug", global ? term->second.slug : name},
                       {"position", integer_or(item, "position", 0)},
                       {"visible", has_value(item, "visible") && to_bool(item.at("visible"))},
                       {"variation", has_value(item, "variation") && to_bool(item.at("variation"))},
                       {"options", options}});
    }
    return out;
}

Json chosen_options(Store& store, const Json& sent, bool variation) {
    Json out = Json::array();
    for (const auto& item : sent) {
        const auto id = integer_or(item, "id", 0);
        const auto term = store.attributes.find(id);
        const bool global = term != store.attributes.end();
        const auto name = global ? term->second.name : text_or(item, "name", "");
        const auto option = text_or(item, "option", "");
        Json entry{{"id", global ? id : 0}, {"name", name}};
        if (variation) entry["slug"] = global ? term->second.slug : kit::lower(name);
        entry["option"] = global && !variation ? kit::lower(option) : option;
        out.push_back(std::move(entry));
    }
    return out;
}

std::int64_t import_image(Store& store, const std::string& origin) {
    const auto id = store.next_post_id();
    const auto path = origin.substr(0, origin.find('?'));
    const auto file = path.substr(path.rfind('/') + 1);
    store.images[id] = {origin, store.config().home_url + "/wp-content/uploads/" + std::to_string(id) + "-" + file};
    return id;
}

// An image is fetched during the call; a host named *.invalid cannot be reached (capture product-create-bad-image).
Outcome<void> check_images(const Store& store, const Json& body) {
    for (const char* key : {"images", "image"}) {
        if (!has_value(body, key)) continue;
        const auto& sent = body.at(key);
        for (const auto& item : sent.is_object() ? Json::array({sent}) : sent) {
            const auto id = integer_or(item, "id", 0);
            const auto src = text_or(item, "src", "");
            if (id != 0 && !store.images.contains(id)) {
                return fail(400, "woocommerce_product_invalid_image_id",
                            "#" + std::to_string(id) + " is an invalid image ID.");
            }
            if (id == 0 && src.find(".invalid/") != std::string::npos) {
                return fail(400, "woocommerce_product_image_upload_error",
                            "Error getting remote image " + src + ". Error: cURL error 6: Could not resolve host");
            }
        }
    }
    return {};
}

Json stored_images(Store& store, const Json& sent) {
    Json out = Json::array();
    for (const auto& item : sent.is_object() ? Json::array({sent}) : sent) {
        auto id = integer_or(item, "id", 0);
        if (id == 0) id = import_image(store, text_or(item, "src", ""));
        out.push_back({{"id", id},
                       {"src", store.images[id].src},
                       {"name", text_or(item, "name", "")},
                       {"alt", text_or(item, "alt", "")}});
    }
    return out;
}

void apply_catalog(Store& store, Product& product, const Json& body) {
    if (has_value(body, "categories")) {
        product.category_ids = Json::array();
        for (const auto& item : body.at("categories")) product.category_ids.push_back(integer_or(item, "id", 0));
    }
    if (has_value(body, "attributes")) {
        product.attributes = product.is_variation() ? chosen_options(store, body.at("attributes"), true)
                                                    : product_attributes(store, body.at("attributes"));
    }
    if (has_value(body, "default_attributes")) {
        product.default_attributes = chosen_options(store, body.at("default_attributes"), false);
    }
    if (has_value(body, "images")) product.images = stored_images(store, body.at("images"));
    if (has_value(body, "image")) product.images = stored_images(store, body.at("image"));
    for (const char* key :
         {"featured",        "catalog_visibility", "virtual",     "downloadable",     "downloads",
          "download_limit",  "download_expiry",    "tax_status",  "tax_class",        "sold_individually",
          "reviews_allowed", "purchase_note",      "upsell_ids",  "cross_sell_ids",   "tags",
          "brands",          "external_url",       "button_text", "grouped_products", "shipping_class",
          "post_password",   "gallery_image_ids"}) {
        if (has_value(body, key)) product.extra[key] = body.at(key);
    }
    apply_meta(store, product.meta, body);
}

ApiError lookup_table_error(const std::string& sku) {
    return ApiError{
        400,
        "woocommerce_rest_product_not_created",
        "The product with SKU (" + sku + ") you are trying to insert is already present in the lookup table",
        {{"status", 400}}};
}

}  // namespace

std::string slug_of(const std::string& name) {
    std::string out;
    for (const char c : kit::lower(name)) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (kept) out += c;
        if (!kept && !out.empty() && out.back() != '-') out += '-';
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

void apply_meta(Store& store, std::vector<Meta>& meta, const Json& body) {
    if (!has_value(body, "meta_data") || !body.at("meta_data").is_array()) return;
    for (const auto& item : body.at("meta_data")) {
        const auto key = text_or(item, "key", "");
        const auto id = integer_or(item, "id", 0);
        const auto same = [&](const Meta& entry) { return id != 0 ? entry.id == id : entry.key == key; };
        const auto found = std::ranges::find_if(meta, same);
        if (!has_value(item, "value")) {
            if (found != meta.end()) meta.erase(found);
        } else if (found != meta.end()) {
            found->value = item.at("value");
        } else if (!key.empty()) {
            meta.push_back({store.next_meta_id(), key, item.at("value")});
        }
    }
}

Outcome<void> check_identifiers(Store& store, const Json& body, std::int64_t self) {
    const auto sku = text_or(body, "sku", "");
    if (const auto* other = store.product_by_sku(sku); other != nullptr && other->id != self) {
        // A trashed product keeps its SKU, and only the lookup table says so.
        if (other->status == "trash" && self == 0) return std::unexpected(lookup_table_error(sku));
        return fail(400, "product_invalid_sku", "Invalid or duplicated SKU.",
                    {{"resource_id", other->id}, {"unique_sku", sku + "-1"}});
    }
    const auto gtin = text_or(body, "global_unique_id", "");
    if (const auto* other = store.product_by_gtin(gtin); other != nullptr && other->id != self) {
        return fail(400, "product_invalid_global_unique_id", "Invalid or duplicated GTIN, UPC, EAN or ISBN.",
                    {{"resource_id", other->id}});
    }
    return check_images(store, body);
}

void apply_product(Context& context, Product& product, const Json& body, Origin origin, const std::string& cause) {
    auto& store = context.store;
    const auto config = store.config();
    if (has_value(body, "type") && !product.is_variation()) product.type = to_text(body.at("type"));
    apply_texts(product, body);
    if (has_value(body, "sku")) store.rename_sku(product, to_text(body.at("sku")));
    if (has_value(body, "global_unique_id")) store.rename_gtin(product, to_text(body.at("global_unique_id")));
    apply_prices(config, product, body);
    apply_stock(context, product, body, origin, cause);
    apply_catalog(store, product, body);
    // A naive date_created is taken as UTC here, though sale dates are local (contract woocommerce 6).
    for (const char* key : {"date_created", "date_created_gmt"}) {
        const auto time = kit::parse_time(text_or(body, key, ""));
        if (time) product.created = time->seconds - time->offset_seconds.value_or(0);
    }
    if (product.slug.empty()) product.slug = slug_of(product.name);
}

}  // namespace sandbox::shop
