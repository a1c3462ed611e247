#include <algorithm>
#include <utility>

#include "common/http/transport.h"

namespace shopwire::http {
namespace {

thread_local Clock::Monotonic window_end = Clock::Monotonic::max();

}  // namespace

WriteWindow::WriteWindow(Clock::Monotonic end) : before_(std::exchange(window_end, std::min(window_end, end))) {}
WriteWindow::~WriteWindow() { window_end = before_; }
Clock::Monotonic WriteWindow::end() { return window_end; }

Clock::Monotonic latest_departure(const Request& request) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    return reads ? Clock::Monotonic::max() : request.leave_before;
}

}  // namespace shopwire::http
