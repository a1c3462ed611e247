// Raw loopback sockets, to misbehave on either side of an HTTP exchange.  A connection belongs to one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace shopwire::http::test {

class Connection {
 public:
    explicit Connection(int socket) : socket_(socket) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    static int connect_to(int port, const char* from = "127.0.0.1");  // a socket, connected on loopback

    bool write(std::string_view bytes);
    // Up to the end of the first message: its header, and as much body as its Content-Length says.  "" when closed
    // before.
    std::string read_message();
    bool ends_within(std::chrono::milliseconds limit);  // the other side closed
    std::string read_all();  // until the other side closes

 private:
    int socket_;
    std::string rest_{};
};

// Accepts one connection after the other and leads with each the next of `talks`; afterwards the connection is closed.
class RawServer {
 public:
    using Talk = std::function<void(Connection&)>;
    explicit RawServer(std::vector<Talk> talks);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    int port() const { return port_; }
    std::string url(std::string_view path = "/") const;
    int accepted() const { return accepted_; }

 private:
    void run(const std::vector<Talk>& talks);

    int listener_ = -1;
    int port_ = 0;
    std::atomic<int> accepted_{0};
    std::atomic<int> current_{-1};
    std::jthread thread_;
};

// An answer with a Content-Length.
std::string answer(int status, std::string_view body, std::string_view more_headers = {});

}  // namespace shopwire::http::test
