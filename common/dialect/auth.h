// Signs requests as a dialect says.  Thread-safe; no message shows a secret.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/dialect/dialect.h"
#include "common/http/transport.h"

namespace shopwire::dialect {

class Authenticator {
 public:
    using Scopes = std::map<std::string, std::string, std::less<>>;  // operation -> its scope

    // `auth`, `transport` and `clock` outlive it.  `transport` fetches OAuth2 tokens, unsigned.
    Authenticator(const Auth& auth, std::map<std::string, Secret> secrets, std::string base_url, Scopes scopes,
                  http::Transport& transport, Clock& clock)
        : auth_(auth),
          secrets_(std::move(secrets)),
          base_url_(std::move(base_url)),
          scopes_(std::move(scopes)),
          transport_(transport),
          clock_(clock),
          per_scope_(auth.token_per_scope) {}

    Status sign(http::Request& request);
    // The remote refused what sign() gave.  True: a new token may help, so the request is worth one more try.
    bool refused();

 private:
    Result<std::string> fill(const TextTemplate& text) const;
    struct Token {
        Secret value{};
        Clock::Monotonic expires{};
    };
    Result<std::string> token(std::string_view operation);
    std::string scope_of(std::string_view operation) const;
    Result<Token> fetch_token(const std::string& scope);

    const Auth& auth_;
    const std::map<std::string, Secret> secrets_;
    const std::string base_url_;
    const Scopes scopes_;
    http::Transport& transport_;
    Clock& clock_;
    std::mutex mutex_{};
    bool per_scope_;                          // guarded by mutex_, as what follows
    std::map<std::string, Token> tokens_{};   // by scope
};

}  // namespace shopwire::dialect
