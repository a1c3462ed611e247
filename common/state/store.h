// Keyed state that equals its compacted Kafka changelog.
//
// Writes stay in an overlay until the Kafka transaction that carries their changelog records is committed; then
// `committed` moves them into the local RocksDB in one batch together with the changelog offset.  After an abort
// `rollback` drops them.  So a restart continues from the local offset, and a lost disk is rebuilt from the topic. One
// thread at a time per Store.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/record.h"
#include "common/kafka/transaction.h"

namespace shopwire::state {

// The RocksDB of one process, shared by its stores.  Thread-safe.
class Database {
 public:
    static Result<std::unique_ptr<Database>> open(
        const std::string& folder);  // made when absent; kTransient: locked by another
    static std::unique_ptr<Database> in_memory();                              // for tests
    virtual ~Database() = default;
};

struct StoreOptions {
    // Local data older than this are rebuilt, since tombstones may be gone from the topic.  Below its
    // delete.retention.ms.
    std::chrono::milliseconds local_age_max{std::chrono::days{3}};
};

class Store {
 public:
    // `topic` is the compacted changelog; its partitions are the store's.  The database outlives the store.
    static std::unique_ptr<Store> create(Database& database, std::string topic, StoreOptions options = {});
    virtual ~Store() = default;

    // Reads see the overlay first.  `partition` must be open.
    virtual Result<std::optional<std::string>> get(std::int32_t partition, std::string_view key) const = 0;
    virtual void put(std::int32_t partition, std::string key, std::string value) = 0;
    virtual void remove(std::int32_t partition, std::string key) = 0;  // a tombstone in the changelog
    // Every entry whose key starts with `prefix`, in key order, overlay included.  `each` returns false to end.
    virtual Status scan(std::int32_t partition, std::string_view prefix,
                        const std::function<bool(std::string_view key, std::string_view value)>& each) const = 0;

    // Queues the changelog records of what was written since the last flush into the transaction.
    virtual Status flush(kafka::Transaction& transaction) = 0;
    // An error closes all partitions of the store: Kafka holds what the disk does not, so they must be opened again.
    virtual Status committed(const kafka::Transaction::Committed& where) = 0;
    // Drops all that is not committed, flushed or not.
    virtual void rollback() = 0;

    // The same in steps, so that one transaction is committed while the next one's records are mapped: its changelog
    // records are taken out; another thread commits them and stores them with `persist`, while this one reads and
    // writes on; then `settle`, before anything is taken out again.  After an error of `persist`: as of `committed`.
    virtual void flush(std::vector<kafka::Record>& out) = 0;
    virtual Status persist(const kafka::Transaction::Committed& where) const = 0;
    virtual void settle() = 0;

    // Takes over those of the partitions that are not open: continues from the local offset, or from the earliest one,
    // up to the stable end of the topic.  After an error some may be open.  REQUIRES (KAFKA-10167): the stable
    // committed offsets of the inputs were fetched before this call.
    virtual Status open(const kafka::ClientConfig& config, const std::set<std::int32_t>& partitions,
                        std::chrono::milliseconds timeout) = 0;
    // Local data stay: the partition often comes straight back.
    virtual void close(std::int32_t partition) = 0;
    virtual bool is_open(std::int32_t partition) const = 0;
};

}  // namespace shopwire::state
