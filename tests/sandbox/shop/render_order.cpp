#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/order_totals.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

Json item_meta(const std::vector<Meta>& meta) {
    Json out = Json::array();
    for (const auto& entry : meta) {
        const bool from_product = entry.key.starts_with("pa_");
        auto display = from_product ? entry.key.substr(3) : entry.key;
        if (!display.empty() && display.front() >= 'a' && display.front() <= 'z') {
            display.front() = static_cast<char>(display.front() - 'a' + 'A');
        }
        auto value = to_text(entry.value);
        if (from_product && !value.empty() && value.front() >= 'a' && value.front() <= 'z') {
            value.front() = static_cast<char>(value.front() - 'a' + 'A');
        }
        out.push_back({{"id", entry.id},
                       {"key", entry.key},
                       {"value", entry.value},
                       {"display_key", display},
                       {"display_value", entry.value.is_string() ? Json(value) : entry.value}});
    }
    return out;
}

struct Money {
    const ShopConfig& config;
    const Order& order;
    int places = 2;
    int sign = 1;

    std::string text(kit::Decimal amount) const { return (sign < 0 ? -amount : amount).fixed(places); }
    kit::Decimal raw_tax(kit::Decimal net) const { return tax_of(order, net); }
    kit::Decimal tax(kit::Decimal net) const { return rounded_tax(config, order, raw_tax(net)); }
    bool taxed() const { return !order.tax_percent.is_zero(); }
    Json taxes(kit::Decimal total, std::optional<kit::Decimal> subtotal) const {
        if (!taxed()) return Json::array();
        return Json::array({{{"id", 1},
                             {"total", text(raw_tax(total))},
                             {"subtotal", subtotal ? text(raw_tax(*subtotal)) : std::string()}}});
    }
};

