#include <utility>

#include "common/http/client.h"
#include "services/woocommerce/examine.h"

namespace shopwire::woocommerce {
namespace {

using runtime::Finding;
using Grade = Finding::Grade;

constexpr const char* kPermalinks = "permalinks";
constexpr const char* kTls = "TLS";
constexpr const char* kHeader = "Authorization header";
constexpr const char* kRights = "key rights";

// Asks the site's own address, apart from the API's client.
struct Site {
    Shop& shop;
    const runtime::ConnectionContext& context;
    std::stop_token stop;

    std::string base() const {
        std::string url = shop.settings().base_url;
        while (url.ends_with('/')) url.pop_back();
        return url;
    }
    Result<http::Response> get(const std::string& path, http::Signer sign, bool verify = true) const {
        const Settings& settings = shop.settings();
        const auto transport =
            context.own_transport({.ca_file = settings.ca_file, .verify_tls = verify && settings.verify_tls});
        const auto chain = http::client({.system = "woocommerce",
                                         .connection = shop.merchant() + "/" + shop.connection(),
                                         .base_url = settings.base_url,
                                         .sign = std::move(sign),
                                         .attempts_max = 1},
                                        *transport, context.limiter, context.metrics, context.clock);
        http::Request request{.url = base() + path,
                              .headers = {{"Accept", "application/json"}},
                              .idempotent = true,
                              .timeout = settings.read_timeout,
                              .operation = "examine"};
        // "?rest_route=/" stands in the path, and the client adds queries itself.
        if (const std::size_t mark = request.url.find('?'); mark != std::string::npos) {
            request.query = {{"rest_route", request.url.substr(request.url.find('=', mark) + 1)}};
            request.url.resize(mark);
        }
        return chain->send(request, stop);
    }
};

bool is_json(const std::string& body) {
    const Result<json::Document> document = json::Document::parse(body);
    return document && document->root().is_object();
}

// No secret leaves here: a site whose certificate is not trusted is asked without the key.
Finding why_unreachable(const Site& site, const Error& error) {
    if (site.shop.settings().base_url.starts_with("https://") && site.get("/wp-json/", {}, false))
        return {.check = kTls,
                .grade = Grade::kFault,
                .what = "the shop's certificate is not trusted: " + error.message,
                .remedy = "renew it or install its chain; one of your own goes into ca_file"};
    return {.check = "address",
            .grade = Grade::kFault,
            .what = "no answer: " + error.message,
            .remedy = "is base_url right, and is the shop up?"};
}

Finding tls_of(const Settings& settings) {
    if (!settings.base_url.starts_with("https://"))
        return {.check = kTls,
                .grade = Grade::kWarning,
                .what = "plain http: the key is not sent, but orders and addresses can be read on the way",
                .remedy = "give the shop a certificate and use https"};
    if (!settings.verify_tls)
        return {.check = kTls,
                .grade = Grade::kWarning,
                .what = "the certificate is not checked (verify_tls: off): anybody on the way can read the key",
                .remedy = "remove verify_tls, and put a certificate of your own into ca_file"};
    return {.check = kTls, .what = "https, and the certificate is trusted"};
}

Finding rest_of(const Site& site, const http::Response& index) {
    if (index.status == 200 && is_json(index.body)) {
        if (index.body.contains("wc\\/v3") || index.body.contains("wc/v3"))
            return {.check = kPermalinks, .what = "/wp-json/ answers"};
        return {.check = "WooCommerce",
                .grade = Grade::kFault,
                .what = "WordPress answers, but it has no wc/v3",
                .remedy = "activate WooCommerce"};
    }
    if (index.status >= 300 && index.status < 400) {
        const std::string* to = http::find_header(index.headers, "Location");
        return {.check = "address",
                .grade = Grade::kFault,
                .what = "base_url redirects to " + (to == nullptr ? std::string("somewhere else") : *to),
                .remedy = "set base_url to the address that the shop itself uses"};
    }
    const Result<http::Response> plain = site.get("/?rest_route=/", {});
    if (plain && plain->status == 200 && is_json(plain->body))
        return {
            .check = kPermalinks,
            .grade = Grade::kFault,
            .what = "permalinks are \"Plain\": the API is only there as ?rest_route=, where the shop looks at no key",
            .remedy = "WordPress, Settings, Permalinks: choose any other structure"};
    return {.check = "REST API",
            .grade = Grade::kFault,
            .what = "/wp-json/ answers HTTP " + std::to_string(index.status),
            .remedy = "a firewall, a security plugin or the host keeps it away: allow /wp-json/"};
}

// A key that no header brings is looked for in the query, where the shop takes it first.
Finding why_refused(const Site& site, const Refusal& refusal, bool writes) {
    const Settings& settings = site.shop.settings();
    if (settings.auth == "basic" && settings.base_url.starts_with("https://")) {
        const Result<http::Response> by_query =
            site.get("/wp-json/wc/v3/data/currencies/current",
                     http::query_auth({{"consumer_key", Secret(settings.consumer_key)},
                                       {"consumer_secret", settings.consumer_secret}}));
        if (by_query && by_query->status == 200)
            return {.check = kHeader,
                    .grade = Grade::kFault,
                    .what = "the host strips it: the same key works in the query",
                    .remedy = "set auth: query, or let the host pass the header on to PHP"};
    }
    if (writes)
        return {.check = kRights,
                .grade = Grade::kFault,
                .what = "the key may write but not read",
                .remedy = "WooCommerce, Settings, Advanced, REST API: permission Read/Write"};
    const bool known = refusal.code == "woocommerce_rest_authentication_error";
    return {.check = "key",
            .grade = Grade::kFault,
            .what = known ? "the shop knows the key, but not this secret or signature"
                          : "the shop does not know this key, or its user may see nothing (" + refusal.code + ")",
            .remedy = "make a new key as an administrator, permission Read/Write"};
}

}  // namespace

bool examine_reach(Shop& shop, const runtime::ConnectionContext& context, Findings& findings, std::string& index,
                   std::stop_token stop) {
    const Site site{.shop = shop, .context = context, .stop = stop};
    const Result<http::Response> answer = site.get("/wp-json/", {});
    if (!answer) {
        findings.push_back(why_unreachable(site, answer.error()));
        return false;
    }
    findings.push_back(tls_of(shop.settings()));
    index = answer->body;
    findings.push_back(rest_of(site, *answer));
    if (findings.back().grade == Grade::kFault) return false;

    const Coded read = shop.client().look("data/currencies/current", {}, stop);
    const Status write = shop.client().check_write_permission(stop);
    if (!read) {
        if (read.error().error.kind == ErrorKind::kAuth)
            findings.push_back(why_refused(site, read.error(), write.has_value()));
        else
            findings.push_back({.check = "key", .grade = Grade::kUnknown, .what = read.error().error.message});
        return false;
    }
    if (shop.settings().auth == "basic") findings.push_back({.check = kHeader, .what = "it arrives"});
    const Coded manage = shop.client().look("webhooks", {{"per_page", "1"}}, stop);
    if (!write && write.error().kind == ErrorKind::kAuth)
        findings.push_back({.check = kRights,
                            .grade = Grade::kFault,
                            .what = "the key may read but not write",
                            .remedy = "WooCommerce, Settings, Advanced, REST API: permission Read/Write"});
    else if (!manage && manage.error().error.kind == ErrorKind::kAuth)
        findings.push_back({.check = kRights,
                            .grade = Grade::kFault,
                            .what = "the key's user may not manage the shop (" + manage.error().code + ")",
                            .remedy = "make the key as a shop manager or administrator"});
    else if (!write || !manage)
        findings.push_back({.check = kRights,
                            .grade = Grade::kUnknown,
                            .what = (write ? manage.error().error : write.error()).message});
    else
        findings.push_back({.check = kRights, .what = "it may read, write and manage"});
    return true;
}

}  // namespace shopwire::woocommerce
