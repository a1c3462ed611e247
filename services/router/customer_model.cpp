#include "services/router/customer_model.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>

#include "common/core/ids.h"
#include "common/events/codec.h"

namespace shopwire::router {
namespace {

using events::v1::Address;
using events::v1::Customer;
using events::v1::PersonalFields;

constexpr std::size_t kIdentityBytes = 16;
constexpr std::size_t kPartBytes = 8;
constexpr std::size_t kPhoneDigits = 9;
constexpr std::size_t kPhoneDigitsMin = 6;
constexpr std::size_t kTaxDigitsMin = 6;

// The parts of a fingerprint, in its order, and the field of a route that each belongs to.
constexpr std::array<std::string_view, 14> kFieldOfPart = {"name",     "name",     "email",    "phone",   "tax_id",
                                                           "billing",  "billing",  "billing",  "billing", "shipping",
                                                           "shipping", "shipping", "shipping", "groups"};

constexpr std::size_t kSize = kFieldOfPart.size() * kPartBytes;
const std::string kNothing(kPartBytes, '\0');

std::string_view part(std::string_view fingerprint, std::size_t index) {
    return fingerprint.substr(index * kPartBytes, kPartBytes);
}
bool is_empty(std::string_view part) { return part == kNothing; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::string digits_of(std::string_view text) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out), is_digit);
    return out;
}

std::string hmac(const Secret& key, std::string_view text, std::size_t bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const std::string& secret = key.reveal();
    [[maybe_unused]] const unsigned char* done =
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    assert(done != nullptr && size >= bytes);
    return {digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(bytes)};
}

// Systems split a name and a street as they like.
std::string name_of(const Address& address) { return normal_text(address.first_name() + " " + address.last_name()); }
std::string street_of(const Address& address) { return normal_text(address.line_1() + " " + address.line_2()); }

const PersonalFields& person_of(const Customer& customer) { return customer.personal().clear(); }

std::string groups_of(const Customer& customer) {
    std::vector<std::string> groups(customer.groups().begin(), customer.groups().end());
    std::ranges::sort(groups);
    std::string out;
    for (const std::string& group : groups) out += (out.empty() ? "" : "\n") + normal_text(group);
    return out;
}

}  // namespace

std::string normal_text(std::string_view text) {
    std::string words;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank)
            words += c;
        else if (!words.empty() && words.back() != ' ')
            words += ' ';
    }
    return events::fold_sku(words);
}

std::string normal_email(std::string_view text) {
    std::string out = normal_text(text);
    return out.contains('@') ? out : std::string();
}

std::string normal_phone(std::string_view text) {
    const std::string digits = digits_of(text);
    if (digits.size() < kPhoneDigitsMin) return {};
    const std::size_t from = digits.size() > kPhoneDigits ? digits.size() - kPhoneDigits : 0;
    const std::size_t zeros = from == 0 ? std::min(digits.find_first_not_of('0'), digits.size()) : 0;
    return digits.substr(from + zeros);
}

std::string normal_tax_id(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (is_digit(c) || is_letter(c)) out += c;
    if (out.size() > 2 && is_letter(out[0]) && is_letter(out[1]) && digits_of(out).size() >= kTaxDigitsMin)
        out.erase(0, 2);
    return events::fold_sku(out);
}

std::string identity_of(const Customer& customer, const std::string& connection, const std::vector<std::string>& match,
                        const Secret& key) {
    const PersonalFields& person = person_of(customer);
    for (const std::string& field : match) {
        const std::string value = field == "tax_id"  ? normal_tax_id(person.tax_id())
                                  : field == "email" ? normal_email(person.email())
                                                     : normal_phone(person.phone());
        if (!value.empty()) return hex(hmac(key, field + ":" + value, kIdentityBytes));
    }
    return hex(hmac(key, "id:" + events::join_key({connection, customer.native_id()}), kIdentityBytes));
}

