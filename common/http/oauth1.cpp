#include "common/http/oauth1.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/http/base64.h"
#include "common/http/client.h"

namespace shopwire::http {
namespace {

constexpr std::size_t kNonceBytes = 16;

// A shop keeps the nonces of each second and refuses one that it knows, so it has to be unique among all our processes.
Result<std::string> new_nonce() {
    std::array<unsigned char, kNonceBytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return transient("making a nonce: no random bytes");
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string nonce;
    for (const unsigned char byte : bytes) {
        nonce += kDigits[byte >> 4];
        nonce += kDigits[byte & 0xf];
    }
    return nonce;
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
    const std::string key = percent_encode(consumer_secret.reveal()) + "&";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(base_string.data()), base_string.size(), digest.data(), &length);
    return base64({reinterpret_cast<const char*>(digest.data()), length});
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
