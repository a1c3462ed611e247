#include "tests/sandbox/keycrm/render.h"

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

Json text_or_null(const Json& fields, const char* name) { return fields.value(name, Json()); }

const std::string& name_in(const std::vector<Named>& list, Id id) {
    static const std::string kNone;
    for (const Named& one : list)
        if (one.id == id) return one.name;
    return kNone;
}

Json render_line(const Crm& crm, const Line& line, bool with_offer) {
    Json out{{"id", line.id}, {"name", line.name}, {"sku", line.sku}};
    out["price"] = number(crm, line.price);
    out["price_sold"] = number(crm, line.quantity.is_zero() ? line.price : crm.line_total(line) / line.quantity);
    out["purchased_price"] = line.fields.value("purchased_price", Json(0));
    out["discount_percent"] = number(crm, line.discount_percent);
    out["discount_amount"] = number(crm, line.discount_amount);
    out["total_discount"] = number(crm, line.price * line.quantity - crm.line_total(line));
    out["quantity"] = number(crm, line.quantity);
    out["unit_type"] = text_or_null(line.fields, "unit_type");
    out["upsale"] = false;
    out["comment"] = line.fields.value("comment", Json(""));
    out["product_status_id"] = line.fields.value("product_status_id", Json(1));
    out["picture"] = text_or_null(line.fields, "picture");
    out["properties"] = line.fields.value("properties", Json::array());
    out["shipment_type"] = "warehouse";
    if (with_offer && line.offer_id)
        if (const auto found = crm.offers.find(*line.offer_id); found != crm.offers.end()) {
            out["offer"] = render(crm, found->second, false);
            out["offer"].erase("in_reserve");
        }
    return out;
}

Json render_shipping(const Crm& crm, const Order& order) {
    Json out = Json::object();
    for (const char* name :
         {"delivery_service_id", "tracking_code", "shipping_status", "shipping_address_city",
          "shipping_address_country", "shipping_address_region", "shipping_address_zip", "shipping_secondary_line",
          "shipping_receive_point", "recipient_full_name", "recipient_phone", "shipping_date_actual"})
        out[name] = text_or_null(order.shipping, name);
    if (out["delivery_service_id"].is_number_integer()) {
        const Id id = out["delivery_service_id"].get<Id>();
        out["delivery_service"] = {{"id", id}, {"name", name_in(crm.delivery_services, id)}};
    }
    return out;
}

void add_included(const Crm& crm, const Order& order, const std::set<std::string>& includes, Json& out) {
    const bool with_offers = includes.contains("products.offer");
    if (includes.contains("buyer"))
        if (const auto found = crm.buyers.find(order.buyer_id); found != crm.buyers.end()) {
            const Buyer& buyer = found->second;  // single texts here, lists in /buyer
            out["buyer"] = {{"id", buyer.id},
                            {"full_name", buyer.full_name},
                            {"email", buyer.emails.empty() ? Json() : Json(buyer.emails.front())},
                            {"phone", buyer.phones.empty() ? Json() : Json(buyer.phones.front())},
                            {"company_id", nullptr},
                            {"manager_id", nullptr}};
        }
    if (includes.contains("products") || with_offers) {
        out["products"] = Json::array();
        for (const Line& line : order.lines) out["products"].push_back(render_line(crm, line, with_offers));
    }
    if (includes.contains("payments")) {
        out["payments"] = Json::array();
        for (const Payment& payment : order.payments) out["payments"].push_back(render(crm, payment));
    }
    if (includes.contains("expenses")) {
        out["expenses"] = Json::array();
        for (const Expense& expense : order.expenses) out["expenses"].push_back(render(crm, expense));
    }
    if (includes.contains("status")) out["status"] = render(crm, *crm.status(order.status_id));
    if (includes.contains("shipping") || includes.contains("shipping.delivery_service"))
        out["shipping"] = render_shipping(crm, order);
    if (includes.contains("marketing")) out["marketing"] = order.marketing;
    if (includes.contains("tags")) {
        out["tags"] = Json::array();
        for (const Id id : order.tags) out["tags"].push_back({{"id", id}, {"name", name_in(crm.tags, id)}});
    }
    if (includes.contains("custom_fields")) out["custom_fields"] = order.fields.value("custom_fields", Json::array());
}

}  // namespace

Json number(const Crm& crm, Decimal value) {
    if (crm.switches.numbers_as_strings) return value.fixed(2);
    const Decimal whole = Decimal::whole(value.truncated());
    if (whole == value) return value.truncated();
    return value.as_json_number();
}

Json rest_time(const Crm& crm, std::int64_t seconds) {
    if (seconds == 0) return nullptr;
    if (crm.switches.iso_times) return webhook_time(seconds);
    std::string text = kit::iso_seconds(seconds);
    text[10] = ' ';
    return text;
}

