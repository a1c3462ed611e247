#include "common/kafka/access.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "common/kafka/admin_call.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using Operations = std::span<const rd_kafka_AclOperation_t>;

constexpr milliseconds kFirstAnswer{250};  // most coordinators need far less; doubled each time
constexpr milliseconds kNeverReached{300'000};

struct DestroyTopics {
    void operator()(rd_kafka_TopicCollection_t* topics) const { rd_kafka_TopicCollection_destroy(topics); }
};
using TopicNames = std::unique_ptr<rd_kafka_TopicCollection_t, DestroyTopics>;

rd_kafka_AclOperation_t code_of(Operation operation) {
    switch (operation) {
        case Operation::kRead: return RD_KAFKA_ACL_OPERATION_READ;
        case Operation::kWrite: return RD_KAFKA_ACL_OPERATION_WRITE;
        case Operation::kCreate: return RD_KAFKA_ACL_OPERATION_CREATE;
        case Operation::kDescribe: return RD_KAFKA_ACL_OPERATION_DESCRIBE;
        case Operation::kDescribeConfigs: return RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS;
    }
    std::unreachable();
}

std::vector<const char*> names_of(const std::vector<Right>& rights, Resource resource) {
    std::set<std::string_view> seen;
    std::vector<const char*> names;
    for (const Right& right : rights)
        if (right.resource == resource && !right.prefixed && seen.insert(right.name).second)
            names.push_back(right.name.c_str());
    return names;
}

// What of `rights` the cluster did not grant to that name.  Some clusters do not tell rights: then none is missing.
void compare(const std::vector<Right>& rights, Resource resource, std::string_view name, bool refused,
             Operations granted, std::vector<Right>& missing) {
    if (!refused && granted.empty()) return;
    for (const Right& right : rights) {
        if (right.resource != resource || right.prefixed || right.name != name) continue;
        if (refused || std::ranges::find(granted, code_of(right.operation)) == granted.end()) missing.push_back(right);
    }
}

Status look_at_topics(rd_kafka_t* client, const std::vector<Right>& rights, milliseconds timeout,
                      const std::stop_token& stop, Sight& sight) {
    constexpr std::string_view kDoing = "asking for rights to topics";
    std::vector<const char*> names = names_of(rights, Resource::kTopic);
    if (names.empty()) return {};
    const TopicNames topics(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout);
    const ClientError ignored(rd_kafka_AdminOptions_set_include_authorized_operations(options.get(), 1));
    rd_kafka_DescribeTopics(client, topics.get(), options.get(), queue.get());
    const auto event = answer(queue.get(), timeout, kDoing, stop);
    if (!event) return std::unexpected(event.error());
    std::size_t count = 0;
    const auto* found =
        rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event->get()), &count);
    for (const rd_kafka_TopicDescription_t* topic : std::span(found, count)) {
        const std::string name = rd_kafka_TopicDescription_name(topic);
        const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(topic));
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
        const bool refused = code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !refused) return std::unexpected(error_of(code, kDoing, name));
        std::size_t operations = 0;
        const auto* granted = rd_kafka_TopicDescription_authorized_operations(topic, &operations);
        compare(rights, Resource::kTopic, name, refused, Operations(granted, operations), sight.missing);
        std::size_t partitions = 0;
        if (refused) continue;
        rd_kafka_TopicDescription_partitions(topic, &partitions);
        sight.partitions[name] = static_cast<std::int32_t>(partitions);
    }
    return {};
}

// nullopt: no answer within `wait`.  The client must be destroyed then: librdkafka 2.15 ends the process when the
// coordinator of a request is found after that request's own time was up (the callback takes its eonce twice), so that
// time is longer than any client of ours lives.
Result<std::optional<Event>> describe_groups(rd_kafka_t* client, std::vector<const char*> names, milliseconds wait,
                                             const std::stop_token& stop) {
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, kNeverReached);
    const ClientError ignored(rd_kafka_AdminOptions_set_include_authorized_operations(options.get(), 1));
    rd_kafka_DescribeConsumerGroups(client, names.data(), names.size(), options.get(), queue.get());
    return answer_within(queue.get(), wait, "asking for rights to groups", stop);
}

void read_groups(const Event& event, const std::vector<Right>& rights, Sight& sight) {
    std::size_t count = 0;
    const auto* found = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    for (const rd_kafka_ConsumerGroupDescription_t* group : std::span(found, count)) {
        const std::string_view name = rd_kafka_ConsumerGroupDescription_group_id(group);
        const auto code = rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(group));
        const bool refused = code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
        // A group that does not exist yet may be no error or one; either way nothing is refused.
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !refused) continue;
        std::size_t operations = 0;
        const auto* granted = rd_kafka_ConsumerGroupDescription_authorized_operations(group, &operations);
        compare(rights, Resource::kGroup, name, refused, Operations(granted, operations), sight.missing);
    }
}

// While the coordinator is only just coming up, as that of a new cluster (seen on Kafka 4.3), a client that has asked
// once waits for ever: another one asks again.
Status look_at_groups(Client client, const ClientConfig& config, const std::vector<Right>& rights, milliseconds timeout,
                      const std::stop_token& stop, Sight& sight) {
    const std::vector<const char*> names = names_of(rights, Resource::kGroup);
    if (names.empty()) return {};
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    milliseconds wait = kFirstAnswer;
    for (milliseconds left = timeout; left > milliseconds{0}; left = left_until(deadline), wait *= 2) {
        if (client == nullptr) {
            Result<Client> another = make_looker(config, left, stop);
            if (!another) return std::unexpected(std::move(another).error());
            client = *std::move(another);
        }
        const Result<std::optional<Event>> answered = describe_groups(client.get(), names, std::min(left, wait), stop);
        if (!answered) return std::unexpected(answered.error());
        if (*answered) {
            read_groups(**answered, rights, sight);
            return {};
        }
        client.reset();
    }
    return {};  // joining tells
}

}  // namespace

std::string_view name_of(Resource resource) {
    switch (resource) {
        case Resource::kTopic: return "topic";
        case Resource::kGroup: return "group";
        case Resource::kTransactionalId: return "transactional-id";
    }
    std::unreachable();
}

std::string_view name_of(Operation operation) {
    switch (operation) {
        case Operation::kRead: return "READ";
        case Operation::kWrite: return "WRITE";
        case Operation::kCreate: return "CREATE";
        case Operation::kDescribe: return "DESCRIBE";
        case Operation::kDescribeConfigs: return "DESCRIBE_CONFIGS";
    }
    std::unreachable();
}

std::string Right::text() const {
    return std::string(name_of(operation)) + " on " + std::string(name_of(resource)) + " " + name +
           (prefixed ? "*" : "");
}

Result<Sight> look(const ClientConfig& config, const std::vector<Right>& rights, milliseconds timeout,
                   std::stop_token stop) {
    auto client = make_looker(config, timeout, stop);
    if (!client) return std::unexpected(std::move(client).error());
    Sight sight;
    if (Status seen = look_at_topics(client->get(), rights, timeout, stop, sight); !seen)
        return std::unexpected(std::move(seen).error());
    if (Status seen = look_at_groups(*std::move(client), config, rights, timeout, stop, sight); !seen)
        return std::unexpected(std::move(seen).error());
    return sight;
}

}  // namespace shopwire::kafka
