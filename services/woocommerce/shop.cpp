#include "services/woocommerce/shop.h"

#include <utility>

namespace shopwire::woocommerce {
namespace {

using namespace std::chrono_literals;

constexpr auto kFactsAge = 10min;
constexpr int kAttemptsMax = 3;
constexpr std::size_t kCustomersMax = 200'000;  // about 20 MB

std::unique_ptr<http::Transport> own_transport(const Settings& settings, const runtime::ConnectionContext& context) {
    if (settings.ca_file.empty() && settings.verify_tls) return nullptr;
    return context.own_transport({.ca_file = settings.ca_file, .verify_tls = settings.verify_tls});
}

metrics::Counter& images_counter(metrics::Registry& registry, const char* result) {
    return registry.counter("shopwire_woocommerce_images_total",
                            "Images of a catalogue that a shop has imported, or could not", {{"result", result}});
}

}  // namespace

http::Signer key_signer(const Settings& settings, Clock& clock) {
    if (settings.auth == "oauth1") return http::oauth1_auth(settings.consumer_key, settings.consumer_secret, clock);
    if (settings.auth == "query")
        return http::query_auth(
            {{"consumer_key", Secret(settings.consumer_key)}, {"consumer_secret", settings.consumer_secret}});
    return http::basic_auth(settings.consumer_key, settings.consumer_secret);
}

Shop::Shop(Settings settings, const runtime::ConnectionContext& context)
    : settings_(std::move(settings)),
      personal_keys_{
          .tax_id = settings_.tax_id_keys, .company = settings_.company_keys, .external_id = settings_.customer_id_key},
      merchant_(context.merchant),
      connection_(context.connection),
      webhook_url_(context.public_url),
      clock_(context.clock),
      own_transport_(own_transport(settings_, context)),
      chain_(http::client({.system = "woocommerce",
                           .connection = merchant_ + "/" + connection_,
                           .base_url = settings_.base_url,
                           .sign = key_signer(settings_, clock_),
                           .attempts_max = kAttemptsMax},
                          own_transport_ ? *own_transport_ : context.transport, context.limiter, context.metrics,
                          clock_)),
      client_(
          std::make_unique<Client>(settings_.base_url, *chain_,
                                   ClientTimeouts{.read = settings_.read_timeout, .write = settings_.write_timeout})),
      terms_(*client_, clock_),
      images_imported_(images_counter(context.metrics, "imported")),
      images_refused_(images_counter(context.metrics, "refused")),
      webhooks_restored_(context.metrics.counter("shopwire_woocommerce_webhooks_restored_total",
                                                 "Webhooks that the shop had disabled and that we switched on again",
                                                 context.labels())),
      webhooks_kept_(context.metrics.gauge("shopwire_woocommerce_webhooks_kept",
                                           "Webhooks of ours that are active at the shop; 0 when only sweeps read it",
                                           context.labels())),
      absent_articles_(context) {}

Result<ShopFacts> Shop::facts(std::stop_token stop) {
    const std::lock_guard lock(mutex_);  // held while reading: several callers want the same answers
    const Clock::Monotonic now = clock_.monotonic();
    if (facts_ && now - facts_read_at_ < kFactsAge) return *facts_;
    Result<std::string> currency = client_->currency(stop);
    if (!currency) return std::unexpected(std::move(currency).error());
    const Result<std::string> include_tax = client_->setting("tax/woocommerce_prices_include_tax", stop);
    if (!include_tax) return std::unexpected(include_tax.error());
    // A shop that does not tell its units has no measures for us.
    const auto unit = [&](const std::string& name) -> Result<std::string> {
        Result<std::string> value = client_->setting("products/" + name, stop);
        if (!value && value.error().kind == ErrorKind::kRejected) return std::string();
        return value;
    };
    const Result<std::string> weight = unit("woocommerce_weight_unit");
    if (!weight) return std::unexpected(weight.error());
    const Result<std::string> length = unit("woocommerce_dimension_unit");
    if (!length) return std::unexpected(length.error());
    facts_ = ShopFacts{.currency = *std::move(currency),
                       .prices_include_tax = *include_tax == "yes",
                       .units = {.weight = *weight, .length = *length}};
    facts_read_at_ = now;
    return *facts_;
}

std::optional<ShopFacts> Shop::known_facts() const {
    const std::unique_lock lock(mutex_, std::try_to_lock);  // never waits for a read that is under way
    return lock ? facts_ : std::nullopt;
}

std::string Shop::customer_with(const std::string& external_id) const {
    const std::lock_guard lock(customers_mutex_);
    const auto found = customers_.find(external_id);
    return external_id.empty() || found == customers_.end() ? std::string() : found->second;
}

void Shop::remember_customer(const std::string& external_id, const std::string& id) {
    if (external_id.empty()) return;
    const std::lock_guard lock(customers_mutex_);
    // Past the bound new ones are found by their e-mail.
    if (customers_.size() < kCustomersMax || customers_.contains(external_id)) customers_[external_id] = id;
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
