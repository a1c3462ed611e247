// Builds the JSON of products, orders, refunds, notes and customers in the shape and key order of the captures. Called
// with the store's lock held.
#pragma once

#include "tests/sandbox/shop/store.h"

namespace sandbox::shop {

// Products in the shape of /products (variations too: `type` "variation"). `edit` = the answer to a write.
Json product_json(Store& store, const ShopConfig& config, const Product& product, bool edit);
// The shape of /products/{id}/variations.
Json variation_json(Store& store, const ShopConfig& config, const Product& variation, bool edit);
// The GET text, kept until the product changes.
const std::string& product_text(Store& store, const ShopConfig& config, Product& product);

Json order_json(Store& store, const ShopConfig& config, const Order& order, int places);
const std::string& order_text(Store& store, const ShopConfig& config, Order& order);
Json refund_json(const ShopConfig& config, const Order& order, const Refund& refund);
Json note_json(const ShopConfig& config, const Order& order, const OrderNote& note);
Json customer_json(const ShopConfig& config, const Customer& customer);

Json meta_json(const std::vector<Meta>& meta);
Json local_time(const ShopConfig& config, std::optional<std::int64_t> seconds);
Json utc_time(std::optional<std::int64_t> seconds);
Json links_json(const ShopConfig& config, const std::string& collection, const std::string& id,
                std::initializer_list<const char*> allowed = {"GET", "POST", "PUT", "PATCH", "DELETE"});
std::string currency_symbol(const std::string& code, bool entity);
std::string price_html(const ShopConfig& config, const std::string& price);
bool on_sale(const Store& store, const Product& product);

}  // namespace sandbox::shop
