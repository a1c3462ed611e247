#include "common/exchanges/mask.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/exchanges/contacts.h"
#include "common/http/client.h"
#include "common/json/value.h"

namespace shopwire::exchanges {
namespace {

constexpr std::string_view kStars = "***";

// As a part of a name; the name is folded.
constexpr std::array<std::string_view, 9> kSecretParts{
    "password", "passwd", "secret", "apikey", "accesskey", "consumerkey", "privatekey", "credential", "signature"};
// As the whole of it.  Not every token: one that leads to the next page is none.
constexpr std::array<std::string_view, 12> kSecretNames{
    "authorization", "proxyauthorization", "cookie",    "setcookie",    "token", "accesstoken", "refreshtoken",
    "idtoken",       "apitoken",           "authtoken", "sessiontoken", "jwt"};
constexpr std::array<std::string_view, 16> kPersonalParts{
    "email",      "phone",   "mobile",   "firstname", "lastname", "middlename", "fullname", "surname",
    "postalcode", "zipcode", "postcode", "birth",     "taxid",    "vatnumber",  "passport", "iban"};
constexpr std::array<std::string_view, 26> kPersonalNames{"address",      "address1",         "address2",
                                                          "addressline1", "addressline2",     "line1",
                                                          "line2",        "street",           "city",
                                                          "zip",          "company",          "companyname",
                                                          "contact",      "contactname",      "login",
                                                          "user",         "username",         "fax",
                                                          "ip",           "ipaddress",        "customeripaddress",
                                                          "note",         "customernote",     "comment",
                                                          "taxcode",      "customeruseragent"};
// Whoever stands below one of these is a person, and so is what has one of the members above.
constexpr std::array<std::string_view, 10> kPeople{"billing", "shipping",  "customer", "customers", "buyer",
                                                   "client",  "consignee", "person",   "recipient", "sender"};

std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '_' || c == '-' || c == ' ') continue;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
    }
    return out;
}

std::vector<std::string> folded(const std::vector<std::string>& names) {
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const std::string& name : names) out.push_back(folded(name));
    return out;
}

bool contains(const auto& list, std::string_view name) { return std::ranges::find(list, name) != list.end(); }

bool has_part(const auto& list, std::string_view name) {
    return std::ranges::any_of(list, [name](std::string_view part) { return name.contains(part); });
}

// Letters and digits go, what stands between them stays.  Bytes beyond ASCII are letters; one x for each character.
std::string shape_of(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c >= '0' && c <= '9')
            out += '0';
        else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0xC0U)
            out += 'x';
        else if (byte < 0x80U)
            out += c;
    }
    return out;
}

// A path may name a person by e-mail address.
std::string without_people(std::string_view url) {
    std::string out;
    for (bool more = true; more;) {
        const std::size_t slash = url.find('/');
        const std::string_view part = url.substr(0, slash);
        const bool contact = part.contains('@') || part.contains("%40");
        out += contact ? kStars : part;
        more = slash != std::string_view::npos;
        if (!more) break;
        out += '/';
        url.remove_prefix(slash + 1);
    }
    return out;
}

bool looks_like_json(std::string_view text) {
    const std::size_t at = text.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && (text[at] == '{' || text[at] == '[');
}

// "a=1&b=2" of a form, without line breaks or spaces.
bool looks_like_form(std::string_view text) {
    return text.contains('=') && text.find_first_of(" \t\r\n<>{") == std::string_view::npos;
}

}  // namespace

// Walks a document once, from text to text, so that numbers stay as they stood.
struct Mask::Writing {
    const Mask& mask;
    json::Writer writer{};

    // An article has a name too: it counts only where somebody is told.
    bool is_name(const std::string& known) const { return known == "name" || contains(mask.personal_, known + "?"); }

    bool is_person(const json::Value& object) const {
        for (std::size_t i = 0; i < object.size(); ++i)
            if (mask.is_personal(object.member_at(i).first)) return true;
        return false;
    }

    void object(const json::Value& value, bool person) {
        person = person || is_person(value);
        writer.begin_object();
        for (std::size_t i = 0; i < value.size(); ++i) {
            const auto [name, member] = value.member_at(i);
            writer.key(name);
            const std::string known = folded(name);
            if (mask.is_secret(known))
                hidden(member, true);
            else if (mask.is_personal(known) || (person && is_name(known)))
                hidden(member, false);
            else
                any(member, contains(kPeople, known) || contains(mask.people_, known));
        }
        writer.end_object();
    }

