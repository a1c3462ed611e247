#include "common/http/visitors.h"

#include <algorithm>
#include <string_view>

namespace shopwire::http {
namespace {

constexpr std::size_t kHopsMax = 32;

bool is_ours(const Address& address, const std::vector<Network>& proxies) {
    return std::ranges::any_of(proxies, [&address](const Network& network) { return network.contains(address); });
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// All headers of that name as one list, as RFC 9110 reads them.
std::string forwarded_for(const Headers& headers) {
    std::string all;
    for (const auto& header : headers)
        if (find_header({header}, "X-Forwarded-For") != nullptr) all += (all.empty() ? "" : ",") + header.second;
    return all;
}

}  // namespace

std::string source_of(const std::string& peer, const Headers& headers, const std::vector<Network>& proxies) {
    std::optional<Address> source = Address::parse(peer);
    if (!source) return peer;
    if (!is_ours(*source, proxies)) return source->source();  // what a stranger says of himself counts for nothing
    const std::string named = forwarded_for(headers);
    std::string_view rest = named;
    for (std::size_t hop = 0; !rest.empty() && hop < kHopsMax && is_ours(*source, proxies); ++hop) {
        const std::size_t comma = rest.rfind(',');
        const auto before = Address::parse(trimmed(comma == rest.npos ? rest : rest.substr(comma + 1)));
        if (!before) break;
        source = before;
        rest = comma == rest.npos ? std::string_view{} : rest.substr(0, comma);
    }
    return source->source();
}

Visitors::Visitors(double refused_per_second, Clock& clock) : refused_per_second_(refused_per_second), clock_(clock) {}

double Visitors::debt_at(const Debt& debt, Clock::Monotonic now) const {
    const double seconds = std::chrono::duration<double>(now - debt.at).count();
    return std::max(0.0, debt.refused - seconds * refused_per_second_);
}

bool Visitors::admits(const std::string& source) {
    if (refused_per_second_ <= 0) return true;
    const std::lock_guard lock(mutex_);
    const auto found = by_source_.find(source);
    return found == by_source_.end() ||
           debt_at(*found->second, clock_.monotonic()) < refused_per_second_ * kBurstSeconds;
}

void Visitors::note_refused(const std::string& source) {
    if (refused_per_second_ <= 0) return;
    const std::lock_guard lock(mutex_);
    const Clock::Monotonic now = clock_.monotonic();
    if (const auto found = by_source_.find(source); found != by_source_.end()) {
        debts_.splice(debts_.begin(), debts_, found->second);
        debts_.front().refused = debt_at(debts_.front(), now) + 1;
        debts_.front().at = now;
        return;
    }
    if (debts_.size() >= kSourcesMax) {
        by_source_.erase(debts_.back().source);
        debts_.pop_back();
    }
    debts_.push_front({.source = source, .refused = 1, .at = now});
    by_source_.emplace(source, debts_.begin());
}

}  // namespace shopwire::http