std::string webhook_time(std::int64_t seconds) { return kit::iso_seconds(seconds) + ".000000Z"; }

Json render(const Crm& crm, const Product& product) {
    Json out{{"id", product.id}, {"name", product.name}};
    const Json pictures = product.fields.value("pictures", Json::array());
    out["description"] = text_or_null(product.fields, "description");
    out["thumbnail_url"] = pictures.empty() ? Json() : pictures.front();
    out["attachments_data"] = pictures;
    Decimal quantity;
    std::optional<Decimal> low;
    Decimal high;
    const Offer* only = nullptr;
    for (const auto& [id, offer] : crm.offers) {
        if (offer.product_id != product.id) continue;
        only = &offer;
        quantity += crm.quantity(offer);
        low = std::min(low.value_or(offer.price), offer.price);
        high = std::max(high, offer.price);
    }
    out["quantity"] = number(crm, quantity);
    out["unit_type"] = text_or_null(product.fields, "unit_type");
    out["currency_code"] = product.currency;
    if (!product.has_offers && only != nullptr) {
        out["sku"] = only->sku.empty() ? Json() : Json(only->sku);
        out["barcode"] = nullptr;
        out["price"] = number(crm, only->price);
        out["purchased_price"] = number(crm, only->purchased_price);
    }
    out["min_price"] = number(crm, low.value_or(Decimal{}));
    out["max_price"] = number(crm, high);
    for (const char* name : {"weight", "length", "width", "height"}) out[name] = text_or_null(product.fields, name);
    out["has_offers"] = product.has_offers;
    out["is_archived"] = product.archived;
    out["category_id"] = product.category_id ? Json(*product.category_id) : Json();
    out["created_at"] = rest_time(crm, product.created);
    out["updated_at"] = rest_time(crm, product.updated);
    return out;
}

Json render(const Crm& crm, const Offer& offer, bool with_product) {
    Json out{{"id", offer.id}, {"product_id", offer.product_id}};
    out["sku"] = offer.sku.empty() ? Json() : Json(offer.sku);
    out["barcode"] = nullptr;
    out["thumbnail_url"] = "https://cdn.example.test/o/" + std::to_string(offer.id) + ".jpg";
    out["price"] = number(crm, offer.price);
    out["purchased_price"] = number(crm, offer.purchased_price);
    out["quantity"] = number(crm, crm.quantity(offer));
    if (!crm.switches.in_reserve_missing) out["in_reserve"] = number(crm, crm.reserve(offer));
    out["weight"] = 0.2;
    out["length"] = 30;
    out["width"] = 20;
    out["height"] = 3;
    out["properties"] = offer.properties;
    if (with_product)
        if (const auto found = crm.products.find(offer.product_id); found != crm.products.end())
            out["product"] = render(crm, found->second);
    return out;
}

Json render_stock(const Crm& crm, const Offer& offer, bool details) {
    Json out{{"id", offer.id}, {"sku", offer.sku.empty() ? Json() : Json(offer.sku)}};
    out["price"] = number(crm, offer.price);
    out["purchased_price"] = number(crm, offer.purchased_price);
    out["quantity"] = number(crm, crm.quantity(offer));
    out["reserve"] = number(crm, crm.reserve(offer));
    if (!details) return out;
    out["warehouse"] = Json::array();
    for (const auto& [id, shelf] : offer.shelves)
        out["warehouse"].push_back({{"id", id},
                                    {"name", name_in(crm.warehouses, id)},
                                    {"quantity", number(crm, shelf.quantity)},
                                    {"reserve", number(crm, shelf.reserve)}});
    return out;
}

Json render(const Crm& crm, const Buyer& buyer) {
    Json out{{"id", buyer.id}, {"full_name", buyer.full_name}};
    out["birthday"] = text_or_null(buyer.fields, "birthday");
    out["email"] = buyer.emails;
    out["phone"] = buyer.phones;
    out["note"] = text_or_null(buyer.fields, "note");
    out["created_at"] = rest_time(crm, buyer.created);
    out["updated_at"] = rest_time(crm, buyer.updated);
    return out;
}

Json render(const Crm& crm, const Payment& payment) {
    return {{"id", payment.id},
            {"destination_id", 1},
            {"payment_method_id", payment.method_id},
            {"amount", number(crm, payment.amount)},
            {"actual_currency", "UAH"},
            {"transaction_uuid", nullptr},
            {"description", payment.description},
            {"status", payment.status},
            {"payment_date", rest_time(crm, payment.date)},
            {"created_at", rest_time(crm, payment.created)},
            {"updated_at", rest_time(crm, payment.created)}};
}

