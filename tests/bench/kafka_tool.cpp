// bench-kafka: fills a topic with order events, copies a topic exactly once, watches what becomes visible, or counts.
// One line of JSON each.
//
// The copy is the yardstick of the router: a bare librdkafka loop that maps nothing, with the settings that
// performance.md found best.
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "common/core/clock.h"
#include "common/events/codec.h"
#include "common/kafka/admin.h"
#include "common/kafka/consumer.h"
#include "common/kafka/partition_reader.h"
#include "common/kafka/producer.h"
#include "tests/bench/guarded.h"
#include "tests/bench/order_event.h"
#include "tests/bench/produce.h"

namespace shopwire::bench {
namespace {

constexpr int kTimeoutMs = 30'000;
constexpr std::chrono::milliseconds kPauseAfterCommit{1};
constexpr std::chrono::seconds kNothingNewLimit{30};
constexpr std::int64_t kPreloadChunk = 5'000;
constexpr int kExitProblem = 1;
constexpr int kPartitions = 4;  // of every topic here

struct Options {
    std::string bootstrap{};
    std::string topic{};
    std::string to{};
    std::string merchant = "acme";
    std::string group = "bench.copy";
    std::int64_t count = 0;
    std::int64_t first = 1;
    std::int64_t skus = 50'000;
    int per_transaction = 10'000;
};

struct DestroyClient {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
struct DestroyMessage {
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
struct DestroyError {
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;
using Message = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;
using Error = std::unique_ptr<rd_kafka_error_t, DestroyError>;

[[noreturn]] void die(const std::string& what) {
    std::cerr << "bench-kafka: " << what << "\n";
    std::exit(kExitProblem);
}

void check(rd_kafka_error_t* raw, const char* doing) {
    const Error error(raw);
    if (error) die(std::string(doing) + ": " + rd_kafka_error_string(error.get()));
}

void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) die(std::string("delivering: ") + rd_kafka_err2str(message->err));
}

Client make_client(rd_kafka_type_t type, const std::vector<std::pair<const char*, std::string>>& settings) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char text[512];
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name, value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) die(text);
    }
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    Client client(rd_kafka_new(type, conf, text, sizeof text));
    if (!client) die(text);
    if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(client.get());
    return client;
}

Client make_consumer(const Options& options, const std::string& group) {
    Client client = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", options.bootstrap},
                                                    {"group.id", group},
                                                    {"isolation.level", "read_committed"},
                                                    {"enable.auto.commit", "false"},
                                                    {"auto.offset.reset", "earliest"},
                                                    {"queued.min.messages", "20000"},
                                                    {"queued.max.messages.kbytes", "32768"},
                                                    {"fetch.wait.max.ms", "20"},
                                                    {"fetch.queue.backoff.ms", "5"}});
    rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(client.get(), topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) die(rd_kafka_err2str(code));
    return client;
}

// The next message; null when there is none within `wait_ms`.
Message next(rd_kafka_t* consumer, int wait_ms) {
    Message message(rd_kafka_consumer_poll(consumer, wait_ms));
    if (message && message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        die(std::string("consuming: ") + rd_kafka_message_errstr(message.get()));
    return message;
}

int preload(const Options& options) {
    auto producer =
        kafka::Producer::create({.bootstrap = options.bootstrap}, {.linger = std::chrono::milliseconds(20)});
    if (!producer) die(producer.error().message);
    std::int64_t bytes = 0;
    for (std::int64_t done = 0; done < options.count;) {
        std::vector<kafka::Record> records;
        for (; done < options.count && static_cast<std::int64_t>(records.size()) < kPreloadChunk; ++done) {
            const std::int64_t now_ms = system_clock().now_ms();
            const events::v1::Event event = order_event(
                {.merchant = options.merchant, .number = options.first + done, .skus = options.skus, .now_ms = now_ms});
            if (Status ok = events::check(event); !ok) die(ok.error().message);
            records.push_back(events::to_record(event, now_ms));
            bytes += static_cast<std::int64_t>(records.back().value.value().size());
        }
        if (Status sent = (*producer)->send_all(std::move(records), {}); !sent) die(sent.error().message);
    }
    std::printf("{\"count\": %ld, \"bytes_each\": %ld}\n", options.count,
                options.count == 0 ? 0 : bytes / options.count);
    return 0;
}

void copy_message(rd_kafka_t* producer, const rd_kafka_message_t& message, const char* to) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = rd_kafka_headers_copy(headers);
    while (true) {
        const rd_kafka_resp_err_t code =
            produce(producer, {.topic = to,
                               .key = {static_cast<const char*>(message.key), message.key_len},
                               .value = {static_cast<const char*>(message.payload), message.len},
                               .headers = headers});
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(code));
        rd_kafka_poll(producer, 1);
    }
}

