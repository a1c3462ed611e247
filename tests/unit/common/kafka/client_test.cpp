#include "common/kafka/client.h"

#include <gtest/gtest.h>

#include "common/kafka/consumer.h"
#include "common/kafka/producer.h"
#include "common/kafka/transaction.h"

namespace shopwire::kafka {
namespace {

using std::chrono::seconds;

TEST(LineFilter, LetsOneLinePerSubjectAndIntervalThroughAndCountsTheRest) {
    LineFilter filter;
    const LineFilter::Time start{};
    EXPECT_EQ(filter.admit("a", start), 0);
    EXPECT_EQ(filter.admit("a", start + seconds(1)), std::nullopt);
    EXPECT_EQ(filter.admit("a", start + seconds(9)), std::nullopt);
    EXPECT_EQ(filter.admit("b", start + seconds(9)), 0);
    EXPECT_EQ(filter.admit("a", start + LineFilter::kInterval), 2);
    EXPECT_EQ(filter.admit("a", start + 2 * LineFilter::kInterval), 0);
}

TEST(LineFilter, StaysBounded) {
    LineFilter filter;
    for (std::size_t i = 0; i <= 2 * LineFilter::kSubjectsMax; ++i) {
        EXPECT_EQ(filter.admit("subject " + std::to_string(i), LineFilter::Time{}), 0);
    }
}

TEST(KafkaClient, NamesABadSettingWithoutItsValue) {
    const ClientConfig config{.extra = {{"linger.ms", "s3cret"}}};
    const auto producer = Producer::create(config, {});
    ASSERT_FALSE(producer);
    EXPECT_EQ(producer.error().kind, ErrorKind::kRejected);
    EXPECT_TRUE(producer.error().message.contains("linger.ms")) << producer.error().message;
    EXPECT_FALSE(producer.error().message.contains("s3cret")) << producer.error().message;
}

TEST(KafkaClient, KeepsTheSettingsThatGuaranteesRestOn) {
    // librdkafka refuses an idempotent producer with acks=1; ours wins instead.
    EXPECT_TRUE(Producer::create({.extra = {{"acks", "1"}}}, {}).has_value());
}

TEST(KafkaClient, RefusesHalfConfiguredParts) {
    EXPECT_EQ(Transaction::create({}, {}).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(Consumer::create({}, {.group = "g"}, {}).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(Consumer::create({}, {.topics = {"t"}}, {}).error().kind, ErrorKind::kRejected);
}

}  // namespace
}  // namespace shopwire::kafka
