// What the shop keeps: products and variations, orders, customers. Plain values owned by Store and read under its lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/kit/decimal.h"
#include "tests/sandbox/shop/json.h"

namespace sandbox::shop {

struct Meta {
    std::int64_t id = 0;
    std::string key;
    Json value;
};

struct Product {
    std::int64_t id = 0;
    std::int64_t parent_id = 0;  // not 0 = a variation
    std::string type = "simple";
    std::string status = "publish";
    std::string status_before_trash;
    std::string name = "Product";
    std::string slug;
    std::string description;
    std::string short_description;
    std::string sku;
    std::string gtin;
    std::string regular_price;
    std::string sale_price;
    std::string price;  // follows the two above when the product is saved, not when a sale's time comes
    std::optional<std::int64_t> sale_from;
    std::optional<std::int64_t> sale_to;
    bool manage_stock = false;
    std::int64_t stock = 0;
    std::string stock_status = "instock";
    std::string backorders = "no";
    std::optional<std::int64_t> low_stock;
    std::string weight, length, width, height;
    Json category_ids = Json::array();
    Json attributes = Json::array();
    Json default_attributes = Json::array();
    Json images = Json::array();
    Json extra = Json::object();  // further writable fields, kept as sent
    std::vector<Meta> meta;
    std::vector<std::int64_t> variations;
    std::int64_t total_sales = 0;
    std::int64_t menu_order = 0;
    std::int64_t created = 0;
    std::int64_t modified = 0;
    std::string shown;  // the GET answer's text, "" = to be built

    bool is_variation() const { return parent_id != 0; }
};

// A line of any kind; the amounts carry six places as WooCommerce stores them.
struct OrderItem {
    std::int64_t id = 0;
    std::string name;
    kit::Decimal subtotal;
    kit::Decimal total;
    std::vector<Meta> meta;
};

struct ProductLine : OrderItem {
    std::int64_t product_id = 0;
    std::int64_t variation_id = 0;
    std::int64_t quantity = 1;
    std::int64_t reduced = 0;  // pieces taken from stock for this line
    std::int64_t restocked = 0;  // pieces given back by refunds
    std::string sku;
    std::string gtin;
    std::string parent_name;
    bool known = false;  // false = an order for a SKU that does not exist
};

struct ShippingLine : OrderItem {
    std::string method_id;
    std::string instance_id;
};

struct FeeLine : OrderItem {
    bool taxable = true;
    std::string tax_class;
};

struct CouponLine {
    std::int64_t id = 0;
    std::string code;
    std::string type;
    kit::Decimal nominal;
    kit::Decimal discount;
    kit::Decimal discount_tax;
};

struct Refund {
    std::int64_t id = 0;
    std::int64_t created = 0;
    kit::Decimal amount;
    std::string reason;
    std::vector<ProductLine> lines;  // positive amounts; shown negative
    std::vector<std::int64_t> refunded_items;
    std::int64_t tax_line_id = 0;
};

struct OrderNote {
    std::int64_t id = 0;
    std::int64_t created = 0;
    std::string author = "WooCommerce";
    std::string text;
    bool for_customer = false;
};

struct OrderTotals {
    kit::Decimal discount, discount_tax, shipping, shipping_tax, cart_tax, total, total_tax;
};

struct Order {
    std::int64_t id = 0;
    std::string status = "pending";
    std::string currency;
    bool prices_include_tax = true;
    kit::Decimal tax_percent;
    std::int64_t created = 0;
    std::int64_t modified = 0;
    std::optional<std::int64_t> completed;
    std::optional<std::int64_t> paid;
    std::int64_t customer_id = 0;
    std::string order_key;
    Json billing = Json::object();
    Json shipping = Json::object();
    std::string payment_method, payment_method_title, transaction_id, customer_ip, customer_note, cart_hash;
    std::string created_via = "rest-api";
    std::vector<Meta> meta;
    std::vector<ProductLine> lines;
    std::vector<ShippingLine> shipping_lines;
    std::vector<FeeLine> fees;
    std::vector<CouponLine> coupons;
    std::vector<Refund> refunds;
    std::vector<OrderNote> notes;
    std::int64_t tax_line_id = 0;
    OrderTotals totals;
    bool stock_reduced = false;
    std::string shown;
};

struct Customer {
    std::int64_t id = 0;
    std::int64_t created = 0;
    std::optional<std::int64_t> modified;
    std::string email, first_name, last_name, username;
    std::string role = "customer";
    bool paying = false;
    Json billing = Json::object();
    Json shipping = Json::object();
    std::vector<Meta> meta;
};

struct Coupon {
    std::string code;
    std::string type = "percent";  // or fixed_cart
    kit::Decimal amount;
};

}  // namespace sandbox::shop
