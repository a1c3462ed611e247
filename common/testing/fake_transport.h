// A transport that answers from a script and keeps what it was asked.  Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "common/http/transport.h"

namespace shopwire::testing {

class FakeTransport final : public http::Transport {
 public:
    using Answer = std::function<Result<http::Response>(const http::Request&, std::stop_token)>;

    // The next answers, one per request, in this order.
    void reply(int status, std::string body = {}, http::Headers headers = {});
    void fail(Error error);
    void reply_by(Answer answer);
    // Answers every request for which the script has nothing.  Without it such a request is a test failure: kRejected,
    // "nothing is scripted for GET http://...".
    void otherwise(Answer answer);

    Result<http::Response> send(const http::Request& request, std::stop_token stop) override;

    std::vector<http::Request> requests() const;  // all so far, in order
    http::Request last() const;                   // REQUIRES: there was one
    std::size_t unused() const;                   // scripted answers that nobody asked for

 private:
    mutable std::mutex mutex_;
    std::deque<Answer> script_{};
    Answer otherwise_{};
    std::vector<http::Request> requests_{};
};

}  // namespace shopwire::testing
