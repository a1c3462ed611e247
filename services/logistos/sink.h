// Sends orders to Logistos, each once.  Twice the same order could be two parcels, so nothing whose outcome is unknown
// is sent again unless the dialect says that a repeat stays one order (contract logistos B3.2).  Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/logistos/client.h"

namespace shopwire::logistos {

class Sink final : public runtime::Sink {
 public:
    explicit Sink(std::shared_ptr<Room> room) : room_(std::move(room)) {}

    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    Result<runtime::Applied> apply(const events::Command& command, std::stop_token stop);
    Result<runtime::Applied> export_order(const commands::v1::ExportOrder& command, std::stop_token stop);
    Result<runtime::Applied> update_order(const commands::v1::UpdateOrder& command, const std::string& native_id,
                                          std::stop_token stop);
    Result<runtime::Applied> cancel(const events::Command& command, std::stop_token stop);
    // Native id of an order whose export has no answer.  Empty: it is not there, or Logistos cannot be asked.
    Result<std::string> unanswered(const std::string& order_id, std::stop_token stop);
    // The store must be known before its orders.
    Status ready() const;
    runtime::Applied made(const commands::v1::ExportOrder& command, const TakenOrder& taken, bool found);
    Error noted(Error error);

    const std::shared_ptr<Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
};

}  // namespace shopwire::logistos
