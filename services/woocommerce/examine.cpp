#include "services/woocommerce/examine.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "services/woocommerce/webhooks.h"

namespace shopwire::woocommerce {
namespace {

using runtime::Finding;
using Grade = Finding::Grade;

constexpr std::string_view kVersionNeeded = "5.8";  // `modified_after` and `dates_are_gmt` (contract woocommerce 12)
constexpr std::string_view kVersionTried = "9.4";
constexpr std::string_view kEnvironment = "environment";

Finding unknown(std::string_view check, const Error& error) {
    return {.check = check, .grade = Grade::kUnknown, .what = error.message};
}

// Sales begin and end, and orders bear their dates, in this zone.
Finding zone_of(const std::string& index) {
    const Result<json::Document> document = json::Document::parse(index);
    const json::Value site = document ? document->root() : json::Value{};
    const std::string name(site.member("timezone_string").text());
    const std::string offset(site.member("gmt_offset").text());
    if (!name.empty())
        return {.check = "time zone", .what = name + ", now UTC" + (offset.starts_with('-') ? "" : "+") + offset};
    return {.check = "time zone",
            .grade = Grade::kWarning,
            .what = "no city, only UTC" + std::string(offset.starts_with('-') ? "" : "+") + offset +
                    ": it does not follow summer time, and sales begin at the wrong hour",
            .remedy = "WordPress, Settings, General, Timezone: choose a city"};
}

// Read anew: what the connector remembers may be minutes old.
void examine_prices(Shop& shop, const std::stop_token& stop, runtime::Examination& out) {
    const Result<std::string> currency = shop.client().currency(stop);
    const Result<std::string> include_tax = shop.client().setting("tax/woocommerce_prices_include_tax", stop);
    const Result<std::string> computes = shop.client().setting("general/woocommerce_calc_taxes", stop);
    const std::string& wanted = shop.settings().currency;
    if (!include_tax || !computes)
        out.findings.push_back(unknown("tax basis", (include_tax ? computes : include_tax).error()));
    else if (*computes != "yes")
        out.findings.push_back({.check = "tax basis",
                                .grade = Grade::kWarning,
                                .what = "the shop computes no taxes: every order arrives without them",
                                .remedy = "WooCommerce, Settings, General: enable tax rates and calculations"});
    else
        out.findings.push_back(
            {.check = "tax basis",
             .what = *include_tax == "yes" ? "prices are entered with tax" : "prices are entered without tax"});
    if (include_tax) out.terms.prices_include_tax = *include_tax == "yes";
    if (!currency)
        out.findings.push_back(unknown("currency", currency.error()));
    else if (!wanted.empty() && wanted != *currency)
        out.findings.push_back({.check = "currency",
                                .grade = Grade::kFault,
                                .what = "the shop sells in " + *currency + ", the settings say " + wanted,
                                .remedy = "correct `currency` of the connection, or the shop's"});
    else
        out.findings.push_back({.check = "currency", .what = *currency});
    if (currency) out.terms.currency = *currency;
}

Finding version_of(Shop& shop, const std::stop_token& stop) {
    const Coded answer = shop.client().look("system_status", {{"_fields", std::string(kEnvironment)}}, stop);
    if (!answer) return unknown("version", answer.error().error);
    const std::string version(answer->root().member(kEnvironment).member("version").text());
    if (version.empty()) return {.check = "version", .grade = Grade::kUnknown, .what = "the shop does not tell it"};
    if (is_older(version, kVersionNeeded))
        return {
            .check = "version",
            .grade = Grade::kFault,
            .what = "WooCommerce " + version + ": lists cannot tell what changed before " + std::string(kVersionNeeded),
            .remedy = "update WooCommerce"};
    if (is_older(version, kVersionTried))
        return {.check = "version",
                .grade = Grade::kWarning,
                .what = "WooCommerce " + version + ": older than what was tried (" + std::string(kVersionTried) + ")",
                .remedy = "update WooCommerce"};
    return {.check = "version", .what = "WooCommerce " + version};
}

Finding webhooks_of(Shop& shop, const std::stop_token& stop) {
    constexpr const char* kCheck = "webhooks";
    if (!shop.settings().webhooks || shop.webhook_url().empty())
        return {.check = kCheck, .what = "none are wanted: the sweeps find every change, only later"};
    Result<Webhooks> ours = read_our_webhooks(shop, stop);
    if (!ours) return unknown(kCheck, ours.error());
    std::string missing;
    std::string off;
    for (const char* topic : kTopics) {
        const std::vector<Webhook>& known = (*ours)[topic];
        std::string& list = known.empty() ? missing : off;
        if (known.empty() || known.front().status != "active" || known.front().delivery_url != shop.webhook_url())
            list += (list.empty() ? "" : ", ") + std::string(topic);
    }
    if (missing.empty() && off.empty()) return {.check = kCheck, .what = "all nine are active"};
    return {.check = kCheck,
            .grade = Grade::kWarning,
            .what = (missing.empty() ? "" : "not registered: " + missing) +
                    (missing.empty() || off.empty() ? "" : "; ") +
                    (off.empty() ? "" : "paused, disabled or pointed elsewhere: " + off),
            .remedy = "the running connector puts them right within five minutes, but for paused ones"};
}

// What the shop may bring into orders.  What it does not tell is left out.
void add_terms(Shop& shop, const std::stop_token& stop, runtime::Terms& terms) {
    const auto each = [&](const char* path, const auto& take) {
        const Coded rows = shop.client().look(path, {{"per_page", "100"}}, stop);
        for (std::size_t i = 0; rows && i < rows->root().size(); ++i) take(rows->root().at(i));
    };
    const auto add = [](std::vector<std::string>& words, std::string word) {
        if (!word.empty() && std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
    };
    each("orders/statuses", [&](json::Value row) { add(terms.statuses, std::string(row.member("slug").text())); });
    each("payment_gateways", [&](json::Value row) {
        if (row.member("enabled").boolean()) add(terms.payment_methods, std::string(row.member("id").text()));
    });
    each("taxes", [&](json::Value row) {
        if (const auto rate = Decimal::parse(row.member("rate").text())) add(terms.tax_rates, rate->text());
    });
}

}  // namespace

bool is_older(std::string_view version, std::string_view than) {
    const auto next = [](std::string_view& text) {
        int number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.starts_with('.'))
            text.remove_prefix(1);
        else
            text = {};  // "-beta.1" says nothing here
        return error == std::errc{} ? number : 0;
    };
    while (!version.empty() || !than.empty()) {
        const int ours = next(version);
        const int theirs = next(than);
        if (ours != theirs) return ours < theirs;
    }
    return false;
}

runtime::Examination examine(Shop& shop, const runtime::ConnectionContext& context,
                             const runtime::ExamineRequest& request, std::stop_token stop) {
    runtime::Examination out;
    std::string index;
    if (!examine_reach(shop, context, out.findings, index, stop)) return out;
    examine_prices(shop, stop, out);
    out.findings.push_back(zone_of(index));
    out.findings.push_back(version_of(shop, stop));
    out.findings.push_back(webhooks_of(shop, stop));
    if (!request.brief) examine_goods(shop, out.findings, stop);
    add_terms(shop, stop, out.terms);
    return out;
}

}  // namespace shopwire::woocommerce
