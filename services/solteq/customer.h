// Who a customer is: identity, normal forms, and what has crossed already.  Free functions are pure; Echoes is
// thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "common/core/error.h"
#include "common/events/codec.h"
#include "services/solteq/client.h"

namespace shopwire::solteq {

// "1234567-1" of Finland is "FI12345671": capitals, without spaces, dots and dashes, with the country before it.
std::string normalize_tax_code(std::string_view text, std::string_view country);
// FI and 8 digits with their check digit, SE and 12, DK and 8; others two letters and 2 to 12 letters or digits.
bool valid_tax_code(std::string_view code);
std::string normalize_email(std::string_view text);  // trimmed, lower case; empty when it has no @
// E.164 where that can be told: with + or 00, or a Finnish number; empty when it is none.
std::string normalize_phone(std::string_view text, std::string_view country);

// A customer of the shop as a card of ours: without id.  kRejected: a company without a name or a valid tax code.
Result<CustomerCard> card_of(const events::v1::PersonalFields& person, bool company, const Settings& settings);
bool has_name(const CustomerCard& card);

// `known` with what `wanted` has; what `wanted` leaves empty stays.
CustomerCard merge(const CustomerCard& known, const CustomerCard& wanted);

// Of what crosses in either direction, in normal form: equal hashes say the same of a customer.
std::string hash_of(const CustomerCard& card);

// The state of each customer that both sides agree on: what we wrote last to either of them.  A change that equals it
// is the echo of our own write and is dropped (contract solteq 3.5). Bounded and in memory: after a restart an echo
// passes once, and the sink finds nothing to write.
class Echoes {
 public:
    static constexpr std::size_t kCustomersMax = 200'000;

    // `asked`: what was written, where Solteq made `hash` of it, as it does of a text that is too long for it.
    void agree(const std::string& id, std::string hash, std::string asked = {});
    // Unless something else was agreed since `before` was: then that is newer.  The same once more changes nothing, nor
    // what was asked for.
    void agree_after(const std::string& id, const std::string& before, const std::string& hash);
    std::string agreed(const std::string& id) const;  // "" when nothing is known
    // Solteq shows what it made of this very state: to write it once more would change nothing.
    bool stands_for(const std::string& id, const std::string& shown, const std::string& wanted) const;

 private:
    struct Agreed {
        std::string shown{};
        std::string asked{};
    };
    mutable std::mutex mutex_{};
    std::map<std::string, Agreed> hashes_{};  // guarded by mutex_, as the next one
    std::deque<std::string> order_{};         // the oldest leaves first
};

}  // namespace shopwire::solteq
