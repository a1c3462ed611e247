// Writes documents and customers to SORS.  A second document is a real error in stock and debt, so each one is looked
// for by its external number before it is made, and nothing whose outcome is unknown is sent again (contract sors 2.6).
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
    static constexpr int kRevisionsMax = 20;  // of one order that is edited again and again

    // What the context lends outlives the sink.
    Sink(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context);

    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    using MaybeApplied = Result<std::optional<runtime::Applied>>;
    // A document on its way: what it shall hold, and the database of its date.
    struct Plan {
        events::v1::DocumentType type = events::v1::DOCUMENT_TYPE_UNSPECIFIED;
        std::string database{};
        Draft draft{};
    };
    // A reservation of an order, first or remade; a document with which its goods left.
    struct Known {
        events::v1::DocumentType type = events::v1::DOCUMENT_TYPE_UNSPECIFIED;
        std::string database{};
        StoredDocument document{};
    };

    Result<runtime::Applied> apply_one(const events::Command& command, std::stop_token stop);
    Result<runtime::Applied> export_order(const commands::v1::ExportOrder& command, std::stop_token stop);
    Result<runtime::Applied> update_order(const commands::v1::UpdateOrder& command, const std::string& known_id,
                                          std::stop_token stop);
    Result<runtime::Applied> export_refund(const commands::v1::ExportRefund& command, std::stop_token stop);
    Result<runtime::Applied> upsert_customer(const commands::v1::UpsertCustomer& command, const std::string& known_id,
                                             std::stop_token stop);
    // `known_id`: what the journal knows of the document; empty: nothing.
    Result<runtime::Applied> cancel(const commands::v1::CancelDocument& command, const std::string& known_id,
                                    std::stop_token stop);

    Result<std::string> database_of(const std::string& date) const;
    Result<Plan> plan_of(const events::v1::Order& order, events::v1::DocumentType type,
                         const std::string& external_number, std::stop_token stop) const;
    Result<std::optional<Plan>> refund_plan(const commands::v1::ExportRefund& command, std::string& remark,
                                            std::stop_token stop) const;
    // A remark on its credit, or nothing.  `more` is what the customer will owe by this plan.
    Result<std::string> add_customer(Plan& plan, const events::v1::Order& order, const std::string& connection,
                                     Decimal more, std::stop_token stop);
    // The document that is there already; nullopt: the lookup shows none.  REQUIRES: can(find_document).
    MaybeApplied existing(const Plan& plan, std::stop_token stop);
    // After an attempt whose answer was lost.
    MaybeApplied repeatable(const std::string& external_number) const;
    MaybeApplied landed(const Plan& plan, std::stop_token stop);
    Result<runtime::Applied> accept(const Plan& plan, const StoredDocument& stored, std::stop_token stop);
    Result<runtime::Applied> create(const Plan& plan, std::stop_token stop);
    runtime::Applied made(const Plan& plan, const StoredDocument& stored, bool found);
    Result<std::vector<std::string>> unknown_skus(const events::v1::Order& order, const std::string& database,
                                                  std::stop_token stop) const;

    static int count_of_numbers(const std::vector<Known>& known);
    // The documents of this external number in every database, the newest database first.
    Result<std::vector<Known>> find_all(events::v1::DocumentType type, const std::string& external_number,
                                        std::stop_token stop) const;
    // The reservations of an order: the first, and those that took its place.  By revision, the first first.
    Result<std::vector<Known>> revisions(const std::string& external_number, int first, std::stop_token stop) const;
    Result<StoredDocument> whole(const Known& known, std::stop_token stop) const;
    // False: it is not there.
    Result<bool> cancel_one(const Known& known, std::stop_token stop) const;
    Result<runtime::Applied> replace(const commands::v1::UpdateOrder& command, Plan plan,
                                     const std::vector<Known>& known, const Known& standing, std::stop_token stop);
    Result<runtime::Applied> withdraw(const std::vector<Known>& all, const Known& standing, runtime::Applied applied,
                                      std::stop_token stop) const;
    Result<runtime::Applied> cancel_all(const std::vector<Known>& all, std::stop_token stop) const;
    Result<runtime::Applied> take_back(const commands::v1::CancelDocument& command, const Known& base,
                                       std::stop_token stop);
    // The document that the staff made of a cancelled reservation, if its goods are to come back by a return.
    Result<std::optional<Known>> returnable(const commands::v1::CancelDocument& command, std::stop_token stop) const;
    MaybeApplied find_cancelled(const commands::v1::CancelDocument& command, std::stop_token stop) const;
    // The first that is not cancelled.
    Result<std::optional<Known>> first_of(const std::vector<std::string>& numbers,
                                          const std::vector<events::v1::DocumentType>& types,
                                          std::stop_token stop) const;
    // The document that the staff made of an order's reservation.
    Result<std::optional<Known>> issued_for(const std::string& external_number, std::stop_token stop) const;
    Result<runtime::Applied> return_surplus(const commands::v1::UpdateOrder& command, const Plan& plan,
                                            const Known& standing, std::stop_token stop);
    Result<std::optional<Known>> base_of(const commands::v1::ExportRefund& command, std::stop_token stop) const;

    const std::shared_ptr<const Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    Clock& clock_;
    metrics::Counter& differences_;
    metrics::Counter& over_limit_;
    CustomerDesk desk_;
};

}  // namespace shopwire::sors
