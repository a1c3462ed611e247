#include "common/runtime/admin_tokens.h"

#include <utility>

#include "common/log/log.h"

namespace shopwire::runtime {

std::vector<admin::Token> admin_tokens_of(const config::ServiceSettings& service) {
    std::vector<admin::Token> tokens;
    if (!service.admin_token.empty())
        tokens.push_back({.name = "admin", .value = service.admin_token, .role = admin::Role::kOperate});
    for (const auto& [name, token] : service.admin_tokens)
        tokens.push_back({.name = name,
                          .value = token.token,
                          .role = token.role == "operate" ? admin::Role::kOperate : admin::Role::kRead});
    return tokens;
}

AdminTokens::AdminTokens(std::string config_folder, std::string service, const config::Installation& installation)
    : config_folder_(std::move(config_folder)), service_(std::move(service)), references_(installation.references) {}

void AdminTokens::follow(admin::Admin& admin) {
    if (!references_.changed()) return;
    config::Problems problems;
    const config::Installation installation = config::load_installation(config_folder_, problems);
    if (!problems.empty()) {
        references_.renew();  // what is wrong is told once
        log::error("tokens kept as they are", {{"problem", config::format(problems.front())}});
        return;
    }
    references_ = installation.references;
    const auto found = installation.services.find(service_);
    if (found == installation.services.end()) return;
    admin.set_tokens(admin_tokens_of(found->second));
    log::info("tokens of the operators' API read again");
}

}  // namespace shopwire::runtime
