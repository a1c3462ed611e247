// Cuts connections whose request body is not there in time.  civetweb bounds each read, not their sum, so a client that
// sends a byte now and then would hold a thread for hours.  Private to this room; thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "common/http/own_sockets.h"

namespace shopwire::http {

class Deadlines {
 public:
    struct Watched {
        SocketAddress peer{};
        int server_port = 0;
        std::chrono::steady_clock::time_point deadline{};
        bool is_cut = false;
    };
    using Entry = std::list<Watched>::iterator;

    explicit Deadlines(std::chrono::milliseconds limit);

    // Between the two the socket of `peer` stays open in the calling thread, so the one that is cut is the right one.
    Entry begin(SocketAddress peer, int server_port);
    bool end(Entry entry);  // true: it was cut

 private:
    void run(const std::stop_token& stop);
    void cut_late(std::chrono::steady_clock::time_point now);

    const std::chrono::milliseconds limit_;
    std::mutex mutex_;
    std::condition_variable_any stopping_;
    std::list<Watched> waiting_{};  // in order of their deadlines, since the limit is one for all
    std::list<Watched> cut_{};
    std::jthread thread_;  // last: joins before anything that it uses is gone
};

}  // namespace shopwire::http
