// Takes KeyCRM's webhooks: the stock webhook and the triggers of orders.  KeyCRM signs nothing, so the address ends
// with a secret.  Thread-safe, does no I/O.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "services/keycrm/account.h"
#include "services/keycrm/translator.h"

namespace shopwire::keycrm {

class Intake final : public runtime::Intake {
 public:
    explicit Intake(std::shared_ptr<Account> account) : account_(std::move(account)) {}
    Received receive(const http::ServerRequest& request) override;

 private:
    bool knows_secret(std::string_view path) const;
    void take_stock(json::Value row, Received& received) const;
    Received take_trigger(json::Value body) const;

    std::shared_ptr<Account> account_;  // see Source
};

}  // namespace shopwire::keycrm
