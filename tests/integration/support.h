// What the tests with a real broker share.  SHOPWIRE_TEST_BOOTSTRAP names the broker; without it those tests are
// skipped.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/kafka/admin.h"
#include "common/kafka/consumer.h"
#include "common/kafka/producer.h"
#include "common/kafka/transaction.h"

namespace shopwire::kafka {

constexpr std::chrono::milliseconds kTimeout{20'000};

class BrokerTest : public ::testing::Test {
 protected:
    void SetUp() override;

    // A new topic with a name of its own.
    std::string make_topic(int partitions, std::map<std::string, std::string> settings = {});
    std::string unique(const std::string& what) const { return what + "-" + run_; }
    void produce(const std::string& topic, std::int64_t first, std::int64_t count);  // values "first", "first+1" ...
    std::vector<Record> read_all(const std::string& topic, int partitions);          // committed ones
    std::unique_ptr<Transaction> make_transaction(const std::string& id,
                                                  std::chrono::milliseconds timeout = std::chrono::milliseconds{
                                                      10'000});
    // Polls until the consumer has `count` partitions, and gives what it read meanwhile.
    static std::vector<Record> poll_until_assigned(Consumer& consumer, std::size_t count);
    static std::vector<Record> poll_until(Consumer& consumer, std::size_t records);

    ClientConfig client_{};
    std::string run_{};
    int topics_ = 0;
};

}  // namespace shopwire::kafka
