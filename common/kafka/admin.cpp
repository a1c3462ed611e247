#include "common/kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <set>
#include <span>

#include "common/kafka/admin_call.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kTextMax = 512;

struct DestroyNewTopic {
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct DestroyResource {
    void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
};
struct DestroyMetadata {
    void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
Status check_created(const rd_kafka_CreateTopics_result_t* result) {
    std::size_t count = 0;
    const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(topics[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const char* text = rd_kafka_topic_result_error_string(topics[i]);
        return std::unexpected(error_of(code, std::string("creating topic ") + rd_kafka_topic_result_name(topics[i]),
                                        text == nullptr ? "" : text));
    }
    return {};
}

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

Result<Metadata> metadata_of(rd_kafka_t* client, milliseconds timeout) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client, 1, nullptr, &raw, milliseconds_of(timeout));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, "describing topics"));
    return Metadata(raw);
}

// Partitions and replicas of those of `names` that exist.
Result<std::map<std::string, TopicState>> layout(rd_kafka_t* client, const std::set<std::string>& names,
                                                 milliseconds timeout) {
    const Result<Metadata> answered = metadata_of(client, timeout);
    if (!answered) return std::unexpected(answered.error());
    const rd_kafka_metadata_t* metadata = answered->get();
    std::map<std::string, TopicState> found;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
        if (!names.contains(topic.topic)) continue;
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(error_of(topic.err, std::string("describing topic ") + topic.topic));
        }
        found[topic.topic] = {.partitions = topic.partition_cnt,
                              .replication = topic.partition_cnt > 0 ? topic.partitions[0].replica_cnt : 0};
    }
    return found;
}

Status add_settings(rd_kafka_t* client, std::map<std::string, TopicState>& topics, milliseconds timeout) {
    std::vector<std::unique_ptr<rd_kafka_ConfigResource_t, DestroyResource>> resources;
    std::vector<rd_kafka_ConfigResource_t*> raw;
    for (const auto& [name, state] : topics) {
        resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
        raw.push_back(resources.back().get());
    }
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
    rd_kafka_DescribeConfigs(client, raw.data(), raw.size(), options.get(), queue.get());
    auto event = answer(queue.get(), timeout, "describing topic settings");
    if (!event) return std::unexpected(std::move(event).error());
    std::size_t count = 0;
    const auto* answers =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* name = rd_kafka_ConfigResource_name(answers[i]);
        if (const auto code = rd_kafka_ConfigResource_error(answers[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(error_of(code, std::string("describing settings of topic ") + name));
        }
        std::size_t entries = 0;
        const rd_kafka_ConfigEntry_t** configs = rd_kafka_ConfigResource_configs(answers[i], &entries);
        for (std::size_t j = 0; j < entries; ++j) {
            const char* value = rd_kafka_ConfigEntry_value(configs[j]);
            topics[name].settings[rd_kafka_ConfigEntry_name(configs[j])] = value == nullptr ? "" : value;
        }
    }
    return {};
}

}  // namespace

Status create_topics(const ClientConfig& config, const std::vector<TopicRequest>& topics, milliseconds timeout) {
    if (topics.empty()) return {};
    auto client = make_admin(config, timeout);
    if (!client) return std::unexpected(std::move(client).error());
    std::vector<std::unique_ptr<rd_kafka_NewTopic_t, DestroyNewTopic>> requests;
    std::vector<rd_kafka_NewTopic_t*> raw;
    char text[kTextMax];
    for (const TopicRequest& topic : topics) {
        requests.emplace_back(
            rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication, text, sizeof text));
        if (requests.back() == nullptr) return rejected("creating topic " + topic.name + ": " + text);
        for (const auto& [name, value] : topic.settings) {
            rd_kafka_NewTopic_set_config(requests.back().get(), name.c_str(), value.c_str());
        }
        raw.push_back(requests.back().get());
    }
    const Queue queue(rd_kafka_queue_new(client->get()));
    const AdminOptions options = options_for(client->get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
    rd_kafka_CreateTopics(client->get(), raw.data(), raw.size(), options.get(), queue.get());
    auto event = answer(queue.get(), timeout, "creating topics");
    if (!event) return std::unexpected(std::move(event).error());
    return check_created(rd_kafka_event_CreateTopics_result(event->get()));
}

Result<std::map<std::string, TopicState>> describe_topics(const ClientConfig& config,
                                                          const std::vector<std::string>& names, milliseconds timeout) {
    auto client = make_admin(config, timeout);
    if (!client) return std::unexpected(std::move(client).error());
    auto topics = layout(client->get(), {names.begin(), names.end()}, timeout);
    if (!topics || topics->empty()) return topics;
    if (Status status = add_settings(client->get(), *topics, timeout); !status) {
        return std::unexpected(std::move(status).error());
    }
    return topics;
}

Result<std::map<std::string, std::int32_t>> list_topics(const ClientConfig& config, std::string_view prefix,
                                                        milliseconds timeout) {
    auto client = make_admin(config, timeout);
    if (!client) return std::unexpected(std::move(client).error());
    const Result<Metadata> metadata = metadata_of(client->get(), timeout);
    if (!metadata) return std::unexpected(metadata.error());
    std::map<std::string, std::int32_t> found;
    for (const auto& topic : std::span((*metadata)->topics, static_cast<std::size_t>((*metadata)->topic_cnt))) {
        const std::string_view name = topic.topic;
        if (name.starts_with(prefix) && topic.err == RD_KAFKA_RESP_ERR_NO_ERROR)
            found.emplace(name, topic.partition_cnt);
    }
    return found;
}

Result<Offsets> committed_offsets(const ClientConfig& config, const std::string& group,
                                  const std::vector<Partition>& partitions, milliseconds timeout) {
    // A consumer with the group's name that subscribes to nothing: it may ask, and is no member.
    auto conf = make_conf(config, {}, {{"group.id", group}, {"enable.auto.commit", "false"}});
    if (!conf) return std::unexpected(std::move(conf).error());
    auto client = make_client(ClientType::kConsumer, std::move(*conf));
    if (!client) return std::unexpected(std::move(client).error());
    if (Status found = await_broker(client->get(), timeout); !found) return std::unexpected(std::move(found).error());
    const PartitionList list = list_of(partitions);
    const std::string doing = "reading the offsets of group " + group;
    const auto code = rd_kafka_committed(client->get(), list.get(), milliseconds_of(timeout));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, doing));
    Offsets offsets;
    for (const auto& entry : std::span(list->elems, static_cast<std::size_t>(list->cnt))) {
        if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(entry.err, doing));
        if (entry.offset >= 0)
            offsets.emplace(Partition{.topic = entry.topic, .number = entry.partition}, entry.offset);
    }
    return offsets;
}

}  // namespace shopwire::kafka
