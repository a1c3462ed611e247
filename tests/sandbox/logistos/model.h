// What the carrier platform knows: stores, orders, shipments, tokens. `mutex` guards everything in it; a caller holds
// it for as long as it uses a pointer into the world.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sandbox::logistos {

// What the contract leaves open, each with the value that it assumes.
struct Settings {
    bool strict = true;
    bool book_orders = true;           // an order gets a shipment at once
    bool require_registered = false;   // only stores that a seller entered may be connected
    bool track_by_order = false;
    std::string slash_form = "404";    // 404, 301, serve
    std::string plain_form = "serve";  // serve, 301
    std::string error_form = "plain";  // plain, drf
    std::string on_repeat = "same";    // the same body again: same (200), conflict (409)
    std::string on_change = "update";  // another body: update, keep (both 200), conflict (409)
    int unknown_store = 404;
    int token_seconds = 48 * 3600;
    int status_step_seconds = 3600;    // a shipment moves on so often
};

struct Store {
    std::string url;
    std::string consumer_key;
    std::string consumer_secret;
    int connects = 0;
    bool connected = false;
    bool registered = false;
};

struct Order {
    std::int64_t id = 0;  // ours
    std::string store;
    std::string reference;  // the store's order id
    std::string number;
    std::string body;  // JSON text, members in order of their names
    int posts = 0;
    bool cancelled = false;
};

struct Step {
    std::string status;
    std::int64_t at = 0;  // seconds
};

struct Shipment {
    std::string awb;
    std::int64_t order = 0;
    std::string carrier;
    std::vector<Step> plan;     // by the clock, the first one at booking
    std::vector<Step> history;  // what has happened
    bool clocked = true;        // false: a test moves it by hand
};

// What a caller sent, whatever its names were.
struct AskedOrder {
    std::string store;
    std::string reference;
    std::string number;
    std::vector<std::string> missing;  // of what strict wants, in the caller's names
    std::string body;                  // JSON text, members in order of their names
};

enum class Taken { kNew, kSame, kUpdated, kConflict, kUnknownStore, kBad };

struct TakenOrder {
    Taken what = Taken::kNew;
    const Order* order = nullptr;  // when there is one
    std::string awb;
    std::string problem;           // of kBad: the missing member
};

class World {
 public:
    static constexpr std::size_t kOrdersMax = 200'000;

    mutable std::mutex mutex;
    Settings settings;
    std::map<std::string, Store> stores;                              // by normalised address
    std::map<std::pair<std::string, std::string>, Order> orders;      // by store and order id
    std::map<std::string, Shipment> shipments;                        // by AWB
    std::map<std::string, std::int64_t> tokens;                       // token to its end
    std::int64_t clock_offset = 0;
    int logins = 0;
    int logins_refused = 0;

    void reset();
    std::int64_t now() const;
    // False: the store is not registered, and must be.
    bool connect(const std::string& url, const std::string& key, const std::string& secret);
    TakenOrder take(const AskedOrder& asked);
    Order* order(const std::string& store, const std::string& reference);
    Order* order(std::int64_t id);
    // The AWB of an order; empty: not booked.
    std::string awb_of(std::int64_t order) const;
    std::string book(Order& order, const std::string& route);
    void set_status(Shipment& shipment, const std::string& status);
    bool cancel(Order& order);
    // Moves every shipment to where the clock says it is.
    void move_shipments();

 private:
    std::int64_t next_order_ = 90'001;
    std::int64_t next_awb_ = 1'000'001;
};

// Lower-case host, no slash at the end.
std::string normalized_store(const std::string& url);

}  // namespace sandbox::logistos
