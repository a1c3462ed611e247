// Cuts what one peer has more connections than its share of a server's threads: up to a cap, and when the threads run
// out the same for all.  A thread belongs to a connection until that ends, and civetweb tells a connection's peer only
// with its first request, which slow clients never send: so our own sockets are looked at, and only while so many are
// open that somebody may be over it.  What was received whole is answered all the same.  Private to this room;
// thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "common/core/address.h"

namespace shopwire::http {

class ConnectionCap {
 public:
    struct Options {
        int threads = 0;
        int per_peer_max = 0;
        std::function<bool(const Address&)> is_exempt{};  // its connections are those of many
        std::function<void(int cut)> on_cut{};
    };
    explicit ConnectionCap(Options options);
    void start(int server_port);  // once

    void opened();
    void closed() { --open_; }

 private:
    void run(const std::stop_token& stop, int server_port);
    bool is_scarce() const { return open_ >= options_.threads * 3 / 4; }
    bool is_due() const { return open_ > options_.per_peer_max || is_scarce(); }
    int share(int peers) const;

    const Options options_;
    std::atomic<int> open_{0};
    std::mutex mutex_;
    std::condition_variable_any waking_;
    std::jthread thread_;  // last: joins before anything that it uses is gone
};

}  // namespace shopwire::http
