#include "services/sors/customer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "common/log/log.h"

namespace shopwire::sors {
namespace {

constexpr int kLookupAttempts = 3;      // after a create whose answer was lost (contract sors 2.6)
constexpr std::size_t kLockCount = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string joined(std::string_view first, std::string_view second) {
    return trimmed(trimmed(first) + " " + trimmed(second));
}

int kind_of(const NewCustomer& customer, const Settings& settings) {
    if (customer.pib.empty()) return 3;
    if (customer.country != "RS") return 2;
    for (const KindRule& rule : settings.customer_kinds) {
        const bool listed = std::find(rule.tax_ids.begin(), rule.tax_ids.end(), customer.pib) != rule.tax_ids.end();
        if (listed ||
            (!rule.company_contains.empty() && customer.name.find(rule.company_contains) != std::string::npos))
            return rule.kind;
    }
    return 1;
}

bool is_person(int kind) { return kind == 3; }

// Locks of all connections in this process: two of them may write to one database.  A lock is chosen by hash, always in
// rising order.
class IdentityLocks {
 public:
    explicit IdentityLocks(const std::vector<std::string>& keys) {
        static std::array<std::mutex, kLockCount> locks;
        std::vector<std::size_t> places;
        places.reserve(keys.size());
        for (const std::string& key : keys) places.push_back(std::hash<std::string>{}(key) % kLockCount);
        std::sort(places.begin(), places.end());
        places.erase(std::unique(places.begin(), places.end()), places.end());
        for (const std::size_t place : places) held_.emplace_back(locks[place]);
    }

 private:
    std::vector<std::unique_lock<std::mutex>> held_{};
};

std::string key_of(const std::string& database, std::string_view field, const std::string& value) {
    return database + '\n' + std::string(field) + '\n' + value;
}

}  // namespace

std::string normalize_pib(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '.' && c != '-' && c != '/' && c != '\t') out += upper(c);
    if (out.starts_with("RS")) out.erase(0, 2);
    return out;
}

bool valid_pib(std::string_view pib) {
    if (pib.size() != 9 || !std::all_of(pib.begin(), pib.end(), is_digit)) return false;
    int product = 10;
    for (const char digit : pib.substr(0, 8)) {
        int sum = (product + (digit - '0')) % 10;
        if (sum == 0) sum = 10;
        product = 2 * sum % 11;
    }
    return (11 - product) % 10 == pib[8] - '0';
}

std::string normalize_phone(std::string_view text, std::string_view country) {
    constexpr std::string_view kSerbia = "381";
    std::string digits;
    for (const char c : text)
        if (is_digit(c)) digits += c;
    const std::string start = trimmed(text);
    if (digits.empty()) return {};
    if (start.starts_with("+")) {
    } else if (digits.starts_with("00")) {
        digits.erase(0, 2);
    } else if (country == "RS" && digits.starts_with("0")) {
        digits = std::string(kSerbia) + digits.substr(1);
    } else if (!(country == "RS" && digits.starts_with(kSerbia))) {
        return {};  // a national number of a country whose prefix we do not know
    }
    if (digits.starts_with("3810")) digits.erase(3, 1);  // "+381 (0)64": the zero is for calls within the country
    return digits.size() < 8 || digits.size() > 15 ? std::string() : "+" + digits;
}

