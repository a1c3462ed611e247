// Settings of one connection to Logistos.  A value; parsing does no network I/O.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/config/schema.h"
#include "common/core/secret.h"
#include "common/dialect/dialect.h"

namespace shopwire::logistos {

// The store as Logistos shall know it: where parcels are picked up.
struct StoreInfo {
    std::string name{}, address{}, address_2{}, city{}, state{}, postcode{}, phone{};
    std::string country = "IN";
};

// What a line has when its order does not tell: texts like "500 g" and "12 in".
struct DefaultMeasures {
    std::string weight{}, length{}, width{}, height{};
};

struct Settings {
    std::string dialect = "logistos-flat";  // a name that is built in, or a file's path
    std::string base_url{};                 // empty: the dialect's
    std::string store_url{};                // host in lower case, no slash at the end, after parsing
    std::string integration = "connect";    // connect, disconnect, off
    Secret consumer_key{};                  // of the shop, for Logistos alone
    Secret consumer_secret{};
    Secret api_token{};
    std::string token_header{};
    bool trailing_slash = false;
    StoreInfo store{};
    std::vector<std::string> statuses{"processing", "completed"};
    bool require_paid = true;
    bool resend_on_change = false;
    std::vector<std::string> cod_methods{"cod"};
    std::vector<std::string> currencies{"INR"};
    DefaultMeasures default_measures{};
    std::string missing_measures = "leave_out";
    Secret seller_email{};
    Secret seller_password{};
    std::chrono::milliseconds token_life{std::chrono::hours(47)};
    std::string tracking_url{};
    std::vector<std::string> final_statuses{"DELIVERED", "RTO_DELIVERED", "LOST", "DAMAGED", "CANCELLED"};
    int under_way_max = 2'000;
    std::chrono::milliseconds track_for{std::chrono::hours(60 * 24)};
    std::chrono::milliseconds list_overlap{std::chrono::hours(6)};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{60'000};
    std::string ca_file{};
};

const config::Schema<Settings>& settings_schema();

// Settings whose dialect is known and right.
struct Parsed {
    Settings settings{};
    std::optional<dialect::Dialect> dialect{};
};
Parsed parse_settings(const config::Node& node, config::Problems& problems);

// What a dialect of this connector may name: `shopwire dialect check` asks it too.
const dialect::Vocabulary& vocabulary();

std::span<const dialect::BuiltIn> built_in_dialects();

// Scheme and host in lower case, no slash at the end: what Logistos knows a store by.
std::string normalize_store(std::string_view url);

}  // namespace shopwire::logistos
