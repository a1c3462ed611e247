// Files that a system gives only to whoever has its key, such as pictures of articles: shops fetch them from us, at
// <public_url>/media/<id>/<SHA-256>.<extension>?sig=<HMAC>.  Nothing is stored: the address says what it stands for,
// and the file is read again when somebody asks.  Only addresses that we made are answered, and only with the very
// bytes that they were made for.  Thread-safe.
#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/http/server.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

struct MediaFile {
    std::string id{};            // for the connector: what to read; no slash
    std::string content_hash{};  // SHA-256 of the bytes, hexadecimal
    std::string content_type{};
};

// The same file always has the same address.  Empty: there is no public address or no secret, or it is no picture of a
// kind that browsers show without running it.
std::string media_url(const ConnectionContext& context, const Secret& secret, const MediaFile& file);

class MediaServer {
 public:
    static constexpr int kAtOnceMax =
        2;  // each spends the budget of the connection, and the port's threads are for webhooks first
    static constexpr std::size_t kBytesMax = 8 * 1024 * 1024;

    struct Answer {
        http::ServerResponse response{};
        std::string_view kind{};  // metric label
    };
    // `below` is what follows "media/" in the path, decoded.  REQUIRES: media outlives the call.
    Answer answer(const std::string& connection_id, Media& media, const http::ServerRequest& request,
                  std::string_view below);
    void stop() { stopping_.request_stop(); }  // readings end soon, and none begins

 private:
    std::atomic<int> running_{0};
    std::stop_source stopping_{};
};

}  // namespace shopwire::runtime
