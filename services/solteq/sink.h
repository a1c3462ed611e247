// Writes sales, refunds and customers to Solteq.  A second sale is a real error in stock and bookkeeping, so each one
// is looked for by its external id before it is made, and nothing whose outcome is unknown is sent again. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/solteq/client.h"
#include "services/solteq/customer_desk.h"
#include "services/solteq/sale.h"

namespace shopwire::solteq {

class Sink final : public runtime::Sink {
 public:
    static constexpr int kRevisionsMax = 20;  // of one order that is edited again and again

    // What the context lends outlives the sink.
    Sink(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context);

    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    using MaybeApplied = Result<std::optional<runtime::Applied>>;
    // What stands for an order now: its sale, or the one that took its place, and whether that was refunded whole.
    struct Standing {
        StoredSale sale{};
        int revision = 1;
        bool voided = false;
    };
    // What kind of document the router hears of.
    struct Asked {
        std::string external_number{};
        events::v1::DocumentType type = events::v1::DOCUMENT_TYPE_UNSPECIFIED;
        Decimal expected_total{};
    };

    Result<runtime::Applied> apply_one(const events::Command& command, std::stop_token stop);
    MaybeApplied find_order(const commands::v1::ExportOrder& command, std::stop_token stop);

    Result<runtime::Applied> export_order(const commands::v1::ExportOrder& command, std::stop_token stop);
    Result<runtime::Applied> export_refund(const commands::v1::ExportRefund& command, std::stop_token stop);
    Result<runtime::Applied> update_order(const commands::v1::UpdateOrder& command, const std::string& known_id,
                                          std::stop_token stop);
    Result<runtime::Applied> cancel(const commands::v1::CancelDocument& command, std::stop_token stop);
    Result<runtime::Applied> upsert_customer(const events::Command& command, std::stop_token stop);

    // The sale that is there already; nullopt: the lookup shows none.
    Result<std::optional<StoredSale>> stored(const std::string& external_id, std::stop_token stop);
    MaybeApplied existing(const NewSale& sale, const Asked& asked, std::stop_token stop);
    Result<std::optional<Standing>> standing(const std::string& external_number, std::stop_token stop);
    Status void_sale(const Standing& standing, const std::string& payment_type, std::stop_token stop);
    // Sends it once; a duplicate is read back and compared.
    Result<runtime::Applied> create(const NewSale& sale, const Asked& asked, std::stop_token stop);
    // REQUIRES: a sale of make_sale, which has a payment.
    Status add_customer(NewSale& sale, const events::v1::Order& order, std::stop_token stop);
    Result<CustomerCard> save(const CustomerCard& card, std::stop_token stop);
    bool solteq_wins(const CustomerCard& found, const events::Command& command) const;
    runtime::Applied made(const NewSale& sale, const Asked& asked, const StoredSale& stored, bool found) const;

    const std::shared_ptr<const Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    const std::string merchant_;
    const std::string connection_;
    Clock& clock_;
    metrics::Counter& conflicts_;
    CustomerDesk desk_;
};

}  // namespace shopwire::solteq
