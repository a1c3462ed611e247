#include <mutex>
#include <string_view>
#include <vector>

#include "common/http/curl_session.h"
#include "common/http/layers.h"

namespace shopwire::http {
namespace {

// Hands each exchange a session of its own and keeps some of them, with their connections, for the next.
class CurlTransport final : public Transport {
 public:
    explicit CurlTransport(CurlOptions options) : options_(std::move(options)) {}

    Result<Response> send(const Request& request, std::stop_token stop) override {
        if (Status ok = check_request(request); !ok) return std::unexpected(ok.error());
        // What one may reach says nothing of the other: a connection that is kept is not looked at again.
        const std::string origin = (request.from_data ? "data " : "") + std::string(origin_of(request.url));
        std::unique_ptr<CurlSession> session = take(origin);
        if (!session) return transient("requesting " + request.operation + ": no memory for a session");
        Result<Response> answer = session->send(request, std::move(stop));
        keep(origin, std::move(session));
        return answer;
    }

 private:
    struct Idle {
        std::string origin{};
        std::unique_ptr<CurlSession> session{};
    };

    // The one that talked to this origin last has the warmest connection.
    std::unique_ptr<CurlSession> take(std::string_view origin) {
        {
            const std::lock_guard lock(mutex_);
            for (auto idle = idle_.rbegin(); idle != idle_.rend(); ++idle) {
                if (idle->origin != origin) continue;
                std::unique_ptr<CurlSession> session = std::move(idle->session);
                idle_.erase(std::next(idle).base());
                return session;
            }
        }
        return CurlSession::create(options_);
    }

    void keep(std::string origin, std::unique_ptr<CurlSession> session) {
        Idle oldest;  // closed after the lock is given back: that may talk to the remote
        if (options_.connections_idle_max == 0) return;
        const std::lock_guard lock(mutex_);
        if (idle_.size() >= options_.connections_idle_max) {
            oldest = std::move(idle_.front());
            idle_.erase(idle_.begin());
        }
        idle_.push_back({.origin = std::move(origin), .session = std::move(session)});
    }

    const CurlOptions options_;
    std::mutex mutex_;
    std::vector<Idle> idle_{};  // the last used one last
};

}  // namespace

std::unique_ptr<Transport> curl_transport(CurlOptions options) {
    return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace shopwire::http
