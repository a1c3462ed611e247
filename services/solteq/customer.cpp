#include "services/solteq/customer.h"

#include <algorithm>
#include <array>

namespace shopwire::solteq {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Trimmed, one space between words.
std::string tidy(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

// Weights and remainder of the Finnish business id (contract rules 7.1).
bool valid_finnish(std::string_view digits) {
    constexpr std::array kWeights{7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < kWeights.size(); ++i) sum += kWeights[i] * (digits[i] - '0');
    const int rest = sum % 11;
    return rest != 1 && (rest == 0 ? 0 : 11 - rest) == digits[7] - '0';
}

CustomerAddress address_of(const events::v1::Address& address, const char* kind) {
    return {.kind = kind,
            .street = tidy(address.line_1() + " " + address.line_2()),
            .postal_code = tidy(address.postal_code()),
            .city = tidy(address.city()),
            .country = tidy(address.country())};
}

bool is_empty(const CustomerAddress& address) {
    return address.street.empty() && address.postal_code.empty() && address.city.empty();
}

std::string country_of(const CustomerCard& card) {
    return card.addresses.empty() ? std::string() : card.addresses.front().country;
}

}  // namespace

std::string normalize_tax_code(std::string_view text, std::string_view country) {
    std::string code;
    for (const char c : text)
        if (c != ' ' && c != '-' && c != '.' && c != '\t') code += upper(c);
    if (code.empty() || code.size() < 2 || (is_capital(code[0]) && is_capital(code[1]))) return code;
    return std::string(country) + code;
}

bool valid_tax_code(std::string_view code) {
    if (code.size() < 4 || !is_capital(code[0]) || !is_capital(code[1])) return false;
    const std::string_view country = code.substr(0, 2);
    const std::string_view rest = code.substr(2);
    const bool digits = std::all_of(rest.begin(), rest.end(), is_digit);
    if (country == "FI") return digits && rest.size() == 8 && valid_finnish(rest);
    if (country == "SE") return digits && rest.size() == 12;
    if (country == "DK") return digits && rest.size() == 8;
    return rest.size() <= 12 &&
           std::all_of(rest.begin(), rest.end(), [](char c) { return is_digit(c) || is_capital(c); });
}

std::string normalize_email(std::string_view text) {
    std::string out = tidy(text);
    if (out.find('@') == std::string::npos) return {};
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string normalize_phone(std::string_view text, std::string_view country) {
    std::string digits;
    for (const char c : text)
        if (is_digit(c)) digits += c;
    if (!tidy(text).starts_with('+')) {
        if (digits.starts_with("00"))
            digits.erase(0, 2);
        else if ((country == "FI" || country.empty()) && digits.starts_with("0"))
            digits = "358" + digits.substr(1);
        else
            return {};  // a national number of a country whose prefix we do not know
    }
    return digits.size() < 8 || digits.size() > 15 ? std::string() : "+" + digits;
}

Result<CustomerCard> card_of(const events::v1::PersonalFields& person, bool company, const Settings& settings) {
    const events::v1::Address& billing = person.billing();
    CustomerCard card{.kind = "private",
                      .first_name = tidy(billing.first_name()),
                      .last_name = tidy(billing.last_name()),
                      .email = normalize_email(person.email()),
                      .phone = tidy(person.phone())};
    for (CustomerAddress address : {address_of(billing, "billing"), address_of(person.shipping(), "shipping")})
        if (!is_empty(address)) card.addresses.push_back(std::move(address));
    const std::string tax = normalize_tax_code(person.tax_id(), billing.country().empty() ? "FI" : billing.country());
    const std::string name = tidy(billing.company());
    if (company || (!tax.empty() && !name.empty())) {
        const bool valid = valid_tax_code(tax) && !name.empty();
        if (!valid && settings.invalid_tax_code == "reject")
            return rejected(name.empty() ? "a company needs a name" : "the tax code of the company is not valid");
        if (valid) {
            card.kind = "company";
            card.company_name = name;
            card.tax_code = tax;
        }
    }
    if (card.company()) return card;
    if (card.first_name.empty() && card.last_name.empty()) {
        card.first_name = tidy(person.shipping().first_name());
        card.last_name = tidy(person.shipping().last_name());
    }
    return card;
}

bool has_name(const CustomerCard& card) {
    return !card.company_name.empty() || !card.first_name.empty() || !card.last_name.empty();
}

CustomerCard merge(const CustomerCard& known, const CustomerCard& wanted) {
    CustomerCard out = known;
    const auto take = [](std::string& into, const std::string& value) {
        if (!value.empty()) into = value;
    };
    take(out.kind, wanted.kind);
    take(out.company_name, wanted.company_name);
    take(out.tax_code, wanted.tax_code);
    take(out.first_name, wanted.first_name);
    take(out.last_name, wanted.last_name);
    take(out.email, wanted.email);
    take(out.phone, wanted.phone);
    if (out.external_id.empty()) out.external_id = wanted.external_id;
    for (const CustomerAddress& address : wanted.addresses) {
        const auto found = std::find_if(out.addresses.begin(), out.addresses.end(),
                                        [&](const CustomerAddress& one) { return one.kind == address.kind; });
        if (found == out.addresses.end())
            out.addresses.push_back(address);
        else
            *found = address;
    }
    return out;
}

std::string hash_of(const CustomerCard& card) {
    events::Event event;
    events::v1::Customer& customer = *event.mutable_customer();
    customer.set_company(card.company());
    events::v1::PersonalFields& person = *customer.mutable_personal()->mutable_clear();
    person.set_email(normalize_email(card.email));
    const std::string phone = normalize_phone(card.phone, country_of(card));
    person.set_phone(phone.empty() ? tidy(card.phone) : phone);
    person.set_tax_id(normalize_tax_code(card.tax_code, country_of(card)));
    const auto fill = [&card](events::v1::Address& into, std::string_view kind) {
        for (const CustomerAddress& address : card.addresses) {
            if (address.kind != kind) continue;
            into.set_line_1(tidy(address.street));
            into.set_postal_code(tidy(address.postal_code));
            into.set_city(tidy(address.city));
            into.set_country(tidy(address.country));
        }
    };
    fill(*person.mutable_billing(), "billing");
    fill(*person.mutable_shipping(), "shipping");
    person.mutable_billing()->set_company(tidy(card.company_name));
    person.mutable_billing()->set_first_name(tidy(card.first_name));
    person.mutable_billing()->set_last_name(tidy(card.last_name));
    events::set_content_hash(event);
    return event.source().content_hash();
}

void Echoes::agree(const std::string& id, std::string hash, std::string asked) {
    const std::lock_guard lock(mutex_);
    if (hashes_.insert_or_assign(id, Agreed{.shown = std::move(hash), .asked = std::move(asked)}).second)
        order_.push_back(id);
    for (; order_.size() > kCustomersMax; order_.pop_front()) hashes_.erase(order_.front());
}

void Echoes::agree_after(const std::string& id, const std::string& before, const std::string& hash) {
    if (hash != before && agreed(id) == before) agree(id, hash);
}

std::string Echoes::agreed(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = hashes_.find(id);
    return found == hashes_.end() ? std::string() : found->second.shown;
}

bool Echoes::stands_for(const std::string& id, const std::string& shown, const std::string& wanted) const {
    const std::lock_guard lock(mutex_);
    const auto found = hashes_.find(id);
    return found != hashes_.end() && found->second.shown == shown && found->second.asked == wanted;
}

}  // namespace shopwire::solteq
