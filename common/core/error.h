// Errors as values.  The kind says what the caller does next, the message is one line for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace shopwire {

// One reaction per kind; whoever makes an error decides.  There is no "unknown".
enum class ErrorKind : std::uint8_t {
    kTransient,    // retry the same call after a backoff
    kRateLimited,  // wait retry_after, then retry; costs no attempt
    kAmbiguous,    // a write that may have landed: look it up by its key, then decide
    kAuth,         // stop that connection, park, alert; never dead-letter
    kRejected,     // this record can never succeed as it is: park its key or dead-letter it, by entity
    kCancelled,    // stop was requested: leave without committing
};

std::string_view name_of(ErrorKind kind);  // "transient", "rate_limited" ...

struct Error {
    ErrorKind kind = ErrorKind::kTransient;
    std::string message{};  // gerund, what, detail: "reading orders: HTTP 503"; no secrets, no personal data
    std::optional<std::chrono::milliseconds> retry_after{};  // with kRateLimited, or of a stream: when it is read anew
    // The remote's own words, which may name a buyer: for people with a token, never for a log.
    std::string said{};

    std::string with_words() const;  // the message, and what the remote said

    // Adds the outer context: "syncing shop 7: reading orders: HTTP 503".
    Error within(std::string_view doing) &&;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

std::unexpected<Error> transient(std::string message);
std::unexpected<Error> rate_limited(std::string message, std::optional<std::chrono::milliseconds> retry_after = {});
std::unexpected<Error> ambiguous(std::string message);
std::unexpected<Error> auth_failed(std::string message);
std::unexpected<Error> rejected(std::string message);
std::unexpected<Error> cancelled(std::string message = "stopping");

// Passes an error on, with outer context.
std::unexpected<Error> within(std::string_view doing, Error error);

}  // namespace shopwire
