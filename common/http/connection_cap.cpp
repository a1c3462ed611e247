#include "common/http/connection_cap.h"

#include <algorithm>
#include <utility>

#include "common/http/own_sockets.h"

namespace shopwire::http {
namespace {

constexpr std::chrono::milliseconds kTick{50};
constexpr int kShareMin = 2;

}  // namespace

ConnectionCap::ConnectionCap(Options options) : options_(std::move(options)) {}

void ConnectionCap::start(int server_port) {
    thread_ = std::jthread([this, server_port](const std::stop_token& stop) { run(stop, server_port); });
}

void ConnectionCap::opened() {
    ++open_;
    if (!is_due()) return;
    const std::lock_guard lock(mutex_);  // or the one that is about to wait is woken in vain
    waking_.notify_one();
}

int ConnectionCap::share(int peers) const {
    if (!is_scarce()) return options_.per_peer_max;
    return std::min(options_.per_peer_max, std::max(kShareMin, options_.threads / (peers + 1)));  // one for who comes
}

void ConnectionCap::run(const std::stop_token& stop, int server_port) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        waking_.wait(lock, stop, [this] { return is_due(); });
        if (stop.stop_requested()) return;
        lock.unlock();
        const int cut = end_reading_over([this](int peers) { return share(peers); }, server_port, options_.is_exempt);
        if (cut > 0 && options_.on_cut) options_.on_cut(cut);
        lock.lock();
        waking_.wait_for(lock, stop, kTick, [] { return false; });  // those that were cut close meanwhile
    }
}

}  // namespace shopwire::http
