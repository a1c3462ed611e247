// An order as KeyCRM holds it, and what a changed order of the shop means for it.  Values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json/value.h"
#include "services/keycrm/draft.h"

namespace shopwire::keycrm {

constexpr std::string_view kStateIncludes = "products,payments,shipping";

struct OrderState {
    std::string id{};
    std::string status_id{};
    std::int64_t status_group = 0;
    Decimal total{};
    Decimal discount{};
    std::string buyer_comment{};
    std::string manager_comment{};
    struct Line {
        std::string id{};  // may be missing: then the SKU names it
        std::string sku{};
        std::string name{};
        Decimal price{};
        Decimal discount{};
        Decimal quantity{};
    };
    std::vector<Line> lines{};
    struct Payment {
        std::string id{};
        std::string status{};
        Decimal amount{};
    };
    std::vector<Payment> payments{};
    json::Value shipping{};  // points into the document
};

Result<OrderState> order_state(json::Value order);

// Members of a PUT, and what it cannot say.
struct OrderChange {
    std::string body{};                   // empty: nothing to write
    std::vector<std::string> remarks{};
};
// `status_id`: 0 leaves it.
OrderChange plan_change(const OrderState& state, const Draft& draft, const events::v1::Order& order,
                        std::int64_t status_id, const Settings& settings);

// What the payments of an order that was paid in the shop lack.
struct PaymentChange {
    std::string settle_id{};       // a payment that was announced and is paid now
    std::optional<Decimal> add{};  // or a new one
    std::string remark{};
};
PaymentChange plan_payment(const OrderState& state, const events::v1::Order& order);

}  // namespace shopwire::keycrm
