#include "common/http/layers.h"

namespace shopwire::http {
namespace {

class AuthLayer final : public Transport {
 public:
    AuthLayer(Signer sign, Transport& inner) : sign_(std::move(sign)), inner_(inner) {}

    Result<Response> send(const Request& request, std::stop_token stop) override {
        if (!sign_ || request.from_data) return inner_.send(request, std::move(stop));
        Request mine = request;
        if (Status ok = sign_(mine); !ok) return within("signing " + request.operation, ok.error());
        return inner_.send(mine, std::move(stop));
    }

 private:
    const Signer sign_;
    Transport& inner_;
};

}  // namespace

std::unique_ptr<Transport> auth_layer(Signer sign, Transport& inner) {
    return std::make_unique<AuthLayer>(std::move(sign), inner);
}

}  // namespace shopwire::http
