#include "common/exchanges/write_gate.h"

#include <utility>

namespace shopwire::exchanges {

Result<http::Response> WriteGate::send(const http::Request& request, std::stop_token stop) {
    if (reads_(request)) return inner_.send(request, std::move(stop));
    if (seen_) seen_(request);
    return cancelled(request.operation + " writes: it was not sent");
}

bool reads_by_method(const http::Request& request) { return request.method == "GET" || request.method == "HEAD"; }

}  // namespace shopwire::exchanges
