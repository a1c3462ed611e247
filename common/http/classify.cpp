#include <string>

#include "common/http/retry_after.h"
#include "common/http/transport.h"

namespace shopwire::http {

Status classify(const Request& request, const Response& response) {
    const int status = response.status;
    if (status >= 200 && status < 300) return {};
    std::string message =
        (request.operation.empty() ? request.method : request.operation) + ": HTTP " + std::to_string(status);
    switch (status) {
        case 401:
        case 403: return auth_failed(std::move(message));
        case 408:
        case 425: return transient(std::move(message));
        case 429: return rate_limited(std::move(message), retry_after(response.headers));
        default: break;
    }
    if (status < 500) return rejected(std::move(message));
    return request.idempotent ? transient(std::move(message)) : ambiguous(std::move(message));
}

}  // namespace shopwire::http
