// Goal: one thing is read again on request, and what KeyCRM does not take is refused.
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

class KeycrmSink : public ::testing::Test {
 protected:
    Result<runtime::Applied> refresh(const std::string& entity, const std::string& id, const std::string& sku = "") {
        events::Command command;
        command.mutable_refresh()->set_entity(entity);
        command.mutable_refresh()->set_native_id(id);
        command.mutable_refresh()->set_sku(sku);
        return test.apply(command);
    }
    TestAccount test{};
};

TEST_F(KeycrmSink, ReadsOneThingAgainOnRequest) {
    test.transport.reply(200, fixture("order.json"));
    EXPECT_EQ(refresh("document", "7001")->seen.size(), 2U);
    test.transport.reply(404, R"({"message":"Not found"})");
    EXPECT_TRUE(refresh("document", "7002")->seen.at(0).event->has_deleted());
    test.transport.reply(200, page({fixture("stock.json")}));
    EXPECT_TRUE(refresh("stock", "", "TS-001-M")->seen.at(0).event->has_stock());
    test.transport.reply(200, page({fixture("offer.json")}));
    EXPECT_EQ(refresh("product", "9001")->seen.size(), 3U);
    test.transport.reply(200, fixture("buyer.json"));
    EXPECT_TRUE(refresh("customer", "310")->seen.at(0).event->has_customer());
    for (const auto& [entity, id] : {std::pair{"document", "../x"}, std::pair{"stock", ""}, std::pair{"moon", "1"}})
        EXPECT_EQ(refresh(entity, id).error().kind, ErrorKind::kRejected) << entity;
    EXPECT_EQ(test.asked().size(), 5U);
}

TEST_F(KeycrmSink, OtherCommandsAreRefused) {
    events::Command command;
    command.mutable_set_price()->set_sku("A");
    EXPECT_EQ(test.apply(command).error().kind, ErrorKind::kRejected);
    EXPECT_FALSE(test.sink.find(command, {}).value().has_value());
}

// Of a read it says nothing: the order is not gone.
TEST_F(KeycrmSink, AReadThatSaysNoIsNoAnswer) {
    test.transport.reply(200, R"({"status":false})");
    const Result<runtime::Applied> applied = refresh("document", "7001");
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_EQ(applied->seen.size(), 1U);
    EXPECT_FALSE(applied->seen[0].event);
}

}  // namespace
}  // namespace shopwire::keycrm