void commit(rd_kafka_t* producer, rd_kafka_t* consumer) {
    rd_kafka_topic_partition_list_t* offsets = nullptr;
    rd_kafka_assignment(consumer, &offsets);
    rd_kafka_position(consumer, offsets);
    rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(consumer);
    check(rd_kafka_send_offsets_to_transaction(producer, offsets, group, kTimeoutMs), "adding offsets");
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    check(rd_kafka_commit_transaction(producer, kTimeoutMs), "committing");
    std::this_thread::sleep_for(kPauseAfterCommit);
}

int copy(const Options& options) {
    if (Status made =
            kafka::create_topics({.bootstrap = options.bootstrap}, {{.name = options.to, .partitions = kPartitions}},
                                 std::chrono::milliseconds(kTimeoutMs));
        !made)
        die(made.error().message);
    const Client consumer = make_consumer(options, options.group);
    const Client producer = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", options.bootstrap},
                                                            {"transactional.id", options.group},
                                                            {"linger.ms", "0"},
                                                            {"queue.buffering.max.kbytes", "262144"}});
    check(rd_kafka_init_transactions(producer.get(), kTimeoutMs), "starting transactions");
    std::int64_t copied = 0;
    while (copied < options.count) {
        int sent = 0;
        for (; sent < options.per_transaction && copied + sent < options.count; ++sent) {
            const Message message = next(consumer.get(), sent == 0 ? kTimeoutMs : 20);
            if (!message) break;
            if (sent == 0) check(rd_kafka_begin_transaction(producer.get()), "beginning");
            copy_message(producer.get(), *message, options.to.c_str());
            if (sent % 256 == 0) rd_kafka_poll(producer.get(), 0);
        }
        if (sent == 0) die("nothing to copy");
        commit(producer.get(), consumer.get());
        copied += sent;
    }
    rd_kafka_consumer_close(consumer.get());
    std::printf("{\"copied\": %ld}\n", copied);
    return 0;
}

// Counts what becomes visible until `count` different keys were seen: how many, from the first one's Kafka timestamp
// (the time at which its producer took it) to the last one's arrival here.
int watch(const Options& options) {
    const Client consumer = make_consumer(options, "bench.watch." + options.topic + "." + options.merchant);
    std::cerr << "watching\n";
    std::unordered_set<std::string> keys;
    std::int64_t records = 0;
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    const std::string wanted = options.merchant + "/";
    auto news = std::chrono::steady_clock::now();
    while (static_cast<std::int64_t>(keys.size()) < options.count) {
        const Message message = next(consumer.get(), 1'000);
        if (!message) {
            if (std::chrono::steady_clock::now() - news > kNothingNewLimit) break;
            continue;
        }
        std::string key(static_cast<const char*>(message->key), message->key_len);
        if (!key.starts_with(wanted)) continue;
        news = std::chrono::steady_clock::now();
        if (records++ == 0) first_ms = rd_kafka_message_timestamp(message.get(), nullptr);
        last_ms = system_clock().now_ms();
        keys.insert(std::move(key));
    }
    rd_kafka_consumer_close(consumer.get());
    std::printf("{\"records\": %ld, \"keys\": %zu, \"first_ms\": %ld, \"last_ms\": %ld}\n", records, keys.size(),
                first_ms, last_ms);
    return 0;
}

int count_records(const Options& options) {
    std::int64_t records = 0;
    for (std::int32_t number = 0; number < kPartitions; ++number) {
        const auto ends = kafka::read_ends({.bootstrap = options.bootstrap}, {.topic = options.topic, .number = number},
                                           std::chrono::milliseconds(kTimeoutMs));
        if (!ends) die(ends.error().message);
        records += ends->end - ends->earliest;
    }
    std::printf("{\"records\": %ld}\n", records);
    return 0;
}

int run(int argc, char** argv) {
    Options options;
    CLI::App app("Loads, copies and watches topics for benchmarks.", "bench-kafka");
    app.require_subcommand(1);
    const auto add = [&](const char* name, const char* help) {
        CLI::App* command = app.add_subcommand(name, help);
        command->add_option("--bootstrap", options.bootstrap)->required();
        command->add_option("--count", options.count)->required();
        command->add_option("--merchant", options.merchant);
        return command;
    };
    CLI::App* load = add("preload", "order events into their topic");
    load->add_option("--first", options.first, "number of the first order");
    load->add_option("--skus", options.skus, "articles that the orders are spread over");
    CLI::App* copying = add("copy", "a topic into another, exactly once");
    copying->add_option("--topic", options.topic)->required();
    copying->add_option("--to", options.to)->required();
    copying->add_option("--group", options.group);
    copying->add_option("--per-transaction", options.per_transaction);
    CLI::App* watching = add("watch", "waits until that many keys are visible");
    watching->add_option("--topic", options.topic)->required();
    CLI::App* counting = add("ends", "how many records a topic holds");
    counting->add_option("--topic", options.topic)->required();
    CLI11_PARSE(app, argc, argv);
    if (counting->parsed()) return count_records(options);
    if (load->parsed()) return preload(options);
    return copying->parsed() ? copy(options) : watch(options);
}

}  // namespace
}  // namespace shopwire::bench

int main(int argc, char** argv) { return shopwire::bench::guarded("bench-kafka", shopwire::bench::run, argc, argv); }
