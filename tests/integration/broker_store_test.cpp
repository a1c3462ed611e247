// State equals what is committed in Kafka, whatever happens in between.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <random>
#include <thread>

#include "common/state/store.h"
#include "tests/integration/support.h"

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;
using Entries = std::map<std::string, std::string>;

class StoreBrokerTest : public BrokerTest {
 protected:
    void SetUp() override {
        BrokerTest::SetUp();
        if (IsSkipped()) return;
        topic_ = make_topic(1, {{"cleanup.policy", "compact"}});
        folder_ = std::filesystem::temp_directory_path() / unique("shopwire-store");
        group_ = Consumer::create(client_, {.group = unique("g"), .topics = {topic_}}, {}).value()->group_metadata();
        transaction_ = make_transaction("store");
        start();
    }
    void TearDown() override {
        stop();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    void start() {
        auto opened = state::Database::open(folder_.string());
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
        store_ = state::Store::create(*database_, topic_);
        const Status ready = store_->open(client_, {0}, kTimeout);
        ASSERT_TRUE(ready) << ready.error().message;
    }
    void stop() {
        store_.reset();
        database_.reset();
    }
    Transaction::Committed commit_kafka() {
        EXPECT_TRUE(store_->flush(*transaction_));
        auto done = transaction_->commit({}, *group_, {});
        EXPECT_TRUE(done) << done.error().message;
        return done.value_or(Transaction::Committed{});
    }
    void commit() { ASSERT_TRUE(store_->committed(commit_kafka())); }
    Entries all() {
        Entries entries;
        EXPECT_TRUE(store_->scan(0, "", [&](std::string_view key, std::string_view value) {
            entries.emplace(key, value);
            return true;
        }));
        return entries;
    }

    std::string topic_;
    std::filesystem::path folder_;
    std::shared_ptr<const GroupMetadata> group_;
    std::unique_ptr<Transaction> transaction_;
    std::unique_ptr<state::Database> database_;
    std::unique_ptr<state::Store> store_;
};

TEST_F(StoreBrokerTest, AnAbortLeavesNoTraceHereOrThere) {
    store_->put(0, "a", "1");
    commit();
    store_->put(0, "a", "2");
    store_->put(0, "b", "2");
    ASSERT_TRUE(store_->flush(*transaction_));
    ASSERT_TRUE(transaction_->abort());
    store_->rollback();
    EXPECT_EQ(all(), (Entries{{"a", "1"}}));
    stop();
    std::filesystem::remove_all(folder_);
    start();  // from the topic alone
    EXPECT_EQ(all(), (Entries{{"a", "1"}}));
}

TEST_F(StoreBrokerTest, ACrashBetweenKafkaAndTheDiskIsHealedByTheReplay) {
    store_->put(0, "a", "1");
    store_->put(0, "b", "1");
    commit();
    store_->put(0, "a", "2");
    store_->remove(0, "b");
    store_->put(0, "c", "2");
    commit_kafka();
    stop();  // the local write never happened
    start();
    EXPECT_EQ(all(), (Entries{{"a", "2"}, {"c", "2"}}));
}

TEST_F(StoreBrokerTest, AnOrphanedTransactionIsWaitedForAndLeavesNothing) {
    store_->put(0, "a", "1");
    commit();
    store_->put(0, "a", "lost");
    ASSERT_TRUE(store_->flush(*transaction_));
    std::this_thread::sleep_for(milliseconds{200});  // until the records stand in the log, undecided
    stop();
    ASSERT_TRUE(transaction_->init(kTimeout));  // the successor ends the orphan
    start();
    EXPECT_EQ(all(), (Entries{{"a", "1"}}));
}

// A batch is committed while the next one is written on top of it; each may fail.
TEST_F(StoreBrokerTest, EqualsTheModelWhenTransactionsOverlap) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Entries model;
    const auto write = [&](Entries onto, int step) {
        for (int change = 0; change < 5; ++change) {
            const std::string key = "k" + std::to_string(random() % 12);
            if (random() % 3 == 0) {
                store_->remove(0, key);
                onto.erase(key);
            } else {
                store_->put(0, key, std::to_string(step));
                onto[key] = std::to_string(step);
            }
        }
        return onto;
    };
    for (int step = 0; step < 60; ++step) {
        const Entries first = write(model, 2 * step);
        std::vector<Record> out;
        store_->flush(out);
        const bool commits = random() % 4 != 0;
        std::future<Status> under_way = std::async(std::launch::async, [&]() -> Status {
            for (const Record& record : out)
                if (Status sent = transaction_->send(record); !sent) return sent;
            if (!commits) {
                if (Status aborted = transaction_->abort(); !aborted) return aborted;
                return transient("aborted");
            }
            const auto where = transaction_->commit({}, *group_, {});
            if (!where) return std::unexpected(where.error());
            return store_->persist(*where);
        });
        const Entries second = write(first, 2 * step + 1);
        ASSERT_EQ(all(), second) << "step " << step << ", while the first is under way";
        const Status done = under_way.get();
        ASSERT_EQ(done.has_value(), commits) << "step " << step;
        if (!commits) {
            store_->rollback();
        } else if (store_->settle(); random() % 2 == 0) {
            model = first;  // the second fails, or the process ends
            if (random() % 2 == 0) {
                store_->rollback();
            } else {
                stop();
                start();
            }
        } else {
            commit();
            model = second;
        }
        ASSERT_EQ(all(), model) << "step " << step;
    }
}

