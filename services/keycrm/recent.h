// What a connection remembers of the last minutes: its own stock writes, and what webhooks told.  In memory only: after
// a restart, or in another instance, an echo passes as news and a follow-up is left to the next reading.  Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/decimal.h"

namespace shopwire::keycrm {

// A value by offer for a while, and up to a bound: then the oldest goes.  Not thread-safe.
template <class Value>
class ByOffer {
 public:
    static constexpr std::size_t kMax = 20'000;
    static constexpr std::chrono::minutes kKeep{10};

    void put(const std::string& offer_id, Value value, Clock::Monotonic now) {
        while (!order_.empty() && (order_.front().first <= now || order_.size() >= kMax)) {
            const auto found = kept_.find(order_.front().second);
            if (found != kept_.end() && found->second.until == order_.front().first) kept_.erase(found);
            order_.pop_front();
        }
        kept_[offer_id] = {.value = std::move(value), .until = now + kKeep};
        order_.emplace_back(now + kKeep, offer_id);
    }
    const Value* find(const std::string& offer_id, Clock::Monotonic now) const {
        const auto found = kept_.find(offer_id);
        return found == kept_.end() || found->second.until <= now ? nullptr : &found->second.value;
    }
    void erase(const std::string& offer_id) { kept_.erase(offer_id); }

 private:
    struct Kept {
        Value value{};
        Clock::Monotonic until{};
    };
    std::map<std::string, Kept> kept_{};
    std::deque<std::pair<Clock::Monotonic, std::string>> order_{};  // by `until`
};

// Writing stock makes KeyCRM tell us that stock changed, and a 202 may take effect late.
class Echoes {
    struct Expected {
        Decimal in_stock{};
        Decimal in_reserve{};
    };

 public:
    static constexpr std::size_t kMax = ByOffer<Expected>::kMax;
    static constexpr std::chrono::minutes kKeep = ByOffer<Expected>::kKeep;  // webhooks are repeated, too

    explicit Echoes(Clock& clock) : clock_(clock) {}
    // What KeyCRM will tell of this offer once our write took effect.
    void expect(const std::string& offer_id, Decimal in_stock, Decimal in_reserve);
    // Exactly that: our own write comes back.
    bool is_echo(const std::string& offer_id, Decimal in_stock, Decimal in_reserve);
    // The number was written; not `answered`: perhaps.
    void wrote(const std::string& offer_id, Decimal quantity, bool answered);
    // May another number than this show yet, whatever a reading says now?
    bool awaits_other(const std::string& offer_id, Decimal quantity);

 private:
    Clock& clock_;
    std::mutex mutex_{};
    ByOffer<Expected> expected_{};  // guarded by mutex_
    ByOffer<std::optional<Decimal>> written_{};  // guarded by mutex_; none: one of several
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
