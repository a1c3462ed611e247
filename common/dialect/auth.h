// Signs requests as a dialect says.  Thread-safe; no message shows a secret.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/dialect/dialect.h"
#include "common/http/transport.h"

namespace shopwire::dialect {

class Authenticator {
 public:
    // `auth`, `transport` and `clock` outlive it.  `transport` fetches OAuth2 tokens, unsigned.
    Authenticator(const Auth& auth, std::map<std::string, Secret> secrets, std::string base_url,
                  http::Transport& transport, Clock& clock)
        : auth_(auth),
          secrets_(std::move(secrets)),
          base_url_(std::move(base_url)),
          transport_(transport),
          clock_(clock) {}

    Status sign(http::Request& request);
    // The remote refused what sign() gave.  True: a new token may help, so the request is worth one more try.
    bool refused();

 private:
    Result<std::string> fill(const TextTemplate& text) const;
    Result<std::string> token();
    Status fetch_token();

    const Auth& auth_;
    const std::map<std::string, Secret> secrets_;
    const std::string base_url_;
    http::Transport& transport_;
    Clock& clock_;
    std::mutex mutex_{};
    Secret token_{};                // guarded by mutex_, as what follows
    Clock::Monotonic expires_{};
};

}  // namespace shopwire::dialect
