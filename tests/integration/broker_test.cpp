#include <fcntl.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "common/kafka/admin_call.h"
#include "common/kafka/client.h"
#include "common/kafka/offset_tracker.h"
#include "common/kafka/partition_reader.h"
#include "tests/integration/support.h"

extern char** environ;

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;

std::multiset<std::int64_t> numbers(const std::vector<Record>& records) {
    std::multiset<std::int64_t> out;
    for (const Record& record : records) out.insert(std::stoll(record.value.value_or("-1")));
    return out;
}

// kafka_copy as a process of its own, since only a process can be killed.
class CopyProcess {
 public:
    explicit CopyProcess(std::vector<std::string> arguments) {
        const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kafka_copy";
        arguments.insert(arguments.begin(), program.string());
        std::vector<char*> raw;
        raw.reserve(arguments.size() + 1);
        for (std::string& argument : arguments) raw.push_back(argument.data());
        raw.push_back(nullptr);
        if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, raw.data(), environ) != 0) pid_ = -1;
    }
    ~CopyProcess() { kill(); }
    CopyProcess(const CopyProcess&) = delete;
    CopyProcess& operator=(const CopyProcess&) = delete;

    bool started() const { return pid_ > 0; }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        wait();
    }
    int wait() {
        int status = -1;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

 private:
    pid_t pid_ = -1;
};

// In partition 0, as retention does it.
void delete_before(const ClientConfig& config, const std::string& topic, std::int64_t offset) {
    const auto client = make_admin(config, kTimeout);
    ASSERT_TRUE(client) << client.error().message;
    const Queue queue(rd_kafka_queue_new(client->get()));
    rd_kafka_DeleteRecords_t* wish =
        rd_kafka_DeleteRecords_new(list_of(Offsets{{{.topic = topic, .number = 0}, offset}}).get());
    rd_kafka_DeleteRecords(client->get(), &wish, 1, nullptr, queue.get());
    const auto event = answer(queue.get(), kTimeout, "deleting records");
    rd_kafka_DeleteRecords_destroy(wish);
    ASSERT_TRUE(event) << event.error().message;
}

TEST_F(BrokerTest, CopiesExactlyOnceUnderSigkill) {
    constexpr std::int64_t kRecords = 20'000;
    constexpr int kKills = 4;
    const std::string from = make_topic(3);
    const std::string to = make_topic(3);
    produce(from, 0, kRecords);
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::vector<std::string> arguments{client_.bootstrap, unique("copy"), unique("copier"), from, to, "50", "-1"};
    for (int round = 0; round < kKills; ++round) {
        CopyProcess copier(arguments);
        ASSERT_TRUE(copier.started());
        // Killed in the middle of its work: not before something more of it is visible.
        const std::size_t before = read_all(to, 3).size();
        const auto deadline = std::chrono::steady_clock::now() + kTimeout;
        while (read_all(to, 3).size() < before + 100 && std::chrono::steady_clock::now() < deadline) {
        }
        std::this_thread::sleep_for(milliseconds{random() % 100});
        copier.kill();
    }
    CopyProcess last(arguments);
    ASSERT_TRUE(last.started());
    EXPECT_EQ(last.wait(), 0);  // it ends when nothing comes any more
    const auto copied = numbers(read_all(to, 3));
    EXPECT_EQ(copied.size(), static_cast<std::size_t>(kRecords));
    EXPECT_EQ(std::set<std::int64_t>(copied.begin(), copied.end()).size(), static_cast<std::size_t>(kRecords));
}

