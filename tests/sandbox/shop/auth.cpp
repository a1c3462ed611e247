#include "tests/sandbox/shop/auth.h"

#include <algorithm>
#include <cstdlib>

namespace sandbox::shop {

namespace {

constexpr std::int64_t kWindowSeconds = 15 * 60;

std::unexpected<ApiError> refused(const std::string& message) {
    return fail(401, "woocommerce_rest_authentication_error", message);
}

const ApiKey* key_named(const ShopConfig& config, const std::string& name) {
    const auto found = std::ranges::find(config.keys, name, &ApiKey::key);
    return found == config.keys.end() ? nullptr : &*found;
}

// Key and secret as sent; query parameters come before the header.
std::optional<std::pair<std::string, std::string>> plain_keys(const kit::Request& request, const ShopConfig& config) {
    const auto* key = request.query_value("consumer_key");
    const auto* secret = request.query_value("consumer_secret");
    if (key != nullptr && secret != nullptr) return std::pair{*key, *secret};
    const auto* header = config.strip_authorization ? nullptr : request.header("Authorization");
    if (header == nullptr || !header->starts_with("Basic ")) return std::nullopt;
    const auto text = kit::base64_decode(std::string_view(*header).substr(6));
    if (!text) return std::nullopt;
    const auto colon = text->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return std::pair{text->substr(0, colon), text->substr(colon + 1)};
}

// The oauth_* parameters of the query, else of "Authorization: OAuth a="b", ...".
std::map<std::string, std::string> oauth_parameters(const kit::Request& request) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : request.query) {
        if (name.starts_with("oauth_")) out[name] = value;
    }
    const auto* header = request.header("Authorization");
    if (!out.empty() || header == nullptr || !header->starts_with("OAuth ")) return out;
    for (const auto& part : kit::split(std::string_view(*header).substr(6), ',')) {
        const auto equals = part.find('=');
        if (equals == std::string::npos) continue;
        const auto start = part.find_first_not_of(' ');
        auto value = part.substr(equals + 1);
        std::erase(value, '"');
        out[part.substr(start, equals - start)] = kit::url_decode(value, false);
    }
    return out;
}

// PHP turns "include[]" into "include[0]", so a signature over the name as sent does not fit (contract woocommerce 2).
std::string php_name(const std::string& name) {
    return name.ends_with("[]") ? name.substr(0, name.size() - 2) + "[0]" : name;
}

std::string signature_for(const kit::Request& request, const std::string& url,
                          const std::map<std::string, std::string>& oauth, const std::string& secret) {
    std::map<std::string, std::string> all;
    for (const auto& [name, value] : request.query) all[php_name(name)] = value;
    for (const auto& [name, value] : oauth) all[name] = value;
    all.erase("oauth_signature");
    std::string joined;
    for (const auto& [name, value] : all) {
        joined += (joined.empty() ? "" : "&") + kit::url_encode(name) + "=" + kit::url_encode(value);
    }
    const auto base = request.method + "&" + kit::url_encode(url) + "&" + kit::url_encode(joined);
    const bool sha1 = oauth.at("oauth_signature_method") == "HMAC-SHA1";
    return kit::base64_encode(sha1 ? kit::hmac_sha1(secret + "&", base) : kit::hmac_sha256(secret + "&", base));
}

}  // namespace

bool Authenticator::remember_nonce(const std::string& key, std::int64_t timestamp, const std::string& nonce,
                                   std::int64_t now) {
    const std::scoped_lock lock(mutex_);
    auto& used = nonces_[key];
    used.erase(used.begin(), used.lower_bound(now - kWindowSeconds));
    if (std::ranges::any_of(used, [&](const auto& entry) { return entry.second == nonce; })) return false;
    used[timestamp] = nonce;
    return true;
}

Outcome<const ApiKey*> Authenticator::oauth(const kit::Request& request, const ShopConfig& config, std::int64_t now) {
    const auto sent = oauth_parameters(request);
    if (sent.empty()) return nullptr;
    std::string missing;
    for (const char* name :
         {"oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method"}) {
        if (!sent.contains(name)) missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
    if (!missing.empty()) {
        return fail(401, "woocommerce_rest_authentication_missing_parameter", "Missing OAuth parameters " + missing);
    }
    const auto* key = key_named(config, sent.at("oauth_consumer_key"));
    if (key == nullptr) return refused("Consumer key is invalid.");
    const auto& method = sent.at("oauth_signature_method");
    if (method != "HMAC-SHA1" && method != "HMAC-SHA256") {
        return refused("Invalid signature - signature method is invalid.");
    }
    const auto* host = request.header("Host");
    const auto reached =
        (request.secure ? "https://" : "http://") + (host == nullptr ? std::string() : *host) + request.path;
    const auto& signature = sent.at("oauth_signature");
    if (signature != signature_for(request, config.home_url + request.path, sent, key->secret) &&
        signature != signature_for(request, reached, sent, key->secret)) {
        return refused("Invalid signature - provided signature does not match.");
    }
    const auto timestamp = to_integer(Json(sent.at("oauth_timestamp")));
    if (std::abs(timestamp - now) > kWindowSeconds) return refused("Invalid timestamp.");
    if (!remember_nonce(key->key, timestamp, sent.at("oauth_nonce"), now)) {
        return refused("Invalid nonce - nonce has already been used.");
    }
    return key;
}

Outcome<bool> Authenticator::check(const kit::Request& request, const ShopConfig& config, std::int64_t now) {
    const ApiKey* key = nullptr;
    const bool plain_allowed = request.secure || config.basic_over_http;
    if (const auto sent = plain_allowed ? plain_keys(request, config) : std::nullopt) {
        key = key_named(config, sent->first);
        if (key != nullptr && key->secret != sent->second) return refused("Consumer secret is invalid.");
    }
    if (key == nullptr) {
        const auto signed_by = oauth(request, config, now);
        if (!signed_by) return std::unexpected(signed_by.error());
        key = *signed_by;
    }
    if (key == nullptr) return false;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && !key->read) return refused("The API key provided does not have read permissions.");
    if (!reads && request.method != "OPTIONS" && !key->write) {
        return refused("The API key provided does not have write permissions.");
    }
    return true;
}

void Authenticator::reset() {
    const std::scoped_lock lock(mutex_);
    nonces_.clear();
}

}  // namespace sandbox::shop
