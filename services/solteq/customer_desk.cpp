#include "services/solteq/customer_desk.h"

#include <algorithm>
#include <array>
#include <functional>

#include "common/log/log.h"
#include "services/solteq/customer.h"

namespace shopwire::solteq {
namespace {

using dialect::FailureClass;
using Found = Result<std::optional<CustomerCard>>;

constexpr std::size_t kLockCount = 64;

std::string country_of(const CustomerCard& card) {
    return card.addresses.empty() ? std::string() : card.addresses.front().country;
}

bool matches(std::string_view field, const std::string& value, const CustomerCard& card) {
    if (field == "tax_code") return normalize_tax_code(card.tax_code, country_of(card)) == value;
    if (field == "email") return normalize_email(card.email) == value;
    return normalize_phone(card.phone, country_of(card)) == value;
}

}  // namespace

Found CustomerDesk::find_by(std::string_view field, const std::string& value, const CustomerCard& wanted,
                            std::stop_token stop) const {
    Outcome<std::vector<CustomerCard>> cards = client_.customers(field, value, std::move(stop));
    if (!cards) return within("looking for the customer by " + std::string(field), std::move(cards.error().error));
    // A filter that the remote does not know is ignored there, so what comes back is compared.
    std::erase_if(*cards, [&](const CustomerCard& card) {
        return card.company() != wanted.company() || !matches(field, value, card);
    });
    if (cards->empty()) return std::optional<CustomerCard>();
    const auto best =
        std::min_element(cards->begin(), cards->end(), [&](const CustomerCard& left, const CustomerCard& right) {
            const auto is_ours = [&](const CustomerCard& card) {
                return !wanted.external_id.empty() && card.external_id == wanted.external_id;
            };
            if (is_ours(left) != is_ours(right)) return is_ours(left);
            return left.id < right.id;
        });
    if (cards->size() > 1) {
        doubled_.add();
        log::warning("several customers match",
                     {{"field", field}, {"count", static_cast<std::int64_t>(cards->size())}, {"taken", best->id}});
    }
    return std::optional<CustomerCard>(*best);
}

Found CustomerDesk::find(const CustomerCard& wanted, const std::string& known_id, std::stop_token stop) const {
    if (!known_id.empty() && client_.can("get_customer")) {
        Outcome<CustomerCard> card = client_.customer(known_id, stop);
        if (card) return std::optional<CustomerCard>(*std::move(card));
        if (card.error().reason != FailureClass::kNotFound)
            return within("reading the customer", std::move(card.error().error));
    }
    const std::string phone = settings_.match_by_phone ? normalize_phone(wanted.phone, country_of(wanted)) : "";
    const std::pair<std::string_view, std::string> identities[] = {
        {"tax_code", wanted.tax_code}, {"email", wanted.email}, {"phone", phone}};
    for (const auto& [field, value] : identities) {
        if (value.empty()) continue;
        Found found = find_by(field, value, wanted, stop);
        if (!found || *found) return found;
    }
    return std::optional<CustomerCard>();
}

CustomerLock::CustomerLock(const CustomerCard& card) {
    static std::array<std::mutex, kLockCount> locks;
    std::vector<std::size_t> places;
    for (const std::string& key : {card.tax_code, card.email, normalize_phone(card.phone, country_of(card))})
        if (!key.empty()) places.push_back(std::hash<std::string>{}(key) % kLockCount);
    std::sort(places.begin(), places.end());  // always in rising order, so that nobody waits in a circle
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (const std::size_t place : places) held_.emplace_back(locks[place]);
}

}  // namespace shopwire::solteq
