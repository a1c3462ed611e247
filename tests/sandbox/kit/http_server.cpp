#include "tests/sandbox/kit/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "tests/sandbox/kit/connection.h"
#include "tests/sandbox/kit/fault_answer.h"
#include "tests/sandbox/kit/request_reader.h"

namespace sandbox::kit {

namespace {

constexpr std::size_t kMaxLateWrites = 1000;
constexpr int kBacklog = 512;

struct Listener {
    int fd = -1;
    int port = -1;
    bool secure = false;
};

std::expected<Listener, std::string> listen_on(const std::string& bind_to, int port, bool secure) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, bind_to.c_str(), &address.sin_addr) != 1) {
        return std::unexpected("starting server: address " + bind_to + " is not IPv4");
    }
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(fd, raw, size) != 0 || ::listen(fd, kBacklog) != 0 || ::getsockname(fd, raw, &size) != 0) {
        ::close(fd);
        return std::unexpected("starting server: port " + std::to_string(port) + " cannot be bound");
    }
    return Listener{.fd = fd, .port = ntohs(address.sin_port), .secure = secure};
}

SslContext make_context(const Certificate& certificate) {
    SslContext context(SSL_CTX_new(TLS_server_method()));
    BIO* open_part = BIO_new_mem_buf(certificate.certificate_pem.data(), -1);
    BIO* secret_part = BIO_new_mem_buf(certificate.private_key_pem.data(), -1);
    X509* parsed = PEM_read_bio_X509(open_part, nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(secret_part, nullptr, nullptr, nullptr);
    const bool usable =
        SSL_CTX_use_certificate(context.get(), parsed) == 1 && SSL_CTX_use_PrivateKey(context.get(), key) == 1;
    X509_free(parsed);
    EVP_PKEY_free(key);
    BIO_free(open_part);
    BIO_free(secret_part);
    return usable ? std::move(context) : SslContext{};
}

}  // namespace

struct HttpServer::Impl {
    ServerOptions options;
    AnswerTools tools;
    SslContext tls;
    std::vector<Listener> listeners;
    int wake = ::eventfd(0, EFD_CLOEXEC);

    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    std::set<int> open;  // descriptors of running connection threads
    struct Late {
        std::chrono::steady_clock::time_point due;
        Request request;
    };
    std::deque<Late> late;
    std::jthread late_worker;
    std::jthread acceptor;

    ~Impl() {
        for (const auto& listener : listeners) ::close(listener.fd);
        ::close(wake);
    }

