// Making and changing orders, payments, expenses, tags (contract keycrm A3.2, A3.4, A3.6).
#include <algorithm>

#include "tests/sandbox/keycrm/api.h"
#include "tests/sandbox/keycrm/render.h"
#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

using kit::PathValues;
using kit::Request;
using kit::Response;
using Errors = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kImportMax = 50;

std::int64_t time_or_now(const Crm& crm, const Json& object, const char* name) {
    const auto parsed = kit::parse_time(text_of(object, name));
    return parsed ? parsed->seconds : crm.now();
}

bool known_payment_status(const std::string& status) {
    return status == "paid" || status == "not_paid" || status == "canceled";
}

Id named_or_new(Crm& crm, std::vector<Named>& list, const Json& body, const char* id_name, const char* text_name) {
    if (body.contains(id_name) && body[id_name].is_number_integer()) {
        const Id id = body[id_name].get<Id>();
        return std::ranges::find(list, id, &Named::id) == list.end() ? 0 : id;
    }
    const std::string name = text_of(body, text_name);
    if (name.empty()) return 0;
    const auto found = std::ranges::find(list, name, &Named::name);
    if (found != list.end()) return found->id;
    list.push_back({crm.next_id(), name, ""});
    return list.back().id;
}

// What is wrong with one payment of `at`, if anything; else it is added.
Errors add_payment(Crm& crm, Order& order, const Json& body, const std::string& at, Payment* made = nullptr) {
    const std::string status = body.contains("status") && body["status"].is_string() ? text_of(body, "status") : "paid";
    if (!body.contains("amount")) return {{at + "amount", "The amount field is required."}};
    if (!known_payment_status(status)) return {{at + "status", "The selected status is invalid."}};
    const Id method = named_or_new(crm, crm.payment_methods, body, "payment_method_id", "payment_method");
    if (method == 0) return {{at + "payment_method_id", "The payment method id field is required."}};
    Payment payment{.id = crm.next_id(), .method_id = method, .amount = decimal_of(body, "amount"), .status = status};
    payment.description = text_of(body, "description");
    payment.date = time_or_now(crm, body, "payment_date");
    payment.created = crm.now();
    order.payments.push_back(payment);
    if (made != nullptr) *made = payment;
    return {};
}

Json clean_properties(const Json& row) {
    Json out = Json::array();
    for (const Json& one : row.value("properties", Json::array()))
        if (one.contains("name") && one.contains("value")) out.push_back(one);
    return out;
}

Line line_of(Crm& crm, const Json& row) {
    Line line{.id = crm.next_id(), .sku = text_of(row, "sku"), .name = text_of(row, "name")};
    if (const Offer* offer = crm.offer_by_sku(line.sku)) line.offer_id = offer->id;
    line.price = decimal_of(row, "price");
    line.discount_amount = decimal_of(row, "discount_amount");
    line.discount_percent = decimal_of(row, "discount_percent");
    line.quantity = row.contains("quantity") ? decimal_of(row, "quantity") : Decimal::whole(1);
    for (const char* name : {"purchased_price", "comment", "unit_type", "picture"})
        if (row.contains(name)) line.fields[name] = row[name];
    line.fields["properties"] = clean_properties(row);
    return line;
}

void take_fields(Order& order, const Json& body, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (body.contains(name)) order.fields[name] = body[name];
}

void take_shipping(Order& order, const Json& body) {
    if (!body.contains("shipping") || !body["shipping"].is_object()) return;
    for (const auto& [name, value] : body["shipping"].items()) order.shipping[name] = value;  // a cost in it is lost
}

Id source_of(Crm& crm, const Json& body) {
    if (body.contains("source_id") && body["source_id"].is_number_integer()) return body["source_id"].get<Id>();
    const std::string name = text_of(body, "source_name");
    if (name.empty() || !crm.switches.named_sources) return 0;
    const auto found = std::ranges::find(crm.sources, name, &Source::name);
    if (found != crm.sources.end()) return found->id;
    crm.sources.push_back({crm.next_id(), name, "other", std::nullopt});
    return crm.sources.back().id;
}

const Order* duplicate_of(const Crm& crm, Id source, const Json& uuid) {
    if (!uuid.is_string()) return nullptr;
    for (const auto& [id, order] : crm.orders)
        if (order.source_id == source && order.source_uuid == uuid) return &order;
    return nullptr;
}

