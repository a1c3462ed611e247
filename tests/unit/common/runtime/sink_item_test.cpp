#include "common/runtime/sink_item.h"

#include <gtest/gtest.h>

namespace shopwire::runtime {
namespace {

namespace pb = internal::v1;

events::Command command(std::uint64_t sequence, const std::string& group = "document") {
    events::Command made;
    made.set_merchant("m");
    made.set_connection("shop");
    made.set_key("1");
    made.set_field_group(group);
    made.set_sequence(sequence);
    made.mutable_export_order();
    return made;
}

Item item_of(std::uint64_t sequence) {
    kafka::Record record = events::to_record(command(sequence), "acme", 2, 1000, "");
    record.offset = 17;
    Result<Item> item = decode_item(record);
    EXPECT_TRUE(item);
    return item ? *item : Item{};
}

struct Judged {
    const char* name = "";
    pb::EffectState state = pb::EFFECT_STATE_APPLIED;
    std::uint64_t journaled = 5;
    std::uint64_t sequence = 5;
    bool parked = false;
    bool cleared = false;
    ActionRule::Write write = ActionRule::Write::kCreate;
    Verdict verdict = Verdict::kSend;
};
void PrintTo(const Judged& row, std::ostream* out) { *out << row.name; }

class Judge : public ::testing::TestWithParam<Judged> {};

TEST_P(Judge, TellsWhatTheJournalMeans) {
    const Judged& row = GetParam();
    Effect effect;
    effect.set_state(row.state);
    effect.set_sequence(row.journaled);
    Item item = item_of(row.sequence);
    item.cleared = row.cleared;
    if (row.parked) item.parked_key = "p";
    EXPECT_EQ(judge(effect, item, row.write), row.verdict);
}

constexpr auto kAbsolute = ActionRule::Write::kAbsolute;
constexpr auto kCreate = ActionRule::Write::kCreate;
INSTANTIATE_TEST_SUITE_P(
    Rows, Judge,
    ::testing::Values(
        Judged{"AppliedSame", pb::EFFECT_STATE_APPLIED, 5, 5, false, false, kCreate, Verdict::kDrop},
        Judged{"AppliedNewer", pb::EFFECT_STATE_APPLIED, 6, 5, false, false, kCreate, Verdict::kDrop},
        Judged{"AppliedOlder", pb::EFFECT_STATE_APPLIED, 4, 5, false, false, kCreate, Verdict::kSend},
        Judged{"SendingSameCreate", pb::EFFECT_STATE_SENDING, 5, 5, false, false, kCreate, Verdict::kLookUp},
        Judged{"SendingOlderCreate", pb::EFFECT_STATE_SENDING, 4, 5, false, false, kCreate, Verdict::kLookUp},
        Judged{"SendingSameAbsolute", pb::EFFECT_STATE_SENDING, 5, 5, false, false, kAbsolute, Verdict::kSettle},
        Judged{"SendingNewer", pb::EFFECT_STATE_SENDING, 6, 5, false, false, kAbsolute, Verdict::kDrop},
        Judged{"SendingCleared", pb::EFFECT_STATE_SENDING, 5, 5, false, true, kCreate, Verdict::kSend},
        Judged{"UnknownOlder", pb::EFFECT_STATE_UNKNOWN, 4, 5, false, false, kCreate, Verdict::kLookUp},
        Judged{"RejectedReadAgain", pb::EFFECT_STATE_REJECTED, 5, 5, false, false, kCreate, Verdict::kDrop},
        Judged{"RejectedOutOfParked", pb::EFFECT_STATE_REJECTED, 5, 5, true, false, kCreate, Verdict::kSend},
        Judged{"RejectedOlder", pb::EFFECT_STATE_REJECTED, 4, 5, false, false, kCreate, Verdict::kSend}),
    [](const auto& test) { return test.param.name; });

TEST(SinkItem, AReplayOfARejectedCommandIsSent) {
    Effect effect;
    effect.set_state(pb::EFFECT_STATE_REJECTED);
    effect.set_sequence(5);
    Item item = item_of(5);
    item.record.headers.emplace_back("shopwire-replay", "1");
    EXPECT_EQ(judge(effect, item, kCreate), Verdict::kSend);
}

TEST(SinkItem, AParkedRecordComesBackByteForByte) {
    const Item item = item_of(5);
    const std::string key = parked_key_of(item);
    const Parked parked = to_parked(item, {.text = "why", .kind = "rejected"}, 2000);
    const Result<Item> back = from_parked(key, parked.SerializeAsString(), 2);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->record.value, item.record.value);
    EXPECT_EQ(back->record.key, item.record.key);
    EXPECT_EQ(back->record.offset, 17);
    EXPECT_EQ(back->parked_key, key);
    EXPECT_EQ(back->unit, item.unit);
    EXPECT_EQ(events::traceparent_of(back->record), events::traceparent_of(item.record));
}

TEST(SinkItem, ParkedKeysSortByOffset) {
    Item early = item_of(1);
    Item late = item_of(2);
    early.record.offset = 9;
    late.record.offset = 10;
    EXPECT_LT(parked_key_of(early), parked_key_of(late));
}

TEST(SinkItem, ANoteNeverReplacesAnother) {
    events::Command older = command(1, "note");
    events::Command newer = command(2, "note");
    older.mutable_add_order_note();
    newer.mutable_add_order_note();
    EXPECT_FALSE(supersedes(newer, older));
    EXPECT_TRUE(supersedes(command(2), command(1)));
    EXPECT_FALSE(supersedes(command(1), command(2)));
    EXPECT_FALSE(supersedes(command(2, "stock"), command(1)));
}

TEST(SinkItem, GarbageInTheParkedStoreIsAnError) { EXPECT_FALSE(from_parked("k", "\xff\xff", 0)); }

}  // namespace
}  // namespace shopwire::runtime
