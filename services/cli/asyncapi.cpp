#include "services/cli/asyncapi.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

#include "common/events/codec.h"
#include "services/cli/message_json.h"
#include "services/cli/message_schema.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSystem = "{system}";
constexpr std::string_view kPrefix = "shopwire.";
constexpr std::string_view kSchemas = "#/components/schemas/";
constexpr std::string_view kBinding = "0.5.0";
constexpr std::string_view kContentType = "application/protobuf";

struct Header {
    std::string_view name{};
    std::string_view about{};
};
// As events::Envelope has them.
constexpr Header kHeaders[] = {
    {"ce_id", "a UUID of version 7; of a command that is sent again the same one"},
    {"ce_source", "/merchant/connection that it comes from"},
    {"ce_type", "the message's package and what it holds, as in shopwire.events.v1.order"},
    {"ce_specversion", "of CloudEvents: 1.0"},
    {"ce_time", "when it was made, in UTC"},
    {"ce_subject", "the record's key"},
    {"content-type", "application/protobuf"},
    {"traceparent", "W3C trace context, from the first event of a chain to its result"},
};

// A name without what JSON pointers and code generators stumble over.
std::string short_name(const events::TopicSpec& topic) {
    std::string name = topic.name.substr(kPrefix.size());
    std::erase_if(name, [](char c) { return c == '{' || c == '}'; });
    return name;
}

Json headers_schema() {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Header& header : kHeaders) {
        properties[std::string(header.name)] = {{"type", "string"}, {"description", header.about}};
        required.push_back(header.name);
    }
    return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

Json configuration_of(const events::TopicSpec& topic, int replication) {
    Json out = Json::object();
    for (const auto& [name, value] : events::settings_of(topic, replication)) {
        if (name == "cleanup.policy")
            out[name] = Json::array({value});
        else
            out[name] = Json::parse(value);
    }
    return out;
}

Json message_of(const events::TopicSpec& topic, const events::Content& content) {
    const std::string name(content.message.substr(content.message.rfind('.') + 1));
    Json key{{"type", "string"}, {"description", topic.key}};
    if (!content.key_prefix.empty()) key["pattern"] = "^" + std::string(content.key_prefix);
    Json message{{"name", name},
                 {"contentType", kContentType},
                 {"payload", {{"$ref", std::string(kSchemas) + std::string(content.message)}}},
                 {"bindings", {{"kafka", {{"key", key}, {"bindingVersion", kBinding}}}}}};
    if (topic.has_envelope) message["headers"] = {{"$ref", std::string(kSchemas) + "headers"}};
    return message;
}

Json channel_of(const events::TopicSpec& topic, int replication) {
    Json messages = Json::object();
    for (const events::Content& content : topic.contents) {
        Json message = message_of(topic, content);
        messages[message["name"].get<std::string>()] = message;
    }
    Json channel{{"address", topic.name}, {"messages", messages}};
    if (topic.name.contains(kSystem))
        channel["parameters"] = {{"system", {{"$ref", "#/components/parameters/system"}}}};
    channel["bindings"] = {{"kafka",
                            {{"partitions", topic.partitions},
                             {"replicas", replication},
                             {"topicConfiguration", configuration_of(topic, replication)},
                             {"bindingVersion", kBinding}}}};
    return channel;
}

void add_operations(const events::TopicSpec& topic, Json& operations) {
    struct Party {
        std::string_view name{};
        std::string_view group{};
        bool sends = false;
        bool receives = false;
    };
    const Party parties[] = {{"router", "shopwire.router", topic.writers.router, topic.readers.router},
                             {"connector", "shopwire.{system}", topic.writers.connectors, topic.readers.connectors}};
    // Stores are assigned with the topics that their owner consumes, and read without a group.
    const bool has_group = topic.cleanup == events::Cleanup::kTime;
    for (const Party& party : parties) {
        const auto add = [&](std::string_view action, bool wanted) -> Json* {
            if (!wanted) return nullptr;
            Json& operation = operations[std::string(party.name) + "." + std::string(action) + "." + short_name(topic)];
            operation = {{"action", action},
                         {"channel", {{"$ref", "#/channels/" + short_name(topic)}}},
                         {"tags", Json::array({{{"name", party.name}}})}};
            return &operation;
        };
        add("send", party.sends);
        Json* receive = add("receive", party.receives);
        if (receive == nullptr || !has_group) continue;
        (*receive)["bindings"] = {
            {"kafka", {{"groupId", {{"type", "string"}, {"description", party.group}}}, {"bindingVersion", kBinding}}}};
    }
}

}  // namespace

std::string asyncapi_document(std::int32_t router_partitions, std::int32_t system_partitions, int replication,
                              const std::vector<std::string>& systems) {
    events::TopicPlan plan{.router_partitions = router_partitions};
    plan.system_partitions[std::string(kSystem)] = system_partitions;
    Json channels = Json::object();
    Json operations = Json::object();
    Json schemas{{"headers", headers_schema()}};
    for (const events::TopicSpec& topic : events::topics(plan)) {
        channels[short_name(topic)] = channel_of(topic, replication);
        add_operations(topic, operations);
        for (const events::Content& content : topic.contents) {
            const google::protobuf::Descriptor* type = message_type(content.message);
            assert(type != nullptr && "each content is a message of proto/");
            add_schema(*type, kSchemas, schemas);
        }
    }
    const Json document{
        {"asyncapi", "3.0.0"},
        {"info",
         {{"title", "Shopwire"},
          {"version", "1.0.0"},
          {"description",
           "The Kafka topics of an installation. Values are Protocol Buffers; their schemas stand here as protobuf "
           "maps "
           "them to JSON, with the fields' names as in proto/. Partitions and copies are those of the installation."}}},
        {"defaultContentType", kContentType},
        {"servers",
         {{"kafka",
           {{"host", "{bootstrap}"},
            {"protocol", "kafka"},
            {"variables",
             {{"bootstrap",
               {{"default", "localhost:9092"}, {"description", "kafka.bootstrap of installation.yaml"}}}}}}}}},
        {"channels", channels},
        {"operations", operations},
        {"components",
         {{"parameters", {{"system", {{"description", "the connected system"}, {"enum", systems}}}}},
          {"schemas", schemas}}}};
    return document.dump(2) + "\n";
}

}  // namespace shopwire::cli
