#include "tests/contract/conformance/wire.h"

namespace shopwire::conformance {

void Wire::interfere(Interference with) {
    const std::lock_guard lock(mutex_);
    interference_ = std::move(with);
    requests_ = 0;
}

std::size_t Wire::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

Result<http::Response> Wire::send(const http::Request& request, std::stop_token stop) {
    Interference interference;
    std::size_t index = 0;
    {
        const std::lock_guard lock(mutex_);
        interference = interference_;
        index = requests_++;
    }
    const Next next = [&] { return transport_->send(request, stop); };
    return interference ? interference(index, request, next) : next();
}

bool is_write(const http::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

Result<http::Response> no_answer(const http::Request& request) {
    const std::string message = request.operation + ": no answer";
    return request.idempotent || !is_write(request) ? Result<http::Response>(transient(message)) : ambiguous(message);
}

}  // namespace shopwire::conformance
