#include "services/sors/config.h"

#include <algorithm>

namespace shopwire::sors {
namespace {

using config::Node;
using config::Problems;
using config::Schema;

constexpr std::size_t kSecretBytesMin = 32;

bool is_date(const std::string& text) {
    if (text.size() != 10) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
    return true;
}

void check_databases(const Settings& settings, const Node& node, Problems& problems) {
    if (settings.database.empty() == settings.databases.empty())
        node.problem(problems, "expected either \"database\" or \"databases\"");
    for (const DatabasePeriod& period : settings.databases)
        for (const std::string& date : {period.valid_from, period.valid_to})
            if (!date.empty() && !is_date(date))
                node.member("databases").problem(problems, "expected a date like 2026-12-31, got \"" + date + "\"");
}

void check_needs(const Settings& settings, const Node& node, Problems& problems) {
    const auto need = [&](bool needed, const std::string& value, const char* key, const char* why) {
        if (needed && value.empty()) node.problem(problems, std::string(why) + " needs the key \"" + key + "\"");
    };
    need(settings.unknown_sku == "generic_article", settings.generic_article_code, "generic_article_code",
         "unknown_sku: generic_article");
    need(settings.b2c_customer == "single_generic", settings.generic_customer_code, "generic_customer_code",
         "b2c_customer: single_generic");
    if (!settings.media_secret.empty() && settings.media_secret.reveal().size() < kSecretBytesMin)
        node.member("media_secret").problem(problems, "expected at least 32 characters");
    if (settings.discount_decimals < 0 || settings.discount_decimals > 4)
        node.member("discount_decimals").problem(problems, "expected 0 to 4");
    if (settings.note_max_length < 0 || settings.note_max_length > 10'000)
        node.member("note_max_length").problem(problems, "expected 0 to 10000");
    if (settings.page_size < 0 || settings.page_size > 500)
        node.member("page_size").problem(problems, "expected 0 to 500");
    if (settings.unit.find_first_not_of("0123456789") != std::string::npos)
        node.member("unit").problem(problems, "expected the number of a business unit");
    for (const KindRule& rule : settings.customer_kinds)
        if (rule.kind < 1 || rule.kind > 5)
            node.member("customer_kinds").problem(problems, "expected a kind from 1 to 5");
}

Schema<Settings> base_schema() {
    static const auto period =
        Schema<DatabasePeriod>("period", "A database and the dates of the documents that go there.")
            .required("database", &DatabasePeriod::database, "its name")
            .optional("valid_from", &DatabasePeriod::valid_from, "first date, YYYY-MM-DD")
            .optional("valid_to", &DatabasePeriod::valid_to, "last date, YYYY-MM-DD");
    return Schema<Settings>("sors", "One connection to SORS.")
        .optional("dialect", &Settings::dialect, "wire shape: sors-en, sors-sr, or the path of a file of one's own")
        .optional("base_url", &Settings::base_url, "address of the API; default: the dialect's")
        .required("api_key", &Settings::api_key, "key issued by Softkom")
        .optional("database", &Settings::database, "database of every call")
        .object("databases", &Settings::databases, period, "databases by date, instead of \"database\"")
        .required("unit", &Settings::unit, "business unit of documents and prices")
        .optional("units", &Settings::units, "business units whose stock is read; default: unit")
        .choice("price_type", &Settings::price_type, {"purchase", "net", "gross"}, "which price is published")
        .choice("stock_mode", &Settings::stock_mode, {"on_hand", "free"},
                "which quantity is asked for; events carry both")
        .choice("scope", &Settings::scope, {"unit", "sum_of_units"},
                "one location per unit, or one for the sum of all units")
        .optional("currency", &Settings::currency, "currency of the price list")
        .choice("groups", &Settings::groups, {"tree", "two_lists"},
                "two_lists: the second group of an article stands below its first one")
        .optional("images", &Settings::images, "read the pictures of each article: one more call for each")
        .optional("media_secret", &Settings::media_secret,
                  "signs the addresses under which shops fetch pictures that SORS gives as bytes");
}

Schema<Settings> export_schema() {
    static const auto kind = Schema<KindRule>("customer_kind", "Which domestic companies are of another kind than 1.")
                                 .optional("tax_ids", &KindRule::tax_ids, "their PIB")
                                 .optional("company_contains", &KindRule::company_contains, "or a part of their name")
                                 .required("kind", &KindRule::kind, "1 to 5");
    return base_schema()
        .optional("export_orders", &Settings::export_orders, "off: commands to export are refused")
        .choice("order_changes", &Settings::order_changes, {"replace", "reject"},
                "an edited order: its open reservation is replaced, or a person does it")
        .optional("shipping_article_code", &Settings::shipping_article_code, "service article for shipping")
        .optional("fee_article_code", &Settings::fee_article_code, "service article for fees")
        .choice("on_missing_service_article", &Settings::on_missing_service_article, {"reject", "put_in_note"},
                "when it is not set")
        .choice("unknown_sku", &Settings::unknown_sku, {"reject", "generic_article", "skip_line"},
                "a line whose article SORS does not know")
        .optional("generic_article_code", &Settings::generic_article_code, "article of unknown_sku: generic_article")
        .optional("drop_zero_lines", &Settings::drop_zero_lines, "leave out lines without a price: parents of bundles")
        .choice("b2c_customer", &Settings::b2c_customer, {"create_each", "single_generic"}, "how consumers are booked")
        .optional("generic_customer_code", &Settings::generic_customer_code, "customer of b2c_customer: single_generic")
        .choice("invalid_pib", &Settings::invalid_pib, {"reject", "natural_person"}, "a PIB that fails its check digit")
        .object("customer_kinds", &Settings::customer_kinds, kind, "exceptions from kind 1")
        .optional("discount_decimals", &Settings::discount_decimals, "decimals of discountPercent")
        .optional("split_lines", &Settings::split_lines, "split a line whose total no price and discount give exactly")
        .optional("note_max_length", &Settings::note_max_length, "characters of the note")
        .choice("currency_policy", &Settings::currency_policy, {"reject"}, "orders in other currencies")
        .optional("currencies", &Settings::currencies, "currencies of orders that are exported")
        .choice("credit_check", &Settings::credit_check, {"off", "warn", "hold"},
                "unpaid orders of companies that exceed their limit")
        .optional("credit_limit", &Settings::credit_limit, "of companies for which nothing else says one")
        .optional("credit_limits", &Settings::credit_limits, "by PIB or customer code; SORS's own comes first")
        .choice("credit_unavailable", &Settings::credit_unavailable, {"hold", "export"},
                "when SORS does not tell the debt")
        .choice("on_ambiguous", &Settings::on_ambiguous, {"lookup", "park", "resend"},
                "when nobody knows whether a document was made")
        .optional("lookup_reliable", &Settings::lookup_reliable, "a document that a lookup does not show was not made")
        .optional("lookup_delay", &Settings::lookup_delay, "wait before a customer is looked up again")
        .optional("connect_timeout", &Settings::connect_timeout, "time for a connection")
        .optional("timeout", &Settings::timeout, "time for a whole request")
        .optional("page_size", &Settings::page_size, "rows per page; 0: the dialect's")
        .optional("ca_file", &Settings::ca_file, "certificate authority of base_url; default: the system's");
}

}  // namespace

const config::Schema<Settings>& settings_schema() {
    static const auto schema = export_schema().rule(check_databases).rule(check_needs);
    return schema;
}

Parsed parse_settings(const config::Node& node, config::Problems& problems) {
    const std::size_t before = problems.size();
    Parsed out{.settings = settings_schema().parse(node, problems)};
    Settings& settings = out.settings;
    if (settings.databases.empty()) settings.databases.push_back({.database = settings.database});
    if (settings.units.empty()) settings.units.push_back(settings.unit);
    const Node file = dialect::dialect_node(node.member("dialect"), settings.dialect, built_in_dialects(), problems);
    if (!file.is_null()) out.dialect = dialect::parse_dialect(file, vocabulary(), problems);
    if (out.dialect && out.dialect->base_url.empty() && settings.base_url.empty())
        node.problem(problems, "expected the key \"base_url\", got nothing");
    if (problems.size() != before) out.dialect.reset();
    return out;
}

const DatabasePeriod* database_on(const Settings& settings, const std::string& date) {
    // ISO dates compare as text.  The last entry wins where periods overlap.
    const auto valid = [&date](const DatabasePeriod& period) {
        return (period.valid_from.empty() || period.valid_from <= date) &&
               (period.valid_to.empty() || date <= period.valid_to);
    };
    const auto found = std::find_if(settings.databases.rbegin(), settings.databases.rend(), valid);
    return found == settings.databases.rend() ? nullptr : &*found;
}

}  // namespace shopwire::sors
