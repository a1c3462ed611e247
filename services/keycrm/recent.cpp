#include "services/keycrm/recent.h"

namespace shopwire::keycrm {

void Echoes::expect(const std::string& offer_id, Decimal in_stock, Decimal in_reserve) {
    const std::lock_guard lock(mutex_);
    const Clock::Monotonic now = clock_.monotonic();
    while (!order_.empty() && (order_.front().first <= now || order_.size() >= kMax)) {
        const auto found = expected_.find(order_.front().second);
        if (found != expected_.end() && found->second.until == order_.front().first) expected_.erase(found);
        order_.pop_front();
    }
    const Clock::Monotonic until = now + kKeep;
    expected_[offer_id] = {.in_stock = in_stock, .in_reserve = in_reserve, .until = until};
    order_.emplace_back(until, offer_id);
}

bool Echoes::is_echo(const std::string& offer_id, Decimal in_stock, Decimal in_reserve) {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(offer_id);
    if (found == expected_.end() || found->second.until <= clock_.monotonic()) return false;
    const bool same = found->second.in_stock == in_stock && found->second.in_reserve == in_reserve;
    // What differs is news, and from then on our number coming again is news too: somebody changed it back.
    if (!same) expected_.erase(found);
    return same;
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
