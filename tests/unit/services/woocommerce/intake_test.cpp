#include "services/woocommerce/intake.h"

#include <gtest/gtest.h>

#include "common/runtime/event_records.h"
#include "shopwire/internal/v1/state.pb.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

http::ServerRequest delivery(const std::string& topic, const std::string& body, const std::string& secret = kSecret) {
    return {
        .method = "POST",
        .headers = {{"x-wc-webhook-topic", topic}, {"x-wc-webhook-signature", webhook_signature(body, Secret(secret))}},
        .body = body};
}

TEST(Intake, AnswersThePingThatHasNoSignature) {
    TestShop test;
    const auto received = Intake(test.shop).receive({.body = "webhook_id=1"});
    EXPECT_EQ(received.status, 200);
    EXPECT_EQ(received.kind, "ping");
}

TEST(Intake, RefusesWhatIsNotSignedWithOneOfOurSecrets) {
    Settings rotating = settings();
    rotating.webhook_secrets = {Secret("new"), Secret("old")};
    TestShop test(rotating);
    Intake intake(test.shop);
    const std::string body = R"({"id":55})";
    for (const char* secret : {"new", "old"})
        EXPECT_EQ(intake.receive(delivery("order.deleted", body, secret)).status, 200);
    http::ServerRequest request = delivery("order.deleted", body, "other");
    EXPECT_EQ(intake.receive(request).status, 401);
    EXPECT_EQ(intake.receive(request).kind, "bad_signature");
    request.headers.pop_back();
    EXPECT_EQ(intake.receive(request).status, 401);
    request = delivery("order.deleted", body, "new");
    request.body += " ";
    EXPECT_EQ(intake.receive(request).status, 401);
    EXPECT_TRUE(intake.receive(request).changes.empty());
}

TEST(Intake, KeepsABodyThatItCannotReadAndAnswers200) {
    TestShop test;
    Intake intake(test.shop);
    for (const std::string body : {"not json", "[]", R"({"id":5,"status":"processing"})"}) {
        const auto received = intake.receive(delivery("order.updated", body));
        EXPECT_EQ(received.status, 200) << body;
        EXPECT_EQ(received.kind, "bad_body") << body;
        ASSERT_EQ(received.changes.size(), 1U);
        EXPECT_EQ(received.changes[0].raw, body);
        EXPECT_FALSE(received.changes[0].event);
    }
}

// The bytes go to the dead letters as they came, with one line that says what and where; the next delivery is read.
TEST(Intake, ABodyThatIsCutInTheMiddleIsADeadLetterWithItsBytes) {
    TestShop test;
    Intake intake(test.shop);
    const std::string whole(
        capture("webhook-delivery-order-created.json").root().member("delivery").member("body_raw").text());
    const std::string cut = whole.substr(0, whole.size() / 2);
    auto received = intake.receive(delivery("order.created", cut));
    EXPECT_EQ(received.status, 200);
    ASSERT_EQ(received.changes.size(), 1U);
    const runtime::ChangeRecord record = runtime::to_change_record(
        std::move(received.changes[0]), {.merchant = "acme", .connection = "shop"}, "webhook", 1);
    internal::v1::DeadLetter letter;
    ASSERT_TRUE(letter.ParseFromString(record.record.value.value()));
    EXPECT_EQ(letter.value(), cut);
    EXPECT_EQ(letter.error_kind(), "rejected");
    EXPECT_EQ(letter.error(),
              "reading a webhook: parsing JSON: text ends too early, at byte " + std::to_string(cut.size()));
    EXPECT_EQ(intake.receive(delivery("order.created", whole)).kind, "ok");
}

TEST(Intake, IgnoresWhatItHasNoUseFor) {
    TestShop test;
    Intake intake(test.shop);
    for (const char* topic : {"coupon.updated", "action.woocommerce_product_set_stock", "odd"})
        EXPECT_EQ(intake.receive(delivery(topic, "{}")).kind, "ignored") << topic;
    const std::string draft = R"({"id":1,"status":"checkout-draft"})";
    EXPECT_EQ(intake.receive(delivery("order.created", draft)).kind, "ignored");
}

TEST(Intake, TellsPricesOnceItKnowsWhatTheyMean) {
    TestShop test;
    Intake intake(test.shop);
    const std::string body = answered("product-get-200.json");
    EXPECT_EQ(intake.receive(delivery("product.updated", body)).changes.size(), 2U);
    test.reply_facts();
    ASSERT_TRUE(test.shop->facts({}));
    const auto received = intake.receive(delivery("product.updated", body));
    ASSERT_EQ(received.changes.size(), 3U);
    EXPECT_EQ(received.changes[2].event->price().currency(), "EUR");
}

}  // namespace
}  // namespace shopwire::woocommerce
