#include "common/http/server.h"

#include <civetweb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "common/http/connection_cap.h"
#include "common/http/deadlines.h"
#include "common/http/server_options.h"
#include "common/http/visitors.h"
#include "common/log/log.h"

namespace shopwire::http {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr int kTooManyRequests = 429;

int connections_per_peer(const ServerOptions& options) {
    return options.connections_per_peer_max > 0 ? options.connections_per_peer_max : std::max(2, options.threads / 2);
}

// While a server starts, what civetweb says about it goes here: it names the reason only in its log.
thread_local std::string* start_log = nullptr;

int on_log(const mg_connection*, const char* message) {
    if (start_log != nullptr && start_log->empty()) *start_log = message;
    // What clients do wrong is no event of ours.
    if (start_log == nullptr) log::debug("http server", {{"detail", message}});
    return 1;
}

struct Body {
    int status = 200;  // anything else: the request ends with it
    std::string bytes{};
};

// Reads until the end of the body, or until one byte more than allowed.
Body read_bytes(mg_connection* connection, long long length, std::size_t bytes_max) {
    Body body;
    if (length > 0) body.bytes.reserve(static_cast<std::size_t>(length));
    std::array<char, kReadBytes> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into before it is read
    while (true) {
        const int got = mg_read(connection, buffer.data(), buffer.size());
        if (got < 0) return {.status = 400};
        if (got == 0) break;
        body.bytes.append(buffer.data(), static_cast<std::size_t>(got));
        if (body.bytes.size() > bytes_max) return {.status = 413};
    }
    if (length >= 0 && std::cmp_less(body.bytes.size(), length)) return {.status = 400};
    return body;
}

// As civetweb decides it afterwards.  A client that is not told waits for more and takes the end for an error.
bool keeps_connection(const mg_connection* connection, const mg_request_info& info) {
    const char* wish = mg_get_header(connection, "Connection");
    if (wish == nullptr) return std::string_view(info.http_version) == "1.1";
    return strcasestr(wish, "keep-alive") != nullptr;
}

std::string render(const mg_connection* connection, const ServerResponse& response, bool with_body, bool keep) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
    out += mg_get_response_code_text(connection, response.status);
    out += "\r\nContent-Type: " + response.content_type;
    out += "\r\nContent-Length: " + std::to_string(response.body.size());
    out += keep ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
    for (const auto& [name, value] : response.headers) {
        if ((name + value).find_first_of("\r\n") != std::string::npos) continue;  // would begin another header
        out += "\r\n" + name + ": " + value;
    }
    out += "\r\n\r\n";
    if (with_body) out += response.body;
    return out;
}

class CivetServer final : public Server {
 public:
    CivetServer(ServerOptions options, Handler handler)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          deadlines_(options_.request_timeout),
          visitors_(options_.refused_per_second, system_clock()),
          cap_({.threads = options_.threads,
                .per_peer_max = connections_per_peer(options_),
                .is_exempt = [this](const Address& peer) { return stands_for_many(peer); },
                .on_cut = [this](int cut) { note(Refusal::kConnections, cut); }}) {}

    ~CivetServer() override {
        if (context_ == nullptr) return;
        end_listening({.host = listening_host(options_.listen), .port = port_});  // else mg_stop takes two seconds
        mg_stop(context_);
    }
    CivetServer(const CivetServer&) = delete;
    CivetServer& operator=(const CivetServer&) = delete;

    Status open() {
        const auto pairs = civetweb_options(options_);
        if (!pairs) return std::unexpected(pairs.error());
        std::vector<const char*> list;
        for (const auto& [name, value] : *pairs) {
            list.push_back(name.c_str());
            list.push_back(value.c_str());
        }
        list.push_back(nullptr);
        mg_callbacks callbacks{};
        callbacks.begin_request = on_request;
        callbacks.init_connection = on_connection;
        callbacks.connection_closed = on_closed;
        callbacks.log_message = on_log;
        std::string reason;
        start_log = &reason;
        context_ = mg_start(&callbacks, this, list.data());
        start_log = nullptr;
        if (context_ == nullptr) return transient("listening on " + options_.listen + ": " + reason);
        mg_server_port port{};
        if (mg_get_server_ports(context_, 1, &port) != 1)
            return transient("listening on " + options_.listen + ": no port");
        port_ = port.port;
        cap_.start(port_);
        return {};
    }

    int port() const override { return port_; }

 private:
    static int on_request(mg_connection* connection) {
        auto& self = *static_cast<CivetServer*>(mg_get_request_info(connection)->user_data);
        return self.serve(connection);
    }

