#include "common/runtime/stop_signals.h"

#include <pthread.h>

#include <csignal>

namespace shopwire::runtime {
namespace {

sigset_t stop_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

void block_stop_signals() {
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

bool wait_for_stop_signal(std::chrono::milliseconds wait) {
    const sigset_t set = stop_signals();
    const std::timespec limit{.tv_sec = wait.count() / 1000, .tv_nsec = (wait.count() % 1000) * 1'000'000};
    return ::sigtimedwait(&set, nullptr, &limit) > 0;
}

}  // namespace shopwire::runtime
