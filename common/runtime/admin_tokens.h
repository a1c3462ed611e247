// Who may use the operators' API, as installation.yaml says; a token's file may be exchanged while we run.  One thread.
#pragma once

#include <string>
#include <vector>

#include "common/admin/admin.h"
#include "common/config/installation.h"

namespace shopwire::runtime {

std::vector<admin::Token> admin_tokens_of(const config::ServiceSettings& service);

class AdminTokens {
 public:
    AdminTokens(std::string config_folder, std::string service, const config::Installation& installation);

    // Called every second or so: hands over the tokens when a file of a secret changed.  One that cannot be read
    // changes nothing.
    void follow(admin::Admin& admin);

 private:
    const std::string config_folder_;
    const std::string service_;
    config::References references_;
};

}  // namespace shopwire::runtime
