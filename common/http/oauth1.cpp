#include "common/http/oauth1.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/core/ids.h"
#include "common/http/client.h"
#include "common/http/digest.h"

namespace shopwire::http {
namespace {

constexpr std::size_t kNonceBytes = 16;

// A shop keeps the nonces of each second and refuses one that it knows, so it has to be unique among all our processes.
Result<std::string> new_nonce() {
    std::array<unsigned char, kNonceBytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return transient("making a nonce: no random bytes");
    return hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string oauth1_base_string(std::string_view method, std::string_view url, const Parameters& parameters) {
    Parameters encoded;
    for (const auto& [name, value] : parameters) encoded.emplace_back(percent_encode(name), percent_encode(value));
    // By value too, as the RFC says; with names that occur once that makes no difference.
    std::ranges::sort(encoded);
    std::string joined;
    for (const auto& [name, value] : encoded) {
        if (!joined.empty()) joined += '&';
        joined += name + "=" + value;
    }
    return std::string(method) + "&" + percent_encode(url) + "&" + percent_encode(joined);
}

std::string oauth1_signature(std::string_view base_string, const Secret& consumer_secret) {
    return base64(hmac_sha256(Secret(percent_encode(consumer_secret.reveal()) + "&"), base_string));
}

// A shop's OAuth 1.0a: the query is signed, a JSON body is not.
Signer oauth1_auth(std::string consumer_key, Secret consumer_secret, Clock& clock) {
    return [key = std::move(consumer_key), secret = std::move(consumer_secret), &clock](Request& request) -> Status {
        Result<std::string> nonce = new_nonce();
        if (!nonce) return std::unexpected(nonce.error());
        request.query.emplace_back("oauth_consumer_key", key);
        request.query.emplace_back("oauth_nonce", *std::move(nonce));
        request.query.emplace_back("oauth_signature_method", "HMAC-SHA256");
        request.query.emplace_back("oauth_timestamp", std::to_string(clock.now_ms() / 1000));
        const std::string base = oauth1_base_string(request.method, request.url, request.query);
        request.query.emplace_back("oauth_signature", oauth1_signature(base, secret));
        return {};
    };
}

}  // namespace shopwire::http
