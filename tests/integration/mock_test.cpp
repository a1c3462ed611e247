// Errors that a real broker gives only at bad moments, from librdkafka's mock cluster.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "common/core/ids.h"
#include "common/kafka/access.h"
#include "common/kafka/consumer.h"
#include "common/kafka/partition_reader.h"
#include "common/kafka/producer.h"
#include "common/kafka/statistics.h"
#include "common/kafka/transaction.h"
#include "tests/integration/mock_cluster.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kTimeout{10'000};

class MockTest : public ::testing::Test {
 protected:
    void SetUp() override { cluster_.create_topic("t", 2); }
    std::unique_ptr<Transaction> make_transaction(milliseconds timeout = milliseconds{10'000}) {
        auto transaction =
            Transaction::create(cluster_.config(), {.transactional_id = "id", .timeout = timeout}).value();
        const Status made = transaction->init(kTimeout);
        EXPECT_TRUE(made) << made.error().message;
        return transaction;
    }
    std::unique_ptr<Consumer> make_consumer(Consumer::Rebalance rebalance = {}) {
        return Consumer::create(cluster_.config(), {.group = "g", .topics = {"t"}}, std::move(rebalance)).value();
    }
    static Status send_one(Transaction& transaction) {
        return transaction.send({.topic = "t", .partition = 0, .key = "k", .value = "v"});
    }
    // Polls until an error comes.
    static Error poll_for_error(Consumer& consumer) {
        const auto deadline = SteadyClock::now() + kTimeout;
        while (SteadyClock::now() < deadline) {
            auto polled = consumer.poll(10, milliseconds{50});
            if (!polled) return polled.error();
        }
        return {.message = "no error came"};
    }
    static std::size_t poll_for_records(Consumer& consumer, std::size_t count) {
        const auto deadline = SteadyClock::now() + kTimeout;
        std::size_t seen = 0;
        while (seen < count && SteadyClock::now() < deadline) {
            auto polled = consumer.poll(10, milliseconds{50});
            if (polled) seen += polled->size();
        }
        return seen;
    }

    MockCluster cluster_;
    std::shared_ptr<const GroupMetadata> group_ = make_consumer()->group_metadata();
};

TEST_F(MockTest, LagCountsWhatPollHasNotGiven) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    std::vector<Record> records(5, Record{.topic = "t", .partition = 0, .key = "k", .value = "v"});
    ASSERT_TRUE(producer->send_all(std::move(records), {}));
    const auto consumer = make_consumer();
    EXPECT_EQ(consumer->lag(), 0);  // nothing is assigned
    const auto deadline = SteadyClock::now() + kTimeout;
    std::size_t seen = 0;
    while (seen == 0 && SteadyClock::now() < deadline) {
        const auto polled = consumer->poll(2, milliseconds{50});
        if (polled) seen += polled->size();
    }
    ASSERT_GT(seen, 0U);
    EXPECT_EQ(consumer->lag(), 5 - static_cast<std::int64_t>(seen));
    ASSERT_EQ(poll_for_records(*consumer, 5 - seen), 5 - seen);
    EXPECT_EQ(consumer->lag(), 0);
}

TEST_F(MockTest, ClientsTellTheirNumbersUntilNobodyListens) {
    std::mutex mutex;
    std::vector<std::string> told;
    const auto count = [&] {
        const std::lock_guard lock(mutex);
        return told.size();
    };
    observe_statistics(
        [&](std::string_view json) {
            const std::lock_guard lock(mutex);
            told.emplace_back(json);
        },
        milliseconds{50});
    const auto consumer = make_consumer();
    const auto producer = Producer::create(cluster_.config(), {}).value();
    const auto deadline = SteadyClock::now() + kTimeout;
    while (count() < 6 && SteadyClock::now() < deadline) (void)consumer->poll(1, milliseconds{20});
    observe_statistics({}, milliseconds{50});
    ASSERT_GE(count(), 6U);
    const auto has = [&](std::string_view words) {
        return std::ranges::any_of(told, [words](const std::string& json) { return json.contains(words); });
    };
    for (const char* words : {R"("type": "consumer")", R"("type": "producer")", R"("rtt":)", R"("throttle":)",
                              R"("int_latency":)", R"("req_timeouts":)"})
        EXPECT_TRUE(has(words)) << words;
    const std::size_t last = count();
    (void)consumer->poll(1, milliseconds{200});
    EXPECT_EQ(count(), last);
}

