#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

struct StockView {
    Json manage;
    Json quantity;
    std::string status;
    std::string backorders;
    bool backordered = false;
};

// A variation without stock of its own shows its parent's when that one manages stock (contract woocommerce 6).
StockView stock_view(Store& store, const Product& product) {
    StockView view{.manage = product.manage_stock,
                   .quantity = nullptr,
                   .status = product.stock_status,
                   .backorders = product.backorders,
                   .backordered = false};
    const Product* owner = &product;
    if (!product.manage_stock && product.is_variation()) {
        const auto* parent = store.product(product.parent_id);
        if (parent != nullptr && parent->manage_stock) {
            owner = parent;
            view.manage = "parent";
            view.status = parent->stock_status;
            view.backorders = parent->backorders;
        }
    }
    if (owner->manage_stock) view.quantity = owner->stock;
    view.backordered = owner->manage_stock && view.backorders != "no" && owner->stock < 0;
    return view;
}

template <typename T>
Json extra_or(const Product& product, const char* key, T fallback) {
    return product.extra.contains(key) ? product.extra.at(key) : Json(std::move(fallback));
}

void add_stock(Store& store, const Product& product, bool variation, Json& out) {
    const auto view = stock_view(store, product);
    out["manage_stock"] = view.manage;
    out["stock_quantity"] = view.quantity;
    if (variation) out["stock_status"] = view.status;
    out["backorders"] = view.backorders;
    out["backorders_allowed"] = view.backorders != "no";
    out["backordered"] = view.backordered;
    out["low_stock_amount"] = product.low_stock ? Json(*product.low_stock) : Json(nullptr);
}

void add_prices(Store& store, const ShopConfig& config, const Product& product, Json& out) {
    out["price"] = product.price;
    out["regular_price"] = product.regular_price;
    out["sale_price"] = product.sale_price;
    out["date_on_sale_from"] = local_time(config, product.sale_from);
    out["date_on_sale_from_gmt"] = utc_time(product.sale_from);
    out["date_on_sale_to"] = local_time(config, product.sale_to);
    out["date_on_sale_to_gmt"] = utc_time(product.sale_to);
    out["on_sale"] = on_sale(store, product);
}

void add_dates(const ShopConfig& config, const Product& product, Json& out) {
    out["date_created"] = local_time(config, product.created);
    out["date_created_gmt"] = utc_time(product.created);
    out["date_modified"] = local_time(config, product.modified);
    out["date_modified_gmt"] = utc_time(product.modified);
}

void add_downloads(const Product& product, Json& out) {
    out["virtual"] = extra_or(product, "virtual", false);
    out["downloadable"] = extra_or(product, "downloadable", false);
    out["downloads"] = extra_or(product, "downloads", Json::array());
    out["download_limit"] = extra_or(product, "download_limit", -1);
    out["download_expiry"] = extra_or(product, "download_expiry", -1);
}

Json dimensions(const Product& product) {
    return {{"length", product.length}, {"width", product.width}, {"height", product.height}};
}

std::string permalink(Store& store, const ShopConfig& config, const Product& product) {
    if (!product.is_variation()) return config.home_url + "/product/" + product.slug + "/";
    const auto* parent = store.product(product.parent_id);
    std::string out = config.home_url + "/product/" + (parent == nullptr ? "" : parent->slug) + "/";
    char separator = '?';
    for (const auto& attribute : product.attributes) {
        out += separator + std::string("attribute_") + text_or(attribute, "slug", "") + "=";
        const auto option = text_or(attribute, "option", "");
        out += kit::url_encode(integer_or(attribute, "id", 0) != 0 ? kit::lower(option) : option);
        separator = '&';
    }
    return out;
}

std::string variation_options(const Product& variation) {
    std::string out;
    for (const auto& attribute : variation.attributes) {
        out += (out.empty() ? "" : ", ") + text_or(attribute, "option", "");
    }
    return out;
}

bool purchasable(const Product& product) { return product.status == "publish" && !product.price.empty(); }

// Texts come back as paragraphs, but for the answers to writes (captures product-get-200, product-create-simple-201).
std::string shown_text(const std::string& text, bool edit) {
    if (edit || text.empty()) return text;
    return text.starts_with("<p") ? text + "\n" : "<p>" + text + "</p>\n";
}

Json category_list(const Store& store, const Product& product) {
    Json out = Json::array();
    for (const auto& id : product.category_ids) {
        const auto found = store.categories.find(to_integer(id));
        if (found == store.categories.end()) continue;
        out.push_back({{"id", found->first}, {"name", found->second.name}, {"slug", found->second.slug}});
    }
    return out;
}

// A variation without an image of its own shows its product's.
Json shown_image(Store& store, const Product& variation) {
    if (!variation.images.empty()) return variation.images.front();
    const auto* parent = store.product(variation.parent_id);
    return parent == nullptr || parent->images.empty() ? Json(nullptr) : parent->images.front();
}

