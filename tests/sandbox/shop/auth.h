// Who asks: Basic and query keys where the connection is TLS, OAuth 1.0a on plain HTTP (contract woocommerce 2).
// Thread safe.
#pragma once

#include <map>
#include <mutex>

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/config.h"
#include "tests/sandbox/shop/error.h"

namespace sandbox::shop {

class Authenticator {
 public:
    // True = a key with the right for this method; false = nobody; an error = a key that may not.
    Outcome<bool> check(const kit::Request& request, const ShopConfig& config, std::int64_t now);
    void reset();

 private:
    Outcome<const ApiKey*> oauth(const kit::Request& request, const ShopConfig& config, std::int64_t now);
    bool remember_nonce(const std::string& key, std::int64_t timestamp, const std::string& nonce, std::int64_t now);

    std::mutex mutex_;
    // One nonce per key and second, as the real shop keeps them.
    std::map<std::string, std::map<std::int64_t, std::string>> nonces_;
};

}  // namespace sandbox::shop