Json render(const Crm& crm, const Expense& expense) {
    return {{"id", expense.id},
            {"expense_type_id", expense.type_id},
            {"amount", number(crm, expense.amount)},
            {"description", expense.description},
            {"status", expense.status},
            {"payment_date", rest_time(crm, expense.date)}};
}

Json render(const Crm& crm, const Status& status) {
    return {{"id", status.id},
            {"name", status.name},
            {"alias", status.alias},
            {"is_active", true},
            {"group_id", status.group},
            {"is_closing_order", status.group >= 5},
            {"is_reserved", status.reserves},
            {"created_at", rest_time(crm, 1)},
            {"updated_at", rest_time(crm, 1)}};
}

Json render(const Crm&, const Source& source) {
    return {{"id", source.id},        {"name", source.name},    {"alias", source.name},  {"driver", source.driver},
            {"source_name", nullptr}, {"source_uuid", nullptr}, {"currency_code", "UAH"}};
}

Json render(const Crm& crm, const Order& order, const std::set<std::string>& includes) {
    Json out{{"id", order.id}, {"parent_id", nullptr}, {"source_uuid", order.source_uuid}};
    out["source_id"] = order.source_id;
    out["status_id"] = order.status_id;
    out["status_group_id"] = crm.status(order.status_id)->group;
    out["grand_total"] = number(crm, crm.grand_total(order));
    out["promocode"] = text_or_null(order.fields, "promocode");
    Decimal full;
    for (const Line& line : order.lines) full += line.price * line.quantity;
    out["total_discount"] = number(crm, full - crm.products_total(order) + order.discount_amount);
    Decimal expenses;
    for (const Expense& expense : order.expenses) expenses += expense.amount;
    out["expenses_sum"] = number(crm, expenses);
    out["shipping_price"] = number(crm, order.shipping_price);
    out["wrap_price"] = number(crm, order.wrap_price);
    out["taxes"] = number(crm, order.taxes);
    for (const char* name : {"manager_comment", "buyer_comment", "gift_message"})
        out[name] = text_or_null(order.fields, name);
    out["is_gift"] = order.fields.value("is_gift", Json(false));
    out["payment_status"] = crm.payment_status(order);
    out["last_synced_at"] = nullptr;
    out["created_at"] = rest_time(crm, order.created);
    out["ordered_at"] = rest_time(crm, order.ordered);
    out["updated_at"] = rest_time(crm, order.updated);
    out["closed_at"] = rest_time(crm, order.closed);
    add_included(crm, order, includes, out);
    return out;
}

Json stock_payload(const Crm& crm, const Offer& offer, const std::set<Id>& only) {
    return {{"offer_id", offer.id},
            {"sku", offer.sku.empty() ? Json() : Json(offer.sku)},
            {"in_stock", number(crm, crm.quantity(offer, only))},
            {"in_reserve", number(crm, crm.reserve(offer, only))}};
}

Json order_context(const Crm& crm, const Order& order) {
    Json out{{"id", order.id}, {"source_uuid", order.source_uuid}, {"global_source_uuid", nullptr}};
    out["status_on_source"] = nullptr;
    out["source_id"] = order.source_id;
    out["client_id"] = order.buyer_id;
    out["grand_total"] = number(crm, crm.grand_total(order));
    out["products_total"] = number(crm, crm.products_total(order));
    out["total_discount"] = number(crm, order.discount_amount);
    out["discount_amount"] = number(crm, order.discount_amount);
    out["discount_percent"] = nullptr;
    out["shipping_price"] = order.shipping_price.fixed(2);  // texts here, whatever REST does
    out["taxes"] = order.taxes.fixed(2);
    out["manager_id"] = nullptr;
    out["status_group_id"] = crm.status(order.status_id)->group;
    out["status_id"] = order.status_id;
    out["status_changed_at"] = webhook_time(order.status_changed);
    out["parent_id"] = nullptr;
    out["manager_comment"] = text_or_null(order.fields, "manager_comment");
    out["client_comment"] = text_or_null(order.fields, "buyer_comment");
    out["promocode"] = text_or_null(order.fields, "promocode");
    out["payment_status"] = crm.payment_status(order);
    out["payments_total"] = number(crm, crm.paid_total(order));
    out["created_at"] = webhook_time(order.created);
    out["updated_at"] = webhook_time(order.updated);
    std::string closed = order.closed == 0 ? "" : kit::iso_seconds(order.closed);
    if (!closed.empty()) closed[10] = ' ';  // the one time without T in this object
    out["closed_at"] = closed.empty() ? Json() : Json(closed);
    out["deleted_at"] = nullptr;
    out["ordered_at"] = webhook_time(order.ordered);
    out["source_updated_at"] = nullptr;
    out["is_expired"] = false;
    out["has_reserves"] = order.hold == Hold::kReserved;
    return out;
}

}  // namespace sandbox::keycrm
