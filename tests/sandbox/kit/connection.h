// One accepted socket, plain or TLS, with blocking reads and writes that time out. Used by one thread; another thread
// may only call shutdown() on its descriptor to wake it.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace sandbox::kit {

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslFree>;

class Connection {
 public:
    // Owns `fd` from here on. `context` null = plain.
    Connection(int fd, SSL_CTX* context);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool handshake();
    bool secure() const { return ssl_ != nullptr; }
    // Bytes read; 0 or less = closed, broken or timed out.
    long read(char* into, std::size_t size);
    bool write(std::string_view bytes);

 private:
    int fd_;
    std::unique_ptr<SSL, SslFree> ssl_;
    bool broken_ = false;
};

}  // namespace sandbox::kit
