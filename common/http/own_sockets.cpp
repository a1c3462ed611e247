#include "common/http/own_sockets.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <vector>

namespace shopwire::http {
namespace {

// The address of the peer, or of our own end.
SocketAddress address_of(int socket, decltype(&getpeername) which_end) {
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    auto* address = reinterpret_cast<sockaddr*>(&raw);
    if (which_end(socket, address, &length) != 0) return {};
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (getnameinfo(address, length, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return {};
    SocketAddress out{.host = host.data()};
    const std::string digits = port.data();
    std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    return out;
}

std::vector<int> open_files() {
    std::vector<int> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        const std::string name = entry.path().filename().string();
        int file = -1;
        std::from_chars(name.data(), name.data() + name.size(), file);
        if (file >= 0) files.push_back(file);
    }
    return files;
}

}  // namespace

void end_reading(const SocketAddress& peer, int server_port) {
    for (const int socket : open_files()) {
        const SocketAddress remote = address_of(socket, getpeername);
        if (remote.port != peer.port || remote.host != peer.host) continue;
        if (address_of(socket, getsockname).port == server_port) shutdown(socket, SHUT_RD);
    }
}

void end_listening(const SocketAddress& server) {
    const bool any_host = server.host == "0.0.0.0" || server.host == "::";
    for (const int socket : open_files()) {
        const SocketAddress own = address_of(socket, getsockname);
        if (own.port == server.port && (any_host || own.host == server.host)) shutdown(socket, SHUT_RD);
    }
}

}  // namespace shopwire::http