Response make_order(Crm& crm, const Json& body) {
    Errors errors;
    const Id source = source_of(crm, body);
    if (source == 0) errors.emplace_back("source_id", "The source id field is required.");
    if (source != 0 && crm.source(source) == nullptr)
        errors.emplace_back("source_id", "The selected source id is invalid.");
    const Json buyer = body.value("buyer", Json());
    if (!buyer.is_object() || text_of(buyer, "full_name").empty())
        errors.emplace_back("buyer.full_name", "The buyer.full name field is required.");
    const Json uuid = body.contains("source_uuid") && body["source_uuid"].is_string() ? body["source_uuid"] : Json();
    if (crm.switches.dedupe != "create")
        if (const Order* twin = duplicate_of(crm, source, uuid)) {
            if (crm.switches.dedupe == "return_existing") return answer(201, render(crm, *twin, {}));
            errors.emplace_back("source_uuid", "The source uuid has already been taken.");
        }
    Order order{.id = crm.next_id(), .source_id = source, .source_uuid = uuid};
    std::size_t index = 0;
    for (const Json& payment : body.value("payments", Json::array()))
        for (auto& error : add_payment(crm, order, payment, "payments." + std::to_string(index++) + "."))
            errors.push_back(std::move(error));
    if (!errors.empty()) return invalid(errors);

    order.created = order.updated = order.status_changed = crm.now();
    order.ordered = time_or_now(crm, body, "ordered_at");
    take_fields(order, body,
                {"buyer_comment", "manager_comment", "manager_id", "promocode", "is_gift", "gift_wrap", "gift_message",
                 "custom_fields"});
    take_shipping(order, body);
    order.marketing = body.value("marketing", Json::object());
    order.discount_amount = decimal_of(body, "discount_amount");
    order.discount_percent = decimal_of(body, "discount_percent");
    order.shipping_price = decimal_of(body, "shipping_price");
    order.wrap_price = decimal_of(body, "wrap_price");
    order.taxes = decimal_of(body, "taxes");
    for (const Json& row : body.value("products", Json::array())) order.lines.push_back(line_of(crm, row));
    order.buyer_id = crm.buyer_for(text_of(buyer, "full_name"), text_of(buyer, "email"), text_of(buyer, "phone")).id;
    const Id status =
        body.contains("status_id") && body["status_id"].is_number_integer() ? body["status_id"].get<Id>() : 0;
    if (crm.switches.status_on_create && crm.status(status) != nullptr) order.status_id = status;
    Order& stored = crm.orders[order.id] = std::move(order);
    crm.settle_stock(stored);
    // A trigger on "new" tells of an order that was made.
    if (crm.notify) crm.notify({.event = "order.change_order_status", .id = stored.id, .status_id = stored.status_id});
    return answer(201, render(crm, stored, {}));
}

Response import_orders(Crm& crm, const Request& request) {
    const auto body = body_of(request);
    if (!body || !body->contains("orders") || (*body)["orders"].size() > kImportMax)
        return invalid({{"orders", "The orders field is required."}});
    for (const Json& order : (*body)["orders"]) make_order(crm, order);
    return answer(201, Json::array());
}

Line* line_named(Order& order, const Json& row) {
    const auto found = std::ranges::find_if(order.lines, [&](const Line& line) {
        if (row.contains("id") && row["id"].is_number_integer()) return line.id == row["id"].get<Id>();
        return !line.sku.empty() && line.sku == text_of(row, "sku");
    });
    return found == order.lines.end() ? nullptr : &*found;
}

void change_line(Line& line, const Json& row) {
    if (row.contains("price")) line.price = decimal_of(row, "price");
    if (row.contains("discount_amount")) line.discount_amount = decimal_of(row, "discount_amount");
    if (row.contains("discount_percent")) line.discount_percent = decimal_of(row, "discount_percent");
    if (row.contains("quantity")) line.quantity = decimal_of(row, "quantity");
    if (row.contains("name") && !line.offer_id) line.name = text_of(row, "name");
    for (const char* name : {"comment", "purchased_price", "product_status_id"})
        if (row.contains(name)) line.fields[name] = row[name];
}

Response update_order(Crm& crm, const Request& request, Id id) {
    Order* order = crm.order(id);
    const auto body = body_of(request);
    if (order == nullptr) return problem(404, "Not found");
    if (!body) return invalid({{"status_id", "The status id must be an integer."}});
    const Json shipping = body->value("shipping", Json::object());
    if (shipping.is_object() && shipping.contains("tracking_code") &&
        !text_of(order->shipping, "tracking_code").empty())
        return invalid({{"shipping.tracking_code", "The tracking code is already set."}});
    Id status = order->status_id;
    if (body->contains("status_id")) {
        if (!(*body)["status_id"].is_number_integer() || crm.status((*body)["status_id"].get<Id>()) == nullptr)
            return invalid({{"status_id", "The selected status id is invalid."}});
        status = (*body)["status_id"].get<Id>();
    }
    const std::string paid_before = crm.payment_status(*order);
    take_fields(*order, *body, {"buyer_comment", "manager_comment", "custom_fields"});
    take_shipping(*order, *body);
    if (body->contains("discount_amount")) order->discount_amount = decimal_of(*body, "discount_amount");
    if (body->contains("discount_percent")) order->discount_percent = decimal_of(*body, "discount_percent");
    if (body->contains("products")) {
        crm.release(*order);
        for (const Json& row : (*body)["products"])
            if (Line* line = line_named(*order, row)) change_line(*line, row);  // new ones are not added
        crm.settle_stock(*order);
    }
    crm.touch(*order);
    crm.set_status(*order, status);
    crm.note_payment(*order, paid_before);
    return answer(202, render(crm, *order, {}));
}

