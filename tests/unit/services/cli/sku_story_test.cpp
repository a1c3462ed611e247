#include "services/cli/sku_story.h"

#include <gtest/gtest.h>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

constexpr std::int64_t kNowMs = kSeenMs + 60'020;

config::Merchant merchant_of(const std::string& yaml) {
    config::Problems problems;
    config::Merchant merchant{.name = "example", .routing = config::Node::parse(yaml, "example.yaml", problems)};
    EXPECT_TRUE(problems.empty());
    return merchant;
}

constexpr const char* kRouting = R"(
stock:
  - {owner: erp, locations: ["1"], to: shop, mode: free, buffer: 1}
sku_aliases:
  shop: {"OLD-100": "A-100"}
)";

Story story_of(const std::vector<kafka::Record>& records, const config::Merchant* file) {
    return sku_story(article_of("example", "A-100", file), records, Personal::kMasked, kNowMs);
}

TEST(SkuStory, AnswersWithTheLedgersArithmetic) {
    const config::Merchant file = merchant_of(kRouting);
    const Story story =
        story_of({ledger_record(ledger_of_seven()), stock_result(commands::v1::OUTCOME_APPLIED)}, &file);
    EXPECT_EQ(
        story.answer,
        "shop shows 7: 10 free at erp - 2 taken by 1 order that erp does not count yet - 1 held back (buffer) = 7 "
        "(sent 1 min ago).");
    ASSERT_EQ(story.facts.size(), 2U);
    EXPECT_EQ(story.facts[0], "owner erp/1: free 10, read 2027-01-15T07:59:00.000Z");
    EXPECT_TRUE(story.facts[1].contains("order shop/14: 2 pieces subtracted since 2027-01-15T08:00:00.000Z"));
    ASSERT_EQ(story.hops.size(), 1U);
    EXPECT_EQ(story.hops[0].what, "shows 7");
}

TEST(SkuStory, KnowsTheBufferByTheDifferenceWithoutTheMerchantsFile) {
    EXPECT_TRUE(story_of({ledger_record(ledger_of_seven())}, nullptr)
                    .answer.contains("- 1 held back (buffer, by the difference) = 7"));
}

TEST(SkuStory, DoubtsWhatTheShopHasNotConfirmed) {
    const auto ledger = ledger_record(ledger_of_seven());
    EXPECT_TRUE(story_of({ledger}, nullptr).answer.starts_with("shop was told 7, and has not answered yet: 10 free"));
    EXPECT_TRUE(story_of({ledger, stock_result(commands::v1::OUTCOME_STALE)}, nullptr)
                    .answer.starts_with("shop was told 7, and answered stale: 10 free"));
    internal::v1::Ledger again = ledger_of_seven();
    again.mutable_targets(0)->clear_published();
    EXPECT_TRUE(story_of({ledger_record(again)}, nullptr).answer.starts_with("shop: its number is to be sent again"));
}

TEST(SkuStory, CountsByTheRoutesMode) {
    const config::Merchant file = merchant_of("stock:\n  - {owner: erp, to: shop, mode: on_hand}\n");
    internal::v1::Ledger ledger = ledger_of_seven();
    EXPECT_TRUE(story_of({ledger_record(ledger)}, &file).answer.contains("erp does not tell the number that counts"));
    *ledger.mutable_locations(0)->mutable_on_hand() = decimal(9);
    EXPECT_TRUE(story_of({ledger_record(ledger)}, &file).answer.contains("9 on hand at erp"));
}

TEST(SkuStory, NeverGoesBelowZeroAndSaysWhatIsToBeSent) {
    const config::Merchant file = merchant_of("stock:\n  - {owner: erp, to: shop, buffer: 20}\n");
    EXPECT_TRUE(story_of({ledger_record(ledger_of_seven())}, &file).answer.contains("= 0, which is to be sent"));
}

TEST(SkuStory, SaysWhenThereIsNothingToSubtract) {
    internal::v1::Ledger ledger = ledger_of_seven();
    ledger.clear_orders();
    *ledger.mutable_targets(0)->mutable_published() = decimal(10);
    EXPECT_TRUE(
        story_of({ledger_record(ledger)}, nullptr).answer.contains("10 free at erp, and nothing to subtract (sent"));
}

TEST(SkuStory, SaysWhatTheShopToldOfItselfSince) {
    events::Event event;
    event.mutable_source()->set_merchant("example");
    event.mutable_source()->set_connection("shop");
    event.mutable_source()->set_observed_at_ms(kSeenMs + 30'000);
    event.mutable_stock()->set_sku("A-100");
    *event.mutable_stock()->mutable_free() = decimal(12);
    const auto answer = [&] {
        return story_of({ledger_record(ledger_of_seven()), stock_result(commands::v1::OUTCOME_APPLIED),
                         events::to_record(event, kSeenMs)},
                        nullptr)
            .answer;
    };
    EXPECT_TRUE(answer().contains("; it told 12 itself at 2027-01-15T08:00:30.000Z")) << answer();
    *event.mutable_stock()->mutable_free() = decimal(7);
    EXPECT_FALSE(answer().contains("itself")) << answer();
}

TEST(SkuStory, NamesWhatWaitsByTheKeyThatIsRetried) {
    internal::v1::Parked parked;
    parked.set_connection("example/shop");
    parked.set_key("example/shop/a-100");
    parked.set_reason("no such article");
    const Story story =
        story_of({stored(events::sink_state_topic("parked", "alpha"), "example/shop/a-100/t/0/1", parked)}, nullptr);
    ASSERT_EQ(story.hops.size(), 1U);
    EXPECT_EQ(story.hops[0].step, "waits");
    EXPECT_EQ(story.hops[0].what, "no such article");
    EXPECT_EQ(story.hops[0].id, "example/shop/a-100");
}

TEST(SkuStory, SaysWhenNothingIsKnown) {
    const Story story = story_of({}, nullptr);
    EXPECT_FALSE(story.found);
    EXPECT_EQ(story.answer, "Nothing is known of this article.");
}

TEST(Article, IsTheSameByEachOfItsSkus) {
    const config::Merchant file = merchant_of(kRouting);
    const ArticleRef by_alias = article_of("example", " old-100 ", &file);
    EXPECT_EQ(by_alias.sku, "a-100");
    EXPECT_EQ(by_alias.skus, (std::set<std::string>{"a-100", "old-100"}));
    EXPECT_EQ(article_of("example", "A-100", &file).skus, by_alias.skus);
}

TEST(Article, TakesNothingOfAnotherOne) {
    const ArticleRef article = article_of("example", "A-10", nullptr);
    EXPECT_FALSE(is_about(article, ledger_record(ledger_of_seven())));
    EXPECT_FALSE(is_about(article, stock_result(commands::v1::OUTCOME_APPLIED)));
    EXPECT_FALSE(is_about(article_of("twin", "A-100", nullptr), stock_result(commands::v1::OUTCOME_APPLIED)));
    EXPECT_TRUE(is_about(article_of("example", "A-100", nullptr), stock_result(commands::v1::OUTCOME_APPLIED)));
}

}  // namespace
}  // namespace shopwire::cli
