#include "common/http/curl_session.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/core/address.h"

namespace shopwire::http {
namespace {

constexpr std::size_t kHeaderBytesMax = 256 * 1024;
constexpr long kConnectionsPerSession = 1;
// Servers close kept connections after some seconds.  A write on one that is just being closed would end as ambiguous,
// so for writes only a fresh one will do.
constexpr long kIdleSecondsMaxOfWrites = 2;
constexpr long kIdleSecondsMax = 60;
constexpr int kPollMs = 1'000;

struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// What the callbacks see of one exchange.
struct Exchange {
    Response response{};
    std::size_t body_bytes_max = 0;
    std::size_t header_bytes = 0;
    bool idempotent = false;
    Clock::Monotonic latest_departure{};
    bool over_bound = false;
    bool header_complete = false;
    int times_sent = 0;  // how often sending began
    bool internal_allowed = true;
    bool address_refused = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    std::string& body = exchange.response.body;
    if (size > exchange.body_bytes_max - body.size()) {
        exchange.over_bound = true;
        return 0;
    }
    body.append(data, size);
    return size;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    const std::string_view line(data, size);
    exchange.header_bytes += size;
    if (exchange.header_bytes > kHeaderBytesMax) {
        exchange.over_bound = true;
        return 0;
    }
    const std::size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        exchange.response.headers.clear();  // those before belonged to an interim answer
        exchange.header_complete = false;
    } else if (trimmed(line).empty()) {
        exchange.header_complete = true;
    } else if (colon != std::string_view::npos) {
        exchange.response.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    return size;
}

// libcurl calls this when a connection stands, right before it sends.  It sends a second time by itself when a kept
// connection turns out to be closed without an answer; for a write nobody knows whether the first one was worked on, so
// that ends here.
int on_before_sending(void* context, char*, char*, int, int) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    if (exchange.times_sent > 0 && !exchange.idempotent) return CURL_PREREQFUNC_ABORT;
    if (system_clock().monotonic() > exchange.latest_departure) return CURL_PREREQFUNC_ABORT;
    ++exchange.times_sent;
    return CURL_PREREQFUNC_OK;
}

// libcurl calls this with each address that a name has.
curl_socket_t on_open(void* context, curlsocktype, curl_sockaddr* target) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    const std::optional<Address> address = Address::of(target->addr);
    if (!address || address->is_no_system() || (address->is_internal() && !exchange.internal_allowed)) {
        exchange.address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

bool has_line_break_or_zero(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

class Session final : public CurlSession {
 public:
    Session(const CurlOptions& options, CURLM* multi, CURL* easy) : options_(options), multi_(multi), easy_(easy) {
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kConnectionsPerSession);
    }

    Result<Response> send(const Request& request, std::stop_token stop) override {
        const std::string doing = "requesting " + (request.operation.empty() ? request.method : request.operation);
        if (stop.stop_requested()) return cancelled(doing + ": stopping");
        Exchange exchange{.body_bytes_max = options_.body_bytes_max,
                          .idempotent = request.idempotent,
                          .latest_departure = latest_departure(request),
                          .internal_allowed = options_.internal == Reach::kAllowed ||
                                              (options_.internal == Reach::kConfigured && !request.from_data)};
        error_text_[0] = '\0';
        const HeaderList headers = prepare(request, exchange);
        const CURLcode code = run(stop);
        if (stop.stop_requested() && code != CURLE_OK) return cancelled(doing + ": stopping");
        if (exchange.over_bound) {
            return rejected(doing + ": the answer is over " + std::to_string(options_.body_bytes_max) + " bytes");
        }
        // libcurl takes an answer that is cut in its header for a whole one without a body.
        if (code == CURLE_OK && exchange.header_complete) {
            long status = 0;
            curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
            exchange.response.status = static_cast<int>(status);
            return std::move(exchange.response);
        }
        const bool never_left = exchange.times_sent == 0;
        if (never_left && exchange.address_refused) return refused_address(request, doing);
        const std::string message = doing + ": " + reason(code);
        if (never_left && code == CURLE_URL_MALFORMAT) return rejected(message);
        return never_left || request.idempotent ? transient(message)
                                                : ambiguous(message + ", the request may have arrived");
    }

 private:
    // Of data it stays wrong; of the settings it may be a name server's fault, and whoever waits for it is not given
    // up.
    static std::unexpected<Error> refused_address(const Request& request, const std::string& doing) {
        const std::string message = doing +
                                    ": the host has an address that is not one of the internet, which "
                                    "internal_addresses does not allow";
        return request.from_data ? rejected(message) : transient(message);
    }

    std::string reason(CURLcode code) const {
        if (code == CURLE_OK) return "the answer is cut in its header";
        return error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(code);
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(easy_.get(), option, value);
    }

    HeaderList prepare(const Request& request, Exchange& exchange) {
        curl_easy_reset(easy_.get());  // keeps the connections
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_TCP_NODELAY, 1L);
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_FOLLOWLOCATION, 0L);  // a redirected POST loses its body on the way
        set(CURLOPT_ACCEPT_ENCODING, "gzip");
        set(CURLOPT_USERAGENT, "shopwire");
        set(CURLOPT_ERRORBUFFER, error_text_.data());
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
        set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(request.timeout.count())));  // 0 would be for ever
        set(CURLOPT_MAXAGE_CONN, request.idempotent ? kIdleSecondsMax : kIdleSecondsMaxOfWrites);
        set(CURLOPT_SSL_VERIFYPEER, options_.verify_tls ? 1L : 0L);
        set(CURLOPT_SSL_VERIFYHOST, options_.verify_tls ? 2L : 0L);
        if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
        set(CURLOPT_WRITEFUNCTION, on_body);
        set(CURLOPT_WRITEDATA, &exchange);
        set(CURLOPT_HEADERFUNCTION, on_header);
        set(CURLOPT_HEADERDATA, &exchange);
        set(CURLOPT_OPENSOCKETFUNCTION, on_open);
        set(CURLOPT_OPENSOCKETDATA, &exchange);
        if (!exchange.internal_allowed) set(CURLOPT_PROXY, "");  // or only the proxy's address would be looked at
        set(CURLOPT_PREREQFUNCTION, on_before_sending);
        set(CURLOPT_PREREQDATA, &exchange);
        const std::string url = request.query.empty() ? request.url : request.url + "?" + query_string(request.query);
        set(CURLOPT_URL, url.c_str());
        set_method(request);
        HeaderList headers = header_list(request);
        set(CURLOPT_HTTPHEADER, headers.get());
        return headers;
    }

    void set_method(const Request& request) {
        if (request.method == "HEAD") {
            set(CURLOPT_NOBODY, 1L);
            return;
        }
        const bool sends = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
        if (sends || !request.body.empty()) {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.data());
        }
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }

    static HeaderList header_list(const Request& request) {
        HeaderList list;
        const auto add = [&list](const std::string& line) {
            if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
                static_cast<void>(list.release());
                list.reset(longer);
            }
        };
        add("Expect:");  // libcurl would wait a second for servers that do not know it
        if (find_header(request.headers, "Content-Type") == nullptr) add("Content-Type:");  // else it says "form"
        for (const auto& [name, value] : request.headers) add(value.empty() ? name + ";" : name + ": " + value);
        return list;
    }

    // A stop wakes the wait at once, which libcurl's own loop would notice after up to a second.
    CURLcode run(const std::stop_token& stop) {
        if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
        CURLcode code = CURLE_ABORTED_BY_CALLBACK;
        {
            const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
            int running = 1;
            while (running != 0 && !stop.stop_requested()) {
                if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) break;
                if (running != 0) curl_multi_poll(multi_.get(), nullptr, 0, kPollMs, nullptr);
            }
        }
        int left = 0;
        if (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) code = message->data.result;
        curl_multi_remove_handle(multi_.get(), easy_.get());
        return code;
    }

    const CurlOptions& options_;  // the transport's
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    const std::unique_ptr<CURLM, FreeMulti> multi_;
    const std::unique_ptr<CURL, FreeEasy> easy_;  // goes before the multi that its connections belong to
};

}  // namespace