TEST_F(MockTest, ACommitRidesOutACoordinatorThatLoads) {
    const auto transaction = make_transaction();
    ASSERT_TRUE(send_one(*transaction));
    cluster_.fail_next(Api::kEndTxn, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR});
    const auto done = transaction->commit({{{.topic = "t", .number = 1}, 3}}, *group_, {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->next, (Offsets{{{.topic = "t", .number = 0}, 1}}));
}

TEST_F(MockTest, AnAbortableErrorAbortsAndTheNextTransactionWorks) {
    const auto transaction = make_transaction();
    cluster_.fail_next(Api::kTxnOffsetCommit, {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION});
    ASSERT_TRUE(send_one(*transaction));
    const auto refused = transaction->commit({{{.topic = "t", .number = 1}, 3}}, *group_, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kTransient) << refused.error().message;
    EXPECT_FALSE(transaction->open());
    ASSERT_TRUE(send_one(*transaction));
    EXPECT_TRUE(transaction->commit({{{.topic = "t", .number = 1}, 3}}, *group_, {}));
}

TEST_F(MockTest, ARecordThatFailsAbortsTheTransaction) {
    const auto transaction = make_transaction();
    cluster_.fail_next(Api::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    ASSERT_TRUE(send_one(*transaction));
    const auto refused = transaction->commit({}, *group_, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kTransient) << refused.error().message;
}

TEST_F(MockTest, AFencedProducerIsRejectedAndInitMakesANewOne) {
    const auto transaction = make_transaction();
    ASSERT_TRUE(send_one(*transaction));
    cluster_.fail_next(Api::kEndTxn, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
    const auto fenced = transaction->commit({}, *group_, {});
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().kind, ErrorKind::kRejected) << fenced.error().message;
    EXPECT_EQ(send_one(*transaction).error().kind, ErrorKind::kRejected);
    ASSERT_TRUE(transaction->init(kTimeout));
    ASSERT_TRUE(send_one(*transaction));
    EXPECT_TRUE(transaction->commit({}, *group_, {}));
}

TEST_F(MockTest, ACommitWithoutAnswerIsAmbiguous) {
    const auto transaction = make_transaction(milliseconds{1'000});
    ASSERT_TRUE(send_one(*transaction));
    std::this_thread::sleep_for(milliseconds{200});  // the record is delivered; what follows is the commit alone
    cluster_.set_delay(1, milliseconds{5'000});
    const auto unknown = transaction->commit({}, *group_, {});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, ErrorKind::kAmbiguous) << unknown.error().message;
    cluster_.set_delay(1, milliseconds{0});
    EXPECT_EQ(send_one(*transaction).error().kind, ErrorKind::kRejected);
    ASSERT_TRUE(transaction->init(kTimeout));
    ASSERT_TRUE(send_one(*transaction));
    EXPECT_TRUE(transaction->commit({}, *group_, {}));
}

TEST_F(MockTest, StopEndsTheRetriesAndCommitsNothing) {
    const auto transaction = make_transaction();
    ASSERT_TRUE(send_one(*transaction));
    std::stop_source stop;
    stop.request_stop();
    const auto done = transaction->commit({}, *group_, stop.get_token());
    // Stopping is no reason to give up a commit that goes through.
    EXPECT_TRUE(done);
}

TEST_F(MockTest, BeginningBeforeInitIsRejected) {
    auto transaction = Transaction::create(cluster_.config(), {.transactional_id = "id"}).value();
    EXPECT_EQ(send_one(*transaction).error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(transaction->abort());
}

TEST_F(MockTest, InitReportsARefusal) {
    auto transaction = Transaction::create(cluster_.config(), {.transactional_id = "id"}).value();
    cluster_.fail_next(Api::kInitProducerId, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED});
    const Status made = transaction->init(kTimeout);
    ASSERT_FALSE(made);
    // The right may be given while we run.
    EXPECT_EQ(made.error().kind, ErrorKind::kTransient) << made.error().message;
    EXPECT_TRUE(made.error().message.contains("TRANSACTIONAL_ID_AUTHORIZATION_FAILED")) << made.error().message;
    EXPECT_TRUE(transaction->init(kTimeout));
}

TEST_F(MockTest, AProducerRidesOutARestartingBroker) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    cluster_.set_down(1, true);
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds{300});
        cluster_.set_down(1, false);
    });
    const Status sent = producer->send_all({{.topic = "t", .key = "k", .value = "v"}}, {});
    EXPECT_TRUE(sent) << sent.error().message;
}

