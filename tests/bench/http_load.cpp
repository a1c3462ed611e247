// bench-http-load: signed webhooks, each with a body of its own, over many connections from one thread; one line of
// JSON at the end.
//
// Closed loop: a connection sends its next request when it has the whole answer.  Signatures are computed before the
// clock starts.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/guarded.h"

namespace shopwire::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kIdMark = "@ID@@@@@@";        // nine digits take its place
constexpr std::string_view kSecondMark = "@S";           // two digits
constexpr std::int64_t kFirstIdMin = 100'000'000;
constexpr int kSignatureBytes = 44;                      // base64 of 32
constexpr int kEvents = 64;
constexpr int kStallMs = 10'000;
constexpr std::size_t kReadBytes = 4'096;
constexpr double kSaturated = 0.9;                       // of one core: then the generator is what is measured
constexpr int kExitProblem = 1;

struct Options {
    int port = 0;
    std::string path{};
    std::string body_file{};
    std::string secret{};
    std::int64_t first = kFirstIdMin;
    std::size_t requests = 10'000;
    std::size_t warmup = 1'000;
    std::size_t connections = 64;
    bool close = false;
};

[[noreturn]] void die(const std::string& what) {
    std::cerr << "bench-http-load: " << what << "\n";
    std::exit(kExitProblem);
}

// The request with its marks, and where they are.
class Template {
 public:
    explicit Template(const Options& options) : options_(options) {
        std::ifstream file(options.body_file, std::ios::binary);
        body_.assign(std::istreambuf_iterator<char>(file), {});
        if (body_.find(kIdMark) == std::string::npos) die(options.body_file + ": no " + std::string(kIdMark));
        head_ = "POST " + options.path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) +
                "\r\nUser-Agent: WooCommerce/11.0.1 Hookshot (WordPress/7.0.4)\r\nAccept: */*\r\nContent-Type: "
                "application/json"
                "\r\nX-WC-Webhook-Topic: order.created\r\nX-WC-Webhook-Resource: order\r\nX-WC-Webhook-Event: created"
                "\r\nX-WC-Webhook-ID: 6\r\nConnection: " +
                (options.close ? "close" : "keep-alive") + "\r\nContent-Length: " + std::to_string(body_.size()) +
                "\r\nX-WC-Webhook-Signature: ";
        signatures_.resize((options.requests + options.warmup) * kSignatureBytes);
        for (std::size_t i = 0; i < options.requests + options.warmup; ++i) sign(i);
    }

    void render(std::size_t index, std::string& out) const {
        out = head_;
        out.append(signatures_, index * kSignatureBytes, kSignatureBytes);
        out += "\r\n\r\n";
        append_body(index, out);
    }

 private:
    void append_body(std::size_t index, std::string& out) const {
        const std::size_t start = out.size();
        out += body_;
        const std::string id = std::to_string(options_.first + static_cast<std::int64_t>(index));
        replace_all(out, start, kIdMark, id);
        const char second[] = {static_cast<char>('0' + index % 60 / 10), static_cast<char>('0' + index % 10)};
        replace_all(out, start, kSecondMark, {second, 2});
    }

    static void replace_all(std::string& text, std::size_t from, std::string_view mark, std::string_view value) {
        for (std::size_t at = text.find(mark, from); at != std::string::npos; at = text.find(mark, at + value.size()))
            text.replace(at, mark.size(), value);
    }

    void sign(std::size_t index) {
        std::string body;
        append_body(index, body);
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        HMAC(EVP_sha256(), options_.secret.data(), static_cast<int>(options_.secret.size()),
             reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
        std::array<unsigned char, kSignatureBytes + 1> text{};
        EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
        std::memcpy(signatures_.data() + index * kSignatureBytes, text.data(), kSignatureBytes);
    }

    const Options& options_;
    std::string head_;
    std::string body_;
    std::string signatures_;
};

struct Connection {
    int socket = -1;
    std::string out{};
    std::size_t sent = 0;
    std::string in{};
    SteadyClock::time_point started{};
    bool measured = false;
};