std::unique_ptr<CurlSession> CurlSession::create(const CurlOptions& options) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) return nullptr;
    CURLM* multi = curl_multi_init();
    CURL* easy = curl_easy_init();
    if (multi == nullptr || easy == nullptr) {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
        return nullptr;
    }
    return std::make_unique<Session>(options, multi, easy);
}

Status check_request(const Request& request) {
    const auto refused = [&request](std::string_view why) {
        return rejected("requesting " + request.operation + ": " + std::string(why));
    };
    const bool is_http = request.url.starts_with("http://") || request.url.starts_with("https://");
    if (!is_http) return refused("the URL is not one of http or https");
    if (request.url.find_first_of("?#") != std::string::npos) return refused("the URL has a query or a fragment");
    if (std::ranges::any_of(request.url, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }))
        return refused("the URL has a space or a control character");
    if (request.method.empty() || !std::ranges::all_of(request.method, [](char c) { return c >= 'A' && c <= 'Z'; }))
        return refused("the method is not a word of capital letters");
    for (const auto& [name, value] : request.headers) {
        if (name.empty() || name.find(':') != std::string::npos || has_line_break_or_zero(name) ||
            has_line_break_or_zero(value))
            return refused("a header has a line break, or a name that is none");
    }
    return {};
}

}  // namespace shopwire::http
