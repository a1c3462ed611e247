// The layers of the client chain, each a Transport over the next one inwards.  Private to this room.
// `inner` and every other reference outlive the layer; layers are thread-safe.
#pragma once

#include <memory>

#include "common/http/client.h"

namespace shopwire::http {

// "https://shop.example" of "https://shop.example/a/b".
std::string_view origin_of(std::string_view url);

// Counts and times what the caller asked for, retries and waits included; logs when a connection begins or ceases to
// answer.
std::unique_ptr<Transport> metrics_layer(const ClientOptions& options, Transport& inner, metrics::Registry& metrics,
                                         Clock& clock);

// Repeats idempotent requests alone: those that failed as transient, after a backoff, and those that were answered with
// "too many", after the time that the remote named.  Hands back the last answer as it is.
std::unique_ptr<Transport> retry_layer(const ClientOptions& options, Transport& inner, metrics::Registry& metrics,
                                       Clock& clock);

// Takes a place and a token per attempt, and tells the limiter how the remote took it.
std::unique_ptr<Transport> limit_layer(const ClientOptions& options, Transport& inner, RateLimiter& limiter,
                                       metrics::Registry& metrics, Clock& clock);

// Signs a copy of each attempt, but for those that go where data say.
std::unique_ptr<Transport> auth_layer(Signer sign, Transport& inner);

}  // namespace shopwire::http