// librdkafka loses a request that is on its first connection when the list of brokers comes, and asks again only after
// three seconds: one start of ten took that much longer.
TEST_F(BrokerTest, ANewClientDoesNotLoseItsFirstRequest) {
    const std::string topic = make_topic(1);
    for (int round = 0; round < 50; ++round) {
        const auto begun = std::chrono::steady_clock::now();
        ASSERT_TRUE(read_ends(client_, {.topic = topic, .number = 0}, kTimeout));
        ASSERT_LT(std::chrono::steady_clock::now() - begun, milliseconds{2'500}) << "in round " << round;
    }
}

TEST_F(BrokerTest, AnOlderGenerationIsRefused) {
    const std::string from = make_topic(2);
    const std::string to = make_topic(1);
    produce(from, 0, 10);
    const std::string group = unique("group");
    auto zombie = Consumer::create(client_, {.group = group, .topics = {from}}, {}).value();
    poll_until_assigned(*zombie, 2);
    const auto old_generation = zombie->group_metadata();
    auto heir = Consumer::create(client_, {.group = group, .topics = {from}}, {}).value();
    std::jthread keep_polling([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) (void)zombie->poll(10, milliseconds{20});
    });
    poll_until_assigned(*heir, 1);

    const auto transaction = make_transaction("zombie");
    ASSERT_TRUE(transaction->send({.topic = to, .partition = 0, .value = "1"}));
    const auto refused = transaction->commit({{{.topic = from, .number = 0}, 5}}, *old_generation, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kTransient) << refused.error().message;
    EXPECT_FALSE(transaction->open());
    EXPECT_TRUE(read_all(to, 1).empty());

    ASSERT_TRUE(transaction->send({.topic = to, .partition = 0, .value = "2"}));
    const auto done = transaction->commit({{heir->assignment().front(), 5}}, *heir->group_metadata(), {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(numbers(read_all(to, 1)), (std::multiset<std::int64_t>{2}));
}

// What is written before a call leaves moves no offset: it must be refused from a zombie all the same.
TEST_F(BrokerTest, AnOlderGenerationIsRefusedAlsoWhenNoOffsetMoved) {
    const std::string from = make_topic(2);
    const std::string journal = make_topic(1);
    produce(from, 0, 10);
    const std::string group = unique("group");
    auto zombie = Consumer::create(client_, {.group = group, .topics = {from}}, {}).value();
    OffsetTracker tracker;
    for (const Record& record : poll_until(*zombie, 1))
        tracker.read({.topic = record.topic, .number = record.partition}, record.offset);
    const auto generation = zombie->group_metadata();
    const auto transaction = make_transaction("zombie");
    for (int i = 0; i < 2; ++i) {  // the same offset again is no mistake
        ASSERT_TRUE(transaction->send({.topic = journal, .partition = 0, .value = "1"}));
        const auto done = transaction->commit(tracker.low(), *generation, {});
        ASSERT_TRUE(done) << done.error().message;
    }
    auto heir = Consumer::create(client_, {.group = group, .topics = {from}}, {}).value();
    std::jthread keep_polling([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) (void)zombie->poll(10, milliseconds{20});
    });
    poll_until_assigned(*heir, 1);
    ASSERT_TRUE(transaction->send({.topic = journal, .partition = 0, .value = "2"}));
    EXPECT_FALSE(transaction->commit(tracker.low(), *generation, {}));
    EXPECT_EQ(numbers(read_all(journal, 1)), (std::multiset<std::int64_t>{1, 1}));
}

TEST_F(BrokerTest, TheLargestRecordGoesThroughProducerTransactionAndConsumer) {
    const std::string topic = make_topic(1, {{"max.message.bytes", std::to_string(kRecordBytesMax + 64 * 1024)}});
    const std::string value(kRecordBytesMax - 64 * 1024, 'x');
    const Status sent =
        Producer::create(client_, {}).value()->send_all({{.topic = topic, .partition = 0, .value = value}}, {});
    ASSERT_TRUE(sent) << sent.error().message;
    auto consumer = Consumer::create(client_, {.group = unique("g"), .topics = {topic}}, {}).value();
    const auto transaction = make_transaction("large");
    ASSERT_TRUE(transaction->send({.topic = topic, .partition = 0, .value = value}));
    ASSERT_TRUE(transaction->commit({}, *consumer->group_metadata(), {}));
    for (const Record& record : poll_until(*consumer, 2)) EXPECT_EQ(record.value.value().size(), value.size());
    EXPECT_EQ(read_all(topic, 1).size(), 2U);
}

TEST_F(BrokerTest, ASuccessorFencesItsPredecessor) {
    const std::string to = make_topic(1);
    const auto group = Consumer::create(client_, {.group = unique("g"), .topics = {to}}, {}).value()->group_metadata();
    const auto first = make_transaction("same");
    ASSERT_TRUE(first->send({.topic = to, .partition = 0, .value = "1"}));
    const auto second = make_transaction("same");
    const auto fenced = first->commit({}, *group, {});
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().kind, ErrorKind::kRejected) << fenced.error().message;
    ASSERT_TRUE(second->send({.topic = to, .partition = 0, .value = "2"}));
    ASSERT_TRUE(second->commit({}, *group, {}));
    ASSERT_TRUE(first->init(kTimeout));  // a new producer: now the other one is fenced
    ASSERT_TRUE(first->send({.topic = to, .partition = 0, .value = "3"}));
    ASSERT_TRUE(first->commit({}, *group, {}));
    EXPECT_EQ(numbers(read_all(to, 1)), (std::multiset<std::int64_t>{2, 3}));
}

TEST_F(BrokerTest, ATransactionOfOffsetsAloneCommitsThem) {
    const std::string from = make_topic(1);
    produce(from, 0, 10);
    auto consumer = Consumer::create(client_, {.group = unique("g"), .topics = {from}}, {}).value();
    poll_until(*consumer, 10);
    const auto transaction = make_transaction("offsets");
    const Partition partition{.topic = from, .number = 0};
    const auto done = transaction->commit({{partition, 7}}, *consumer->group_metadata(), {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->next.empty());
    EXPECT_EQ(consumer->committed({partition}, kTimeout).value(), (Offsets{{partition, 7}}));
}

TEST_F(BrokerTest, CommittedTellsWhereTheRecordsStand) {
    const std::string to = make_topic(2);
    const auto group = Consumer::create(client_, {.group = unique("g"), .topics = {to}}, {}).value()->group_metadata();
    const auto transaction = make_transaction("where");
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 5; ++i) ASSERT_TRUE(transaction->send({.topic = to, .partition = 1, .value = "x"}));
        const auto done = transaction->commit({}, *group, {});
        ASSERT_TRUE(done);
        // The marker of the first transaction takes an offset too.
        EXPECT_EQ(done->next, (Offsets{{{.topic = to, .number = 1}, round == 0 ? 5 : 11}}));
    }
}

