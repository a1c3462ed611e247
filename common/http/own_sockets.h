// This process's TCP sockets by their addresses, since civetweb keeps them to itself and waits up to two seconds in
// each poll. Private to this room; thread-safe.
#pragma once

#include <functional>
#include <string>

#include "common/core/address.h"

namespace shopwire::http {

struct SocketAddress {
    std::string host{};  // as digits
    int port = -1;
};

// Ends the reading side of the connection from `peer` to our `server_port`: its reader sees the end at once, and an
// answer can still be written.
void end_reading(const SocketAddress& peer, int server_port);

// The same for every connection of a server, and for the socket it listens on.  "0.0.0.0" and "::" stand for any host.
void end_listening(const SocketAddress& server);

// Ends the reading side of every connection that a peer has more than `peer_max(number of peers)`; gives how many. What
// comes to a reader then is the end, as when the peer had hung up.
int end_reading_over(const std::function<int(int peers)>& peer_max, int server_port,
                     const std::function<bool(const Address&)>& is_exempt);

}  // namespace shopwire::http
