// The calls that this connector makes, one method each, in canonical form.  Which wire shape they have is the dialect's
// business. Thread-safe, as the engine is.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/decimal.h"
#include "common/dialect/engine.h"
#include "common/json/value.h"
#include "common/runtime/connector.h"
#include "services/sors/config.h"

namespace shopwire::sors {

using dialect::Outcome;

// Contract sors 2.3.9: no limit is published.
inline constexpr http::RateLimiter::Options kLimits{.per_second = 5, .burst = 5, .concurrency = 2};

struct Database {
    std::string name{};
    bool closed = false;
};

struct Unit {
    std::string id{};
    std::string name{};
};

struct Group {
    std::string id{};
    std::string parent{};  // empty: none
    std::string name{};
};

// A picture of an article: by address, or its bytes in base64.
struct Picture {
    std::string id{};
    std::string url{};
    std::string content_type{};
    std::string base64{};
    std::int64_t position = 0;
};

struct Debt {
    std::string currency{};
    Decimal total{};
    std::optional<Decimal> overdue{};
    std::optional<Decimal> limit{};
};

// What SORS knows of a customer, as far as documents need it.
struct CustomerCard {
    std::string id{};
    std::string code{};
    int kind = 0;
    std::string pib{};
    std::string email{};
    std::string phone{};
    bool active = true;
    bool made = false;  // by us, just now
};

struct NewCustomer {
    int kind = 3;
    std::string name{}, pib{}, address{}, city{}, postal_code{}, country{}, email{}, phone{}, external_id{};
};

struct DocumentLine {
    std::string sku{};
    Decimal quantity{};
    Decimal unit_price{};  // before discount, with tax
    Decimal discount_percent{};
    std::optional<Decimal> vat_rate{};
    std::string base_type{}, base_id{};  // of a return: the document with which the goods left
    std::optional<Decimal> returned{};  // of a stored line: what came back already; absent: SORS does not tell
};

struct NewDocument {
    std::string type{};  // reservation, invoice ...
    std::string external_number{};
    std::string date{};  // YYYY-MM-DD
    std::string currency{};
    std::string note{};
    std::string payment_method{};
    std::vector<DocumentLine> lines{};
    CustomerCard customer{};
};

// A document as SORS shows it.
struct StoredDocument {
    std::string id{};
    std::string number{};
    std::string external_number{};
    std::string status{};  // open, posted, cancelled
    Decimal total{};
    std::string currency{};
    CustomerCard customer{};  // what tells it apart, and no more
    std::vector<DocumentLine> lines{};  // filled by get_document alone
};

class Client {
 public:
    // Both outlive the client.
    Client(const dialect::Engine& engine, const Settings& settings) : engine_(engine), settings_(settings) {}

    bool can(std::string_view operation) const { return engine_.can(operation); }
    const dialect::Engine& engine() const { return engine_; }

    Outcome<std::vector<Database>> databases(std::stop_token stop) const;
    Outcome<std::vector<Unit>> units(const std::string& database, std::stop_token stop) const;
    // Pages of raw records: the translator reads them.
    Outcome<dialect::RecordPage> stock(const std::string& database, const std::string& unit, std::string_view cursor,
                                       std::stop_token stop) const;
    Outcome<dialect::RecordPage> products(const std::string& database, std::string_view cursor,
                                          std::stop_token stop) const;
    Outcome<std::vector<Group>> groups(const std::string& database, std::stop_token stop) const;
    Outcome<std::vector<Picture>> pictures(const std::string& database, const std::string& product_id,
                                           std::stop_token stop) const;
    Outcome<dialect::RecordPage> customer_page(const std::string& database, std::string_view cursor,
                                               std::stop_token stop) const;
    Outcome<Debt> debt(const std::string& database, const CustomerCard& card, std::stop_token stop) const;
    Outcome<bool> has_product(const std::string& database, const std::string& sku, std::stop_token stop) const;
    // `field` is pib, email, phone or code.
    Outcome<std::vector<CustomerCard>> customers(const std::string& database, std::string_view field,
                                                 const std::string& value, std::stop_token stop) const;
    Outcome<CustomerCard> create_customer(const std::string& database, const NewCustomer& customer,
                                          std::stop_token stop) const;
    Outcome<StoredDocument> create_document(const std::string& database, const NewDocument& document,
                                            std::stop_token stop) const;
    // Those of exactly this external number, cancelled ones included.
    Outcome<std::vector<StoredDocument>> find_documents(const std::string& database, const std::string& type,
                                                        const std::string& external_number, std::stop_token stop) const;
    // All of one type of a customer.
    Outcome<std::vector<StoredDocument>> documents_of(const std::string& database, const std::string& type,
                                                      const CustomerCard& card, std::stop_token stop) const;
    Outcome<StoredDocument> document(const std::string& database, const std::string& type, const std::string& id,
                                     std::stop_token stop) const;
    Outcome<StoredDocument> cancel_document(const std::string& database, const std::string& type, const std::string& id,
                                            std::stop_token stop) const;

 private:
    dialect::Call call(std::string_view operation, std::string input, const std::string& database, std::stop_token stop,
                       std::string_view unit = {}) const;
    template <class T, class Read>
    Outcome<T> one(const dialect::Call& call, bool wrote, const Read& read) const;
    template <class T, class Read>
    Outcome<std::vector<T>> list(const dialect::Call& call, const Read& read) const;

    const dialect::Engine& engine_;
    const Settings& settings_;
};

// What tells a customer apart over years, in which ids may change: its code, else its id in its database.
std::string customer_native_id(const std::string& database, const CustomerCard& card);
// Reads a canonical record of a customer.
CustomerCard customer_card(json::Reader& reader);

// What its calls are made with.
std::string connection_text(const Settings& settings, const std::string& database, std::string_view unit = {});
dialect::EngineOptions engine_options(const Settings& settings, const std::string& connection);
http::CurlOptions curl_options(const Settings& settings);

// What the source, the sink and the probe of one connection share.
struct Room {
    Settings settings{};
    std::unique_ptr<http::Transport> transport{};  // only with a CA file or a connect timeout of its own
    std::unique_ptr<dialect::Engine> engine{};
    std::unique_ptr<Client> client{};
};

// Shared, since the runtime destroys source, sink and probe in an order of its own.  REQUIRES: parsed.dialect.
std::shared_ptr<const Room> open_room(Parsed parsed, const runtime::ConnectionContext& context);

}  // namespace shopwire::sors
