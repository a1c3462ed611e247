#include "tests/sandbox/shop/customers.h"

#include "tests/sandbox/shop/list_query.h"
#include "tests/sandbox/shop/order_write.h"
#include "tests/sandbox/shop/product_write.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

const ListRules& customer_list_rules() {
    static const ListRules rules{.orderby = {"id", "include", "name", "registered_date"},
                                 .default_orderby = "name",
                                 .default_order = "asc",
                                 .dates = false};
    return rules;
}

// The key order of a customer's addresses is not that of an order's (capture customer-create-201).
Json customer_address(bool billing) {
    Json out = Json::object();
    for (const char* key :
         {"first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state"}) {
        out[key] = "";
    }
    if (billing) out["email"] = "";
    out["phone"] = "";
    return out;
}

std::unexpected<ApiError> invalid_id() { return fail(404, "wc_user_invalid_id", "Invalid user ID."); }

std::string display_name(const Customer& customer) {
    const auto name = customer.first_name + " " + customer.last_name;
    return kit::lower(name == " " ? customer.username : name);
}

void apply(Context& context, Customer& customer, const Json& body) {
    customer.first_name = text_or(body, "first_name", customer.first_name);
    customer.last_name = text_or(body, "last_name", customer.last_name);
    if (has_value(body, "billing")) merge_address(customer.billing, body.at("billing"));
    if (has_value(body, "shipping")) merge_address(customer.shipping, body.at("shipping"));
    apply_meta(context.store, customer.meta, body);
}

Outcome<void> check_new(Store& store, const std::string& email, const std::string& username) {
    if (email.find('@') == std::string::npos) return fail(400, "customer_invalid_email", "Invalid email address");
    if (store.customer_by_email(email) != nullptr) {
        return fail(
            400, "registration-error-email-exists",
            "An account is already registered with " + email + ". Please log in or use a different email address.");
    }
    const auto taken = [&](const auto& entry) { return !username.empty() && entry.second.username == username; };
    if (!username.empty() && std::ranges::any_of(store.customers, taken)) {
        return fail(400, "registration-error-username-exists",
                    "An account is already registered with that username. Please choose another.");
    }
    return {};
}

}  // namespace

kit::Response Customers::list(const kit::Request& request) {
    auto& store = context_.store;
    const auto config = store.config();
    const auto query = parse_list(request, config, customer_list_rules());
    if (!query) return query.error().response();
    const std::scoped_lock lock(store.mutex);
    const auto* email = request.query_value("email");
    std::vector<Customer*> rows;
    const auto* role = request.query_value("role");
    const std::string wanted_role = role == nullptr || role->empty() ? "customer" : *role;
    const auto take = [&](Customer& customer) {
        if (wanted_role != "all" && customer.role != wanted_role) return;
        if (email != nullptr && !email->empty() && kit::lower(customer.email) != kit::lower(*email)) return;
        if (!query->include.empty() && std::ranges::find(query->include, customer.id) == query->include.end()) return;
        if (std::ranges::find(query->exclude, customer.id) != query->exclude.end()) return;
        const auto text =
            kit::lower(customer.email + " " + customer.username + " " + customer.first_name + " " + customer.last_name);
        if (query->search.empty() || text.find(query->search) != std::string::npos) rows.push_back(&customer);
    };
    if (email != nullptr && !email->empty()) {
        if (auto* found = store.customer_by_email(*email); found != nullptr) take(*found);
    } else {
        for (auto& [id, customer] : store.customers) take(customer);
    }
    const auto total = rows.size();
    const auto page = page_of(std::move(rows), *query, [&](const Customer& a, const Customer& b) {
        if (query->orderby == "name") return std::pair{display_name(a), a.id} < std::pair{display_name(b), b.id};
        if (query->orderby == "registered_date") return std::pair{a.created, a.id} < std::pair{b.created, b.id};
        return a.id < b.id;
    });
    std::vector<std::string> texts;
    std::vector<const std::string*> pointers;
    texts.reserve(page.size());
    pointers.reserve(page.size());
    for (const auto* customer : page) texts.push_back(wire_text(customer_json(config, *customer)));
    for (const auto& text : texts) pointers.push_back(&text);
    return list_response(request, config, *query, total, array_of(pointers, query->fields));
}

Answer Customers::get(std::int64_t id) {
    const std::scoped_lock lock(context_.store.mutex);
    const auto* customer = context_.store.customer(id);
    if (customer == nullptr) return invalid_id();
    return wire_text(customer_json(context_.store.config(), *customer));
}

Answer Customers::create(const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (!has_value(body, "email")) return std::unexpected(missing_params({"email"}));
        if (auto checked = validate(customer_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    const auto email = text_or(body, "email", "");
    const auto username = text_or(body, "username", "");
    if (auto checked = check_new(store, email, username); !checked) return std::unexpected(checked.error());
    if (store.customers.size() >= Store::kMaxCustomers)
        return fail(500, "internal_server_error", "The sandbox is full.");
    Customer fresh;
    fresh.id = store.next_customer_id();
    fresh.created = store.clock();
    fresh.modified = fresh.created;
    fresh.email = email;
    fresh.username = username.empty() ? email.substr(0, email.find('@')) : username;
    fresh.billing = customer_address(true);
    fresh.shipping = customer_address(false);
    apply(context_, fresh, body);
    const auto& customer = store.add_customer(std::move(fresh));
    context_.hooks.event("customer.created", customer.id);
    context_.hooks.event("customer.updated", customer.id);
    return wire_text(customer_json(store.config(), customer));
}

Answer Customers::update(std::int64_t id, const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate(customer_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* customer = store.customer(id);
    if (customer == nullptr) return invalid_id();
    const auto email = text_or(body, "email", customer->email);
    const auto* owner = store.customer_by_email(email);
    if (email.find('@') == std::string::npos || (owner != nullptr && owner->id != id)) {
        return fail(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.");
    }
    if (email != customer->email) store.rename_email(*customer, email);
    apply(context_, *customer, body);
    customer->modified = store.clock();
    context_.hooks.event("customer.updated", id);
    return wire_text(customer_json(store.config(), *customer));
}

Answer Customers::remove(std::int64_t id, bool force) {
    if (!force) return fail(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.");
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    const auto* customer = store.customer(id);
    if (customer == nullptr) return invalid_id();
    auto text = wire_text(customer_json(store.config(), *customer));
    store.remove_customer(id);
    context_.hooks.event("customer.deleted", id);
    return text;
}

}  // namespace sandbox::shop
