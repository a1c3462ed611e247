// Reading orders and their dictionaries (contract keycrm A3.1, A3.5).
#include "tests/sandbox/keycrm/api.h"
#include "tests/sandbox/keycrm/render.h"

namespace sandbox::keycrm {
namespace {

using kit::PathValues;
using kit::Request;
using kit::Response;

// products.warehouse is refused live.
const std::set<std::string> kIncludes{"attachments",
                                      "attachments.file",
                                      "tags",
                                      "buyer",
                                      "products",
                                      "products.offer",
                                      "manager",
                                      "status",
                                      "payments",
                                      "expenses",
                                      "marketing",
                                      "shipping",
                                      "shipping.last_history",
                                      "shipping.delivery_service",
                                      "custom_fields",
                                      "assigned"};

bool fits(Crm& crm, Filters& filters, const Order& order) {
    const auto buyer = crm.buyers.find(order.buyer_id);
    const auto first = [&](const std::vector<std::string> Buyer::* list) {
        return buyer == crm.buyers.end() || (buyer->second.*list).empty() ? std::string()
                                                                          : (buyer->second.*list).front();
    };
    const std::string uuid = order.source_uuid.is_string() ? order.source_uuid.get<std::string>() : std::string();
    const bool tracked = !text_of(order.shipping, "tracking_code").empty();
    const std::string* has_tracking = filters.text("has_tracking_code");
    // created_between is about ordered_at (the vendor's own note).
    return filters.admits("status_id", std::to_string(order.status_id)) &&
           filters.admits("source_id", std::to_string(order.source_id)) && filters.admits("source_uuid", uuid) &&
           filters.admits("buyer_phone", first(&Buyer::phones)) &&
           filters.admits("buyer_email", first(&Buyer::emails)) &&
           filters.admits("payment_status", crm.payment_status(order)) &&
           filters.admits_time("created_between", order.ordered) &&
           filters.admits_time("updated_between", order.updated) &&
           (has_tracking == nullptr || filters.is_true("has_tracking_code") == tracked);
}

Response list_orders(Crm& crm, const Request& request) {
    const Includes includes = includes_of(request, kIncludes);
    if (includes.problem) return *includes.problem;
    Filters filters(request);
    std::vector<Json> rows;
    for (const auto& [id, order] : crm.orders)
        if (fits(crm, filters, order)) rows.push_back(render(crm, order, includes.names));
    if (const auto unknown = filters.unknown(); unknown && crm.switches.strict_filters)
        return problem(400, "Requested filter(s) `" + *unknown + "` are not allowed.");
    return page_of(request, crm, std::move(rows));
}

Response get_order(Crm& crm, const Request& request, Id id) {
    const Includes includes = includes_of(request, kIncludes);
    if (includes.problem) return *includes.problem;
    const Order* order = crm.order(id);
    return order == nullptr ? problem(404, "Not found") : answer(200, render(crm, *order, includes.names));
}

std::vector<Json> named(const std::vector<Named>& list, const char* extra) {
    std::vector<Json> rows;
    for (const Named& one : list) {
        Json row{{"id", one.id}, {"name", one.name}, {"alias", one.name}, {"is_active", true}};
        if (extra != nullptr) row[extra] = one.extra;
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

void add_order_routes(kit::Router& router, Crm& crm) {
    const auto list = [&](const char* path, auto rows) {
        router.add("GET", path, [&crm, rows](const Request& request, const PathValues&) {
            return page_of(request, crm, rows(crm));
        });
    };
    router.add("GET", "/v1/order",
               [&crm](const Request& request, const PathValues&) { return list_orders(crm, request); });
    router.add("GET", "/v1/order/{id}", [&crm](const Request& request, const PathValues& values) {
        return get_order(crm, request, id_of(values[0]));
    });
    list("/v1/order/status", [](const Crm& account) {
        std::vector<Json> rows;
        rows.reserve(account.statuses.size());
        for (const Status& status : account.statuses) rows.push_back(render(account, status));
        return rows;
    });
    list("/v1/order/source", [](const Crm& account) {
        std::vector<Json> rows;
        rows.reserve(account.sources.size());
        for (const Source& source : account.sources) rows.push_back(render(account, source));
        return rows;
    });
    list("/v1/order/payment-method", [](const Crm& account) { return named(account.payment_methods, nullptr); });
    list("/v1/order/delivery-service",
         [](const Crm& account) { return named(account.delivery_services, "source_name"); });
    list("/v1/order/expense-type", [](const Crm& account) { return named(account.expense_types, nullptr); });
    list("/v1/order/tag", [](const Crm& account) { return named(account.tags, nullptr); });
    list("/v1/order/product-status", [](const Crm&) { return std::vector<Json>{Json{{"id", 1}, {"name", "new"}}}; });
}

}  // namespace sandbox::keycrm
