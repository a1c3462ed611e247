// What the parts of one connection share.  Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/absent_articles.h"
#include "common/runtime/connector.h"
#include "services/keycrm/client.h"
#include "services/keycrm/config.h"
#include "services/keycrm/recent.h"

namespace shopwire::keycrm {

constexpr std::int64_t kGroupNew = 1;  // of statuses: orders that nobody took up yet

// An active status of orders.
struct OrderStatus {
    std::int64_t id = 0;
    std::int64_t group = 0;
    bool reserves = false;
};

class Account {
 public:
    // `context`'s references outlive the account.
    Account(Settings settings, const runtime::ConnectionContext& context);

    const Settings& settings() const { return settings_; }
    const std::string& webhook_path() const { return webhook_path_; }  // up to the secret
    Clock& clock() const { return clock_; }
    Client& client() { return *client_; }
    Echoes& echoes() { return echoes_; }
    FollowUps& follow_ups() { return follow_ups_; }
    runtime::AbsentArticles& absent_articles() { return absent_articles_; }
    metrics::Counter& echoes_seen() { return echoes_seen_; }
    metrics::Counter& doubled_orders() { return doubled_orders_; }

    // SKUs that stood on several offers when all were read: nobody can tell which offer a number is about.
    // They are named in the log when they are others than last time.
    void set_doubled_skus(std::set<std::string> folded);
    bool is_doubled(std::string_view sku) const;

    // Does the key work, and does the account have what the settings name?
    Status probe(std::stop_token stop);

    Result<std::vector<OrderStatus>> read_statuses(std::stop_token stop);
    // Do the pieces of an order that is made now count as taken?  The router lets go of them once the order is
    // confirmed, so without a reserve they would be sold twice.  kAuth stops the connection until the probe says that
    // it is mended.  Asked again every ten minutes.
    Status check_start(std::stop_token stop);
    // Of new orders, of those that reserve; 0: it need not, or no check has seen any.
    std::int64_t start_status() const;
    // Are the pieces of an order in this status taken?  One that left the group of new ones is in a person's hands.  An
    // empty group: the one that the status has.
    bool holds_stock(std::string_view status, std::string_view group) const;

 private:
    const Settings settings_;
    const std::string connection_;
    const std::string webhook_path_;
    Clock& clock_;
    std::unique_ptr<http::Transport> own_transport_{};  // when this connection trusts other certificates
    std::unique_ptr<Client> client_{};
    Echoes echoes_;
    FollowUps follow_ups_{};
    runtime::AbsentArticles absent_articles_;
    metrics::Counter& echoes_seen_;
    metrics::Counter& doubled_orders_;
    metrics::Gauge& doubled_skus_shown_;
    mutable std::mutex mutex_{};
    std::set<std::string> doubled_skus_{};             // guarded by mutex_
    std::vector<OrderStatus> statuses_{};              // guarded by mutex_
    std::optional<Clock::Monotonic> statuses_read_{};  // guarded by mutex_
};

// Digits alone: an id that may go into an address.
bool is_id(std::string_view text);

}  // namespace shopwire::keycrm
