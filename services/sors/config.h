// Settings of one connection to SORS.  A value; parsing does no network I/O.
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

namespace shopwire::sors {

// A business year is a database of its own (contract sors 2.7).  Dates are YYYY-MM-DD, inclusive; empty: open.
struct DatabasePeriod {
    std::string database{};
    std::string valid_from{};
    std::string valid_to{};
};

// Kinds 4 and 5 cannot be told from data: a list or a word in the company's name does (contract sors 2.5).
struct KindRule {
    std::vector<std::string> tax_ids{};
    std::string company_contains{};
    int kind = 0;
};

struct Settings {
    std::string dialect = "sors-en";  // a name that is built in, or a file's path
    std::string base_url{};
    Secret api_key{};
    std::string database{};
    std::vector<DatabasePeriod> databases{};  // always filled after parsing
    std::string unit{};                       // documents name it, prices are its
    std::vector<std::string> units{};         // whose stock is read; always filled after parsing
    std::string price_type = "gross";
    std::string stock_mode = "free";
    std::string scope = "unit";
    std::string currency = "RSD";             // of the price list
    std::string groups = "tree";
    bool images = true;
    Secret media_secret{};
    bool export_orders = true;
    std::string order_changes = "replace";
    std::string shipping_article_code{};
    std::string fee_article_code{};
    std::string on_missing_service_article = "reject";
    std::string unknown_sku = "reject";
    std::string generic_article_code{};
    bool drop_zero_lines = false;
    std::string b2c_customer = "create_each";
    std::string generic_customer_code{};
    std::string invalid_pib = "reject";
    std::vector<KindRule> customer_kinds{};
    int discount_decimals = 4;
    bool split_lines = true;
    int note_max_length = 500;
    std::string currency_policy = "reject";
    std::vector<std::string> currencies{"RSD"};
    std::string credit_check = "off";
    std::optional<Decimal> credit_limit{};
    std::map<std::string, Decimal> credit_limits{};  // by PIB or code
    std::string credit_unavailable = "hold";
    std::string on_ambiguous = "lookup";
    bool lookup_reliable = true;
    std::chrono::milliseconds lookup_delay{5'000};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{60'000};
    int page_size = 0;
    std::string ca_file{};
};

const config::Schema<Settings>& settings_schema();

// Settings whose dialect is known and right.
struct Parsed {
    Settings settings{};
    std::optional<dialect::Dialect> dialect{};
};
Parsed parse_settings(const config::Node& node, config::Problems& problems);

// The database that is valid on a local date; nullptr: none is.
const DatabasePeriod* database_on(const Settings& settings, const std::string& date);

// What a dialect of this connector may name: `shopwire dialect check` asks it too.  In vocabulary.cpp.
const dialect::Vocabulary& vocabulary();

std::span<const dialect::BuiltIn> built_in_dialects();

}  // namespace shopwire::sors
