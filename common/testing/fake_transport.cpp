#include "common/testing/fake_transport.h"

#include <cassert>
#include <utility>

namespace shopwire::testing {

void FakeTransport::reply(int status, std::string body, http::Headers headers) {
    reply_by([answer = http::Response{.status = status, .headers = std::move(headers), .body = std::move(body)}](
                 const http::Request&, const std::stop_token&) -> Result<http::Response> { return answer; });
}

void FakeTransport::fail(Error error) {
    reply_by([error = std::move(error)](const http::Request&, const std::stop_token&) -> Result<http::Response> {
        return std::unexpected(error);
    });
}

void FakeTransport::reply_by(Answer answer) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(answer));
}

void FakeTransport::otherwise(Answer answer) {
    const std::lock_guard lock(mutex_);
    otherwise_ = std::move(answer);
}

Result<http::Response> FakeTransport::send(const http::Request& request, std::stop_token stop) {
    Answer answer;
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        if (script_.empty()) {
            answer = otherwise_;
        } else {
            answer = std::move(script_.front());
            script_.pop_front();
        }
    }
    if (!answer) return rejected("nothing is scripted for " + request.method + " " + request.url);
    return answer(request, std::move(stop));
}

std::vector<http::Request> FakeTransport::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

http::Request FakeTransport::last() const {
    const std::lock_guard lock(mutex_);
    assert(!requests_.empty());
    return requests_.back();
}

std::size_t FakeTransport::unused() const {
    const std::lock_guard lock(mutex_);
    return script_.size();
}

}  // namespace shopwire::testing
