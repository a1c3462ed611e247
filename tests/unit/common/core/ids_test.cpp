#include "common/core/ids.h"

#include <gmock/gmock.h>

#include <set>

namespace shopwire {
namespace {

using ::testing::MatchesRegex;

// The hashes are those of org.apache.kafka.common.utils.UtilsTest.testMurmur2, made positive as the partitioner does.
struct Hashed {
    const char* key = "";
    std::int32_t murmur2 = 0;
};
void PrintTo(const Hashed& row, std::ostream* out) { *out << row.key; }

class PartitionOf : public ::testing::TestWithParam<Hashed> {};

TEST_P(PartitionOf, AgreesWithKafka) {
    const auto positive = static_cast<std::int32_t>(static_cast<std::uint32_t>(GetParam().murmur2) & 0x7fff'ffffU);
    for (const std::int32_t count : {1, 6, 12, 100, 2'147'483'647})
        EXPECT_EQ(partition_of(GetParam().key, count), positive % count) << count;
}

INSTANTIATE_TEST_SUITE_P(KafkasVectors, PartitionOf,
                         ::testing::Values(Hashed{"21", -973932308}, Hashed{"foobar", -790332482},
                                           Hashed{"a-little-bit-long-string", -985981536},
                                           Hashed{"a-little-bit-longer-string", -1486304829},
                                           Hashed{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
                                           Hashed{"abc", 479470107}));

TEST(PartitionOf, StaysInRange) {
    for (int i = 0; i < 1000; ++i) {
        const std::int32_t partition = partition_of("key" + std::to_string(i), 7);
        EXPECT_TRUE(partition >= 0 && partition < 7);
    }
}

TEST(Uuid7, HasVersionVariantAndTime) {
    const std::string id = uuid7(0x0123'4567'89ab);
    EXPECT_THAT(id, MatchesRegex("01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(Uuid7, SortsByTimeAndIsUnique) {
    EXPECT_LT(uuid7(1'000), uuid7(1'001));
    std::set<std::string> ids;
    for (int i = 0; i < 10'000; ++i) ids.insert(uuid7(1'000));
    EXPECT_EQ(ids.size(), 10'000U);
}

TEST(Hex, WritesEveryByte) {
    EXPECT_EQ(hex(std::string_view("\x00\x7f\xff g", 5)), "007fff2067");
    EXPECT_EQ(hex(""), "");
}

TEST(Traceparent, FollowsW3c) {
    EXPECT_THAT(new_traceparent(), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    EXPECT_NE(new_traceparent(), new_traceparent());
}

}  // namespace
}  // namespace shopwire