TEST_F(BrokerTest, AConsumerStartsAtTheEarliestThenAtWhatIsCommitted) {
    const std::string from = make_topic(1);
    produce(from, 0, 20);
    const Partition partition{.topic = from, .number = 0};
    const ConsumerOptions options{.group = unique("g"), .member_id = "m", .topics = {from}};
    {
        auto consumer = Consumer::create(client_, options, {}).value();
        EXPECT_EQ(poll_until(*consumer, 20).front().offset, 0);
        ASSERT_TRUE(make_transaction("t")->commit({{partition, 15}}, *consumer->group_metadata(), {}));
    }
    auto consumer = Consumer::create(client_, options, {}).value();
    EXPECT_EQ(poll_until(*consumer, 5).front().offset, 15);
}

// As after a topic was deleted and made anew: what was read of the old one says nothing of the new one.
TEST_F(BrokerTest, AConsumerStartsAtTheEarliestWhenWhatIsCommittedIsPastTheEnd) {
    const std::string from = make_topic(1);
    produce(from, 0, 3);
    const Partition partition{.topic = from, .number = 0};
    const ConsumerOptions options{.group = unique("g"), .member_id = "m", .topics = {from}};
    {
        auto consumer = Consumer::create(client_, options, {}).value();
        poll_until(*consumer, 3);
        ASSERT_TRUE(make_transaction("t")->commit({{partition, 4}}, *consumer->group_metadata(), {}));
    }
    auto consumer = Consumer::create(client_, options, {}).value();
    EXPECT_EQ(consumer->starts({partition}, kTimeout).value(), (Offsets{{partition, 0}}));
    EXPECT_EQ(poll_until(*consumer, 3).front().offset, 0);
    ASSERT_TRUE(make_transaction("t")->commit({{partition, 3}}, *consumer->group_metadata(), {}));
    EXPECT_EQ(consumer->starts({partition}, kTimeout).value(), (Offsets{{partition, 3}})) << "the end itself is held";
}

// As after a service was away for longer than the topic keeps its records.
TEST_F(BrokerTest, RecordsThatAreGoneAreCountedAndTheOthersRead) {
    const std::string from = make_topic(1);
    produce(from, 0, 10);
    const Partition partition{.topic = from, .number = 0};
    const ConsumerOptions options{.group = unique("g"), .member_id = "m", .topics = {from}};
    {
        auto consumer = Consumer::create(client_, options, {}).value();
        poll_until(*consumer, 10);
        ASSERT_TRUE(make_transaction("t")->commit({{partition, 2}}, *consumer->group_metadata(), {}));
    }
    delete_before(client_, from, 7);
    auto consumer = Consumer::create(client_, options, {}).value();
    EXPECT_EQ(poll_until(*consumer, 3).front().offset, 7);
    EXPECT_EQ(consumer->gone(), 5);
    EXPECT_EQ(consumer->starts({partition}, kTimeout).value(), (Offsets{{partition, 7}}));
    EXPECT_EQ(consumer->gone(), 5) << "nothing was committed yet: those are the same ones";
}

