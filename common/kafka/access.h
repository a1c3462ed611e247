// What a Kafka that checks rights lets us do, and what it refuses.  Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client_config.h"

namespace shopwire::kafka {

enum class Resource : std::uint8_t { kTopic, kGroup, kTransactionalId };
enum class Operation : std::uint8_t {
    kRead,
    kWrite,
    kCreate,
    kDescribe,
    kDescribeConfigs
};  // as Kafka's ACLs have them

std::string_view name_of(Resource resource);    // "topic"
std::string_view name_of(Operation operation);  // "READ"

// `prefixed`: of all whose name begins so.
struct Right {
    Resource resource = Resource::kTopic;
    std::string name{};
    Operation operation = Operation::kRead;
    bool prefixed = false;

    std::string text() const;  // "READ on topic shopwire.results"
    friend auto operator<=>(const Right&, const Right&) = default;
};

struct Sight {
    std::vector<Right> missing{};                     // of those that were asked for
    std::map<std::string, std::int32_t> partitions{};  // of the topics that are there and that we may see
};

// Asks the cluster which of the rights to topics and groups we have, those of transactional ids it does not tell.  A
// cluster that checks no rights gives all of them.  kRejected: it does not know us, or we do not trust it; kCancelled,
// within seconds: stop was requested.  It writes no line.
Result<Sight> look(const ClientConfig& config, const std::vector<Right>& rights, std::chrono::milliseconds timeout,
                   std::stop_token stop = {});

// What a broker refuses: something for want of a right; or, with `distrust`, us, or we refuse it.
struct Refusal {
    bool distrust = false;
    std::string_view what{};    // in its words, the same for the same fault; empty: told before
    std::string_view broker{};  // "host:port" of one that distrusts us; empty: not known, or tokens are not given
};

// Called on any thread, also of librdkafka's: must neither block nor call this room.  One observer for the process; an
// empty one ends it, after a call that runs has returned.
using RefusalObserver = std::function<void(const Refusal& refusal)>;
void observe_refusals(RefusalObserver observer);

}  // namespace shopwire::kafka
