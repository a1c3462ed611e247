// Maps one record: an event, a result or an input of the ledger becomes commands and new state.  No Kafka, no clock:
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "services/router/context.h"

namespace shopwire::router {

class Router {
 public:
    // All outlive the router.
    Router(const config::Installation& installation, state::Store& links, state::Store& ledgers, Metrics& metrics)
        : installation_(installation), links_(links), ledgers_(ledgers), metrics_(metrics) {}

    void use(std::shared_ptr<const Routing> routing) { routing_ = std::move(routing); }

    // Appends what is to be sent in the same transaction.  A record that is at fault itself becomes a dead letter
    // there, so an error here is about the state or the installation: nothing of the batch may be committed.
    Status handle(const kafka::Record& record, std::int64_t now_ms, std::vector<kafka::Record>& out);

 private:
    Status dispatch(Context& context, const kafka::Record& record);

    const config::Installation& installation_;
    state::Store& links_;
    state::Store& ledgers_;
    Metrics& metrics_;
    std::shared_ptr<const Routing> routing_ =
        std::make_shared<Routing>();  // shared: read by handlers while a newer one is made
};

// The topics that the router reads, all with the same number of partitions.
std::vector<std::string> input_topics();

}  // namespace shopwire::router