    bool sleep(int milliseconds) {
        std::unique_lock lock(mutex);
        return !changed.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stopping; });
    }

    void apply_late(Request request, int delay_ms) {
        const std::scoped_lock lock(mutex);
        if (late.size() >= kMaxLateWrites) return;
        late.push_back({std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_ms), std::move(request)});
        changed.notify_all();
    }

    void run_late() {
        std::unique_lock lock(mutex);
        while (!stopping) {
            const auto first = std::ranges::min_element(late, {}, &Late::due);
            if (first == late.end()) {
                changed.wait(lock);
            } else if (const auto due = first->due; std::chrono::steady_clock::now() < due) {
                changed.wait_until(lock, due);
            } else {
                const Request request = std::move(first->request);
                late.erase(first);
                lock.unlock();
                tools.handler(request);
                lock.lock();
            }
        }
    }

    void run_acceptor() {
        std::vector<pollfd> waits;
        waits.reserve(listeners.size() + 1);
        for (const auto& listener : listeners) waits.push_back({.fd = listener.fd, .events = POLLIN, .revents = 0});
        waits.push_back({.fd = wake, .events = POLLIN, .revents = 0});
        while (::poll(waits.data(), waits.size(), -1) >= 0 && waits.back().revents == 0) {
            for (std::size_t i = 0; i < listeners.size(); ++i) {
                if (waits[i].revents == 0) continue;
                const int fd = ::accept4(listeners[i].fd, nullptr, nullptr, SOCK_CLOEXEC);
                if (fd >= 0) begin(fd, listeners[i].secure);
            }
        }
    }

    void begin(int fd, bool secure) {
        {
            const std::scoped_lock lock(mutex);
            if (stopping || open.size() >= options.max_connections) {
                ::close(fd);
                return;
            }
            open.insert(fd);
        }
        // Detached: stop() waits until `open` is empty, and the thread touches nothing of this object after that.
        std::thread([this, fd, secure] {
            auto connection = std::make_unique<Connection>(fd, secure ? tls.get() : nullptr);
            converse(*connection);
            // Out of the set before the descriptor is closed, else its number could come back as another connection's.
            std::unique_lock lock(mutex);
            open.erase(fd);
            lock.unlock();
            connection.reset();
            OPENSSL_thread_stop();  // the process may be gone before this thread has wholly ended
            lock.lock();
            ++closed;
            changed.notify_all();
        }).detach();
        ++begun;
    }

    void converse(Connection& connection) {
        if (!connection.handshake()) return;
        RequestReader reader(connection, options.max_body);
        while (true) {
            Request request;
            switch (reader.next(request)) {
                case ReadResult::kRequest: break;
                case ReadResult::kClosed: return;
                case ReadResult::kMalformed:
                    connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    return;
                case ReadResult::kTooLarge:
                    connection.write("HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\n\r\n");
                    return;
            }
            const auto started = now_micros();
            const auto fault = options.faults == nullptr
                                   ? Fault{}
                                   : options.faults->pick("http", request.method, request.path).value_or(Fault{});
            const auto answered = answer(connection, request, reader.keep_alive(), fault, tools);
            if (options.log != nullptr) options.log->add(request, answered.status, started, fault.kind);
            if (!answered.keep_open) return;
        }
    }

    std::int64_t begun = 0;   // by the acceptor alone, read after it ended
    std::int64_t closed = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::expected<std::unique_ptr<HttpServer>, std::string> HttpServer::start(const ServerOptions& options,
                                                                          Handler handler) {
    auto impl = std::make_unique<Impl>();
    auto* raw = impl.get();
    impl->options = options;
    impl->tools.handler = std::move(handler);
    impl->tools.sleep = [raw](int milliseconds) { return raw->sleep(milliseconds); };
    impl->tools.apply_late = [raw](Request request, int delay_ms) { raw->apply_late(std::move(request), delay_ms); };
    if (options.https_port >= 0) {
        if (options.certificate) impl->tls = make_context(*options.certificate);
        if (!impl->tls) return std::unexpected("starting server: no usable certificate");
    }
    for (const auto& [port, secure] : {std::pair{options.http_port, false}, std::pair{options.https_port, true}}) {
        if (port < 0) continue;
        auto listener = listen_on(options.bind, port, secure);
        if (!listener) return std::unexpected(listener.error());
        impl->listeners.push_back(*listener);
    }
    impl->late_worker = std::jthread([raw] { raw->run_late(); });
    impl->acceptor = std::jthread([raw] { raw->run_acceptor(); });
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() { stop(); }

int HttpServer::http_port() const {
    const auto found = std::ranges::find(impl_->listeners, false, &Listener::secure);
    return found == impl_->listeners.end() ? -1 : found->port;
}

int HttpServer::https_port() const {
    const auto found = std::ranges::find(impl_->listeners, true, &Listener::secure);
    return found == impl_->listeners.end() ? -1 : found->port;
}

void HttpServer::stop() {
    std::unique_lock lock(impl_->mutex);
    if (impl_->stopping) return;
    impl_->stopping = true;
    impl_->changed.notify_all();
    for (const int fd : impl_->open) ::shutdown(fd, SHUT_RDWR);
    lock.unlock();
    const std::uint64_t one = 1;
    if (::write(impl_->wake, &one, sizeof one) != sizeof one) std::abort();
    impl_->acceptor.join();
    impl_->late_worker.join();
    lock.lock();
    impl_->changed.wait(lock, [this] { return impl_->closed == impl_->begun; });
}

}  // namespace sandbox::kit