class Load {
 public:
    explicit Load(const Options& options)
        : options_(options), template_(options), poll_(epoll_create1(0)), connections_(options.connections) {
        latencies_ms_.reserve(options.requests);
    }
    ~Load() {
        for (const Connection& connection : connections_) close(connection.socket);
        close(poll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void run() {
        for (Connection& connection : connections_) start(connection);
        while (open_ > 0) {
            std::array<epoll_event, kEvents> events{};
            const int count = epoll_wait(poll_, events.data(), kEvents, kStallMs);
            if (count == 0) die("no answer for 10 s");
            for (int i = 0; i < count; ++i)
                serve(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
    }

    void print() {
        std::ranges::sort(latencies_ms_);
        const double seconds = std::chrono::duration<double>(SteadyClock::now() - measured_from_).count();
        const double busy = (cpu_seconds() - cpu_before_) / seconds;
        const auto quantile = [&](double q) {
            return latencies_ms_.empty()
                       ? 0.0
                       : latencies_ms_[static_cast<std::size_t>(q * static_cast<double>(latencies_ms_.size() - 1))];
        };
        std::printf(
            "{\"requests\": %zu, \"rate\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"errors\": %zu, "
            "\"generator_busy\": %.3f, "
            "\"saturated\": %s}\n",
            latencies_ms_.size(), static_cast<double>(latencies_ms_.size()) / seconds, quantile(0.5), quantile(0.99),
            errors_, busy, busy > kSaturated ? "true" : "false");
    }

 private:
    static double cpu_seconds() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
        };
        return seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }

    void connect_socket(Connection& connection) {
        connection.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connection.socket < 0) die("no socket left");
        const int on = 1;
        setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // Reset instead of TIME_WAIT: thousands of connections a second would use up the ports.
        const linger abrupt{.l_onoff = 1, .l_linger = 0};
        if (options_.close) setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
            errno != EINPROGRESS)
            die("connecting: " + std::string(std::strerror(errno)));
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.ptr = &connection;
        epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
        ++open_;
    }

    void disconnect(Connection& connection) {
        close(connection.socket);
        connection.socket = -1;
        --open_;
    }

    // Takes the next request, or leaves when there is none.
    void start(Connection& connection) {
        if (next_ == options_.requests + options_.warmup) {
            if (connection.socket >= 0) disconnect(connection);
            return;
        }
        if (next_ == options_.warmup) {
            measured_from_ = SteadyClock::now();
            cpu_before_ = cpu_seconds();
        }
        connection.measured = next_ >= options_.warmup;
        template_.render(next_++, connection.out);
        connection.sent = 0;
        connection.in.clear();
        connection.started = SteadyClock::now();
        if (connection.socket < 0) {
            connect_socket(connection);
        } else {
            send_more(connection);
        }
    }

    void send_more(Connection& connection) {
        while (connection.sent < connection.out.size()) {
            const ssize_t done = send(connection.socket, connection.out.data() + connection.sent,
                                      connection.out.size() - connection.sent, MSG_NOSIGNAL);
            if (done < 0) {
                if (errno == EAGAIN || errno == ENOTCONN) return;
                return finish(connection, false);
            }
            connection.sent += static_cast<std::size_t>(done);
        }
    }

    void serve(Connection& connection) {
        if (connection.socket < 0) return;
        if (connection.sent < connection.out.size()) send_more(connection);
        std::array<char, kReadBytes> buffer{};
        while (connection.socket >= 0) {
            const ssize_t got = recv(connection.socket, buffer.data(), buffer.size(), 0);
            if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
            if (got <= 0) return finish(connection, false);
            connection.in.append(buffer.data(), static_cast<std::size_t>(got));
            if (is_whole(connection.in)) return finish(connection, connection.in.starts_with("HTTP/1.1 200"));
        }
    }

    static bool is_whole(const std::string& answer) {
        const std::size_t end = answer.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const char* length = strcasestr(answer.c_str(), "\r\nContent-Length:");
        return length != nullptr && answer.size() >= end + 4 + std::strtoul(length + 17, nullptr, 10);
    }

    void finish(Connection& connection, bool ok) {
        if (!ok) {
            if (errors_++ == 0) std::cerr << "first error: " << connection.in.substr(0, 200) << "\n";
        } else if (connection.measured) {
            latencies_ms_.push_back(
                std::chrono::duration<double, std::milli>(SteadyClock::now() - connection.started).count());
        }
        if (!ok || options_.close) disconnect(connection);
        start(connection);
    }

    const Options& options_;
    const Template template_;
    const int poll_;
    std::vector<Connection> connections_;
    std::size_t next_ = 0;
    std::size_t open_ = 0;
    std::size_t errors_ = 0;
    std::vector<double> latencies_ms_;
    SteadyClock::time_point measured_from_{};
    double cpu_before_ = 0;
};

int run(int argc, char** argv) {
    Options options;
    CLI::App app("Sends signed webhooks as fast as they are answered.", "bench-http-load");
    app.add_option("--port", options.port)->required();
    app.add_option("--path", options.path)->required();
    app.add_option("--body", options.body_file, "file with marks for id and second")->required();
    app.add_option("--secret", options.secret)->required();
    app.add_option("--first", options.first, "first id")->check(CLI::Range(kFirstIdMin, 9 * kFirstIdMin));
    app.add_option("--requests", options.requests, "measured ones");
    app.add_option("--warmup", options.warmup, "before those");
    app.add_option("--connections", options.connections);
    app.add_flag("--close", options.close, "a new connection for each request");
    CLI11_PARSE(app, argc, argv);
    Load load(options);
    load.run();
    load.print();
    return 0;
}

}  // namespace
}  // namespace shopwire::bench

int main(int argc, char** argv) {
    return shopwire::bench::guarded("bench-http-load", shopwire::bench::run, argc, argv);
}
