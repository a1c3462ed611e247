// Settings of one connection to KeyCRM.  A value; parsing does no I/O but reading the references to secrets.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/config/schema.h"
#include "common/core/secret.h"

namespace shopwire::keycrm {

using Ids = std::map<std::string, std::int64_t>;  // the shop's word to KeyCRM's id

struct Settings {
    std::string base_url = "https://openapi.keycrm.app/v1";
    Secret api_key{};
    std::string ca_file{};
    std::vector<Secret> webhook_secrets{};  // last part of our address; none: no webhooks are taken
    bool confirm_webhooks = true;

    std::int64_t source_id = 0;  // 0: this connection has no orders
    Ids sources{};               // by the shop's connection, where it is not source_id
    Ids statuses{};              // by the shop's status
    std::int64_t cancel_status_id = 19;
    std::int64_t create_status_id = 0;
    std::string unreserved_orders = "refuse";  // where new orders start in a status that reserves nothing
    Ids payment_methods{};       // by the shop's method
    std::int64_t payment_method_id = 0;
    Ids delivery_services{};     // by the shop's shipping method
    std::vector<std::string> currencies{"UAH"};
    std::string line_discount = "per_unit";
    std::string taxes = "in_prices";
    bool check_skus = false;
    std::vector<std::string> update{"status", "payments", "lines", "shipping", "comment"};
    std::string refund_as = "expense";
    std::int64_t expense_type_id = 0;
    std::string expense_type = "Refund";
    std::map<std::string, std::string> calling_codes{{"UA", "380"}};

    std::vector<std::int64_t> warehouses{};  // that are read; none: all
    std::int64_t warehouse_id = 0;           // that is written; 0: stock is not written
    std::string stock_basis = "free";
    std::string currency = "UAH";
    bool prices_include_tax = true;
    bool purchase_prices = false;

    std::chrono::milliseconds overlap{600'000};
    std::chrono::milliseconds first_read{86'400'000};
    std::chrono::milliseconds send_within{60'000};
    std::chrono::milliseconds timeout{30'000};

    bool updates(std::string_view part) const;
    // Of the shop where the order was placed; 0: none.
    std::int64_t source_of(const std::string& order_connection) const;
    // Every source whose orders are ours.
    std::vector<std::int64_t> all_sources() const;
    bool is_ours(std::string_view source_id) const;
};

const config::Schema<Settings>& settings_schema();

}  // namespace shopwire::keycrm
