#include "tests/sandbox/solteq/sales.h"

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::solteq {
namespace {

using kit::Decimal;

const Decimal kCent = *Decimal::parse("0.01");

Decimal amount(const Json& row, const char* name) {
    const auto found = row.find(name);
    return found == row.end() ? Decimal{} : decimal_of(*found).value_or(Decimal{});
}

Decimal size_of(Decimal value) { return value.is_negative() ? -value : value; }

bool near(Decimal left, Decimal right) { return size_of(left - right) <= kCent; }

bool is_date(const std::string& text) { return text.size() == 10 && kit::parse_time(text + "T00:00:00").has_value(); }

Outcome<void> check_row(const World& world, const Json& row, const std::string& at, bool negative) {
    if (world.product_by_sku(text_of(row, "sku")) == nullptr) return refuse(at + ".sku", "Unknown SKU");
    const Decimal quantity = amount(row, "quantity");
    if (quantity.is_zero() || quantity.is_negative() != negative) return refuse(at + ".quantity", "Wrong sign");
    const Decimal price = amount(row, "unitPrice");
    if (price.is_negative()) return refuse(at + ".unitPrice", "Must not be negative");
    const Decimal total = amount(row, "rowTotal");
    if (!near((price * quantity).rounded(2) - amount(row, "discountAmount"), total))
        return refuse(at + ".rowTotal", "Is not quantity x unitPrice - discountAmount");
    if (!row.contains("vatRate")) return refuse(at + ".vatRate", "Is required");
    const Decimal divisor = Decimal::whole(1) + amount(row, "vatRate") / Decimal::whole(100);
    if (!near((total - total / divisor).rounded(2), amount(row, "vatAmount")))
        return refuse(at + ".vatAmount", "Is not rowTotal - rowTotal / (1 + vatRate)");
    return {};
}

Outcome<void> check_head(const World& world, const Json& order, bool refund) {
    if (text_of(order, "externalId").empty()) return refuse("externalId", "Is required");
    if (!world.stores.contains(text_of(order, "storeId"))) return refuse("storeId", "Unknown store");
    if (!is_date(text_of(order, "businessDate"))) return refuse("businessDate", "Must be a date");
    if (text_of(order, "createdAt").empty()) return refuse("createdAt", "Is required");
    if (text_of(order, "currency") != "EUR") return refuse("currency", "The company trades in EUR");
    const std::string customer = text_of(order, "customerId");
    if (!customer.empty() && !world.customers.contains(customer)) return refuse("customerId", "Unknown customer");
    if (refund && world.order_by_external_id(text_of(order, "originalExternalId")) == nullptr)
        return refuse("originalExternalId", "Unknown order");
    if (!order.contains("rows") || !order["rows"].is_array() || order["rows"].empty())
        return refuse("rows", "At least one row is required");
    return {};
}

// Pieces of each SKU that the sale had and its refunds took.
Decimal left_to_refund(const World& world, const std::string& original, const std::string& sku) {
    Decimal left;
    for (const Json& order : world.orders) {
        const bool sale = text_of(order, "externalId") == original;
        if (!sale && text_of(order, "originalExternalId") != original) continue;
        for (const Json& row : order["rows"]) {
            if (text_of(row, "sku") != sku) continue;
            const Decimal pieces = size_of(amount(row, "quantity"));
            left = sale ? left + pieces : left - pieces;
        }
    }
    return left;
}

Outcome<void> check_refund_rows(const World& world, const Json& order) {
    for (const Json& row : order["rows"]) {
        const Json* product = world.product_by_sku(text_of(row, "sku"));
        if (product == nullptr || text_of(*product, "type") == "serviceProduct") continue;
        if (left_to_refund(world, text_of(order, "originalExternalId"), text_of(row, "sku")) <
            size_of(amount(row, "quantity")))
            return refuse("rows.quantity", "More than was sold");
    }
    return {};
}

Outcome<void> check_sums(const Json& order) {
    Decimal total;
    Decimal vat;
    Decimal paid;
    for (const Json& row : order["rows"]) {
        total += amount(row, "rowTotal");
        vat += amount(row, "vatAmount");
    }
    if (!(total == amount(order, "total"))) return refuse("total", "Is not the sum of the rows");
    if (!(vat == amount(order, "totalVat"))) return refuse("totalVat", "Is not the sum of the rows");
    for (const Json& payment : order.value("payments", Json::array())) {
        if (text_of(payment, "type").empty()) return refuse("payments.type", "Is required");
        paid += amount(payment, "amount");
    }
    if (!(paid == total)) return refuse("payments", "The order is not fully paid");
    return {};
}

}  // namespace

Outcome<Json> post_order(World& world, const Json& order) {
    const bool refund = text_of(order, "orderType") == "refund";
    if (!refund && text_of(order, "orderType") != "sale") return refuse("orderType", "Must be sale or refund");
    if (auto ok = check_head(world, order, refund); !ok) return std::unexpected(ok.error());
    if (world.settings.duplicate_check && world.order_by_external_id(text_of(order, "externalId")) != nullptr)
        return refuse("externalId", "An order with this external id exists", 409);
    const bool negative = refund && !world.settings.refund_positive;
    int number = 0;
    for (const Json& row : order["rows"]) {
        if (auto ok = check_row(world, row, "rows[" + std::to_string(number++) + "]", negative); !ok)
            return std::unexpected(ok.error());
    }
    if (auto ok = check_sums(order); !ok) return std::unexpected(ok.error());
    if (refund) {
        if (auto ok = check_refund_rows(world, order); !ok) return std::unexpected(ok.error());
    }
    Json kept = order;
    kept["id"] = world.next_id("o-");
    if (!kept.contains("orderNumber")) kept["orderNumber"] = kept["id"];
    for (const Json& row : order["rows"]) {
        const Decimal pieces = size_of(amount(row, "quantity"));
        world.move_stock(text_of(order, "storeId"), *world.product_by_sku(text_of(row, "sku")),
                         refund ? -pieces : pieces);
    }
    world.orders.push_back(kept);
    world.order_times_us.push_back(kit::now_micros());
    world.note(refund ? "refund_created" : "order_created", {{"id", kept["id"]}, {"externalId", kept["externalId"]}});
    return kept;
}

}  // namespace sandbox::solteq