    static CivetServer* server_of(const mg_connection* connection) {
        return static_cast<CivetServer*>(mg_get_user_data(mg_get_context(connection)));
    }
    static int on_connection(const mg_connection* connection, void**) {
        server_of(connection)->cap_.opened();
        return 0;
    }
    static void on_closed(const mg_connection* connection) { server_of(connection)->cap_.closed(); }

    int serve(mg_connection* connection) {
        const mg_request_info& info = *mg_get_request_info(connection);
        ServerRequest request{.method = info.request_method,
                              .path = info.local_uri != nullptr ? info.local_uri : "",
                              .query = info.query_string != nullptr ? info.query_string : ""};
        request.headers.reserve(static_cast<std::size_t>(info.num_headers));
        for (int i = 0; i < info.num_headers; ++i)
            request.headers.emplace_back(info.http_headers[i].name, info.http_headers[i].value);
        request.remote =
            source_of(info.remote_addr, request.headers, options_.proxies.value_or(std::vector<Network>{}));
        const bool counts = options_.proxies || !stands_for_many(Address::parse(info.remote_addr));
        if (counts && !visitors_.admits(request.remote)) {
            note(Refusal::kTooMany, 1);
            return refuse(connection, info, kTooManyRequests);
        }
        Body body = read_body(connection, info);
        if (body.status != 200) {
            if (counts) visitors_.note_refused(request.remote);
            note(body.status == 413   ? Refusal::kTooLarge
                 : body.status == 408 ? Refusal::kTooSlow
                                      : Refusal::kMalformed,
                 1);
            return refuse(connection, info, body.status);
        }
        request.body = std::move(body.bytes);
        const ServerResponse response = handle(request);
        if (counts && response.status >= 400 && response.status < 500) visitors_.note_refused(request.remote);
        return answer(connection, info, response, keeps_connection(connection, info));
    }

    bool stands_for_many(const std::optional<Address>& peer) const {
        if (!peer) return false;
        if (!options_.proxies) return peer->is_internal();
        return std::ranges::any_of(*options_.proxies, [&](const Network& network) { return network.contains(*peer); });
    }

    // What is left of the body is not read, so the next request could not be found.
    static int refuse(mg_connection* connection, const mg_request_info& info, int status) {
        mg_disable_connection_keep_alive(connection);
        ServerResponse response{.status = status};
        if (status == kTooManyRequests) response.headers.emplace_back("Retry-After", "5");
        return answer(connection, info, response, false);
    }

    void note(Refusal what, int times) const {
        if (options_.on_refused) options_.on_refused(what, times);
    }

    Body read_body(mg_connection* connection, const mg_request_info& info) {
        const char* encoding = mg_get_header(connection, "Transfer-Encoding");
        // Both at once is how a request is smuggled past a proxy that believes the other one.
        if (encoding != nullptr && mg_get_header(connection, "Content-Length") != nullptr) return {.status = 400};
        if (encoding == nullptr && info.content_length <= 0) return {};
        if (std::cmp_greater(info.content_length, options_.body_bytes_max)) return {.status = 413};
        if (const char* expect = mg_get_header(connection, "Expect");
            expect != nullptr && std::string_view(expect) == "100-continue")
            mg_printf(connection, "HTTP/1.1 100 Continue\r\n\r\n");
        const Deadlines::Entry watch =
            deadlines_.begin({.host = info.remote_addr, .port = info.remote_port}, info.server_port);
        Body body = read_bytes(connection, encoding == nullptr ? info.content_length : -1, options_.body_bytes_max);
        if (deadlines_.end(watch)) return {.status = 408};
        return body;
    }

    ServerResponse handle(const ServerRequest& request) {
        try {
            return handler_(request);
        } catch (const std::exception& problem) {
            // Not the path: systems that sign nothing have a secret there.
            log::error("handling a request threw", {{"method", request.method}, {"error", problem.what()}});
            return {.status = 500};
        }
    }

    static int answer(mg_connection* connection, const mg_request_info& info, const ServerResponse& response,
                      bool keep) {
        const bool with_body = std::string_view(info.request_method) != "HEAD";
        const std::string text = render(connection, response, with_body, keep);
        // One write, one packet.  A client that does not take it is cut: its rest would be taken for the next answer.
        if (std::cmp_not_equal(mg_write(connection, text.data(), text.size()), text.size()))
            mg_disable_connection_keep_alive(connection);
        return response.status;
    }

    const ServerOptions options_;
    const Handler handler_;
    Deadlines deadlines_;
    Visitors visitors_;
    ConnectionCap cap_;
    mg_context* context_ = nullptr;
    int port_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
    static const unsigned features = mg_init_library(MG_FEATURES_DEFAULT);
    static_cast<void>(features);
    auto server = std::make_unique<CivetServer>(std::move(options), std::move(handler));
    if (Status ok = server->open(); !ok) return std::unexpected(ok.error());
    return server;
}

}  // namespace shopwire::http
