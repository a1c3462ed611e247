// The calls that this connector makes, one method each, in canonical form.  Which wire shape they have is the dialect's
// business.  Thread-safe, as the engine is.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/decimal.h"
#include "common/dialect/engine.h"
#include "common/runtime/connector.h"
#include "services/solteq/config.h"

namespace shopwire::solteq {

using dialect::Outcome;

struct CustomerAddress {
    std::string kind{};  // billing, shipping ...
    std::string street{}, postal_code{}, city{}, country{};
};

// A customer as Solteq shows it, or as we want it.
struct CustomerCard {
    std::string id{};
    std::string kind{};  // company, private; else a word that we do not know
    std::string company_name{}, tax_code{}, first_name{}, last_name{}, email{}, phone{};
    std::vector<CustomerAddress> addresses{};
    std::vector<std::string> groups{};
    std::string card{}, external_id{};
    bool credit_allowed = false;
    std::string modified{};  // as it stands
    std::string raw{};  // the whole record, of which a replacement keeps the rest
    bool company() const { return kind == "company"; }
};

struct SaleRow {
    std::string sku{}, name{};
    Decimal quantity{};
    Decimal unit_price{};  // with VAT, as all amounts
    Decimal discount{};
    Decimal total{};
    Decimal vat_rate{};
    Decimal vat_amount{};
};

struct SalePayment {
    std::string type{}, reference{};
    Decimal amount{};
};

// A sale, or a refund: then all numbers are positive here, and `refund` is set.
struct NewSale {
    bool refund = false;
    std::string external_id{}, original_external_id{}, number{};
    std::int64_t created_at_ms = 0, paid_at_ms = 0;
    std::string business_date{}, currency{}, customer_id{}, note{};
    std::vector<SalePayment> payments{};  // one, but of a void
    std::vector<SaleRow> rows{};
    Decimal total{}, total_vat{};
};

// As Solteq shows it; signs as they stand.
struct StoredSale {
    std::string id{}, number{}, external_id{};
    Decimal total{};
    std::vector<SaleRow> rows{};
    bool shows_vat = true;  // in each row
    std::vector<SalePayment> payments{};  // none: it does not show them
};

class Client {
 public:
    // Both outlive the client.
    Client(const dialect::Engine& engine, const Settings& settings) : engine_(engine), settings_(settings) {}

    bool can(std::string_view operation) const { return engine_.can(operation); }
    const dialect::Engine& engine() const { return engine_; }

    // One page of raw records, of the web store; `since_ms` 0: all.  The translator reads them.
    Outcome<dialect::RecordPage> page(std::string_view operation, std::int64_t since_ms, std::string_view cursor,
                                      std::stop_token stop) const;
    Outcome<dialect::RecordPage> balances(const std::string& store, std::string_view cursor,
                                          std::stop_token stop) const;
    // All records of a list.
    Outcome<std::vector<dialect::Record>> all(std::string_view operation, std::stop_token stop) const;
    Outcome<std::vector<std::string>> store_ids(std::stop_token stop) const;
    // `field` is email, tax_code or phone.
    Outcome<std::vector<CustomerCard>> customers(std::string_view field, const std::string& value,
                                                 std::stop_token stop) const;
    Outcome<CustomerCard> customer(const std::string& id, std::stop_token stop) const;
    // Makes it, or replaces the one with card.id, keeping what card.raw has beside ours.
    Outcome<CustomerCard> save_customer(const CustomerCard& card, std::stop_token stop) const;
    Outcome<StoredSale> create_sale(const NewSale& sale, std::stop_token stop) const;
    // Those of exactly this external id.
    Outcome<std::vector<StoredSale>> find_sales(const std::string& external_id, std::stop_token stop) const;

 private:
    dialect::Call call(std::string_view operation, std::string input, std::stop_token stop,
                       const std::string& store = {}) const;
    std::string sale_body(const NewSale& sale) const;

    const dialect::Engine& engine_;
    const Settings& settings_;
};

Result<CustomerCard> read_customer(const dialect::Record& record);

// "2026-11-21T09:15:00+02:00".
std::string local_time(const dialect::Zone& zone, std::int64_t unix_ms);

// What its calls are made with.
std::string connection_text(const Settings& settings, const std::string& store = {});
dialect::EngineOptions engine_options(const Settings& settings, const std::string& connection);
http::CurlOptions curl_options(const Settings& settings);

// Contract solteq 3.3: no limit is published.
inline constexpr http::RateLimiter::Options kLimits{.per_second = 5, .burst = 5, .concurrency = 2};

class Echoes;

// What the source, the sink, the intake and the probe of one connection share.
struct Room {
    Settings settings{};
    std::unique_ptr<http::Transport> transport{};  // only with a CA file or a connect timeout of its own
    std::unique_ptr<dialect::Engine> engine{};
    std::unique_ptr<Client> client{};
    std::unique_ptr<Echoes> echoes{};
    metrics::Counter* unknown_values = nullptr;
    Room();
    ~Room();
    // A kind that is not known is left out and counted: the record stays (contract rules 6.6 case 30).
    std::string product_kind(const std::string& word) const;
    std::string customer_kind(const std::string& word) const;
};

// Shared, since the runtime destroys source, sink and probe in an order of its own.  REQUIRES: parsed.dialect.
std::shared_ptr<const Room> open_room(Parsed parsed, const runtime::ConnectionContext& context);

}  // namespace shopwire::solteq
