#include "services/keycrm/intake.h"

#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

class KeycrmIntake : public ::testing::Test {
 protected:
    runtime::Intake::Received post(const std::string& body, const std::string& secret = kSecretPath,
                                   const std::string& method = "POST") {
        return Intake(test.account).receive({.method = method, .path = "/webhooks/acme/crm/" + secret, .body = body});
    }
    TestAccount test{};
};

TEST_F(KeycrmIntake, TheSecretOfTheAddressIsTheOnlyKey) {
    const std::string body = fixture("stock-webhook.json");
    EXPECT_EQ(post(body).status, 200);
    for (const std::string& wrong : {std::string(), std::string("0123456789abcdeF"), kSecretPath + "/",
                                     kSecretPath.substr(1), kSecretPath + "0"}) {
        const auto received = post(body, wrong);
        EXPECT_EQ(received.status, 401) << wrong;
        EXPECT_EQ(received.kind, "bad_signature");
        EXPECT_TRUE(received.changes.empty());
    }
    EXPECT_EQ(Intake(test.account).receive({.method = "POST", .path = "/webhooks/acme/crm", .body = body}).status, 401);
}

TEST_F(KeycrmIntake, BothSecretsCountWhileOneIsRotated) {
    Settings with = settings();
    with.webhook_secrets.emplace_back("fedcba9876543210");
    TestAccount rotating(with);
    for (const std::string& secret : {kSecretPath, std::string("fedcba9876543210")})
        EXPECT_EQ(Intake(rotating.account)
                      .receive({.method = "POST", .path = "/webhooks/acme/crm/" + secret, .body = "[]"})
                      .status,
                  200);
}

TEST_F(KeycrmIntake, StockIsABareListWithoutATime) {
    const auto received = post(fixture("stock-webhook.json"));
    ASSERT_EQ(received.changes.size(), 1U);
    ASSERT_TRUE(received.changes[0].event);
    const events::Event& event = *received.changes[0].event;
    EXPECT_EQ(event.stock().sku(), "TS-001-M");
    EXPECT_EQ(event.stock().native_id(), "9001");
    EXPECT_EQ(events::from_proto(event.stock().free()), decimal("9"));
    EXPECT_EQ(event.source().read_started_at_ms(), 0);
    EXPECT_EQ(event.source().modified_at_ms(), 0);
    EXPECT_EQ(test.account->follow_ups().take_offers(9), std::vector<std::string>{"9001"});
    EXPECT_EQ(post(R"({"offer_id":9001,"sku":"A","in_stock":1,"in_reserve":0})").changes.size(), 1U)
        << "one object, too";
}

TEST_F(KeycrmIntake, ARowThatCannotBeReadHoldsUpNoOther) {
    const auto received =
        post(R"([{"offer_id":1,"sku":"A"},{"offer_id":2,"sku":"B","in_stock":"3.00","in_reserve":0}])");
    ASSERT_EQ(received.changes.size(), 2U);
    EXPECT_FALSE(received.changes[0].event);
    EXPECT_NE(received.changes[0].raw.find("\"A\""), std::string::npos) << "its bytes are kept";
    EXPECT_TRUE(received.changes[1].event);
}

TEST_F(KeycrmIntake, ATriggerIsADocumentAndWorthARequest) {
    const auto received = post(fixture("trigger.json"));
    ASSERT_EQ(received.changes.size(), 1U);
    EXPECT_EQ(received.changes[0].event.value().document().status(), "11");
    EXPECT_EQ(test.account->follow_ups().take_orders(9), std::vector<std::string>{"7001"});
}

TEST_F(KeycrmIntake, OrdersOfOtherSourcesAndOtherEventsAreNoneOfOurs) {
    for (const char* body :
         {R"({"event":"order.change_order_status","context":{"id":1,"source_id":9,"source_uuid":"WC-1"}})",
          R"({"event":"order.change_order_status","context":{"id":1,"source_uuid":"WC-1"}})",
          R"({"event":"lead.change_lead_status","context":{"id":1,"source_id":4}})", R"({"event":"new","context":[]})",
          "[]"}) {
        const auto received = post(body);
        EXPECT_EQ(received.status, 200) << body;
        EXPECT_EQ(received.kind, "ignored") << body;
        EXPECT_TRUE(received.changes.empty());
    }
    EXPECT_TRUE(test.account->follow_ups().empty());
}

TEST_F(KeycrmIntake, WhatCannotBeReadIsKeptAndAnswered200) {
    for (const char* body : {"", "<html>", "null", "{}", "7", R"({"event":"order.x","context":{"source_id":4}})"}) {
        const auto received = post(body);
        EXPECT_EQ(received.status, 200) << body;
        EXPECT_EQ(received.kind, "bad_body") << body;
        ASSERT_EQ(received.changes.size(), 1U);
        EXPECT_FALSE(received.changes[0].event);
    }
    EXPECT_EQ(post("", kSecretPath, "GET").status, 405);
}

TEST_F(KeycrmIntake, OurOwnWriteComingBackIsNoNews) {
    test.account->echoes().expect("9001", decimal("12"), decimal("3"));
    EXPECT_EQ(post(fixture("stock-webhook.json")).kind, "ignored");
    EXPECT_EQ(post(fixture("stock-webhook.json")).kind, "ignored") << "webhooks are repeated";
    EXPECT_TRUE(test.account->follow_ups().empty());
    EXPECT_EQ(post(R"([{"offer_id":9001,"sku":"TS-001-M","in_stock":12,"in_reserve":4}])").changes.size(), 1U)
        << "the reserve is news";
    EXPECT_EQ(post(fixture("stock-webhook.json")).changes.size(), 1U) << "somebody took it back: news again";
}

TEST_F(KeycrmIntake, AnEchoIsForgottenAfterAWhile) {
    test.account->echoes().expect("9001", decimal("12"), decimal("3"));
    test.clock.advance(Echoes::kKeep);
    EXPECT_EQ(post(fixture("stock-webhook.json")).changes.size(), 1U);
}

TEST_F(KeycrmIntake, ADoubledSkuWaitsForTheFullReading) {
    test.account->set_doubled_skus({"ts-001-m"});
    EXPECT_TRUE(post(fixture("stock-webhook.json")).changes.empty());
}

TEST(KeycrmRecent, BothMemoriesHaveABound) {
    testing::FakeClock clock;
    Echoes echoes(clock);
    for (std::size_t i = 0; i <= Echoes::kMax; ++i) echoes.expect(std::to_string(i), Decimal{}, Decimal{});
    EXPECT_FALSE(echoes.is_echo("0", Decimal{}, Decimal{})) << "the oldest is forgotten";
    EXPECT_TRUE(echoes.is_echo(std::to_string(Echoes::kMax), Decimal{}, Decimal{}));
    FollowUps waiting;
    for (std::size_t i = 0; i <= FollowUps::kMax; ++i) waiting.add_offer(std::to_string(i));
    EXPECT_EQ(waiting.take_offers(FollowUps::kMax + 1).size(), FollowUps::kMax);
}

}  // namespace
}  // namespace shopwire::keycrm
