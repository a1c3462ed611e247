#include "services/woocommerce/shop.h"

#include <utility>

namespace shopwire::woocommerce {
namespace {

using namespace std::chrono_literals;

constexpr auto kFactsAge = 10min;
constexpr int kAttemptsMax = 3;

http::Signer signer(const Settings& settings, Clock& clock) {
    if (settings.auth == "oauth1") return http::oauth1_auth(settings.consumer_key, settings.consumer_secret, clock);
    if (settings.auth == "query")
        return http::query_auth(
            {{"consumer_key", Secret(settings.consumer_key)}, {"consumer_secret", settings.consumer_secret}});
    return http::basic_auth(settings.consumer_key, settings.consumer_secret);
}

}  // namespace

Shop::Shop(Settings settings, const runtime::ConnectionContext& context)
    : settings_(std::move(settings)),
      personal_keys_{.tax_id = settings_.tax_id_keys, .company = settings_.company_keys},
      merchant_(context.merchant),
      connection_(context.connection),
      webhook_url_(context.public_url),
      clock_(context.clock) {
    http::Transport* transport = &context.transport;
    if (!settings_.ca_file.empty() || !settings_.verify_tls) {
        own_transport_ = http::curl_transport({.ca_file = settings_.ca_file, .verify_tls = settings_.verify_tls});
        transport = own_transport_.get();
    }
    http::ClientOptions options{
        .system = "woocommerce",
        .connection = merchant_ + "/" + connection_,
        .sign = signer(settings_, clock_),
        .attempts_max = kAttemptsMax,
    };
    chain_ = http::client(std::move(options), *transport, context.limiter, context.metrics, clock_);
    client_ = std::make_unique<Client>(
        settings_.base_url, *chain_, ClientTimeouts{.read = settings_.read_timeout, .write = settings_.write_timeout});
}

Result<ShopFacts> Shop::facts(std::stop_token stop) {
    const std::lock_guard lock(mutex_);  // held while reading: several callers want the same two answers
    const Clock::Monotonic now = clock_.monotonic();
    if (facts_ && now - facts_read_at_ < kFactsAge) return *facts_;
    Result<std::string> currency = client_->currency(stop);
    if (!currency) return std::unexpected(std::move(currency).error());
    const Result<bool> include_tax = client_->prices_include_tax(stop);
    if (!include_tax) return std::unexpected(include_tax.error());
    facts_ = ShopFacts{.currency = *std::move(currency), .prices_include_tax = *include_tax};
    facts_read_at_ = now;
    return *facts_;
}

std::optional<ShopFacts> Shop::known_facts() const {
    const std::unique_lock lock(mutex_, std::try_to_lock);  // never waits for a read that is under way
    return lock ? facts_ : std::nullopt;
}

Status Shop::probe(std::stop_token stop) {
    if (Status ok = client_->check_write_permission(stop); !ok) return ok;
    const Result<ShopFacts> facts = this->facts(stop);
    if (!facts) return std::unexpected(facts.error());
    if (!settings_.currency.empty() && settings_.currency != facts->currency)
        return rejected("checking the shop: its currency is " + facts->currency + ", the settings say " +
                        settings_.currency);
    return {};
}

void append_changes(std::vector<runtime::Change>& changes, json::Value raw, Result<Events> translated) {
    if (!translated) {
        changes.push_back({.raw = raw.dump(), .event = std::unexpected(std::move(translated).error())});
        return;
    }
    for (events::Event& event : *translated) changes.push_back({.raw = {}, .event = std::move(event)});
}

}  // namespace shopwire::woocommerce
