#include "common/state/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/kafka/consumer.h"
#include "common/kafka/producer.h"
#include "common/state/backend.h"
#include "tests/integration/mock_cluster.h"

namespace shopwire::state {
namespace {

using std::chrono::milliseconds;
using Entries = std::vector<std::pair<std::string, std::string>>;

constexpr milliseconds kTimeout{10'000};
const std::string kTopic = "shopwire.state.things";

// Keeps what is sent and commits it at once, at made-up offsets.
class FakeTransaction final : public kafka::Transaction {
 public:
    Status init(milliseconds) override { return {}; }
    Status send(const kafka::Record& record) override {
        if (fail) return transient("sending: no");
        sent.push_back(record);
        return {};
    }
    Result<Committed> commit(const kafka::Offsets&, const kafka::GroupMetadata&, std::stop_token) override {
        return where();
    }
    Status abort() override { return {}; }
    bool open() const override { return !sent.empty(); }
    Committed where() {
        Committed out;
        for (const auto& record : sent) out.next[{.topic = record.topic, .number = record.partition}] = ++offset;
        sent.clear();
        return out;
    }

    bool fail = false;
    std::vector<kafka::Record> sent{};
    std::int64_t offset = 0;
};

class Folder {
 public:
    Folder() {
        path_ =
            std::filesystem::temp_directory_path() / ("shopwire-state-test-" + std::to_string(std::random_device{}()));
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path() const { return path_.string(); }

 private:
    std::filesystem::path path_;
};

// The same promises hold in memory and on disk.
class StoreTest : public ::testing::TestWithParam<bool> {
 protected:
    void SetUp() override {
        cluster_.create_topic(kTopic, 2);
        open_database();
    }
    void open_database() {
        store_.reset();
        database_.reset();
        if (GetParam()) {
            auto opened = Database::open(folder_.path());
            ASSERT_TRUE(opened) << opened.error().message;
            database_ = std::move(*opened);
        } else {
            database_ = Database::in_memory();
        }
        store_ = Store::create(*database_, kTopic);
    }
    void open(std::int32_t partition = 0) {
        const Status opened = store_->open(cluster_.config(), {partition}, kTimeout);
        ASSERT_TRUE(opened) << opened.error().message;
    }
    void commit() {
        ASSERT_TRUE(store_->flush(transaction_));
        ASSERT_TRUE(store_->committed(transaction_.where()));
    }
    Entries all(std::string_view prefix = "", std::int32_t partition = 0) {
        Entries entries;
        const Status scanned = store_->scan(partition, prefix, [&](std::string_view key, std::string_view value) {
            entries.emplace_back(key, value);
            return true;
        });
        EXPECT_TRUE(scanned);
        return entries;
    }
    std::optional<std::string> get(std::string_view key) { return store_->get(0, key).value(); }

    kafka::MockCluster cluster_;
    Folder folder_;
    FakeTransaction transaction_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Store> store_;
};

TEST_P(StoreTest, ReadsItsOwnWritesBeforeTheCommit) {
    open();
    store_->put(0, "a", "1");
    EXPECT_EQ(get("a"), "1");
    store_->remove(0, "a");
    EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreTest, RollbackDropsWhatIsNotCommitted) {
    open();
    store_->put(0, "a", "1");
    commit();
    store_->put(0, "a", "2");
    store_->put(0, "b", "3");
    ASSERT_TRUE(store_->flush(transaction_));
    store_->rollback();
    EXPECT_EQ(all(), (Entries{{"a", "1"}}));
    store_->remove(0, "a");
    store_->rollback();
    EXPECT_EQ(get("a"), "1");
}

TEST_P(StoreTest, SendsEachChangeOnceAndAnOverwrittenOneAgain) {
    open();
    store_->put(0, "a", "1");
    store_->remove(0, "b");
    ASSERT_TRUE(store_->flush(transaction_));
    ASSERT_EQ(transaction_.sent.size(), 2U);
    std::ranges::sort(transaction_.sent, {}, &kafka::Record::key);
    EXPECT_EQ(transaction_.sent[0].topic, kTopic);
    EXPECT_EQ(transaction_.sent[0].partition, 0);
    EXPECT_EQ(transaction_.sent[0].value, "1");
    EXPECT_EQ(transaction_.sent[1].key, "b");
    EXPECT_EQ(transaction_.sent[1].value, std::nullopt);
    ASSERT_TRUE(store_->flush(transaction_));
    EXPECT_EQ(transaction_.sent.size(), 2U);
    store_->put(0, "a", "2");
    ASSERT_TRUE(store_->flush(transaction_));
    ASSERT_EQ(transaction_.sent.size(), 3U);
    EXPECT_EQ(transaction_.sent[2].value, "2");
}

TEST_P(StoreTest, WhatIsWrittenAfterAFlushIsOfTheNextTransaction) {
    open();
    store_->put(0, "a", "1");
    store_->put(0, "b", "1");
    std::vector<kafka::Record> first;
    store_->flush(first);
    EXPECT_EQ(first.size(), 2U);
    store_->put(0, "a", "2");
    store_->put(0, "c", "2");
    EXPECT_EQ(all(), (Entries{{"a", "2"}, {"b", "1"}, {"c", "2"}}));
    ASSERT_TRUE(store_->persist({}));
    EXPECT_EQ(all(), (Entries{{"a", "2"}, {"b", "1"}, {"c", "2"}})) << "while the first is being stored";
    store_->settle();
    EXPECT_EQ(all(), (Entries{{"a", "2"}, {"b", "1"}, {"c", "2"}}));
    store_->rollback();
    EXPECT_EQ(all(), (Entries{{"a", "1"}, {"b", "1"}})) << "the second was never committed";
}

TEST_P(StoreTest, RollbackDropsATransactionAndWhatWasWrittenOnTopOfIt) {
    open();
    store_->put(0, "a", "1");
    commit();
    store_->put(0, "a", "2");
    std::vector<kafka::Record> out;
    store_->flush(out);
    store_->remove(0, "a");
    store_->put(0, "b", "3");
    EXPECT_EQ(get("a"), std::nullopt);
    store_->rollback();
    EXPECT_EQ(all(), (Entries{{"a", "1"}}));
    out.clear();
    store_->flush(out);
    EXPECT_TRUE(out.empty());
}

TEST_P(StoreTest, AFailedSendIsTriedAgain) {
    open();
    store_->put(0, "a", "1");
    transaction_.fail = true;
    EXPECT_FALSE(store_->flush(transaction_));
    transaction_.fail = false;
    ASSERT_TRUE(store_->flush(transaction_));
    EXPECT_EQ(transaction_.sent.size(), 1U);
}

TEST_P(StoreTest, ScanMergesOverlayAndBaseInKeyOrder) {
    open();
    for (const char* key : {"a/1", "a/3", "a/5", "b/1"}) store_->put(0, key, "base");
    commit();
    store_->put(0, "a/2", "over");
    store_->put(0, "a/3", "over");
    store_->remove(0, "a/5");
    store_->put(0, "a/6", "over");
    store_->remove(0, "a/7");
    EXPECT_EQ(all("a/"), (Entries{{"a/1", "base"}, {"a/2", "over"}, {"a/3", "over"}, {"a/6", "over"}}));
    EXPECT_EQ(all("b"), (Entries{{"b/1", "base"}}));
    EXPECT_EQ(all().size(), 5U);
    EXPECT_TRUE(all("c").empty());
    const std::string high = "a\xff";
    store_->put(0, high, "over");
    EXPECT_EQ(all(high), (Entries{{high, "over"}}));
}

TEST_P(StoreTest, ScanEndsWhenAsked) {
    open();
    store_->put(0, "a", "1");
    commit();
    store_->put(0, "b", "2");
    int seen = 0;
    ASSERT_TRUE(store_->scan(0, "", [&](std::string_view, std::string_view) { return ++seen < 1; }));
    EXPECT_EQ(seen, 1);
}

TEST_P(StoreTest, ScanEqualsAMapUnderRandomChanges) {
    open();
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::map<std::string, std::string> committed;
    std::map<std::string, std::string> model;
    for (int step = 0; step < 1'000; ++step) {
        const std::string key = "k" + std::to_string(random() % 40);
        const auto action = random() % 20;
        if (action < 10) {
            const std::string value = std::to_string(step);
            store_->put(0, key, value);
            model[key] = value;
        } else if (action < 16) {
            store_->remove(0, key);
            model.erase(key);
        } else if (action < 18) {
            commit();
            committed = model;
        } else {
            store_->rollback();
            model = committed;
        }
        ASSERT_EQ(get(key), model.contains(key) ? std::optional(model[key]) : std::nullopt);
        if (step % 50 == 0) {
            ASSERT_EQ(all(), Entries(model.begin(), model.end()));
        }
    }
}

TEST_P(StoreTest, PartitionsAndStoresDoNotMix) {
    const auto other = Store::create(*database_, kTopic + "2");
    cluster_.create_topic(kTopic + "2", 1);
    open(0);
    open(1);
    ASSERT_TRUE(other->open(cluster_.config(), {0}, kTimeout));
    store_->put(0, "a", "1");
    store_->put(1, "a", "2");
    other->put(0, "a", "3");
    commit();
    ASSERT_TRUE(other->flush(transaction_));
    ASSERT_TRUE(other->committed(transaction_.where()));
    EXPECT_EQ(all("", 0), (Entries{{"a", "1"}}));
    EXPECT_EQ(all("", 1), (Entries{{"a", "2"}}));
    EXPECT_EQ(other->get(0, "a").value(), "3");
}

TEST_P(StoreTest, AClosedPartitionIsAnErrorAndKeepsItsData) {
    EXPECT_FALSE(store_->get(0, "a"));
    EXPECT_FALSE(store_->is_open(0));
    open();
    store_->close(0);
    EXPECT_FALSE(store_->get(0, "a"));
    EXPECT_FALSE(store_->scan(0, "", [](std::string_view, std::string_view) { return true; }));
}

TEST_P(StoreTest, RestoresFromItsTopic) {
    {
        const auto producer = kafka::Producer::create(cluster_.config(), {}).value();
        std::vector<kafka::Record> records;
        for (int i = 0; i < 5'000; ++i) {
            const std::string key = "k" + std::to_string(i % 100);
            records.push_back({.topic = kTopic, .partition = 0, .key = key, .value = std::to_string(i)});
        }
        records.push_back({.topic = kTopic, .partition = 0, .key = "k7", .value = std::nullopt});
        ASSERT_TRUE(producer->send_all(std::move(records), {}));
    }
    open();
    EXPECT_EQ(all().size(), 99U);
    EXPECT_EQ(get("k3"), "4903");
    EXPECT_EQ(get("k7"), std::nullopt);
}

TEST_P(StoreTest, ATopicThatWasMadeAnewReplacesTheLocalData) {
    open();
    store_->put(0, "old", "1");
    transaction_.offset = 500;  // further than the topic goes
    commit();
    store_->close(0);
    open();
    EXPECT_TRUE(all().empty());
}

TEST_P(StoreTest, LocalDataOfUnsafeAgeAreRebuilt) {
    open();
    store_->put(0, "a", "1");
    ASSERT_TRUE(store_->flush(transaction_));
    transaction_.sent.clear();
    ASSERT_TRUE(store_->committed({}));
    EXPECT_EQ(get("a"), "1");
    store_ = Store::create(*database_, kTopic, {.local_age_max = milliseconds{-1}});
    open();
    EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreTest, ABrokerThatIsDownIsTransientAndNamed) {
    cluster_.set_down(1, true);
    const Status opened = store_->open(cluster_.config(), {0}, milliseconds{200});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kTransient);
    EXPECT_TRUE(opened.error().message.contains(kTopic)) << opened.error().message;
    EXPECT_FALSE(store_->is_open(0));
}

INSTANTIATE_TEST_SUITE_P(, StoreTest, ::testing::Values(false, true),
                         [](const auto& test) { return test.param ? "OnDisk" : "InMemory"; });

class DiskTest : public StoreTest {};

TEST_P(DiskTest, ContinuesAfterARestart) {
    open();
    store_->put(0, "a", "1");
    ASSERT_TRUE(store_->flush(transaction_));
    transaction_.sent.clear();
    ASSERT_TRUE(store_->committed({}));
    open_database();
    open();
    EXPECT_EQ(get("a"), "1");
}

// Without a log of its own, what a kill leaves is older, but its position is never ahead of its data: Kafka's changelog
// gives exactly the rest.
TEST(RocksTest, AKillLeavesAPositionThatItsDataReach) {
    constexpr int kWrites = 40'000;
    const Folder folder;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto database = open_rocks(folder.path());
        bool written = database.has_value();
        for (int i = 1; i <= kWrites && written; ++i)
            written = (*database)
                          ->write({{.key = "d" + std::to_string(i), .value = std::string(1'000, 'x')},
                                   {.key = "position", .value = std::to_string(i)}})
                          .has_value();
        std::_Exit(written ? 0 : 1);  // no destructor runs
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const auto database = open_rocks(folder.path());
    ASSERT_TRUE(database);
    const auto position = (*database)->get("position");
    ASSERT_TRUE(position && *position) << "what filled a buffer is on disk";
    const int reached = std::stoi(position->value());
    EXPECT_GT(reached, 0);
    EXPECT_LE(reached, kWrites);
    for (int i = 1; i <= kWrites; ++i) {
        const auto found = (*database)->get("d" + std::to_string(i));
        ASSERT_TRUE(found);
        ASSERT_EQ(found->has_value(), i <= reached) << i << " of " << reached;
    }
}

TEST_P(DiskTest, ASecondUserOfTheFolderIsTold) {
    const auto second = Database::open(folder_.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kTransient);
    EXPECT_TRUE(second.error().message.contains("another process uses it")) << second.error().message;
}

TEST_P(DiskTest, ADamagedFolderIsMadeAnew) {
    open();
    store_->put(0, "a", "1");
    commit();
    store_.reset();
    database_.reset();
    std::ofstream(folder_.path() + "/CURRENT") << "nonsense\n";
    open_database();
    open();
    EXPECT_TRUE(all().empty());
}

TEST_P(DiskTest, AFolderThatCannotBeMadeIsRejected) {
    std::ofstream(folder_.path() + "-file") << "x";
    const auto opened = Database::open(folder_.path() + "-file/state");
    std::filesystem::remove(folder_.path() + "-file");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kRejected);
}

INSTANTIATE_TEST_SUITE_P(, DiskTest, ::testing::Values(true), [](const auto&) { return "OnDisk"; });

}  // namespace
}  // namespace shopwire::state