std::string normalize_email(std::string_view text) {
    std::string out = trimmed(text);
    if (out.find('@') == std::string::npos) return {};
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

Result<NewCustomer> customer_of(const events::v1::Order& order, std::string_view order_connection,
                                const Settings& settings) {
    if (!order.personal().has_clear()) return rejected("the order's personal fields cannot be read");
    const std::string& registered = order.customer_native_id();
    const bool guest = registered.empty() || registered == "0";
    return customer_of(order.personal().clear(),
                       guest ? std::string() : std::string(order_connection) + ":customer:" + registered, settings);
}

Result<NewCustomer> customer_of(const events::v1::PersonalFields& person, std::string external_id,
                                const Settings& settings) {
    const events::v1::Address& billing = person.billing();
    NewCustomer out{.address = joined(billing.line_1(), billing.line_2()),
                    .city = trimmed(billing.city()),
                    .postal_code = trimmed(billing.postal_code()),
                    .country = billing.country().empty() ? "RS" : billing.country(),
                    .email = normalize_email(person.email()),
                    .external_id = std::move(external_id)};
    out.phone = normalize_phone(person.phone(), out.country);
    out.pib = normalize_pib(person.tax_id());
    if (!out.pib.empty() && out.country == "RS" && !valid_pib(out.pib)) {
        if (settings.invalid_pib == "reject") return rejected("the PIB fails its check digit");
        out.pib.clear();
    }
    const std::string company = trimmed(billing.company());
    const std::string full_name = joined(billing.first_name(), billing.last_name());
    out.name = !out.pib.empty() && !company.empty() ? company : full_name;
    if (out.name.empty())
        out.name = company.empty() ? joined(person.shipping().first_name(), person.shipping().last_name()) : company;
    if (out.name.empty()) return rejected("the customer has neither a company nor a name");
    out.kind = kind_of(out, settings);
    return out;
}

const CustomerCard* best_of(const std::vector<CustomerCard>& cards) {
    const auto number = [](const CustomerCard& card) {
        std::int64_t value = 0;
        std::from_chars(card.id.data(), card.id.data() + card.id.size(), value);
        return value;
    };
    const auto better = [&number](const CustomerCard& left, const CustomerCard& right) {
        if (left.active != right.active) return left.active;
        return number(left) < number(right);
    };
    const auto best = std::min_element(cards.begin(), cards.end(), better);
    return best == cards.end() ? nullptr : &*best;
}

std::vector<CustomerDesk::Identity> CustomerDesk::identities(const NewCustomer& customer) {
    if (!customer.pib.empty()) return {{"pib", customer.pib}};
    std::vector<Identity> out;
    if (!customer.email.empty()) out.emplace_back("email", customer.email);
    if (!customer.phone.empty()) out.emplace_back("phone", customer.phone);
    return out;
}

Result<CustomerCard> CustomerDesk::card_for(const std::string& database, const NewCustomer& customer,
                                            std::stop_token stop) {
    if (is_generic(customer)) return generic(database, stop);
    if (!client_.can("find_customers")) {
        if (!settings_.generic_customer_code.empty()) return CustomerCard{.code = settings_.generic_customer_code};
        return rejected("customers cannot be looked up in this dialect: set generic_customer_code");
    }
    std::vector<std::string> keys;
    for (const auto& [field, value] : identities(customer))
        keys.push_back(key_of(settings_.base_url + database, field, value));
    const IdentityLocks locks(keys);
    const std::optional<Recent> known = recent(database, customer);
    if (known && known->card) return *known->card;
    Result<std::optional<CustomerCard>> found = find(database, customer, stop);
    if (!found) return std::unexpected(std::move(found.error()));
    if (*found) return **std::move(found);
    if (known) return transient("creating the customer: an earlier request got no answer and may still land");
    if (!client_.can("create_customer"))
        return rejected("SORS does not know the customer, and this dialect cannot create one");
    return create(database, customer, stop);
}

bool CustomerDesk::is_generic(const NewCustomer& customer) const {
    return settings_.b2c_customer == "single_generic" && is_person(customer.kind);
}

Result<CustomerCard> CustomerDesk::generic(const std::string& database, std::stop_token stop) {
    const std::string& code = settings_.generic_customer_code;
    if (!client_.can("find_customers")) return CustomerCard{.code = code};
    const Outcome<std::vector<CustomerCard>> cards = client_.customers(database, "code", code, std::move(stop));
    if (!cards) return within("reading the generic customer", cards.error().error);
    for (const CustomerCard& card : *cards)
        if (card.code == code) return card;
    return rejected("generic_customer_code " + code + " is not known to SORS");
}

Result<std::optional<CustomerCard>> CustomerDesk::find(const std::string& database, const NewCustomer& customer,
                                                       std::stop_token stop) {
    for (const auto& [field, value] : identities(customer)) {
        Outcome<std::vector<CustomerCard>> cards = client_.customers(database, field, value, stop);
        if (!cards) return within("looking for the customer by " + std::string(field), std::move(cards.error().error));
        // A consumer is never booked on a company that shares an address or a phone; and a filter that the remote does
        // not know is ignored there, so what comes back is compared.
        const bool by_pib = field == "pib";
        std::erase_if(*cards, [&](const CustomerCard& card) {
            if (by_pib) return normalize_pib(card.pib) != value;
            if (card.kind != 0 && !is_person(card.kind)) return true;
            return field == "email" ? normalize_email(card.email) != value
                                    : normalize_phone(card.phone, customer.country) != value;
        });
        const CustomerCard* best = best_of(*cards);
        if (best == nullptr) continue;
        if (cards->size() > 1) {
            duplicates_.add();
            log::warning("several customers match",
                         {{"field", field}, {"count", static_cast<std::int64_t>(cards->size())}, {"taken", best->id}});
        }
        return std::optional<CustomerCard>(*best);
    }
    return std::optional<CustomerCard>();
}

Result<CustomerCard> CustomerDesk::create(const std::string& database, const NewCustomer& customer,
                                          std::stop_token stop) {
    Outcome<CustomerCard> made = client_.create_customer(database, customer, stop);
    if (made) {
        made->made = true;
        remember(database, customer, Recent{.card = *made, .until = clock_.monotonic() + kRecentFor});
        return *std::move(made);
    }
    const Error& error = made.error().error;
    if (error.kind != ErrorKind::kAmbiguous) return within("creating the customer", error);
    const auto open_for = settings_.timeout + settings_.lookup_delay;
    remember(database, customer, Recent{.card = {}, .until = clock_.monotonic() + open_for});
    for (int attempt = 0; attempt < kLookupAttempts; ++attempt) {
        if (!clock_.sleep_for(settings_.lookup_delay, stop)) return cancelled();
        Result<std::optional<CustomerCard>> found = find(database, customer, stop);
        if (found && *found) return **std::move(found);
    }
    // The document was not sent yet, so the whole command may be tried again; it looks for the customer first, and
    // creates it only when the first request can no longer land.
    return transient("creating the customer: " + error.message + ", and no lookup shows it");
}

std::optional<CustomerDesk::Recent> CustomerDesk::recent(const std::string& database, const NewCustomer& customer) {
    const std::lock_guard lock(mutex_);
    for (const auto& [field, value] : identities(customer))
        if (const auto found = recent_.find(key_of(database, field, value)); found != recent_.end())
            if (clock_.monotonic() < found->second.until) return found->second;
    return std::nullopt;
}

void CustomerDesk::remember(const std::string& database, const NewCustomer& customer, const Recent& what) {
    const std::lock_guard lock(mutex_);
    for (const auto& [field, value] : identities(customer)) {
        std::string key = key_of(database, field, value);
        if (recent_.insert_or_assign(key, what).second) recent_order_.push_back(std::move(key));
    }
    for (; recent_order_.size() > kRecentMax; recent_order_.pop_front()) recent_.erase(recent_order_.front());
}

}  // namespace shopwire::sors
