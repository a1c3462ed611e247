// An article that a target lacks: its price and stock are refused, and come once somebody made it there by hand.
#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {
namespace {

class AbsentTest : public RouterTest {
 protected:
    Event price(std::int64_t amount) {
        Event event = stock(0, ++now_ms_);
        event.mutable_source()->clear_location();
        event.mutable_price()->set_sku("A-1");
        event.mutable_price()->set_currency("RSD");
        *event.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(amount));
        return event;
    }
    Event article_of_the_shop(const std::string& name) {
        Event event = price(0);
        event.mutable_source()->set_connection("shop");
        event.mutable_source()->set_system("alpha");
        event.mutable_product()->set_native_id("77");
        event.mutable_product()->set_sku("shop-1");
        event.mutable_product()->set_name(name);
        event.mutable_product()->set_kind("simple");
        return event;
    }
    // Of its goods alone, the price first.
    std::vector<Command> told() {
        std::vector<Command> commands = take();
        std::erase_if(commands, [](const Command& command) { return command.has_upsert_product(); });
        std::ranges::sort(commands, {}, [](const Command& command) { return command.field_group(); });
        return commands;
    }
    std::vector<Command> asked() {
        feed(price(10));
        feed(stock(5, now_ms_));
        std::vector<Command> commands = told();
        EXPECT_EQ(commands.size(), 2U);
        return commands;
    }
    void refuse(const std::vector<Command>& commands) {
        for (const Command& command : commands) feed(result_of(command, commands::v1::OUTCOME_REJECTED));
        EXPECT_TRUE(told().empty()) << "a refusal alone sends nothing";
    }
    void expect_both(const std::vector<Command>& commands, std::uint64_t sequence) {
        ASSERT_EQ(commands.size(), 2U);
        EXPECT_EQ(events::from_proto(commands[0].set_price().regular()), Decimal::from_integer(10));
        EXPECT_EQ(events::from_proto(commands[1].set_stock().quantity()), Decimal::from_integer(5));
        for (const Command& command : commands) EXPECT_EQ(command.sequence(), sequence);
    }
};

TEST_F(AbsentTest, WhatWasRefusedComesOncePerChangeOfTheArticle) {
    for (const char* products :
         {"", "  products: [{from: erp, to: shop}]\n", "  products: [{from: shop, to: erp}]\n"}) {
        SCOPED_TRACE(products);
        links_ = {};
        ledgers_ = {};
        configure(std::string(kMerchant) + products);
        refuse(asked());
        const Event made = article_of_the_shop("Cup");
        feed(made);
        const std::vector<Command> second = told();
        expect_both(second, 2);
        feed(article_of_the_shop("Cup"));
        EXPECT_TRUE(told().empty()) << "nothing changed there";
        refuse(second);
        feed(article_of_the_shop("Mug"));
        const std::vector<Command> third = told();
        expect_both(third, 3);
        for (const Command& command : third) feed(result_of(command, commands::v1::OUTCOME_APPLIED));
        feed(article_of_the_shop("Beaker"));
        EXPECT_TRUE(told().empty()) << "both are shown";
    }
}

TEST_F(AbsentTest, OnlyWhatWasRefusedIsToldAgain) {
    const std::vector<Command> first = asked();
    feed(result_of(first[0], commands::v1::OUTCOME_REJECTED));
    feed(result_of(first[1], commands::v1::OUTCOME_APPLIED));
    feed(article_of_the_shop("Cup"));
    const std::vector<Command> again = told();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_TRUE(again[0].has_set_price());
}

// Answers and articles come in two topics: the answer that is older may be read later.
TEST_F(AbsentTest, ARefusalThatIsReadAfterTheArticleSendsOnceMore) {
    const std::vector<Command> first = asked();
    std::vector<CommandResult> late;
    late.reserve(first.size());
    for (const Command& command : first) late.push_back(result_of(command, commands::v1::OUTCOME_REJECTED));
    feed(article_of_the_shop("Cup"));
    EXPECT_TRUE(told().empty()) << "their answers may still be good";
    for (const CommandResult& result : late) feed(result);
    const std::vector<Command> second = told();
    expect_both(second, 2);
    refuse(second);
}

// It looked before the article was made, and answered after that: a batch takes its time.
TEST_F(AbsentTest, AnArticleThatIsMadeBetweenTheLookAndTheAnswerIsTold) {
    const std::vector<Command> first = asked();
    feed(article_of_the_shop("Cup"));
    for (const Command& command : first) {
        CommandResult result = result_of(command, commands::v1::OUTCOME_REJECTED);
        result.set_finished_at_ms(now_ms_ + 60'000);
        feed(result);
    }
    const std::vector<Command> second = told();
    expect_both(second, 2);
    refuse(second);
}

// Nobody writes what the owner never told, and an article of the shop alone leaves no ledger.
TEST_F(AbsentTest, AnArticleThatTheOwnerLacksIsNothing) {
    feed(article_of_the_shop("Cup"));
    EXPECT_TRUE(told().empty());
    EXPECT_EQ(ledgers_.size(), 0U);
}

}  // namespace
}  // namespace shopwire::router
