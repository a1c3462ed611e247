// The settings of one shop's connection.  A value; parsing does no I/O but reading the references to secrets.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/config/schema.h"
#include "common/core/secret.h"

namespace shopwire::woocommerce {

// The shop refuses more than 100 rows in a page and more than 100 items in a batch (contract woocommerce 4 and 7).
constexpr int kPageMin = 10;  // scans read some rows twice and must still get on
constexpr int kPageMax = 100;
constexpr int kBatchMax = 100;

struct Settings {
    std::string base_url{};
    std::string auth = "basic";
    std::string consumer_key{};
    Secret consumer_secret{};
    std::string ca_file{};
    bool verify_tls = true;
    bool webhooks = true;
    std::vector<Secret> webhook_secrets{};
    int page_size = kPageMax;
    int batch_size = kBatchMax;
    std::chrono::milliseconds overlap{60'000};
    std::chrono::milliseconds orders_first_read{30LL * 24 * 3600 * 1000};
    std::chrono::milliseconds read_timeout{60'000};
    std::chrono::milliseconds write_timeout{150'000};
    bool stale_check = true;
    std::vector<std::string> stock_statuses{"processing", "on-hold", "completed"};
    std::vector<std::string> tax_id_keys{"_billing_pib", "billing_pib", "_billing_vat_number", "_vat_number"};
    std::vector<std::string> company_keys{};
    std::string currency{};
    std::string customer_id_key = "_shopwire_customer_id";
    std::string purchase_price_key = "_shopwire_purchase_price";
    std::vector<std::string> tracking_number_keys{"_shopwire_tracking_number"};
    std::vector<std::string> tracking_carrier_keys{"_shopwire_tracking_carrier"};
    std::vector<std::string> tracking_url_keys{"_shopwire_tracking_url"};
    std::string categories = "tree";
    std::string trashed = "draft";
    bool replace_images = false;
    bool group_by_model = false;
    bool new_products_sold_out = true;
};

const config::Schema<Settings>& settings_schema();

}  // namespace shopwire::woocommerce
