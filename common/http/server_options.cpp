#include "common/http/server_options.h"

#include <charconv>
#include <string_view>

namespace shopwire::http {
namespace {

constexpr int kThreadsMax = 1024;
constexpr int kPortMax = 65'535;

// A worker thread stays with a kept connection, so an idle one must not hold it for long.
constexpr std::string_view kKeepAliveMs = "5000";
constexpr std::string_view kBacklog = "1024";  // a burst waits in the kernel instead of being refused

}  // namespace

std::string listening_host(const std::string& listen) {
    const std::string host = listen.substr(0, listen.rfind(':'));
    return host.empty() ? "0.0.0.0" : host;
}

Result<std::vector<std::pair<std::string, std::string>>> civetweb_options(const ServerOptions& options) {
    const std::size_t colon = options.listen.rfind(':');
    int port = -1;
    if (colon != std::string::npos) {
        const char* end = options.listen.data() + options.listen.size();
        const auto [rest, error] = std::from_chars(options.listen.data() + colon + 1, end, port);
        if (error != std::errc() || rest != end) port = -1;
    }
    if (port < 0 || port > kPortMax) return rejected("listen: expected host:port, got \"" + options.listen + "\"");
    if (options.threads < 1 || options.threads > kThreadsMax)
        return rejected("threads: expected 1 to " + std::to_string(kThreadsMax) + ", got " +
                        std::to_string(options.threads));
    if (options.request_timeout.count() < 1) return rejected("request_timeout: expected more than 0");
    std::vector<std::pair<std::string, std::string>> pairs = {
        {"listening_ports", listening_host(options.listen) + ":" + std::to_string(port)},
        {"num_threads", std::to_string(options.threads)},
        {"connection_queue", std::to_string(options.threads)},
        {"request_timeout_ms", std::to_string(options.request_timeout.count())},
        {"enable_keep_alive", "yes"},
        {"keep_alive_timeout_ms", std::string(kKeepAliveMs)},
        {"tcp_nodelay", "1"},
        {"listen_backlog", std::string(kBacklog)},
        {"max_request_size", std::to_string(kHeaderBytesMax)},
        {"decode_url", "yes"},
        {"decode_query_string", "no"},
        {"enable_directory_listing", "no"},
    };
    return pairs;
}

}  // namespace shopwire::http
