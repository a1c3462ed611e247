// What a connection remembers of the last minutes: its own stock writes, and what webhooks told.  In memory only: after
// a restart, or in another instance, an echo passes as news and a follow-up is left to the next reading.  Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/decimal.h"

namespace shopwire::keycrm {

// Writing stock makes KeyCRM tell us that stock changed.
class Echoes {
 public:
    static constexpr std::size_t kMax = 20'000;
    static constexpr std::chrono::minutes kKeep{10};  // a 202 may take effect late, and webhooks are repeated

    explicit Echoes(Clock& clock) : clock_(clock) {}
    // What KeyCRM will tell of this offer once our write took effect.
    void expect(const std::string& offer_id, Decimal in_stock, Decimal in_reserve);
    // Exactly that: our own write comes back.
    bool is_echo(const std::string& offer_id, Decimal in_stock, Decimal in_reserve);

 private:
    struct Expected {
        Decimal in_stock{};
        Decimal in_reserve{};
        Clock::Monotonic until{};
    };
    Clock& clock_;
    std::mutex mutex_{};
    std::map<std::string, Expected> expected_{};  // guarded by mutex_
    std::deque<std::pair<Clock::Monotonic, std::string>> order_{};  // guarded by mutex_; by `until`
};

// Ids to be read again soon, each once.
class FollowUps {
 public:
    static constexpr std::size_t kMax = 1'000;  // of each; what is more is left to the next reading of everything
    void add_order(const std::string& id) { add(orders_, id); }
    void add_offer(const std::string& id) { add(offers_, id); }
    std::vector<std::string> take_orders(std::size_t max) { return take(orders_, max); }
    std::vector<std::string> take_offers(std::size_t max) { return take(offers_, max); }
    bool empty() const;

 private:
    void add(std::set<std::string>& into, const std::string& id);
    std::vector<std::string> take(std::set<std::string>& from, std::size_t max);

    mutable std::mutex mutex_{};
    std::set<std::string> orders_{};  // guarded by mutex_
    std::set<std::string> offers_{};  // guarded by mutex_
};

}  // namespace shopwire::keycrm
