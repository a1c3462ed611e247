#include "common/core/error.h"

#include <utility>

namespace shopwire {

std::string_view name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kTransient: return "transient";
        case ErrorKind::kRateLimited: return "rate_limited";
        case ErrorKind::kAmbiguous: return "ambiguous";
        case ErrorKind::kAuth: return "auth";
        case ErrorKind::kRejected: return "rejected";
        case ErrorKind::kCancelled: return "cancelled";
    }
    std::unreachable();
}

Error Error::within(std::string_view doing) && {
    message = std::string(doing) + ": " + message;
    return std::move(*this);
}

std::string Error::with_words() const { return said.empty() ? message : message + ": " + said; }

namespace {
std::unexpected<Error> make(ErrorKind kind, std::string message) {
    return std::unexpected(Error{.kind = kind, .message = std::move(message)});
}
}  // namespace

std::unexpected<Error> transient(std::string message) { return make(ErrorKind::kTransient, std::move(message)); }
std::unexpected<Error> ambiguous(std::string message) { return make(ErrorKind::kAmbiguous, std::move(message)); }
std::unexpected<Error> auth_failed(std::string message) { return make(ErrorKind::kAuth, std::move(message)); }
std::unexpected<Error> rejected(std::string message) { return make(ErrorKind::kRejected, std::move(message)); }
std::unexpected<Error> cancelled(std::string message) { return make(ErrorKind::kCancelled, std::move(message)); }

std::unexpected<Error> rate_limited(std::string message, std::optional<std::chrono::milliseconds> retry_after) {
    return std::unexpected(
        Error{.kind = ErrorKind::kRateLimited, .message = std::move(message), .retry_after = retry_after});
}

std::unexpected<Error> within(std::string_view doing, Error error) {
    return std::unexpected(std::move(error).within(doing));
}

}  // namespace shopwire
