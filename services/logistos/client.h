// The calls that this connector makes, one method each, in canonical form.  Which wire shape they have is the dialect's
// business.  No failure shows a secret, even where Logistos repeats it.  Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/dialect/engine.h"
#include "common/runtime/connector.h"
#include "services/logistos/config.h"
#include "services/logistos/hand_over.h"

namespace shopwire::logistos {

using dialect::Outcome;

// No limit is published.  A whole history goes through this, so it is slow on purpose.
inline constexpr http::RateLimiter::Options kLimits{.per_second = 2, .burst = 4, .concurrency = 2};

// What Logistos says about an order that it took.
struct TakenOrder {
    std::string id{};  // of Logistos; empty when it does not tell
    std::string awb{};  // empty: not booked yet
};

struct ListedShipment {
    std::string awb{};
    std::string store_url{};  // empty: the list does not tell
    std::string order_number{};
};

class Client {
 public:
    // Both outlive the client.
    Client(const dialect::Engine& engine, const Settings& settings, Clock& clock)
        : engine_(engine), settings_(settings), clock_(clock) {}

    bool can(std::string_view operation) const { return engine_.can(operation); }
    const dialect::Engine& engine() const { return engine_; }
    // An order that is sent a second time stays one order.
    bool repeat_is_safe() const;
    bool can_track() const { return can("track_shipment") && can("login") && !settings_.seller_email.empty(); }

    // kAuth: Logistos does not take this store, or the address is wrong, so no order can be sent either.
    Outcome<std::string> integrate(std::stop_token stop) const;
    Outcome<std::string> disconnect(std::stop_token stop) const;
    // `order` is what order_text() made.  Failures as of integrate().
    Outcome<TakenOrder> export_order(const std::string& order, std::stop_token stop) const;
    Outcome<TakenOrder> update_order(const std::string& order, std::stop_token stop) const;
    // nullopt: Logistos says that there is no such order.
    Outcome<std::optional<TakenOrder>> find_order(const std::string& order_id, std::stop_token stop) const;
    Outcome<std::string> cancel_order(const std::string& order_id, const std::string& native_id,
                                      std::stop_token stop) const;

    // These need the seller's login.
    Outcome<std::string> sign_in(std::stop_token stop) const;
    Outcome<std::vector<ListedShipment>> shipments(std::int64_t since_ms, std::stop_token stop) const;
    // The canonical record; the translator reads it.
    Outcome<std::string> track(const std::string& awb, std::stop_token stop) const;

 private:
    dialect::Call call(std::string_view operation, std::string input, std::stop_token stop) const;
    Outcome<std::string> send(std::string_view operation, std::string input, std::stop_token stop) const;
    Outcome<TakenOrder> take(std::string_view operation, const std::string& order, std::stop_token stop) const;
    Outcome<std::string> token(std::stop_token stop) const;
    void forget(const std::string& token) const;
    // Calls with the seller's token; once more with a new one when it was refused.
    template <class T, class Ask>
    Outcome<T> with_token(std::stop_token stop, const Ask& ask) const;
    dialect::Failure explained(dialect::Failure failure) const;

    const dialect::Engine& engine_;
    const Settings& settings_;
    Clock& clock_;
    mutable std::mutex mutex_{};
    mutable Secret token_{};  // guarded by mutex_, as what follows
    mutable Clock::Monotonic token_ends_{};
};

// What its calls are made with.
std::string connection_text(const Settings& settings);
std::string login_text(const Settings& settings);
dialect::EngineOptions engine_options(const Settings& settings, const std::string& connection);
http::CurlOptions curl_options(const Settings& settings);

// What the source, the sink and the probe of one connection share.
struct Room {
    Settings settings{};
    std::unique_ptr<http::Transport> transport{};  // only with a CA file or a connect timeout of its own
    std::unique_ptr<dialect::Engine> engine{};
    std::unique_ptr<Client> client{};
    HandOver exported{};  // only where no list shows new parcels
    std::atomic<bool> connected{false};  // Logistos has the store's key
    std::atomic<bool> refused{false};  // it did not take the store: only a new try can tell more
};

// Shared, since the runtime destroys source, sink and probe in an order of its own.  REQUIRES: parsed.dialect.
std::shared_ptr<Room> open_room(Parsed parsed, const runtime::ConnectionContext& context);

}  // namespace shopwire::logistos