Json line_json(const Money& money, const ProductLine& line) {
    std::vector<Meta> meta = line.meta;
    // Ids far above the real ones keep these two computed entries apart from stored meta.
    if (line.reduced != 0)
        meta.push_back({line.id * 2 + 1'000'000'000, "_reduced_stock", std::to_string(line.reduced)});
    if (line.restocked != 0) {
        meta.push_back({line.id * 2 + 1'000'000'001, "_restock_refunded_items", std::to_string(line.restocked)});
    }
    Json out = Json::object();
    out["id"] = line.id;
    out["name"] = line.name;
    out["product_id"] = line.product_id;
    out["variation_id"] = line.variation_id;
    out["quantity"] = line.quantity * money.sign;
    out["tax_class"] = "";
    out["subtotal"] = money.text(line.subtotal);
    out["subtotal_tax"] = money.text(money.tax(line.subtotal));
    out["total"] = money.text(line.total);
    out["total_tax"] = money.text(money.tax(line.total));
    out["taxes"] = money.taxes(line.total, line.subtotal);
    out["meta_data"] = item_meta(meta);
    out["sku"] = line.known ? Json(line.sku) : Json(nullptr);
    out["global_unique_id"] = line.known ? Json(line.gtin) : Json(nullptr);
    // A JSON number with the noise of PHP's floats: 6.586985333333334 (capture order-update-line-quantity-200).
    const double price = line.quantity == 0 ? 0.0 : line.total.as_json_number() / static_cast<double>(line.quantity);
    const bool whole = price == static_cast<double>(static_cast<std::int64_t>(price));
    out["price"] = whole ? Json(static_cast<std::int64_t>(price)) : Json(price);
    out["image"] = {{"id", line.known && line.variation_id == 0 ? Json("") : Json(0)}, {"src", ""}};
    out["parent_name"] = line.variation_id != 0 ? Json(line.parent_name) : Json(nullptr);
    return out;
}

Json tax_line_json(const Money& money, std::int64_t id, kit::Decimal cart, kit::Decimal shipping) {
    const auto& config = money.config;
    return {{"id", id},
            {"rate_code", config.tax_country + "-" + config.tax_name + "-1"},
            {"rate_id", 1},
            {"label", config.tax_name},
            {"compound", false},
            {"tax_total", money.text(cart)},
            {"shipping_tax_total", money.text(shipping)},
            {"rate_percent", money.order.tax_percent == kit::Decimal::whole(money.order.tax_percent.truncated())
                                 ? Json(money.order.tax_percent.truncated())
                                 : Json(money.order.tax_percent.as_json_number())},
            {"meta_data", Json::array()}};
}

Json shipping_json(const Money& money, const ShippingLine& line) {
    return {{"id", line.id},
            {"method_title", line.name},
            {"method_id", line.method_id},
            {"instance_id", line.instance_id},
            {"total", money.text(line.total)},
            {"total_tax", money.text(money.tax(line.total))},
            {"taxes", money.taxes(line.total, std::nullopt)},
            {"tax_status", "taxable"},
            {"meta_data", item_meta(line.meta)}};
}

Json fee_json(const Money& money, const FeeLine& line) {
    const auto tax = line.taxable ? money.tax(line.total) : kit::Decimal{};
    return {{"id", line.id},
            {"name", line.name},
            {"tax_class", line.tax_class},
            {"tax_status", line.taxable ? "taxable" : "none"},
            {"amount", ""},
            {"total", money.text(line.total)},
            {"total_tax", money.text(tax)},
            {"taxes", line.taxable ? money.taxes(line.total, std::nullopt) : Json::array()},
            {"meta_data", item_meta(line.meta)}};
}

Json coupon_json(const Money& money, const CouponLine& line) {
    return {{"id", line.id},
            {"code", line.code},
            {"discount", money.text(line.discount)},
            {"discount_tax", money.text(line.discount_tax)},
            {"meta_data", Json::array()},
            {"discount_type", line.type},
            {"nominal_amount", line.nominal.as_json_number()},
            {"free_shipping", false}};
}

Json refunds_of(const Order& order, int places) {
    Json out = Json::array();
    for (const auto& refund : order.refunds) {
        out.push_back({{"id", refund.id}, {"reason", refund.reason}, {"total", (-refund.amount).fixed(places)}});
    }
    return out;
}

void add_lines(const Money& money, Json& out) {
    const auto& order = money.order;
    for (const char* key : {"line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines"})
        out[key] = Json::array();
    for (const auto& line : order.lines) out["line_items"].push_back(line_json(money, line));
    const bool any = !order.lines.empty() || !order.shipping_lines.empty() || !order.fees.empty();
    if (money.taxed() && any) {
        out["tax_lines"].push_back(
            tax_line_json(money, order.tax_line_id, order.totals.cart_tax, order.totals.shipping_tax));
    }
    for (const auto& line : order.shipping_lines) out["shipping_lines"].push_back(shipping_json(money, line));
    for (const auto& line : order.fees) out["fee_lines"].push_back(fee_json(money, line));
    for (const auto& line : order.coupons) out["coupon_lines"].push_back(coupon_json(money, line));
}

Json order_links(const ShopConfig& config, const Order& order) {
    Json out = links_json(config, "orders", std::to_string(order.id));
    const auto base = config.home_url + "/wp-json/wc/v3/";
    out["email_templates"] = Json::array(
        {{{"embeddable", true}, {"href", base + "orders/" + std::to_string(order.id) + "/actions/email_templates"}}});
    if (order.customer_id != 0) {
        out["customer"] = Json::array({{{"href", base + "customers/" + std::to_string(order.customer_id)}}});
    }
    return out;
}

void add_head(const Money& money, Json& out) {
    const auto& order = money.order;
    const auto& totals = order.totals;
    out["id"] = order.id;
    out["parent_id"] = 0;
    out["status"] = order.status;
    out["currency"] = order.currency;
    out["version"] = money.config.version;
    out["prices_include_tax"] = order.prices_include_tax;
    out["date_created"] = local_time(money.config, order.created);
    out["date_modified"] = local_time(money.config, order.modified);
    out["discount_total"] = money.text(totals.discount);
    out["discount_tax"] = money.text(totals.discount_tax);
    out["shipping_total"] = money.text(totals.shipping);
    out["shipping_tax"] = money.text(totals.shipping_tax);
    out["cart_tax"] = money.text(totals.cart_tax);
    out["total"] = money.text(totals.total);
    out["total_tax"] = money.text(totals.total_tax);
    out["customer_id"] = order.customer_id;
    out["order_key"] = order.order_key;
    out["billing"] = order.billing;
    out["shipping"] = order.shipping;
    out["payment_method"] = order.payment_method;
    out["payment_method_title"] = order.payment_method_title;
    out["transaction_id"] = order.transaction_id;
    out["customer_ip_address"] = order.customer_ip;
    out["customer_user_agent"] = "";
    out["created_via"] = order.created_via;
    out["customer_note"] = order.customer_note;
    out["date_completed"] = local_time(money.config, order.completed);
    out["date_paid"] = local_time(money.config, order.paid);
    out["cart_hash"] = order.cart_hash;
    out["number"] = std::to_string(order.id);
    out["meta_data"] = meta_json(order.meta);
}

}  // namespace

Json order_json(Store&, const ShopConfig& config, const Order& order, int places) {
    const Money money{.config = config, .order = order, .places = places};
    Json out = Json::object();
    add_head(money, out);
    add_lines(money, out);
    out["refunds"] = refunds_of(order, places);
    const bool open = order.status == "pending" || order.status == "failed";
    out["payment_url"] = config.home_url + "/checkout/order-pay/" + std::to_string(order.id) +
                         "/?pay_for_order=true&key=" + order.order_key;
    out["is_editable"] = order.status == "pending" || order.status == "on-hold" || order.status == "auto-draft";
    out["needs_payment"] = open && !order.totals.total.is_zero();
    out["needs_processing"] = std::ranges::any_of(order.lines, [](const ProductLine& line) { return line.known; });
    out["date_created_gmt"] = utc_time(order.created);
    out["date_modified_gmt"] = utc_time(order.modified);
    out["date_completed_gmt"] = utc_time(order.completed);
    out["date_paid_gmt"] = utc_time(order.paid);
    out["currency_symbol"] = currency_symbol(order.currency, false);
    out["_links"] = order_links(config, order);
    return out;
}

const std::string& order_text(Store& store, const ShopConfig& config, Order& order) {
    if (order.shown.empty()) order.shown = wire_text(order_json(store, config, order, 2));
    return order.shown;
}

Json refund_json(const ShopConfig& config, const Order& order, const Refund& refund) {
    const Money money{.config = config, .order = order, .places = 2, .sign = -1};
    Json out = Json::object();
    out["id"] = refund.id;
    out["date_created"] = local_time(config, refund.created);
    out["date_created_gmt"] = utc_time(refund.created);
    out["amount"] = refund.amount.fixed(2);
    out["reason"] = refund.reason;
    out["refunded_by"] = 1;
    out["refunded_payment"] = false;
    out["meta_data"] = Json::array({{{"id", refund.id}, {"key", "_refund_type"}, {"value", "partial"}}});
    for (const char* key : {"line_items", "shipping_lines", "tax_lines", "fee_lines"}) out[key] = Json::array();
    kit::Decimal tax;
    for (const auto& line : refund.lines) {
        out["line_items"].push_back(line_json(money, line));
        tax += money.tax(line.total);
    }
    if (!refund.lines.empty() && money.taxed()) {
        out["tax_lines"].push_back(tax_line_json(money, refund.tax_line_id, tax, kit::Decimal{}));
        out["tax_lines"].back()["shipping_tax_total"] = kit::Decimal{}.fixed(2);
    }
    const auto parent = std::to_string(order.id);
    out["_links"] = links_json(config, "orders/" + parent + "/refunds", std::to_string(refund.id), {"GET", "DELETE"});
    out["_links"]["up"] = Json::array({{{"href", config.home_url + "/wp-json/wc/v3/orders/" + parent}}});
    return out;
}

Json note_json(const ShopConfig& config, const Order& order, const OrderNote& note) {
    const auto parent = std::to_string(order.id);
    Json out = Json::object();
    out["id"] = note.id;
    out["author"] = note.author;
    out["date_created"] = local_time(config, note.created);
    out["date_created_gmt"] = utc_time(note.created);
    out["note"] = note.text;
    out["customer_note"] = note.for_customer;
    out["_links"] = links_json(config, "orders/" + parent + "/notes", std::to_string(note.id), {"GET", "DELETE"});
    out["_links"]["up"] = Json::array({{{"href", config.home_url + "/wp-json/wc/v3/orders/" + parent}}});
    return out;
}

}  // namespace sandbox::shop
