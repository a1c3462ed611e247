// Writes documents to SORS.  A second document is a real error in stock and debt, so each one is looked for by its
// external number before it is made, and nothing whose outcome is unknown is sent again (contract sors 2.6).
// Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/sors/client.h"
#include "services/sors/customer.h"
#include "services/sors/document.h"

namespace shopwire::sors {

class Sink final : public runtime::Sink {
 public:
    // What the context lends outlives the sink.
    Sink(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context);

    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    using MaybeApplied = Result<std::optional<runtime::Applied>>;
    struct Target {
        std::string database{};
        std::string date{};
    };
    Result<runtime::Applied> export_order(const commands::v1::ExportOrder& command, std::stop_token stop);
    // `known_id`: what the journal knows of the document; empty: nothing.
    Result<runtime::Applied> cancel(const commands::v1::CancelDocument& command, const std::string& known_id,
                                    std::stop_token stop);
    Result<Target> target_of(const commands::v1::ExportOrder& command) const;
    // The document that is there already; nullopt: the lookup shows none.  REQUIRES: can(find_document).
    MaybeApplied existing(const commands::v1::ExportOrder& command, const Target& target, std::stop_token stop);
    Result<runtime::Applied> accept(const commands::v1::ExportOrder& command, const Draft& draft, const Target& target,
                                    const StoredDocument& stored, std::stop_token stop);
    Result<runtime::Applied> after_duplicate(const commands::v1::ExportOrder& command, const Target& target,
                                             const Error& error, std::stop_token stop);
    Result<std::vector<std::string>> unknown_skus(const commands::v1::ExportOrder& command, const std::string& database,
                                                  std::stop_token stop);
    runtime::Applied made(const commands::v1::ExportOrder& command, const Draft& draft, const Target& target,
                          const StoredDocument& stored, bool found);

    const std::shared_ptr<const Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    Clock& clock_;
    metrics::Counter& differences_;
    CustomerDesk desk_;
};

}  // namespace shopwire::sors