TEST_F(MockTest, ADeliveryTimeoutIsReportedOnce) {
    const auto producer = Producer::create(cluster_.config(), {.delivery_timeout = milliseconds{500}}).value();
    cluster_.set_down(1, true);
    const Status sent = producer->send_all({{.topic = "t", .key = "k", .value = "v"}, {.topic = "t", .key = "l"}}, {});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, ErrorKind::kTransient) << sent.error().message;
}

TEST_F(MockTest, AnUnansweredDeliveryIsAmbiguous) {
    const auto producer = Producer::create(cluster_.config(), {.delivery_timeout = milliseconds{700}}).value();
    ASSERT_TRUE(producer->send_all({{.topic = "t", .partition = 0, .value = "first"}}, {}));
    cluster_.set_delay(1, milliseconds{5'000});
    const Status sent = producer->send_all({{.topic = "t", .partition = 0, .value = "second"}}, {});
    cluster_.set_delay(1, milliseconds{0});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, ErrorKind::kAmbiguous) << sent.error().message;
}

TEST_F(MockTest, ARefusedRecordIsRejected) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    const Status large = producer->send_all({{.topic = "t", .value = std::string(kRecordBytesMax + 1, 'x')}}, {});
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().kind, ErrorKind::kRejected) << large.error().message;
    cluster_.fail_next(Api::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    const Status refused = producer->send_all({{.topic = "t", .key = "k", .value = "v"}}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kTransient) << refused.error().message;  // not the record's fault
}