TEST_F(StoreBrokerTest, EqualsTheModelUnderRandomFaults) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Entries model;
    for (int step = 0; step < 60; ++step) {
        Entries next = model;
        for (int change = 0; change < 5; ++change) {
            const std::string key = "k" + std::to_string(random() % 12);
            if (random() % 3 == 0) {
                store_->remove(0, key);
                next.erase(key);
            } else {
                store_->put(0, key, std::to_string(step));
                next[key] = std::to_string(step);
            }
        }
        switch (random() % 6) {
            case 0:  // aborted
                ASSERT_TRUE(store_->flush(*transaction_));
                ASSERT_TRUE(transaction_->abort());
                store_->rollback();
                break;
            case 1:  // crashed before the commit
                ASSERT_TRUE(store_->flush(*transaction_));
                stop();
                ASSERT_TRUE(transaction_->init(kTimeout));
                start();
                break;
            case 2:  // crashed after it
                commit_kafka();
                model = next;
                stop();
                start();
                break;
            case 3:  // the disk was lost
                commit();
                model = next;
                stop();
                std::filesystem::remove_all(folder_);
                start();
                break;
            default: commit(); model = next;
        }
        ASSERT_EQ(all(), model) << "step " << step;
    }
}

TEST_F(StoreBrokerTest, RestoresAcrossTheGapsOfCompaction) {
    const std::string compacted = make_topic(1, {{"cleanup.policy", "compact"},
                                                 {"segment.ms", "100"},
                                                 {"min.cleanable.dirty.ratio", "0.01"},
                                                 {"max.compaction.lag.ms", "200"},
                                                 {"delete.retention.ms", "0"}});
    const auto producer = Producer::create(client_, {}).value();
    const auto put = [&](const std::string& key, std::optional<std::string> value) {
        ASSERT_TRUE(
            producer->send_all({{.topic = compacted, .partition = 0, .key = key, .value = std::move(value)}}, {}));
    };
    for (int i = 0; i < 200; ++i) put("k" + std::to_string(i % 3), std::to_string(i));
    put("k2", std::nullopt);
    bool has_gaps = false;
    for (int round = 0; round < 60 && !has_gaps; ++round) {
        std::this_thread::sleep_for(milliseconds{500});
        put("roll", std::to_string(round));  // a segment is closed by the next write
        has_gaps = read_all(compacted, 1).size() < 200;
    }
    if (!has_gaps) GTEST_SKIP() << "the broker did not compact within 30 s";
    const auto database = state::Database::in_memory();
    const auto store = state::Store::create(*database, compacted);
    ASSERT_TRUE(store->open(client_, {0}, kTimeout));
    EXPECT_EQ(store->get(0, "k0").value(), "198");
    EXPECT_EQ(store->get(0, "k1").value(), "199");
    EXPECT_EQ(store->get(0, "k2").value(), std::nullopt);
}

}  // namespace
}  // namespace shopwire::kafka
