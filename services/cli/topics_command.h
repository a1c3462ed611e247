// `shopwire topics print|create|check|asyncapi|acls`: the topics of an installation, as declared in
// common/events/topics.h, and who may do what with them (rights.h).  One thread.
#pragma once

#include <chrono>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/events/topics.h"
#include "common/kafka/admin.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct TopicsOptions {
    std::string config{};  // folder whose installation.yaml has Kafka, the numbers and the systems' own partitions
    kafka::ClientConfig kafka{.client_id = "shopwire-cli"};
    std::map<std::string, std::int32_t> partitions{};          // of single systems
    std::string bootstrap{};  // wins over that of `kafka` unless it is empty
    std::vector<std::string> systems{};
    std::int32_t router_partitions = 4;
    std::int32_t system_partitions = 4;
    int replication = 1;
    bool json = false;
    std::chrono::milliseconds timeout{30'000};
    // Of `acls`: {service} stands for the service's name.
    std::string principal = "User:{service}";
    std::string pods = "{service}-";  // how the names of a service's processes begin
    bool commands = false;            // for Kafka's own tool
};

// One thing that is not as declared.
struct TopicDifference {
    std::string topic{};
    std::string what{};  // "missing", "partitions: expected 4, got 1" ...
};

std::vector<TopicDifference> differences(const std::vector<events::TopicSpec>& wanted,
                                         const std::map<std::string, kafka::TopicState>& found, int replication);

// Takes from the folder `config`, when there is one, what it says.
Status adopt_installation(TopicsOptions& options);

void print_topics(const TopicsOptions& options, std::ostream& out);
Status create_topics(const TopicsOptions& options, std::ostream& out);
void print_acls(const TopicsOptions& options, std::ostream& out);
Result<bool> check_topics(const TopicsOptions& options, std::ostream& out);  // true: all as declared

// Adds the command; it sets `exit_code` when it runs.
void add_topics_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