    // All texts below it.
    void hidden(const json::Value& value, bool secret) {
        switch (value.type()) {
            case json::Type::kString:
                if (value.text().empty())
                    writer.string("");
                else
                    writer.string(secret ? std::string(kStars) : mask.personal(value.text()));
                return;
            case json::Type::kNumber:
                if (secret || mask.how_ != Personal::kShown)
                    writer.number_text("0");
                else
                    writer.number_text(value.text());
                return;
            case json::Type::kArray:
                writer.begin_array();
                for (std::size_t i = 0; i < value.size(); ++i) hidden(value.at(i), secret);
                writer.end_array();
                return;
            case json::Type::kObject:
                writer.begin_object();
                for (std::size_t i = 0; i < value.size(); ++i) {
                    const auto [name, member] = value.member_at(i);
                    writer.key(name);
                    hidden(member, secret || mask.is_secret(name));
                }
                writer.end_object();
                return;
            default: any(value, false);
        }
    }

    void any(const json::Value& value, bool person) {
        switch (value.type()) {
            case json::Type::kNull: writer.null(); return;
            case json::Type::kBoolean: writer.boolean(value.boolean()); return;
            case json::Type::kNumber: writer.number_text(value.text()); return;
            case json::Type::kString: writer.string(mask.text(value.text())); return;
            case json::Type::kArray:
                writer.begin_array();
                for (std::size_t i = 0; i < value.size(); ++i) any(value.at(i), person);
                writer.end_array();
                return;
            case json::Type::kObject: object(value, person); return;
        }
    }
};

Mask::Mask(const MaskWords& words, Personal personal)
    : secret_(folded(words.secret)), personal_(folded(words.personal)), people_(folded(words.people)), how_(personal) {}

// Of "login[token]" each part, also of "login%5Btoken%5D" in a form.
bool Mask::is_secret(std::string_view name) const {
    while (true) {
        const std::size_t end = name.find_first_of("[]%");
        const std::string known = folded(name.substr(0, end));
        if (contains(secret_, known) || contains(kSecretNames, known) || has_part(kSecretParts, known)) return true;
        if (end == std::string_view::npos) return false;
        name.remove_prefix(std::min(name.size(), end + (name[end] == '%' ? 3 : 1)));
    }
}

bool Mask::is_personal(std::string_view name) const {
    const std::string known = folded(name);
    return contains(personal_, known) || contains(kPersonalNames, known) || has_part(kPersonalParts, known);
}

std::string Mask::personal(std::string_view text) const {
    switch (how_) {
        case Personal::kShown: return std::string(text);
        case Personal::kStars: return std::string(kStars);
        case Personal::kShape: return shape_of(text);
    }
    return {};
}

std::string Mask::text(std::string_view text) const {
    return how_ == Personal::kShown ? std::string(text) : without_contacts(text);
}

// "Bearer ***": the scheme tells whether the right one is used.
std::string Mask::header(std::string_view name, const std::string& value) const {
    const std::string known = folded(name);
    if (is_secret(known) || known.ends_with("key") || known.ends_with("token")) {
        const std::size_t space = value.find(' ');
        const bool scheme = known.ends_with("authorization") && space != std::string::npos;
        return (scheme ? value.substr(0, space + 1) : std::string()) + std::string(kStars);
    }
    return is_personal(known) ? personal(value) : text(value);
}

std::string Mask::parameter(std::string_view name, const std::string& value) const {
    if (value.empty()) return value;
    if (is_secret(name) || folded(name) == "key") return std::string(kStars);
    return is_personal(name) ? personal(value) : text(value);
}

std::string Mask::body(std::string_view text) const {
    if (text.empty()) return {};
    if (looks_like_json(text)) {
        const Result<json::Document> document = json::Document::parse(text);
        if (!document) return "<" + std::to_string(text.size()) + " bytes that are no whole JSON>";
        Writing writing{.mask = *this};
        writing.any(document->root(), false);
        return writing.writer.take();
    }
    if (!looks_like_form(text)) return "<" + std::to_string(text.size()) + " bytes>";
    std::string out;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (!out.empty()) out += '&';
        out += pair.substr(0, equals);
        if (equals == std::string_view::npos) continue;
        out += '=' + parameter(pair.substr(0, equals), std::string(pair.substr(equals + 1)));
    }
    return out;
}

http::Request Mask::request(http::Request request) const {
    if (how_ != Personal::kShown) request.url = without_people(request.url);
    for (auto& [name, value] : request.query) value = parameter(name, value);
    for (auto& [name, value] : request.headers) value = header(name, value);
    request.body = body(request.body);
    return request;
}

http::Response Mask::response(http::Response response) const {
    for (auto& [name, value] : response.headers) value = header(name, value);
    response.body = body(response.body);
    return response;
}

}  // namespace shopwire::exchanges