std::string fingerprint_of(const Customer& customer, const Secret& key) {
    const PersonalFields& person = person_of(customer);
    const Address& billing = person.billing();
    const Address& shipping = person.shipping();
    const std::array<std::string, kFieldOfPart.size()> parts = {name_of(billing),
                                                                normal_text(billing.company()),
                                                                normal_email(person.email()),
                                                                normal_phone(person.phone()),
                                                                normal_tax_id(person.tax_id()),
                                                                street_of(billing),
                                                                normal_text(billing.postal_code()),
                                                                normal_text(billing.city()),
                                                                normal_text(billing.country()),
                                                                street_of(shipping),
                                                                normal_text(shipping.postal_code()),
                                                                normal_text(shipping.city()),
                                                                normal_text(shipping.country()),
                                                                groups_of(customer)};
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i)
        out += parts[i].empty() ? kNothing : hmac(key, std::to_string(i) + ":" + parts[i], kPartBytes);
    return out;
}

bool covers(std::string_view known, std::string_view state, const std::vector<std::string>& fields) {
    if (known.size() != kSize || state.size() != kSize) return false;
    for (std::size_t i = 0; i < kFieldOfPart.size(); ++i) {
        if (is_empty(part(state, i)) || part(state, i) == part(known, i)) continue;
        if (std::ranges::find(fields, kFieldOfPart[i]) != fields.end()) return false;
    }
    return true;
}

std::string overlaid(std::string_view known, std::string_view state) {
    if (known.size() != kSize) return std::string(state);
    std::string out;
    for (std::size_t i = 0; i < kFieldOfPart.size(); ++i) out += part(is_empty(part(state, i)) ? known : state, i);
    return out;
}

std::string kept_parts(std::string_view written, std::string_view held, std::string_view shown) {
    std::string out;
    if (held.size() != kSize) return std::string(kSize, '\0');
    for (std::size_t i = 0; i < kFieldOfPart.size(); ++i) {
        const bool kept = part(shown, i) == part(held, i) && part(shown, i) != part(written, i);
        out += kept ? std::string(part(shown, i)) : kNothing;
    }
    return out;
}

std::string shared_parts(std::string_view left, std::string_view right) {
    std::string out;
    if (left.size() != kSize || right.size() != kSize) return std::string(kSize, '\0');
    for (std::size_t i = 0; i < kFieldOfPart.size(); ++i)
        out += part(left, i) == part(right, i) ? std::string(part(left, i)) : kNothing;
    return out;
}

std::string without(std::string_view state, std::string_view parts) {
    if (parts.size() != kSize) return std::string(state);
    std::string out;
    for (std::size_t i = 0; i < kFieldOfPart.size(); ++i)
        out += part(state, i) == part(parts, i) ? kNothing : std::string(part(state, i));
    return out;
}

Customer crossing(const Customer& customer, const std::vector<std::string>& fields, std::string_view state) {
    const auto crosses = [&](std::string_view field) {
        if (std::ranges::find(fields, field) == fields.end()) return false;
        for (std::size_t i = 0; i < kFieldOfPart.size(); ++i)
            if (kFieldOfPart[i] == field && !is_empty(part(state, i))) return true;
        return false;
    };
    const PersonalFields& from = person_of(customer);
    Customer out;
    out.set_active(customer.active());
    out.set_company(customer.company());
    PersonalFields& into = *out.mutable_personal()->mutable_clear();
    if (crosses("billing")) *into.mutable_billing() = from.billing();
    if (crosses("shipping")) *into.mutable_shipping() = from.shipping();
    Address& billing = *into.mutable_billing();
    billing.set_first_name(crosses("name") ? from.billing().first_name() : "");
    billing.set_last_name(crosses("name") ? from.billing().last_name() : "");
    billing.set_company(crosses("name") ? from.billing().company() : "");
    if (crosses("email")) into.set_email(from.email());
    if (crosses("phone")) into.set_phone(from.phone());
    if (crosses("tax_id")) into.set_tax_id(from.tax_id());
    if (crosses("groups")) *out.mutable_groups() = customer.groups();
    return out;
}

}  // namespace shopwire::router
