#include "common/http/client.h"

#include "common/http/layers.h"

namespace shopwire::http {
namespace {

// Owns the layers.  From the outside in: metrics, retry, rate limit, authentication; each is built over the one after
// it.
class Client final : public Transport {
 public:
    Client(ClientOptions options, Transport& transport, RateLimiter& limiter, metrics::Registry& metrics, Clock& clock)
        : origin_(origin_of(options.base_url)),
          auth_(auth_layer(std::move(options.sign), transport)),
          limit_(limit_layer(options, *auth_, limiter, metrics, clock)),
          retry_(retry_layer(options, *limit_, metrics, clock)),
          metrics_(metrics_layer(options, *retry_, metrics, clock)) {}

    Result<Response> send(const Request& request, std::stop_token stop) override {
        if (origin_of(request.url) == origin_) return metrics_->send(request, std::move(stop));
        Request elsewhere = request;
        elsewhere.from_data = true;
        return metrics_->send(elsewhere, std::move(stop));
    }

 private:
    const std::string origin_;  // of the settings
    const std::unique_ptr<Transport> auth_;
    const std::unique_ptr<Transport> limit_;
    const std::unique_ptr<Transport> retry_;
    const std::unique_ptr<Transport> metrics_;
};

}  // namespace

std::unique_ptr<Transport> client(ClientOptions options, Transport& transport, RateLimiter& limiter,
                                  metrics::Registry& metrics, Clock& clock) {
    return std::make_unique<Client>(std::move(options), transport, limiter, metrics, clock);
}

}  // namespace shopwire::http
