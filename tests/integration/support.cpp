#include "tests/integration/support.h"

#include <cstdlib>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/kafka/partition_reader.h"

namespace shopwire::kafka {

using SteadyClock = std::chrono::steady_clock;

void BrokerTest::SetUp() {
    const char* bootstrap = std::getenv("SHOPWIRE_TEST_BOOTSTRAP");
    if (bootstrap == nullptr) GTEST_SKIP() << "SHOPWIRE_TEST_BOOTSTRAP is not set: no real broker to test with";
    client_.bootstrap = bootstrap;
    run_ = uuid7(system_clock().now_ms());
}

std::string BrokerTest::make_topic(int partitions, std::map<std::string, std::string> settings) {
    std::string name = unique("test" + std::to_string(++topics_));
    const Status made =
        create_topics(client_, {{.name = name, .partitions = partitions, .settings = std::move(settings)}}, kTimeout);
    EXPECT_TRUE(made) << made.error().message;
    return name;
}

void BrokerTest::produce(const std::string& topic, std::int64_t first, std::int64_t count) {
    auto producer = Producer::create(client_, {});
    ASSERT_TRUE(producer) << producer.error().message;
    std::vector<Record> records;
    for (std::int64_t i = first; i < first + count; ++i) {
        records.push_back({.topic = topic, .key = "key " + std::to_string(i), .value = std::to_string(i)});
    }
    const Status sent = (*producer)->send_all(std::move(records), {});
    ASSERT_TRUE(sent) << sent.error().message;
}

std::vector<Record> BrokerTest::read_all(const std::string& topic, int partitions) {
    std::vector<Record> records;
    for (int i = 0; i < partitions; ++i) {
        const auto next = read_partition(
            client_, {.topic = topic, .number = i}, 0,
            [&](const Record& record) -> Status {
                records.push_back(record);
                return {};
            },
            kTimeout);
        EXPECT_TRUE(next) << next.error().message;
    }
    return records;
}

std::unique_ptr<Transaction> BrokerTest::make_transaction(const std::string& id, std::chrono::milliseconds timeout) {
    auto transaction = Transaction::create(client_, {.transactional_id = unique(id), .timeout = timeout});
    EXPECT_TRUE(transaction);
    const Status made = (*transaction)->init(kTimeout);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*transaction);
}

std::vector<Record> BrokerTest::poll_until_assigned(Consumer& consumer, std::size_t count) {
    const auto deadline = SteadyClock::now() + kTimeout;
    std::vector<Record> all;
    while (consumer.assignment().size() != count && SteadyClock::now() < deadline) {
        auto records = consumer.poll(100, std::chrono::milliseconds{50});
        if (records) all.insert(all.end(), records->begin(), records->end());
    }
    EXPECT_EQ(consumer.assignment().size(), count);
    return all;
}

std::vector<Record> BrokerTest::poll_until(Consumer& consumer, std::size_t count) {
    const auto deadline = SteadyClock::now() + kTimeout;
    std::vector<Record> all;
    while (all.size() < count && SteadyClock::now() < deadline) {
        auto records = consumer.poll(count - all.size(), std::chrono::milliseconds{50});
        EXPECT_TRUE(records) << records.error().message;
        if (!records) break;
        all.insert(all.end(), records->begin(), records->end());
    }
    EXPECT_EQ(all.size(), count);
    return all;
}

}  // namespace shopwire::kafka