void add_shop_window(Store& store, const ShopConfig& config, const Product& product, Json& out) {
    const bool variation = product.is_variation();
    out["sold_individually"] = extra_or(product, "sold_individually", false);
    out["weight"] = product.weight;
    out["dimensions"] = dimensions(product);
    out["shipping_required"] = !to_bool(extra_or(product, "virtual", false));
    out["shipping_taxable"] = out["shipping_required"];
    out["shipping_class"] = extra_or(product, "shipping_class", "");
    out["shipping_class_id"] = 0;
    out["reviews_allowed"] = extra_or(product, "reviews_allowed", !variation);
    out["average_rating"] = "0.00";
    out["rating_count"] = 0;
    out["upsell_ids"] = extra_or(product, "upsell_ids", Json::array());
    out["cross_sell_ids"] = extra_or(product, "cross_sell_ids", Json::array());
    out["parent_id"] = product.parent_id;
    out["purchase_note"] = extra_or(product, "purchase_note", "");
    out["categories"] = category_list(store, product);
    out["brands"] = extra_or(product, "brands", Json::array());
    out["tags"] = extra_or(product, "tags", Json::array());
    out["images"] = product.images;
    if (variation && product.images.empty() && !shown_image(store, product).is_null())
        out["images"].push_back(shown_image(store, product));
    out["attributes"] = product.attributes;
    out["default_attributes"] = product.default_attributes;
    out["variations"] = product.variations;
    out["grouped_products"] = extra_or(product, "grouped_products", Json::array());
    out["menu_order"] = product.menu_order;
    out["price_html"] = price_html(config, product.price);
    out["related_ids"] = Json::array();
    out["meta_data"] = meta_json(product.meta);
}

}  // namespace

bool on_sale(const Store& store, const Product& product) {
    if (product.sale_price.empty()) return false;
    const auto now = store.clock();
    return (!product.sale_from || *product.sale_from <= now) && (!product.sale_to || now <= *product.sale_to);
}

Json product_json(Store& store, const ShopConfig& config, const Product& product, bool edit) {
    Json out = Json::object();
    const auto* parent = product.is_variation() ? store.product(product.parent_id) : nullptr;
    out["id"] = product.id;
    out["name"] =
        html_escaped_name(parent == nullptr ? product.name : parent->name + " - " + variation_options(product));
    out["slug"] = product.slug;
    out["permalink"] = permalink(store, config, product);
    add_dates(config, product, out);
    out["type"] = product.is_variation() ? "variation" : product.type;
    out["status"] = product.status;
    out["featured"] = extra_or(product, "featured", false);
    out["catalog_visibility"] = extra_or(product, "catalog_visibility", "visible");
    out["description"] = shown_text(product.description, edit);
    out["short_description"] = shown_text(product.short_description, edit);
    out["sku"] = product.sku;
    add_prices(store, config, product, out);
    out["purchasable"] = purchasable(product);
    // A string for variations: a real shop reads it from bare meta there (capture variation-fetched-as-product-200).
    out["total_sales"] = product.is_variation() ? Json(std::to_string(product.total_sales)) : Json(product.total_sales);
    add_downloads(product, out);
    out["external_url"] = extra_or(product, "external_url", "");
    out["button_text"] = extra_or(product, "button_text", "");
    out["tax_status"] = extra_or(product, "tax_status", "taxable");
    out["tax_class"] = extra_or(product, "tax_class", "");
    add_stock(store, product, false, out);
    add_shop_window(store, config, product, out);
    out["stock_status"] = stock_view(store, product).status;
    out["has_options"] = product.type == "variable";
    out["post_password"] = extra_or(product, "post_password", "");
    out["global_unique_id"] = product.gtin;
    if (edit) {
        out["average_rating"] = "0";
        out["permalink_template"] = config.home_url + "/product/%pagename%/";
        out["generated_slug"] = product.slug;
    }
    out["_links"] = links_json(config, "products", std::to_string(product.id));
    if (product.is_variation()) {
        out["_links"]["up"] =
            Json::array({{{"href", config.home_url + "/wp-json/wc/v3/products/" + std::to_string(product.parent_id)}}});
    }
    return out;
}

Json variation_json(Store& store, const ShopConfig& config, const Product& variation, bool edit) {
    Json out = Json::object();
    const auto parent = std::to_string(variation.parent_id);
    out["id"] = variation.id;
    out["type"] = "variation";
    add_dates(config, variation, out);
    out["description"] = shown_text(variation.description, edit);
    out["permalink"] = permalink(store, config, variation);
    out["sku"] = variation.sku;
    out["global_unique_id"] = variation.gtin;
    add_prices(store, config, variation, out);
    out["status"] = variation.status;
    out["purchasable"] = purchasable(variation);
    add_downloads(variation, out);
    out["tax_status"] = extra_or(variation, "tax_status", "taxable");
    out["tax_class"] = extra_or(variation, "tax_class", edit ? "parent" : "");
    add_stock(store, variation, true, out);
    out["weight"] = variation.weight;
    out["dimensions"] = dimensions(variation);
    out["shipping_class"] = extra_or(variation, "shipping_class", "");
    out["shipping_class_id"] = 0;
    out["image"] = shown_image(store, variation);
    out["gallery_image_ids"] = extra_or(variation, "gallery_image_ids", Json::array());
    out["attributes"] = variation.attributes;
    out["menu_order"] = variation.menu_order;
    out["meta_data"] = meta_json(variation.meta);
    out["name"] = variation_options(variation);
    out["parent_id"] = variation.parent_id;
    out["_links"] = links_json(config, "products/" + parent + "/variations", std::to_string(variation.id));
    out["_links"]["up"] = Json::array({{{"href", config.home_url + "/wp-json/wc/v3/products/" + parent}}});
    return out;
}

const std::string& product_text(Store& store, const ShopConfig& config, Product& product) {
    // What depends on the time of day is never kept.
    if (product.shown.empty() || product.sale_from || product.sale_to) {
        product.shown = wire_text(product_json(store, config, product, false));
    }
    return product.shown;
}

}  // namespace sandbox::shop
