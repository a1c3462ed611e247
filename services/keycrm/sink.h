// Writes to one account.  What each kind of command does and how it stays safe to repeat stands in the README,
// "Writes". Called from several threads at once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "services/keycrm/account.h"

namespace shopwire::keycrm {

class Sink final : public runtime::Sink {
 public:
    explicit Sink(std::shared_ptr<Account> account) : account_(std::move(account)) {}

    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    Result<runtime::Applied> apply_one(const events::Command& command, std::stop_token stop);

    std::shared_ptr<Account> account_;  // see Source
};

// Shared by the writers.
runtime::Applied answer(std::string native_id, commands::v1::Outcome outcome, std::string error = {});

}  // namespace shopwire::keycrm
