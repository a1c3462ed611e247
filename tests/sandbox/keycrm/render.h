// The account as the API shows it.  Pure functions over a locked Crm.
#pragma once

#include "tests/sandbox/keycrm/crm.h"

namespace sandbox::keycrm {

Json number(const Crm& crm, Decimal value);
Json rest_time(const Crm& crm, std::int64_t seconds);  // null when 0
std::string webhook_time(std::int64_t seconds);

Json render(const Crm& crm, const Product& product);
Json render(const Crm& crm, const Offer& offer, bool with_product);
Json render_stock(const Crm& crm, const Offer& offer, bool details);
Json render(const Crm& crm, const Buyer& buyer);
Json render(const Crm& crm, const Payment& payment);
Json render(const Crm& crm, const Expense& expense);
Json render(const Crm& crm, const Status& status);
Json render(const Crm& crm, const Source& source);
// `includes`: in snake case, "products.offer" as it is.
Json render(const Crm& crm, const Order& order, const std::set<std::string>& includes);

Json stock_payload(const Crm& crm, const Offer& offer, const std::set<Id>& warehouses);
Json order_context(const Crm& crm, const Order& order);

}  // namespace sandbox::keycrm
