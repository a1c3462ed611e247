// A transport through which nothing is written: reads pass, writes are shown to whoever wants them and refused.
// Thread-safe when its functions are.
#pragma once

#include <functional>

#include "common/http/transport.h"

namespace shopwire::exchanges {

class WriteGate final : public http::Transport {
 public:
    using Reads = std::function<bool(const http::Request&)>;
    using Seen = std::function<void(const http::Request&)>;

    // `inner` outlives it.  `reads`: this request changes nothing; `seen` is called with each of the others.
    WriteGate(http::Transport& inner, Reads reads, Seen seen = {})
        : inner_(inner), reads_(std::move(reads)), seen_(std::move(seen)) {}

    // kCancelled: it would write.  Whoever asked leaves, and tries no other way.
    Result<http::Response> send(const http::Request& request, std::stop_token stop) override;

 private:
    http::Transport& inner_;
    const Reads reads_;
    const Seen seen_;
};

// GET and HEAD.
bool reads_by_method(const http::Request& request);

}  // namespace shopwire::exchanges
