// Writes: an order is made once, a stock number and a cancellation are absolute.
#pragma once

#include "common/runtime/connector.h"
#include "tests/template/nordway/client.h"

namespace shopwire::nordway {

class Sink final : public runtime::Sink {
 public:
    explicit Sink(std::shared_ptr<Client> client) : client_(std::move(client)) {}
    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    Result<runtime::Applied> apply_one(const events::Command& command, std::stop_token stop);
    Result<runtime::Applied> export_order(const commands::v1::ExportOrder& command, std::stop_token stop);
    Result<runtime::Applied> cancel(const commands::v1::CancelDocument& command, const std::string& known_id,
                                    std::stop_token stop);
    // The order that we made, if there is one that lives.
    Result<std::optional<HeldOrder>> held(const std::string& external_number, std::stop_token stop);

    const std::shared_ptr<Client> client_;
};

}  // namespace shopwire::nordway
