#include "tests/sandbox/kit/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

namespace sandbox::kit {

namespace {

constexpr int kTimeoutSeconds = 60;
constexpr std::size_t kMaxPiece = 1U << 20;

}  // namespace

Connection::Connection(int fd, SSL_CTX* context) : fd_(fd) {
    const timeval timeout{.tv_sec = kTimeoutSeconds, .tv_usec = 0};
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (context != nullptr) {
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), fd);
    }
}

Connection::~Connection() {
    if (ssl_ && !broken_) SSL_shutdown(ssl_.get());
    ssl_.reset();
    ::close(fd_);
}

bool Connection::handshake() {
    if (!ssl_) return true;
    broken_ = SSL_accept(ssl_.get()) != 1;
    return !broken_;
}

long Connection::read(char* into, std::size_t size) {
    if (!ssl_) return ::recv(fd_, into, size, 0);
    const int got = SSL_read(ssl_.get(), into, static_cast<int>(std::min(size, kMaxPiece)));
    if (got < 0) broken_ = true;
    return got;
}

bool Connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = std::min(bytes.size(), kMaxPiece);
        const long sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(piece))
                               : ::send(fd_, bytes.data(), piece, MSG_NOSIGNAL);
        if (sent <= 0) {
            broken_ = true;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace sandbox::kit
