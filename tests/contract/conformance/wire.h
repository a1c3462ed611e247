// The wire between a connector and its remote, where the kit may look on and interfere.  Thread-safe, as every
// transport; `interfere` is called between the calls of a connector.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/http/client.h"

namespace shopwire::conformance {

class Wire final : public http::Transport {
 public:
    using Next = std::function<Result<http::Response>()>;  // what the remote answers
    // `index` counts the requests since the last `interfere`, from 0.
    using Interference =
        std::function<Result<http::Response>(std::size_t index, const http::Request& request, const Next& next)>;

    void interfere(Interference with);  // {}: no more
    std::size_t requests() const;       // since the last `interfere`

    Result<http::Response> send(const http::Request& request, std::stop_token stop) override;

 private:
    const std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    mutable std::mutex mutex_;
    Interference interference_{};
    std::size_t requests_ = 0;
};

bool is_write(const http::Request& request);

// No answer came, and the request may have arrived: what a transport says then.
Result<http::Response> no_answer(const http::Request& request);

}  // namespace shopwire::conformance
