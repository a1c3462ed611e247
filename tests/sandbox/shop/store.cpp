#include "tests/sandbox/shop/store.h"

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::shop {

Store::Store(ShopConfig config) : config_(std::move(config)) { reset(); }

ShopConfig Store::config() const {
    const std::scoped_lock lock(config_mutex_);
    return config_;
}

void Store::set_config(ShopConfig config) {
    {
        const std::scoped_lock lock(config_mutex_);
        config_ = std::move(config);
    }
    for (auto& [id, product] : products) product.shown.clear();
    for (auto& [id, order] : orders) order.shown.clear();
}

std::int64_t Store::clock() const { return kit::now_seconds() + drift_.load(); }

void Store::reset() {
    products.clear();
    orders.clear();
    customers.clear();
    coupons.clear();
    categories = {{15, {"Uncategorized", "uncategorized", 0}}};
    attributes.clear();
    images.clear();
    products_by_time.clear();
    orders_by_time.clear();
    by_sku_.clear();
    by_gtin_.clear();
    by_email_.clear();
    log_.clear();
    last_post_ = 13;
    last_item_ = last_meta_ = last_note_ = log_sequence_ = log_dropped_ = 0;
    last_customer_ = 1;
    drift_ = 0;
}

Product* Store::product(std::int64_t id) {
    const auto found = products.find(id);
    return found == products.end() ? nullptr : &found->second;
}

Product* Store::product_by_sku(const std::string& sku) {
    const auto found = by_sku_.find(kit::lower(sku));
    return sku.empty() || found == by_sku_.end() ? nullptr : product(found->second);
}

Product* Store::product_by_gtin(const std::string& gtin) {
    const auto found = by_gtin_.find(gtin);
    return gtin.empty() || found == by_gtin_.end() ? nullptr : product(found->second);
}

Product& Store::add_product(Product fresh) {
    const auto id = fresh.id;
    auto& kept = products[id] = std::move(fresh);
    if (!kept.sku.empty()) by_sku_[kit::lower(kept.sku)] = id;
    if (!kept.gtin.empty()) by_gtin_[kept.gtin] = id;
    products_by_time.emplace(kept.modified, id);
    if (auto* parent = product(kept.parent_id); parent != nullptr) parent->variations.push_back(id);
    return kept;
}

void Store::remove_product(std::int64_t id) {
    auto* gone = product(id);
    if (gone == nullptr) return;
    const auto children = gone->variations;
    for (const auto child : children) remove_product(child);
    gone = product(id);
    if (!gone->sku.empty()) by_sku_.erase(kit::lower(gone->sku));
    if (!gone->gtin.empty()) by_gtin_.erase(gone->gtin);
    products_by_time.erase({gone->modified, id});
    auto* parent = product(gone->parent_id);
    if (gone->manage_stock) log_stock(*gone, gone->stock, std::nullopt, "removed", 0);
    products.erase(id);
    if (parent == nullptr) return;
    std::erase(parent->variations, id);
    derive(*parent);
}

void Store::rename_sku(Product& named, const std::string& sku) {
    if (!named.sku.empty() && by_sku_[kit::lower(named.sku)] == named.id) by_sku_.erase(kit::lower(named.sku));
    named.sku = sku;
    if (!sku.empty()) by_sku_[kit::lower(sku)] = named.id;
}

void Store::rename_gtin(Product& named, const std::string& gtin) {
    if (!named.gtin.empty()) by_gtin_.erase(named.gtin);
    named.gtin = gtin;
    if (!gtin.empty()) by_gtin_[gtin] = named.id;
}

void Store::set_stock(Product& changed, std::int64_t quantity, const std::string& cause, std::int64_t order_id) {
    log_stock(changed, changed.stock, quantity, cause, order_id);
    changed.stock = quantity;
}

void Store::derive(Product& saved) {
    saved.shown.clear();
    for (const auto child : saved.variations) {
        if (auto* variation = product(child); variation != nullptr) variation->shown.clear();
    }
    const auto regular = kit::Decimal::parse(saved.regular_price);
    const auto sale = kit::Decimal::parse(saved.sale_price);
    if (sale && (!regular || *sale >= *regular)) saved.sale_price.clear();
    const bool in_time =
        (!saved.sale_from || *saved.sale_from <= clock()) && (!saved.sale_to || clock() <= *saved.sale_to);
    saved.price = !saved.sale_price.empty() && in_time ? saved.sale_price : saved.regular_price;
    if (saved.manage_stock) {
        saved.stock_status = saved.stock > 0 ? "instock" : saved.backorders == "no" ? "outofstock" : "onbackorder";
    }
    if (saved.type == "variable") {
        saved.regular_price.clear();
        saved.sale_price.clear();
        saved.price.clear();
        bool in_stock = false;
        bool on_backorder = false;
        for (const auto child : saved.variations) {
            const auto* variation = product(child);
            if (variation == nullptr || variation->status != "publish") continue;
            in_stock |= variation->stock_status == "instock";
            on_backorder |= variation->stock_status == "onbackorder";
            const bool cheaper = saved.price.empty() || decimal_of(variation->price) < decimal_of(saved.price);
            if (!variation->price.empty() && cheaper) saved.price = variation->price;
        }
        if (!saved.manage_stock)
            saved.stock_status = in_stock ? "instock" : on_backorder ? "onbackorder" : "outofstock";
    }
}

void Store::product_saved(Product& saved) {
    derive(saved);
    const auto touch = [this](Product& touched) {
        products_by_time.erase({touched.modified, touched.id});
        touched.modified = clock();
        products_by_time.emplace(touched.modified, touched.id);
    };
    touch(saved);
    // A variation's change bumps its parent too (contract woocommerce 5).
    if (auto* parent = product(saved.parent_id); parent != nullptr) {
        derive(*parent);
        touch(*parent);
    }
}

Order* Store::order(std::int64_t id) {
    const auto found = orders.find(id);
    return found == orders.end() ? nullptr : &found->second;
}

Order& Store::add_order(Order fresh) {
    const auto id = fresh.id;
    auto& kept = orders[id] = std::move(fresh);
    orders_by_time.emplace(kept.modified, id);
    return kept;
}

void Store::remove_order(std::int64_t id) {
    const auto* gone = order(id);
    if (gone == nullptr) return;
    orders_by_time.erase({gone->modified, id});
    orders.erase(id);
}

void Store::order_saved(Order& saved) {
    orders_by_time.erase({saved.modified, saved.id});
    saved.modified = clock();
    orders_by_time.emplace(saved.modified, saved.id);
    saved.shown.clear();
}

Customer* Store::customer(std::int64_t id) {
    const auto found = customers.find(id);
    return found == customers.end() ? nullptr : &found->second;
}

Customer* Store::customer_by_email(const std::string& email) {
    const auto found = by_email_.find(kit::lower(email));
    return found == by_email_.end() ? nullptr : customer(found->second);
}

Customer& Store::add_customer(Customer fresh) {
    const auto id = fresh.id;
    by_email_[kit::lower(fresh.email)] = id;
    return customers[id] = std::move(fresh);
}

void Store::remove_customer(std::int64_t id) {
    const auto* gone = customer(id);
    if (gone == nullptr) return;
    by_email_.erase(kit::lower(gone->email));
    customers.erase(id);
}

void Store::rename_email(Customer& named, const std::string& email) {
    by_email_.erase(kit::lower(named.email));
    named.email = email;
    by_email_[kit::lower(email)] = named.id;
}

void Store::append(LogEntry entry) {
    entry.sequence = ++log_sequence_;
    entry.time_us = kit::now_micros();
    log_.push_back(std::move(entry));
    if (log_.size() <= kMaxLog) return;
    log_.pop_front();
    ++log_dropped_;
}

void Store::log_order(const Order& logged, const std::string& what) {
    append({.kind = "order", .cause = what, .order_id = logged.id, .status = logged.status});
}

void Store::log_stock(const Product& logged, std::optional<std::int64_t> before, std::optional<std::int64_t> after,
                      const std::string& cause, std::int64_t order_id) {
    append({.kind = "stock",
            .product_id = logged.id,
            .sku = logged.sku,
            .before = before,
            .after = after,
            .cause = cause,
            .order_id = order_id});
}

std::string Store::log_text(std::int64_t after, std::size_t limit) const {
    const auto number = [](const std::optional<std::int64_t>& value) {
        return value ? std::to_string(*value) : "null";
    };
    std::string out = "{\"last\":" + std::to_string(log_sequence_) + ",\"dropped\":" + std::to_string(log_dropped_) +
                      ",\"entries\":[";
    const auto first = std::max<std::int64_t>(after - log_dropped_, 0);
    const auto from = std::min(static_cast<std::size_t>(first), log_.size());
    const auto to = from + std::min(limit, log_.size() - from);
    for (std::size_t i = from; i < to; ++i) {
        const auto& entry = log_[i];
        out += (i == from ? "{\"seq\":" : ",{\"seq\":") + std::to_string(entry.sequence);
        out += ",\"time_us\":" + std::to_string(entry.time_us) + ",\"kind\":\"" + entry.kind + "\"";
        if (entry.kind == "stock") {
            out += ",\"product_id\":" + std::to_string(entry.product_id) + ",\"sku\":" + Json(entry.sku).dump();
            out += ",\"before\":" + number(entry.before) + ",\"after\":" + number(entry.after);
        } else {
            out += ",\"status\":" + Json(entry.status).dump();
        }
        out += ",\"cause\":" + Json(entry.cause).dump() + ",\"order_id\":" + std::to_string(entry.order_id) + "}";
    }
    return out + "]}";
}

}  // namespace sandbox::shop
