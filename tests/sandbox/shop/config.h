// The shop's settings: from the command line, some changeable over the control port. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sandbox/kit/decimal.h"

namespace sandbox::shop {

struct ApiKey {
    std::string key;
    std::string secret;
    bool read = true;
    bool write = true;
};

struct ShopConfig {
    std::string name = "shop";
    // The address that the shop believes it has, without a trailing slash; links and OAuth signatures are built from
    // it.
    std::string home_url = "http://127.0.0.1";
    std::vector<ApiKey> keys;
    bool basic_over_http = false;

    std::string currency = "RSD";
    int price_places = 2;
    kit::Decimal tax_percent = kit::Decimal::whole(20);
    std::string tax_country = "RS";
    std::string tax_name = "PDV";
    bool prices_include_tax = true;
    // The site's zone as a fixed offset; the sandbox knows no summer time.
    int site_offset_minutes = 60;
    std::string timezone_string = "Europe/Belgrade";  // empty: the site has only an offset

    std::string weight_unit = "kg";
    std::string dimension_unit = "cm";

    std::string version = "11.0.1";
    std::string wordpress_version = "7.0.4";
    bool pretty_permalinks = true;      // else the REST API is only there as ?rest_route=
    bool strip_authorization = false;  // as hosts do that run PHP as CGI
    std::vector<std::string> payment_gateways{"cod", "bacs"};  // that are switched on
    std::vector<std::string> more_statuses;                    // that a plugin adds to the shop's own
    bool global_variations_route = true;  // GET /variations, from 10.3 on
    int max_batch_items = 100;

    int latency_ms = 0;       // per request
    int item_latency_ms = 0;  // per item of a batch
    int webhook_delay_ms = 0;
    int webhook_tick_ms = 0;  // 60000 = deliveries wait for the next full minute, as WP-Cron has it
    int webhook_threads = 4;
    std::string webhook_ca_file;

    std::int64_t site_offset_seconds() const { return std::int64_t{site_offset_minutes} * 60; }
};

}  // namespace sandbox::shop