TEST_F(BrokerTest, WhereAnUnreadPartitionBeginsMustBeKnown) {
    const std::string from = make_topic(1);
    auto consumer = Consumer::create(client_, {.group = unique("g"), .topics = {from}}, {}).value();
    const auto starts = consumer->starts({{.topic = from, .number = 7}}, milliseconds{3'000});
    ASSERT_FALSE(starts);
    EXPECT_TRUE(starts.error().message.contains(from + "[7]")) << starts.error().message;
}

TEST_F(BrokerTest, TheAssignCallbackDecidesWhereToStart) {
    const std::string from = make_topic(1);
    produce(from, 0, 20);
    const Partition partition{.topic = from, .number = 0};
    auto consumer =
        Consumer::create(client_, {.group = unique("g"), .topics = {from}},
                         {.assigned = [&](const auto&) -> Result<Offsets> { return Offsets{{partition, 12}}; }})
            .value();
    EXPECT_EQ(poll_until(*consumer, 8).front().offset, 12);
    ASSERT_TRUE(consumer->seek({{partition, 3}}));
    EXPECT_EQ(poll_until(*consumer, 1).front().offset, 3);
}

TEST_F(BrokerTest, AnAssignmentThatFailsIsTriedAgain) {
    const std::string from = make_topic(1);
    produce(from, 0, 3);
    int calls = 0;
    auto consumer = Consumer::create(client_, {.group = unique("g"), .topics = {from}},
                                     {.assigned = [&](const auto&) -> Result<Offsets> {
                                         if (++calls < 3) return transient("restoring: not yet");
                                         return Offsets{};
                                     }})
                        .value();
    int failures = 0;
    std::vector<Record> records;
    const auto deadline = std::chrono::steady_clock::now() + kTimeout;
    while (records.empty() && std::chrono::steady_clock::now() < deadline) {
        auto polled = consumer->poll(3, milliseconds{50});
        if (polled) {
            records = std::move(*polled);
        } else {
            EXPECT_EQ(polled.error().message, "taking over partitions: restoring: not yet");
            ++failures;
        }
    }
    EXPECT_EQ(failures, 2);
    EXPECT_FALSE(records.empty());
}

TEST_F(BrokerTest, AnOffsetThatTheTopicDoesNotHaveIsRejected) {
    const std::string from = make_topic(1);
    produce(from, 0, 3);
    const Partition partition{.topic = from, .number = 0};
    auto consumer =
        Consumer::create(client_, {.group = unique("g"), .topics = {from}},
                         {.assigned = [&](const auto&) -> Result<Offsets> { return Offsets{{partition, 99}}; }})
            .value();
    Result<std::vector<Record>> polled;
    const auto deadline = std::chrono::steady_clock::now() + kTimeout;
    while (polled && std::chrono::steady_clock::now() < deadline) polled = consumer->poll(1, milliseconds{50});
    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().kind, ErrorKind::kRejected) << polled.error().message;
    EXPECT_TRUE(polled.error().message.contains(from)) << polled.error().message;
}

TEST_F(BrokerTest, MembersShareEqualPartitionsOfBothTopics) {
    const std::string one = make_topic(4);
    const std::string two = make_topic(4);
    const std::string group = unique("g");
    std::vector<Consumer::Partitions> revoked;
    auto left = Consumer::create(client_, {.group = group, .member_id = "a", .topics = {one, two}},
                                 {.revoked = [&](const auto& partitions) { revoked.push_back(partitions); }})
                    .value();
    poll_until_assigned(*left, 8);
    auto right = Consumer::create(client_, {.group = group, .member_id = "b", .topics = {one, two}}, {}).value();
    std::jthread keep_polling([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) (void)right->poll(10, milliseconds{20});
    });
    poll_until_assigned(*left, 4);
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_EQ(revoked[0].size(), 8U);
    std::map<std::int32_t, int> topics_of;
    for (const Partition& partition : left->assignment()) ++topics_of[partition.number];
    EXPECT_EQ(topics_of, (std::map<std::int32_t, int>{{0, 2}, {1, 2}}));
}

