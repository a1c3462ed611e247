// A self-signed certificate for localhost, made at start, so that a test needs no key in the repository.
#pragma once

#include <optional>
#include <string>

namespace sandbox::kit {

struct Certificate {
    std::string certificate_pem;
    std::string private_key_pem;
};

// Names localhost, 127.0.0.1, ::1 and `host` (may be empty). Valid two days. None when OpenSSL refuses.
std::optional<Certificate> make_certificate(const std::string& host);

}  // namespace sandbox::kit
