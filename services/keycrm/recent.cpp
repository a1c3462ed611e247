#include "services/keycrm/recent.h"

namespace shopwire::keycrm {

void Echoes::expect(const std::string& offer_id, Decimal in_stock, Decimal in_reserve) {
    const std::lock_guard lock(mutex_);
    expected_.put(offer_id, {.in_stock = in_stock, .in_reserve = in_reserve}, clock_.monotonic());
}

bool Echoes::is_echo(const std::string& offer_id, Decimal in_stock, Decimal in_reserve) {
    const std::lock_guard lock(mutex_);
    const Expected* expected = expected_.find(offer_id, clock_.monotonic());
    if (expected == nullptr) return false;
    const bool same = expected->in_stock == in_stock && expected->in_reserve == in_reserve;
    // What differs is news, and from then on our number coming again is news too: somebody changed it back.
    if (!same) expected_.erase(offer_id);
    return same;
}

void Echoes::wrote(const std::string& offer_id, Decimal quantity, bool answered) {
    const std::lock_guard lock(mutex_);
    const Clock::Monotonic now = clock_.monotonic();
    const std::optional<Decimal>* before = written_.find(offer_id, now);
    const bool one = answered || before == nullptr || *before == quantity;
    written_.put(offer_id, one ? std::optional(quantity) : std::nullopt, now);
}

bool Echoes::awaits_other(const std::string& offer_id, Decimal quantity) {
    const std::lock_guard lock(mutex_);
    const std::optional<Decimal>* written = written_.find(offer_id, clock_.monotonic());
    return written != nullptr && *written != quantity;
}

bool FollowUps::empty() const {
    const std::lock_guard lock(mutex_);
    return orders_.empty() && offers_.empty();
}

void FollowUps::add(std::set<std::string>& into, const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (into.size() < kMax) into.insert(id);
}

std::vector<std::string> FollowUps::take(std::set<std::string>& from, std::size_t max) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    while (!from.empty() && out.size() < max) out.push_back(std::move(from.extract(from.begin()).value()));
    return out;
}

}  // namespace shopwire::keycrm
