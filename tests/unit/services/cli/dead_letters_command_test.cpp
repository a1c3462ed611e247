#include "services/cli/dead_letters_command.h"

#include <gtest/gtest.h>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

internal::v1::DeadLetter letter_of(const kafka::Record& record) {
    internal::v1::DeadLetter letter;
    letter.set_topic(record.topic);
    letter.set_partition(record.partition);
    letter.set_offset(record.offset);
    letter.set_key(record.key);
    letter.set_value(record.value.value());
    for (const auto& [name, value] : record.headers) (*letter.mutable_headers())[std::string(name)] = value;
    return letter;
}

TEST(Replay, IsTheRecordByteForByteWithItsHeaders) {
    kafka::Record record = export_command();
    record.partition = 3;
    record.value.value().append("\0\xff", 2);
    const auto again = replay_of(letter_of(record), "2:17");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->topic, record.topic);
    EXPECT_EQ(again->partition, 3);
    EXPECT_EQ(again->key, record.key);
    EXPECT_EQ(again->value, record.value);
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : again->headers) headers.emplace(name, value);
    for (const auto& [name, value] : record.headers) EXPECT_EQ(headers[std::string(name)], value) << name;
    EXPECT_EQ(headers["shopwire-replay"], "2:17");
    EXPECT_EQ(again->headers.size(), record.headers.size() + 1);
}

TEST(Replay, OfAReplayBearsTheHeaderOnce) {
    kafka::Record record = export_command();
    record.headers.emplace_back("shopwire-replay", "0:1");
    const auto again = replay_of(letter_of(record), "0:9");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->headers.size(), record.headers.size());
}

TEST(Replay, RefusesWhatNobodyReads) {
    internal::v1::DeadLetter webhook;
    webhook.set_stage("webhook");
    EXPECT_TRUE(replay_of(webhook, "0:1").error().message.contains("never was a record"));
    for (const char* topic : {"other", "shopwire.state.links", "shopwire.deadletters"}) {
        webhook.set_topic(topic);
        EXPECT_FALSE(replay_of(webhook, "0:1")) << topic;
    }
}

// A claim has no version: an old one would give back pieces that a newer one took.
TEST(Replay, OfTheRoutersOwnRecordsNeedsForce) {
    internal::v1::DeadLetter claim;
    claim.set_stage("map");
    claim.set_topic(events::stock_topic());
    EXPECT_TRUE(replay_of(claim, "0:1").error().message.contains("--force"));
    EXPECT_TRUE(replay_of(claim, "0:1", true));
}

TEST(LetterId, IsPartitionAndOffset) {
    const auto id = parse_letter_id("2:17");
    ASSERT_TRUE(id);
    EXPECT_EQ(id->partition, 2);
    EXPECT_EQ(id->offset, 17);
    for (const char* text : {"", "17", ":", "2:", ":17", "2:17x", "-1:0", "2:-1", "2 :17"})
        EXPECT_FALSE(parse_letter_id(text)) << text;
}

}  // namespace
}  // namespace shopwire::cli
