#include "common/http/client.h"
#include "common/http/digest.h"

namespace shopwire::http {

Signer header_auth(std::string name, Secret value) {
    return [name = std::move(name), value = std::move(value)](Request& request) -> Status {
        request.headers.emplace_back(name, value.reveal());
        return {};
    };
}

Signer basic_auth(const std::string& user, const Secret& password) {
    return header_auth("Authorization", Secret("Basic " + base64(user + ":" + password.reveal())));
}

Signer query_auth(std::vector<std::pair<std::string, Secret>> parameters) {
    return [parameters = std::move(parameters)](Request& request) -> Status {
        for (const auto& [name, value] : parameters) request.query.emplace_back(name, value.reveal());
        return {};
    };
}

}  // namespace shopwire::http