TEST_F(MockTest, WhatABrokerRefusesIsToldWithItsTopic) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    std::mutex mutex;
    std::vector<std::string> told;
    observe_refusals([&](const Refusal& refusal) {
        const std::lock_guard lock(mutex);
        told.emplace_back(refusal.what);
        EXPECT_FALSE(refusal.distrust);
    });
    cluster_.fail_next(Api::kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    EXPECT_FALSE(producer->send_all({{.topic = "t", .key = "k", .value = "v"}}, {}));
    cluster_.fail_next(Api::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    EXPECT_FALSE(producer->send_all({{.topic = "t", .key = "k", .value = "v"}}, {}));
    observe_refusals({});
    // librdkafka itself refuses the topic now, until it asks the cluster again.
    EXPECT_FALSE(producer->send_all({{.topic = "t", .key = "k", .value = "v"}}, {}));
    ASSERT_EQ(told.size(), 1U);  // nothing but the refusal, and nobody is told any more
    EXPECT_TRUE(told[0].contains("delivering to t: TOPIC_AUTHORIZATION_FAILED")) << told[0];
}

// No token is to be had right now: who gives them is away.
TEST_F(MockTest, DistrustIsWaitedForByWhoWorksAndToldToWhoLooks) {
    ClientConfig config = cluster_.config();
    config.security_protocol = "sasl_plaintext";
    config.sasl_mechanism = "OAUTHBEARER";
    config.sasl_username = "service";
    config.sasl_password = Secret("secret");
    config.extra["sasl.oauthbearer.token.endpoint.url"] = "http://127.0.0.1:1/token";
    std::mutex mutex;
    std::vector<std::string> told;
    observe_refusals([&](const Refusal& refusal) {
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(refusal.distrust);
        EXPECT_EQ(refusal.broker, "") << "that address is not a broker's";
        told.emplace_back(refusal.what);
    });
    const auto transaction = Transaction::create(config, {.transactional_id = "id"}).value();
    const Status made = transaction->init(milliseconds{2'000});
    observe_refusals({});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::kTransient) << made.error().message;
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].contains("token")) << told[0];
    const auto seen = look(config, {}, milliseconds{2'000});
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind, ErrorKind::kRejected) << seen.error().message;
    EXPECT_EQ(seen.error().message, told[0]);
}

// As of a new cluster: librdkafka 2.15 ended the process when it came after the request's own time.
TEST_F(MockTest, ACoordinatorThatIsFoundLateIsAskedAgainByAnotherClient) {
    for (int i = 0; i < 3; ++i) {
        cluster_.delay_next(Api::kFindCoordinator, milliseconds{400});
        const auto seen = look(cluster_.config(), {{.resource = Resource::kGroup, .name = "g"}}, milliseconds{5'000});
        EXPECT_TRUE(seen) << seen.error().message;
    }
}

TEST_F(MockTest, ALookEndsSoonWhenStopIsRequested) {
    cluster_.set_delay(1, milliseconds{60'000});
    std::stop_source stop;
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds{300});
        stop.request_stop();
    });
    const auto started = SteadyClock::now();
    const auto seen = look(cluster_.config(), {}, milliseconds{30'000}, stop.get_token());
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind, ErrorKind::kCancelled);
    EXPECT_LT(SteadyClock::now() - started, milliseconds{5'000});
}

TEST_F(MockTest, AFullQueueWaitsForRoom) {
    const auto producer = Producer::create(cluster_.config(), {.queue_messages_max = 10}).value();
    std::vector<Record> records(500, Record{.topic = "t", .partition = 1, .value = "v"});
    const Status sent = producer->send_all(std::move(records), {});
    EXPECT_TRUE(sent) << sent.error().message;
}

TEST_F(MockTest, StopEndsTheWaitForReports) {
    const auto producer = Producer::create(cluster_.config(), {.delivery_timeout = milliseconds{3'000}}).value();
    cluster_.set_down(1, true);
    std::stop_source stop;
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds{100});
        stop.request_stop();
    });
    const auto started = SteadyClock::now();
    const Status sent = producer->send_all({{.topic = "t", .value = "v"}}, stop.get_token());
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, ErrorKind::kCancelled);
    EXPECT_LT(SteadyClock::now() - started, milliseconds{2'000});
    cluster_.set_down(1, false);
}

TEST_F(MockTest, AProducerIsReplacedAfterAFatalError) {
    cluster_.fail_next(Api::kInitProducerId, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
    const auto producer = Producer::create(cluster_.config(), {.delivery_timeout = milliseconds{5'000}}).value();
    // The fault may be met by the first record, or before it.
    const Status first = producer->send_all({{.topic = "t", .partition = 0, .value = "1"}}, {});
    if (!first) {
        EXPECT_EQ(first.error().kind, ErrorKind::kTransient) << first.error().message;  // not the record's fault
    }
    const Status sent = producer->send_all({{.topic = "t", .partition = 0, .value = "2"}}, {});
    EXPECT_TRUE(sent) << sent.error().message;
}

TEST_F(MockTest, AProducerUsesKafkasOwnPartitioner) {
    cluster_.create_topic("wide", 16);
    const auto producer = Producer::create(cluster_.config(), {}).value();
    std::vector<Record> records(50, Record{.topic = "wide", .value = "v"});
    for (std::size_t i = 0; i < records.size(); ++i) records[i].key = "key " + std::to_string(i);
    ASSERT_TRUE(producer->send_all(records, {}));
    std::size_t seen = 0;
    for (int number = 0; number < 16; ++number) {
        ASSERT_TRUE(read_partition(
            cluster_.config(), {.topic = "wide", .number = number}, 0,
            [&](const Record& record) -> Status {
                EXPECT_EQ(shopwire::partition_of(record.key, 16), number) << record.key;
                ++seen;
                return {};
            },
            kTimeout));
    }
    EXPECT_EQ(seen, 50U);
}

TEST_F(MockTest, RecordsKeepKeyHeadersAndTombstones) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    const std::string binary("\0\xff\n", 3);
    ASSERT_TRUE(producer->send_all(
        {{.topic = "t", .partition = 1, .key = binary, .value = binary, .headers = {{"h", binary}, {"h", ""}}},
         {.topic = "t", .partition = 1, .key = "gone"}},
        {}));
    std::vector<Record> seen;
    ASSERT_TRUE(read_partition(
        cluster_.config(), {.topic = "t", .number = 1}, 0,
        [&](const Record& record) -> Status {
            seen.push_back(record);
            return {};
        },
        kTimeout));
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].key, binary);
    EXPECT_EQ(seen[0].value, binary);
    EXPECT_EQ(seen[0].headers, (Headers{{"h", binary}, {"h", ""}}));
    EXPECT_GT(seen[0].timestamp_ms, 0);
    EXPECT_EQ(seen[1].value, std::nullopt);
    EXPECT_EQ(seen[1].offset, 1);
}

TEST_F(MockTest, ReadPartitionPassesOnAnErrorOfItsReceiver) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    ASSERT_TRUE(producer->send_all(
        {{.topic = "t", .partition = 0, .value = "1"}, {.topic = "t", .partition = 0, .value = "2"}}, {}));
    int calls = 0;
    const auto next = read_partition(
        cluster_.config(), {.topic = "t", .number = 0}, 0,
        [&](const Record&) -> Status {
            ++calls;
            return rejected("storing: disk full");
        },
        kTimeout);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().message, "storing: disk full");
    EXPECT_EQ(calls, 1);
}

TEST_F(MockTest, ReadPartitionOfAnUnknownTopicFails) {
    EXPECT_FALSE(read_partition(cluster_.config(), {.topic = "t", .number = 77}, 0, {}, milliseconds{1'000}));
}

TEST_F(MockTest, AConsumerReportsMissingRights) {
    const auto consumer = make_consumer();
    cluster_.fail_next(Api::kOffsetFetch, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
    const Error error = poll_for_error(*consumer);
    EXPECT_EQ(error.kind, ErrorKind::kTransient) << error.message;
    EXPECT_TRUE(error.message.contains("GROUP_AUTHORIZATION_FAILED")) << error.message;
}

TEST_F(MockTest, AConsumerGoesOnAfterRightsAreGiven) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    ASSERT_TRUE(producer->send_all({{.topic = "t", .partition = 0, .value = "1"}}, {}));
    cluster_.fail_next(Api::kOffsetFetch, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
    const auto consumer = make_consumer();
    EXPECT_EQ(poll_for_error(*consumer).kind, ErrorKind::kTransient);
    EXPECT_EQ(poll_for_records(*consumer, 1), 1U);
}

TEST_F(MockTest, AConsumerRidesOutARestartingBroker) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    ASSERT_TRUE(producer->send_all({{.topic = "t", .partition = 0, .value = "1"}}, {}));
    const auto consumer = make_consumer();
    EXPECT_EQ(poll_for_records(*consumer, 1), 1U);
    cluster_.set_down(1, true);
    for (int i = 0; i < 3; ++i) (void)consumer->poll(10, milliseconds{50});
    cluster_.set_down(1, false);
    ASSERT_TRUE(producer->send_all({{.topic = "t", .partition = 1, .value = "2"}}, {}));
    EXPECT_EQ(poll_for_records(*consumer, 1), 1U);
}

TEST_F(MockTest, AConsumerClosesInTimeWithoutABroker) {
    auto consumer = make_consumer();
    (void)consumer->poll(1, milliseconds{200});
    cluster_.set_down(1, true);
    const auto started = SteadyClock::now();
    (void)consumer->close(milliseconds{500});
    consumer.reset();
    EXPECT_LT(SteadyClock::now() - started, milliseconds{4'000});
}

TEST_F(MockTest, APollIsWokenNowOrTheNextTime) {
    const auto consumer = make_consumer();
    std::jthread other([&consumer] {
        std::this_thread::sleep_for(milliseconds{50});
        consumer->wake();
    });
    auto started = SteadyClock::now();
    EXPECT_TRUE(consumer->poll(10, kTimeout).value().empty());
    EXPECT_LT(SteadyClock::now() - started, kTimeout / 2);
    other.join();
    consumer->wake();
    started = SteadyClock::now();
    EXPECT_TRUE(consumer->poll(10, kTimeout).value().empty());
    EXPECT_LT(SteadyClock::now() - started, kTimeout / 2);
}

TEST_F(MockTest, APollGathersUntilARecordEndsIt) {
    const auto producer = Producer::create(cluster_.config(), {}).value();
    const auto consumer = make_consumer();
    const Gather gather{.time = kTimeout, .ends = [](const Record& record) { return record.value == "now"; }};
    std::jthread sender([&producer] {
        for (const char* value : {"later", "now"}) {
            EXPECT_TRUE(producer->send_all({{.topic = "t", .partition = 0, .value = value}}, {}));
            std::this_thread::sleep_for(milliseconds{50});
        }
    });
    const auto started = SteadyClock::now();
    Result<std::vector<Record>> polled = std::vector<Record>{};
    while (polled && polled->empty() && SteadyClock::now() - started < kTimeout)
        polled = consumer->poll(10, milliseconds{200}, gather);
    ASSERT_TRUE(polled) << polled.error().message;
    EXPECT_EQ(polled->size(), 2U);
    EXPECT_LT(SteadyClock::now() - started, kTimeout / 2);
}

TEST_F(MockTest, SeekOfAForeignPartitionFails) {
    const auto consumer = make_consumer();
    const Status sought = consumer->seek({{{.topic = "t", .number = 0}, 1}});
    ASSERT_FALSE(sought);
    EXPECT_EQ(sought.error().message, "seeking: t[0] is not assigned");
}

}  // namespace
}  // namespace shopwire::kafka
