#include "tests/unit/common/http/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace shopwire::http::test {
namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

Connection::~Connection() { close(socket_); }

int Connection::connect_to(int port, const char* from) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in source = loopback(0);
    inet_pton(AF_INET, from, &source.sin_addr);
    if (bind(socket, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) std::abort();
    const sockaddr_in address = loopback(port);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    const timeval limit{.tv_sec = 20, .tv_usec = 0};  // a test that waits longer has failed
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return socket;
}

bool Connection::ends_within(std::chrono::milliseconds limit) {
    pollfd look{.fd = socket_, .events = POLLRDHUP, .revents = 0};
    return poll(&look, 1, static_cast<int>(limit.count())) == 1;
}

bool Connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string Connection::read_message() {
    std::array<char, 4096> buffer{};
    while (true) {
        const std::size_t header = rest_.find("\r\n\r\n");
        if (header != std::string::npos) {
            const std::size_t field = rest_.find("Content-Length: ");
            std::size_t length = header + 4;
            if (field < header) length += std::strtoul(rest_.c_str() + field + 16, nullptr, 10);
            if (rest_.size() >= length) {
                std::string message = rest_.substr(0, length);
                rest_.erase(0, length);
                return message;
            }
        }
        const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0) return {};
        rest_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

std::string Connection::read_all() {
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0) return std::exchange(rest_, {});
        rest_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

RawServer::RawServer(std::vector<Talk> talks) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), length) != 0 || listen(listener_, 16) != 0)
        std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, mine = std::move(talks)] { run(mine); });
}

RawServer::~RawServer() {
    shutdown(listener_, SHUT_RDWR);
    shutdown(current_, SHUT_RDWR);  // wakes a talk that waits for a client
    thread_.join();
    close(listener_);
}

std::string RawServer::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void RawServer::run(const std::vector<Talk>& talks) {
    for (const Talk& talk : talks) {
        const int socket = accept(listener_, nullptr, nullptr);
        if (socket < 0) return;
        current_ = socket;
        ++accepted_;
        Connection connection(socket);
        talk(connection);
        current_ = -1;
    }
}

std::string answer(int status, std::string_view body, std::string_view more_headers) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more_headers) + "\r\n" + std::string(body);
}

}  // namespace shopwire::http::test