TEST_F(BrokerTest, APausedPartitionIsSilentUntilResumed) {
    const std::string from = make_topic(1);
    auto consumer = Consumer::create(client_, {.group = unique("g"), .topics = {from}}, {}).value();
    poll_until_assigned(*consumer, 1);
    ASSERT_TRUE(consumer->pause(consumer->assignment()));
    produce(from, 0, 2);
    EXPECT_TRUE(consumer->poll(10, milliseconds{300}).value().empty());
    ASSERT_TRUE(consumer->resume(consumer->assignment()));
    poll_until(*consumer, 2);
}

TEST_F(BrokerTest, ReadPartitionWaitsForWhatIsOpenBelowItsEnd) {
    const std::string topic = make_topic(1);
    const Partition partition{.topic = topic, .number = 0};
    const auto group =
        Consumer::create(client_, {.group = unique("g"), .topics = {topic}}, {}).value()->group_metadata();
    produce(topic, 0, 1);
    const auto transaction = make_transaction("open");
    ASSERT_TRUE(transaction->send({.topic = topic, .partition = 0, .value = "1"}));
    std::this_thread::sleep_for(milliseconds{200});  // until the record stands in the log, undecided
    std::vector<Record> seen;
    const auto each = [&](const Record& record) -> Status {
        seen.push_back(record);
        return {};
    };
    const auto early = read_partition(client_, partition, 0, each, milliseconds{500});
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().kind, ErrorKind::kTransient) << early.error().message;
    EXPECT_EQ(seen.size(), 1U);
    seen.clear();
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds{200});
        EXPECT_TRUE(transaction->commit({}, *group, {}));
    });
    const auto next = read_partition(client_, partition, 0, each, kTimeout);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_GE(*next, 2);
    EXPECT_EQ(seen.size(), 2U);
}

TEST_F(BrokerTest, ReadPartitionPassesAbortedRecordsAtTheEnd) {
    const std::string topic = make_topic(1);
    produce(topic, 0, 2);
    const auto transaction = make_transaction("aborted");
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(transaction->send({.topic = topic, .partition = 0, .value = "9"}));
    std::this_thread::sleep_for(milliseconds{200});
    ASSERT_TRUE(transaction->abort());
    int seen = 0;
    const auto next = read_partition(
        client_, {.topic = topic, .number = 0}, 0,
        [&](const Record&) -> Status {
            ++seen;
            return {};
        },
        kTimeout);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(*next, 6);  // two records, three aborted ones, a marker
    EXPECT_EQ(read_partition(client_, {.topic = topic, .number = 0}, 6, {}, kTimeout).value(), 6);
}

TEST_F(BrokerTest, TopicsAreCreatedOnceAndDescribed) {
    const std::string name = make_topic(3, {{"cleanup.policy", "compact"}});
    ASSERT_TRUE(create_topics(client_, {{.name = name, .partitions = 3}}, kTimeout));  // there already
    const auto found = describe_topics(client_, {name, unique("absent")}, kTimeout);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->at(name).partitions, 3);
    EXPECT_EQ(found->at(name).replication, 1);
    EXPECT_EQ(found->at(name).settings.at("cleanup.policy"), "compact");
    const Status bad =
        create_topics(client_, {{.name = unique("bad"), .settings = {{"no.such.setting", "1"}}}}, kTimeout);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, ErrorKind::kRejected) << bad.error().message;
}

TEST_F(BrokerTest, ASlowPollerKeepsItsPartitionsWithinThePollInterval) {
    const std::string from = make_topic(1);
    auto consumer = Consumer::create(client_,
                                     {.group = unique("g"),
                                      .topics = {from},
                                      .session_timeout = milliseconds{6'000},
                                      .poll_interval_max = milliseconds{6'000}},
                                     {})
                        .value();
    poll_until_assigned(*consumer, 1);
    const auto until = std::chrono::steady_clock::now() + milliseconds{7'000};
    while (std::chrono::steady_clock::now() < until) {
        const auto polled = consumer->poll(10, milliseconds{500});
        ASSERT_TRUE(polled) << polled.error().message;
    }
    EXPECT_EQ(consumer->assignment().size(), 1U);
}

}  // namespace
}  // namespace shopwire::kafka
