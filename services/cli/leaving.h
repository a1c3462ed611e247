// A connection that is to go: its service, what Kafka holds for it, and what it leaves behind in the stock of others.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/record.h"
#include "services/cli/admin_client.h"
#include "services/cli/doctor.h"
#include "services/cli/drain.h"
#include "services/cli/status_view.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {

// How far a service has read each partition, from its /api/status: what lies before is done, in its hands or parked,
// whatever is committed, which waits for the slowest connection of the slot.  Pure.
kafka::Offsets read_to_of(const nlohmann::json& status);

// One connection at the service that has it.  What it refers to outlives it.
class Leaving {
 public:
    // kRejected: no process of these ports works on it.
    static Result<Leaving> find(const Reach& reach, AdminClient& client, TopicScan& scan, const ConnectionRef& ref);

    Result<ConnectionRow> row() const;
    Result<std::vector<ParkedRow>> parked() const;
    // First what is not read yet: what is taken in meanwhile is seen at the service then.
    Result<Waiting> look() const;
    Status tell(std::string_view path, const nlohmann::json& body) const;
    // Takes back what the connector has put into the system; a line each.
    Result<std::vector<std::string>> leave() const;

 private:
    Leaving(const Reach& reach, AdminClient& client, TopicScan& scan, ConnectionRef ref)
        : reach_(reach), client_(client), scan_(scan), ref_(std::move(ref)) {}
    Result<std::int64_t> unread() const;

    const Reach& reach_;
    AdminClient& client_;
    TopicScan& scan_;
    ConnectionRef ref_;
    AdminPort port_{};
    std::string system_{};
    std::int32_t slot_ = 0;
};

// Order lines that are subtracted from stock until something happens.
struct Share {
    std::int64_t confirmed = 0;    // in a document of the owner, whose number was not read since
    std::int64_t unconfirmed = 0;  // in none
};
struct StockShare {
    Share placed{};       // of its own orders
    Share owned{};        // from its own stock
    bool is_shown = false;  // shops show its numbers

    void add(const StockShare& other);
};
// What a record of the ledger says of a connection; a record of something else says nothing.  Pure.
StockShare share_of(const kafka::Record& record, const ConnectionRef& ref);
// What a person is to know of it.  Pure.
std::vector<std::string> lines_of(const StockShare& share);

Result<StockShare> read_share(TopicScan& scan, const ConnectionRef& ref);

// How a connection is left when its leaving failed: a pause or a resume whose answer was lost may have been done.
std::string left_as(const Result<ConnectionRow>& row);

}  // namespace shopwire::cli
