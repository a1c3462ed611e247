// What the parts of one connection share: its settings, its client, and what is known of the shop.  Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "common/core/clock.h"
#include "common/http/client.h"
#include "common/runtime/absent_articles.h"
#include "common/runtime/connector.h"
#include "services/woocommerce/client.h"
#include "services/woocommerce/config.h"
#include "services/woocommerce/images.h"
#include "services/woocommerce/line_facts.h"
#include "services/woocommerce/terms.h"
#include "services/woocommerce/translator_order.h"
#include "services/woocommerce/translator_product.h"

namespace shopwire::woocommerce {

class Shop {
 public:
    // `context`'s references outlive the shop.
    Shop(Settings settings, const runtime::ConnectionContext& context);

    const Settings& settings() const { return settings_; }
    const PersonalKeys& personal_keys() const { return personal_keys_; }
    const std::string& merchant() const { return merchant_; }
    const std::string& connection() const { return connection_; }
    const std::string& webhook_url() const { return webhook_url_; }  // empty: nobody outside can reach us
    Clock& clock() const { return clock_; }
    Client& client() { return *client_; }

    Terms& terms() { return terms_; }
    ImportedImages& imported_images() { return imported_images_; }
    std::mutex& groups_mutex() {
        return groups_mutex_;
    }  // held while products that take in others' variations are written
    metrics::Counter& webhooks_restored() { return webhooks_restored_; }
    metrics::Gauge& webhooks_kept() { return webhooks_kept_; }
    metrics::Counter& images(bool imported) { return imported ? images_imported_ : images_refused_; }
    runtime::AbsentArticles& absent_articles() { return absent_articles_; }
    LineFacts& line_facts() { return line_facts_; }
    const LineFacts& line_facts() const { return line_facts_; }

    // Currency, tax basis and units, read again when older than kFactsAge.
    Result<ShopFacts> facts(std::stop_token stop);
    // The last ones that were read, without any I/O.
    std::optional<ShopFacts> known_facts() const;

    // Which customer has this id of another system, as far as it was read or written; empty: not known.
    std::string customer_with(const std::string& external_id) const;
    void remember_customer(const std::string& external_id, const std::string& id);

    // Does the key work, for reading and for writing, and is this the shop that the settings describe?
    Status probe(std::stop_token stop);

 private:
    Settings settings_;
    PersonalKeys personal_keys_;
    std::string merchant_;
    std::string connection_;
    std::string webhook_url_;
    Clock& clock_;
    std::unique_ptr<http::Transport> own_transport_{};  // when this connection trusts other certificates
    std::unique_ptr<http::Transport> chain_{};
    std::unique_ptr<Client> client_{};
    Terms terms_;
    ImportedImages imported_images_{};
    std::mutex groups_mutex_{};
    metrics::Counter& images_imported_;
    metrics::Counter& images_refused_;
    metrics::Counter& webhooks_restored_;
    metrics::Gauge& webhooks_kept_;
    runtime::AbsentArticles absent_articles_;
    LineFacts line_facts_{};
    mutable std::mutex mutex_{};
    std::optional<ShopFacts> facts_{};         // guarded by mutex_
    Clock::Monotonic facts_read_at_{};         // guarded by mutex_
    mutable std::mutex customers_mutex_{};
    std::unordered_map<std::string, std::string> customers_{};  // by external id; guarded by customers_mutex_
};

// How requests are signed with this connection's key.
http::Signer key_signer(const Settings& settings, Clock& clock);

// A translation as changes; one that failed keeps its raw text for the dead letters.
void append_changes(std::vector<runtime::Change>& changes, json::Value raw, Result<Events> translated);

}  // namespace shopwire::woocommerce
