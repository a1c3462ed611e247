#include "common/http/own_sockets.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <map>
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

// Its peer sends nothing more, or we read nothing more.
bool is_ending(int socket) {
    pollfd look{.fd = socket, .events = POLLRDHUP, .revents = 0};
    return poll(&look, 1, 0) == 1 && (look.revents & (POLLRDHUP | POLLHUP)) != 0;
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

int end_reading_over(const std::function<int(int peers)>& peer_max, int server_port,
                     const std::function<bool(const Address&)>& is_exempt) {
    std::map<std::string, std::vector<int>> sockets;  // per peer
    for (const int socket : open_files()) {
        if (address_of(socket, getsockname).port != server_port) continue;
        const std::optional<Address> peer = Address::parse(address_of(socket, getpeername).host);
        if (peer && !is_exempt(*peer) && !is_ending(socket)) sockets[peer->source()].push_back(socket);
    }
    const auto kept = static_cast<std::size_t>(peer_max(static_cast<int>(sockets.size())));
    int ended = 0;
    for (const auto& [peer, list] : sockets) {
        for (std::size_t i = kept; i < list.size(); ++i, ++ended) shutdown(list[i], SHUT_RD);
    }
    return ended;
}

void end_listening(const SocketAddress& server) {
    const bool any_host = server.host == "0.0.0.0" || server.host == "::";
    for (const int socket : open_files()) {
        const SocketAddress own = address_of(socket, getsockname);
        if (own.port == server.port && (any_host || own.host == server.host)) shutdown(socket, SHUT_RD);
    }
}

}  // namespace shopwire::http
