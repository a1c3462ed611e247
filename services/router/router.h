// Maps one record: an event, a result or inputs of the ledger become commands and new state.  No Kafka, no clock: one
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "services/router/context.h"

namespace shopwire::router {

class Router {
 public:
    // All outlive the router.
    Router(const config::Installation& installation, state::Store& links, state::Store& ledgers, Metrics& metrics);

    void use(std::shared_ptr<const Routing> routing) { routing_ = std::move(routing); }
    const Routing& routing() const { return *routing_; }
    // Whether files are newer than the routing; asked for a record of a merchant that has none.
    void watch_files(std::function<bool()> files_changed) { files_changed_ = std::move(files_changed); }

    // Appends what is to be sent in the same transaction.  A record that is at fault itself becomes a dead letter
    // there, so an error here is about the state, the installation or files to be read again: nothing of the batch may
    // be committed.
    Status handle(const kafka::Record& record, std::int64_t now_ms, std::vector<kafka::Record>& out);
    // At the end of a batch: appends what was gathered for the ledgers.
    void finish(std::vector<kafka::Record>& out);
    // The batch is not committed: forgets what was gathered.
    void drop();

 private:
    Status dispatch(Context& context, const kafka::Record& record);
    template <class Inputs, class Handle>
    Status handle_inputs(Context& context, const kafka::Record& record, const Handle& handle);
    Status settle(Context& context, const kafka::Record& record, std::size_t before, const Status& done);
    template <class Inputs, class Input>
    void gather(const std::string& topic, std::string& waiting, std::int32_t partition, Input& input,
                std::vector<kafka::Record>& out);

    static constexpr std::size_t kBlockBytes = 16 * 1024;  // what most records need: it stays, the rest is given back

    const config::Installation& installation_;
    state::Store& links_;
    state::Store& ledgers_;
    Metrics& metrics_;
    std::shared_ptr<const Routing> routing_ =
        std::make_shared<Routing>();  // shared: read by handlers while a newer one is made
    std::function<bool()> files_changed_ = [] { return false; };
    std::vector<char> record_block_ = std::vector<char>(kBlockBytes);
    std::vector<char> block_ = std::vector<char>(kBlockBytes);
    google::protobuf::Arena record_arena_;  // the record
    google::protobuf::Arena arena_;  // what is made of it
    std::vector<Told> told_{};  // by this record
    std::vector<ToldNative> told_native_{};
    std::vector<ToldEntity> told_entities_{};
    using Gathered = std::map<std::int32_t, std::string>;  // by partition: inputs, serialized
    Gathered gathered_{};
    Gathered gathered_native_{};
    Gathered gathered_entities_{};
};

// The topics that the router reads, all with the same number of partitions.
std::vector<std::string> input_topics();

}  // namespace shopwire::router
