// Settings of one connection to Solteq Commerce Cloud.  A value; parsing does no network I/O.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/config/schema.h"
#include "common/core/secret.h"
#include "common/dialect/dialect.h"

namespace shopwire::solteq {

struct Settings {
    std::string dialect = "solteq-rest";  // a name that is built in, or a file's path
    std::string environment = "production";
    std::string base_url{};               // always filled after parsing, as the next one
    std::string identity_url{};
    std::string client_id{};
    Secret client_secret{};
    std::string client_authentication = "body";
    bool token_per_scope = false;
    std::string time_zone = "Europe/Helsinki";
    std::string web_store_id{};
    std::string currency = "EUR";

    bool prices_include_vat = true;
    bool publish_purchase_price = false;
    std::vector<std::string> product_kinds{"basic", "variant", "model", "giftCard", "deposit"};
    std::vector<std::string> stores{};    // whose balances are read; always filled after parsing
    std::string balance_scope = "sum";
    std::chrono::milliseconds since_overlap{300'000};

    bool campaign_subcategories = true;
    std::string campaign_precedence = "lowest_price";
    std::string valid_to_is = "inclusive_day";
    std::string discount_source = "campaigns_then_product";

    std::string customer_master = "solteq";
    std::chrono::milliseconds conflict_window{900'000};
    bool match_by_phone = true;
    std::string invalid_tax_code = "reject";
    bool export_guests = false;

    bool export_orders = true;
    bool only_paid = true;
    std::string end_of_business_day = "00:00";
    std::string channel = "WooCommerce";
    std::map<std::string, std::string> payment_types{};
    std::string payment_type_default = "Other";
    std::string invoice_payment_type = "Invoice";
    bool invoice_needs_credit = true;
    std::string shipping_sku{};
    std::string fee_sku{};
    std::string refund_sku{};
    std::vector<std::string> special_skus{};
    bool export_special_types = false;
    std::string refund_sign = "negative";
    std::string order_changes = "reject";
    int note_max_length = 500;
    bool lookup_reliable = true;

    std::string message_auth = "off";
    std::vector<Secret> message_secrets{};
    std::string message_signature_header = "X-Signature";
    std::string company_id{};

    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{60'000};
    int page_size = 0;
    std::string ca_file{};
};

const config::Schema<Settings>& settings_schema();

// Settings whose dialect is known and right, with the connection's own settings put into it.
struct Parsed {
    Settings settings{};
    std::optional<dialect::Dialect> dialect{};
};
Parsed parse_settings(const config::Node& node, config::Problems& problems);

// What a dialect of this connector may name.
const dialect::Vocabulary& vocabulary();

std::span<const dialect::BuiltIn> built_in_dialects();

}  // namespace shopwire::solteq
