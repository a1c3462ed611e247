// Which SORS customer an order belongs to: PIB, then e-mail, then phone; created when there is none.
// Free functions are pure.  CustomerDesk is thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/error.h"
#include "common/metrics/registry.h"
#include "services/sors/client.h"
#include "services/sors/config.h"
#include "shopwire/events/v1/event.pb.h"

namespace shopwire::sors {

std::string normalize_pib(std::string_view text);    // without spaces, dots, dashes and a leading RS; capitals
bool valid_pib(std::string_view pib);                 // nine digits, ISO 7064 MOD 11,10
std::string normalize_phone(std::string_view text,
                            std::string_view country);  // E.164; empty when it is no phone number
std::string normalize_email(std::string_view text);  // trimmed, lower case; empty when it has no @

// A customer of the shop, ready to be looked for or created.  `external_id`: who it is there; empty: a guest.
Result<NewCustomer> customer_of(const events::v1::PersonalFields& person, std::string external_id,
                                const Settings& settings);
Result<NewCustomer> customer_of(const events::v1::Order& order, std::string_view order_connection,
                                const Settings& settings);

// The card to use among those that match: active ones first, then the lowest id.  nullptr: none.
const CustomerCard* best_of(const std::vector<CustomerCard>& cards);

class CustomerDesk {
 public:
    static constexpr std::size_t kRecentMax = 1'000;
    static constexpr std::chrono::minutes kRecentFor{10};  // far longer than lookups lag behind writes

    // What is passed outlives the desk.
    CustomerDesk(const Client& client, const Settings& settings, Clock& clock, metrics::Counter& duplicates)
        : client_(client), settings_(settings), clock_(clock), duplicates_(duplicates) {}

    // Finds or creates.  Two calls for one person in one database make one customer: they take turns, and a customer
    // that was just created is remembered, since a lookup may not show it yet.
    // One whose creation got no answer is not created again while the first request may still be under way.
    Result<CustomerCard> card_for(const std::string& database, const NewCustomer& customer, std::stop_token stop);

    // Is it booked on the one customer of all consumers?
    bool is_generic(const NewCustomer& customer) const;

 private:
    using Identity = std::pair<std::string_view, std::string>;  // field and value: {"pib", "123456788"}
    static std::vector<Identity> identities(const NewCustomer& customer);
    Result<CustomerCard> generic(const std::string& database, std::stop_token stop);
    Result<std::optional<CustomerCard>> find(const std::string& database, const NewCustomer& customer,
                                             std::stop_token stop);
    Result<CustomerCard> create(const std::string& database, const NewCustomer& customer, std::stop_token stop);
    struct Recent {
        std::optional<CustomerCard> card{};  // nullopt: a request to create it got no answer
        Clock::Monotonic until{};
    };
    std::optional<Recent> recent(const std::string& database, const NewCustomer& customer);
    void remember(const std::string& database, const NewCustomer& customer, const Recent& what);

    const Client& client_;
    const Settings& settings_;
    Clock& clock_;
    metrics::Counter& duplicates_;
    std::mutex mutex_{};
    std::map<std::string, Recent> recent_{};        // guarded by mutex_; key: database, field, value
    std::deque<std::string> recent_order_{};        // guarded by mutex_; the oldest leaves first
};

}  // namespace shopwire::sors