Response create_payment(Crm& crm, const Request& request, Id id) {
    Order* order = crm.order(id);
    const auto body = body_of(request);
    if (order == nullptr) return problem(404, "Not found");
    const std::string before = crm.payment_status(*order);
    Payment made;
    const Errors errors = add_payment(crm, *order, body.value_or(Json::object()), "", &made);
    if (!errors.empty()) return invalid(errors);
    crm.touch(*order);
    crm.note_payment(*order, before);
    return answer(201, render(crm, made));
}

Response update_payment(Crm& crm, const Request& request, Id id, Id payment_id) {
    Order* order = crm.order(id);
    const auto body = body_of(request);
    if (order == nullptr || !body) return problem(404, "Not found");
    const auto found = std::ranges::find(order->payments, payment_id, &Payment::id);
    if (found == order->payments.end()) return problem(404, "Not found");
    const std::string before = crm.payment_status(*order);
    if (body->contains("status")) {
        if (!known_payment_status(text_of(*body, "status")))
            return invalid({{"status", "The selected status is invalid."}});
        found->status = text_of(*body, "status");
    }
    if (body->contains("description")) found->description = text_of(*body, "description");
    crm.touch(*order);
    crm.note_payment(*order, before);
    return answer(202, render(crm, *found));
}

Response create_expense(Crm& crm, const Request& request, Id id) {
    Order* order = crm.order(id);
    const auto body = body_of(request);
    if (order == nullptr) return problem(404, "Not found");
    if (!body || !body->contains("amount")) return invalid({{"amount", "The amount field is required."}});
    const Id type = named_or_new(crm, crm.expense_types, *body, "expense_type_id", "expense_type");
    if (type == 0) return invalid({{"expense_type_id", "The expense type id field is required."}});
    Expense expense{.id = crm.next_id(), .type_id = type, .amount = decimal_of(*body, "amount"), .status = "paid"};
    expense.description = text_of(*body, "description");
    expense.date = time_or_now(crm, *body, "payment_date");
    order->expenses.push_back(expense);
    crm.touch(*order);
    return answer(201, render(crm, expense));
}

Response update_expense(Crm& crm, const Request& request, Id id, Id expense_id) {
    Order* order = crm.order(id);
    const auto body = body_of(request);
    if (order == nullptr || !body) return problem(404, "Not found");
    const auto found = std::ranges::find(order->expenses, expense_id, &Expense::id);
    if (found == order->expenses.end()) return problem(404, "Not found");
    if (body->contains("status")) found->status = text_of(*body, "status");
    if (body->contains("description")) found->description = text_of(*body, "description");
    crm.touch(*order);
    return answer(202, render(crm, *found));
}

Response tag_order(Crm& crm, const Request& request, Id id, Id tag) {
    Order* order = crm.order(id);
    const bool known = std::ranges::find(crm.tags, tag, &Named::id) != crm.tags.end();
    if (order == nullptr || !known) return problem(404, "Not found");
    if (request.method == "POST") {
        order->tags.insert(tag);
        return answer(202, Json{{"status", true}});
    }
    return order->tags.erase(tag) == 0 ? problem(400, "Tag is not attached") : answer(204, {});
}

}  // namespace

void add_order_write_routes(kit::Router& router, Crm& crm) {
    const auto of_id = [&](const char* method, const char* path, Response (*run)(Crm&, const Request&, Id)) {
        router.add(method, path, [&crm, run](const Request& request, const PathValues& values) {
            return run(crm, request, id_of(values[0]));
        });
    };
    const auto of_two = [&](const char* method, const char* path, Response (*run)(Crm&, const Request&, Id, Id)) {
        router.add(method, path, [&crm, run](const Request& request, const PathValues& values) {
            return run(crm, request, id_of(values[0]), id_of(values[1]));
        });
    };
    router.add("POST", "/v1/order", [&crm](const Request& request, const PathValues&) {
        return make_order(crm, body_of(request).value_or(Json::object()));
    });
    router.add("POST", "/v1/order/import",
               [&crm](const Request& request, const PathValues&) { return import_orders(crm, request); });
    of_id("PUT", "/v1/order/{id}", update_order);
    of_id("POST", "/v1/order/{id}/payment", create_payment);
    of_two("PUT", "/v1/order/{id}/payment/{id}", update_payment);
    of_id("POST", "/v1/order/{id}/expense", create_expense);
    of_two("PUT", "/v1/order/{id}/expense/{id}", update_expense);
    of_two("POST", "/v1/order/{id}/tag/{id}", tag_order);
    of_two("DELETE", "/v1/order/{id}/tag/{id}", tag_order);
}

}  // namespace sandbox::keycrm
